"""A file into rows: upload, look at what would happen, import."""

from __future__ import annotations

import io
from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from suite.access.models import User
from suite.core.errors import DomainError
from suite.pages.exchange import services
from suite.pages.exchange.choices import RunState
from suite.pages.exchange.fields import CONSTANT, explain, import_fields, key_names
from suite.pages.exchange.models import ImportRun
from suite.pages.exchange.reading import MAX_BYTES, MAX_ROWS, SPREADSHEETS, TEXTS
from suite.pages.exchange.report import ERRORS_SHOWN, ROWS_SHOWN, examples, rejected_lines
from suite.pages.exchange.tasks import rejected_name
from suite.pages.exchange.template import write_template
from suite.pages.exchange.writing import FORMATS, write
from suite.pages.views.base import PageView

RECENT = 5


class ImportPage(PageView):
    """What the import pages share."""

    action = "import"

    def check_permission(self) -> None:
        if not self.pageset.is_importable:
            raise Http404
        super().check_permission()


class ImportView(ImportPage):
    """The upload page, and with ``?run=`` the page of one uploaded file."""

    def get(self, request: Any) -> HttpResponseBase:
        if "run" not in request.GET:
            return self._upload_page()
        run = services.settle_import(run=self._run(request.GET["run"]), at=self.now)
        if "refused" in request.GET:
            return _refused_file(run)
        if request.htmx and run.state not in services.BUSY:
            response = HttpResponse(status=204)
            response["HX-Refresh"] = "true"
            return response
        return self._run_page(run)

    def post(self, request: Any) -> HttpResponseBase:
        step = request.POST.get("step", "upload")
        try:
            if step == "map":
                run = self._remap(self._run(request.POST.get("run", "")))
            elif step == "import":
                run = services.start_import(
                    run=self._run(request.POST.get("run", "")),
                    leave_out_bad="leave_out_bad" in request.POST,
                    actor=request.user,
                    at=self.now,
                )
            else:
                file = request.FILES.get("file")
                if file is None:
                    return self._upload_page(_("Choose a file."))
                run = services.upload_import(
                    pageset=self.pageset, file=file, name=file.name, actor=request.user, at=self.now
                )
        except DomainError as error:
            if step == "upload":
                return self._upload_page(str(error))
            messages.error(request, str(error))
            return redirect(f"{self.pageset.url('import')}?run={request.POST.get('run', '')}")
        return redirect(f"{self.pageset.url('import')}?run={run.pk}")

    def _run(self, key: str) -> ImportRun:
        """
        A file that the user uploaded for this object type.

        :raises Http404: for any other.
        """
        run = self._own_runs().select_related("job", "user").filter(pk=int(key)).first() if key.isdecimal() else None
        if run is None:
            raise Http404
        return run

    def _own_runs(self) -> QuerySet[ImportRun]:
        user: Any = self.request.user
        return ImportRun.objects.filter(user=user, object_type=self.pageset.model._meta.label)

    def _remap(self, run: ImportRun) -> ImportRun:
        data, user = self.request.POST, cast(User, self.request.user)
        mapping = {name.removeprefix("column-"): data[name] for name in data if name.startswith("column-")}
        mapping |= {f"{CONSTANT}{name[6:]}": data[name].strip() for name in data if name.startswith("value-")}
        return services.remap_import(run=run, mapping=mapping, actor=user, at=self.now)

    # -- pages ---------------------------------------------------------------------------------

    def _upload_page(self, error: str = "") -> HttpResponse:
        keys = key_names(self.pageset)
        fields = import_fields(self.pageset, self.request.user)
        context = {
            "error": error,
            "fields": [(each, explain(each)) for each in fields],
            "key_label": "、".join(each.label for each in fields if each.name in keys),
            "accept": ",".join((*SPREADSHEETS, *TEXTS, ".csv.gz")),
            "max_megabytes": MAX_BYTES // 1024**2,
            "max_rows": MAX_ROWS,
            "recent": self._own_runs().defer("report")[:RECENT],
            "steps": _steps(0),
            "breadcrumbs": self.crumbs((_("Import"), None)),
        }
        return self.render("generic/import.html", context, status=422 if error else 200)

    def _run_page(self, run: ImportRun) -> HttpResponse:
        report = run.report
        is_busy = run.state in services.BUSY
        counts = report.get("counts", {})
        context = {
            "run": run,
            "job": run.job,
            "is_busy": is_busy,
            "is_done": run.state == RunState.DONE,
            "report": report,
            "counts": counts,
            "number": counts.get("create", 0) + counts.get("update", 0),
            "error_rows": report.get("errors", [])[:ERRORS_SHOWN],
            "errors_hidden": max(0, len(report.get("errors", [])) - ERRORS_SHOWN),
            "rows_shown": ROWS_SHOWN,
            **({} if is_busy or run.state == RunState.DONE else self._assignment(run)),
            "steps": _steps(2 if run.state in (RunState.DONE, RunState.IMPORTING) else 1, run.state == RunState.DONE),
            "breadcrumbs": self.crumbs((_("Import"), self.pageset.url("import")), (run.name, None)),
        }
        htmx = self.request.htmx  # type: ignore[attr-defined]
        partial = htmx and htmx.target == "import-progress"
        return self.render("generic/_import_progress.html" if partial else "generic/import_run.html", context)

    def _assignment(self, run: ImportRun) -> dict[str, Any]:
        """The columns of the file with what they fill, and the other fields, to be assigned anew."""
        if "headings" not in run.report:
            return {}
        fields = import_fields(self.pageset, self.request.user)
        samples = examples(services.read_run(run), run.report)
        chosen, given = run.report["columns"], run.mapping or {}
        columns = [
            {
                "index": index,
                "heading": text,
                "samples": " · ".join(samples[index]),
                "options": [(each.name, each.label, chosen.get(str(index)) == each.name) for each in fields],
            }
            for index, text in enumerate(run.report["headings"])
            if text or samples[index]
        ]
        filled = {chosen.get(str(index)) for index in range(len(run.report["headings"]))}
        # Rows that all had the same key would be one row; of a key of several fields all may share a part.
        never = set(keys) if len(keys := key_names(self.pageset)) == 1 else set()
        others = [
            (each, given.get(f"{CONSTANT}{each.name}", ""), explain(each))
            for each in fields
            if each.name not in filled | never
        ]
        return {"columns": columns, "others": others}


class ImportTemplateView(ImportPage):
    """The empty file to fill in."""

    def get(self, request: Any) -> HttpResponseBase:
        target = io.BytesIO()
        write_template(target, self.pageset, request.user)
        target.seek(0)
        kind = _("template")
        name = f"{get_valid_filename(self.pageset.title_plural)}-{kind}.xlsx"
        return FileResponse(target, as_attachment=True, filename=name, content_type=FORMATS["xlsx"])


def _refused_file(run: ImportRun) -> HttpResponseBase:
    if not run.report.get("errors"):
        raise Http404
    target = io.BytesIO()
    write(target, rejected_lines(services.read_run(run), run.report), file_format="xlsx", sheet=_("Refused rows"))
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=rejected_name(run), content_type=FORMATS["xlsx"])


def _steps(current: int, is_finished: bool = False) -> list[dict[str, Any]]:
    labels = (_("Choose the file"), _("Check"), _("Import"))
    return [
        {
            "label": label,
            "state": "past" if index < current or is_finished else ("now" if index == current else "next"),
        }
        for index, label in enumerate(labels)
    ]
