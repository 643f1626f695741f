"""What a list shows, as a file."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.text import get_valid_filename

from suite.pages.exchange.exporting import record_export, write_export
from suite.pages.exchange.writing import FORMATS
from suite.pages.views.base import PageView
from suite.pages.views.listing import ListQuery


class ExportView(PageView):
    """The filtered rows (GET) or the selected ones (POST) as xlsx or csv."""

    action = "export"

    def get(self, request: Any) -> HttpResponse:
        return self._export(ListQuery(self.pageset, request.user, request.GET, "export"))

    def post(self, request: Any) -> HttpResponse:
        data = request.POST
        query = ListQuery(self.pageset, request.user, QueryDict(data.get("query", "")), "export")
        if not data.get("all"):
            pks = {int(pk) for pk in data.getlist("pk") if pk.isdigit()}
            query.rows = query.rows.filter(pk__in=pks)
        return self._export(query)

    def _export(self, query: ListQuery) -> HttpResponse:
        wanted = self.request.GET.get("format", "")
        file_format = wanted if wanted in FORMATS else "xlsx"
        file = TemporaryFile()
        count = write_export(file, query, file_format=file_format)
        record_export(query, file_format=file_format, count=count, at=self.now, request=self.request)
        file.seek(0)
        return FileResponse(
            file,
            as_attachment=True,
            filename=f"{get_valid_filename(self.pageset.title_plural)}-{timezone.localdate():%Y%m%d}.{file_format}",
            content_type=FORMATS[file_format],
        )
