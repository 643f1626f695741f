"""Long imports and exports as jobs."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from suite.core.errors import DomainError
from suite.jobs.context import JobContext
from suite.jobs.registry import job
from suite.modules.registry import periodic
from suite.pages.exchange import services
from suite.pages.exchange.exporting import export_rows
from suite.pages.exchange.models import ImportRun
from suite.pages.exchange.plan import ImportPlan
from suite.pages.exchange.report import ERRORS_SHOWN, rejected_lines, report_of
from suite.pages.exchange.writing import FORMATS, write


@job("suite.check_import", title=gettext_lazy("Check of an import"))
def check_import(context: JobContext) -> dict[str, Any]:
    """Say what an import would do."""
    run = ImportRun.objects.select_related("user").get(pk=context.params["run"], user=context.owner)
    plan = services.check_run(run=run, at=context.at, progress=context.progress)
    _keep_rejected(context, run, plan)
    return _facts(plan)


@job("suite.run_import", title=gettext_lazy("Import"))
def run_import(context: JobContext) -> dict[str, Any]:
    """Write the rows of a checked file."""
    run = ImportRun.objects.select_related("user").get(pk=context.params["run"], user=context.owner)
    try:
        plan, _outcome = services.import_run(
            run=run, leave_out_bad=context.params["leave_out_bad"], at=context.at, progress=context.progress
        )
    except DomainError as error:
        services.run_refused(error)
        raise
    _keep_rejected(context, run, plan)
    return _facts(plan)


@job("suite.export", title=gettext_lazy("Export"))
def export(context: JobContext) -> dict[str, Any]:
    """Write a long list into a file."""
    params = context.params
    target = io.BytesIO()
    name, count = export_rows(
        target,
        label=params["label"],
        user=context.owner,
        params=QueryDict(params["query"]),
        pks=params["pks"],
        file_format=params["format"],
        at=context.at,
        progress=context.progress,
    )
    context.save_result(name, target.getvalue(), FORMATS[params["format"]].partition(";")[0])
    return {_("Rows"): count}


@periodic("night")
def clean_up_imports(at: datetime) -> int:
    """Delete what was uploaded long ago."""
    return services.delete_old_runs(at=at)


def _facts(plan: ImportPlan) -> dict[str, Any]:
    counts = plan.counts()
    return {
        _("New"): counts["create"],
        _("Changed"): counts["update"],
        _("Unchanged"): counts["unchanged"],
        _("Refused rows"): counts["error"],
    }


def _keep_rejected(context: JobContext, run: ImportRun, plan: ImportPlan) -> None:
    report = report_of(plan)
    for number, label, message in report["errors"][:ERRORS_SHOWN]:
        context.reject(number, f"{label}: {message}" if label else message)
    if report["errors"]:
        target = io.BytesIO()
        write(target, rejected_lines(services.read_run(run), report), file_format="xlsx", sheet=_("Refused rows"))
        context.save_rejected(rejected_name(run), target.getvalue())


def rejected_name(run: ImportRun) -> str:
    """Name of the file of the rejected rows."""
    kind = _("refused")
    return f"{run.name.rsplit('.', 1)[0]}-{kind}.xlsx"
