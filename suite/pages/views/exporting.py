"""What a list shows, as a file."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect

from suite.jobs.services import start_job
from suite.pages.exchange.exporting import export_query, file_name, is_long, record_export, write_export
from suite.pages.exchange.writing import FORMATS
from suite.pages.views.base import PageView


class ExportView(PageView):
    """The filtered rows (GET) or the selected ones (POST) as xlsx or csv; a long list becomes a job."""

    action = "export"

    def get(self, request: Any) -> HttpResponseBase:
        return self._export(request.GET, None)

    def post(self, request: Any) -> HttpResponseBase:
        data = request.POST
        params = QueryDict(data.get("query", ""))
        if data.get("all"):
            return self._export(params, None)
        return self._export(params, [int(pk) for pk in data.getlist("pk") if pk.isdecimal()])

    def _export(self, params: QueryDict, pks: list[int] | None) -> HttpResponseBase:
        wanted = self.request.GET.get("format", "")
        file_format = wanted if wanted in FORMATS else "xlsx"
        query = export_query(self.pageset, self.request.user, params, pks)
        if is_long(query):
            return self._as_job(params, pks, file_format)
        file = TemporaryFile()  # closed by the response
        count = write_export(file, query, file_format=file_format)
        record_export(query, file_format=file_format, count=count, at=self.now, request=self.request)
        file.seek(0)
        return FileResponse(
            file,
            as_attachment=True,
            filename=file_name(self.pageset, file_format),
            content_type=FORMATS[file_format],
        )

    def _as_job(self, params: QueryDict, pks: list[int] | None, file_format: str) -> HttpResponseBase:
        user: Any = self.request.user
        job = start_job(
            "suite.export",
            owner=user,
            at=self.now,
            params={
                "label": self.pageset.model._meta.label,
                "query": params.urlencode(),
                "pks": pks,
                "format": file_format,
            },
            subject=self.pageset.title_plural,
        )
        return redirect(job)
