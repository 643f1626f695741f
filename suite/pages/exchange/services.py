"""Uploading a file, checking it and importing it: at once when it is short, as a job when it is long."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import IO, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from suite.access.models import User
from suite.core.commit import after_commit
from suite.core.errors import DomainError, WrongState
from suite.jobs.models import Job
from suite.jobs.services import start_job
from suite.modules import state
from suite.modules.services import ModuleDisabled
from suite.pages.exchange.apply import ENDS_THE_WORK, Outcome, apply_import, check_import
from suite.pages.exchange.choices import RunState
from suite.pages.exchange.errors import RowErrors
from suite.pages.exchange.models import ImportRun
from suite.pages.exchange.plan import ImportPlan, Progress, plan_import
from suite.pages.exchange.reading import MAX_BYTES, Sheet, read_sheet
from suite.pages.exchange.report import report_of
from suite.pages.pageset import PageSet
from suite.pages.registry import pageset_of

# Longer files are checked and imported by a job.
DIRECT_ROWS = 200
KEEP_DAYS = 30
BUSY = (RunState.CHECKING, RunState.IMPORTING)


def upload_import(*, pageset: PageSet, file: IO[bytes], name: str, actor: User, at: datetime) -> ImportRun:
    """
    Keep an uploaded file and check it, at once or by a job.

    :raises Unreadable: when it is no table that can be read.
    """
    data = file.read(MAX_BYTES + 1)
    sheet = read_sheet(io.BytesIO(data), name)
    run = ImportRun(user=actor, object_type=pageset.model._meta.label, name=name[:200], row_count=len(sheet.rows))
    run.file.save(name, ContentFile(data), save=False)
    with transaction.atomic():
        run.save()
        return _begin(run, RunState.CHECKING, "suite.check_import", at=at, sheet=sheet)


def remap_import(*, run: ImportRun, mapping: dict[str, str], actor: User, at: datetime) -> ImportRun:
    """
    Assign the columns of a file anew and check it again.

    :raises WrongState: when it is being worked on or was imported.
    """
    with transaction.atomic():
        run = _lock(run, {RunState.UPLOADED, RunState.CHECKED})
        run.mapping = mapping
        return _begin(run, RunState.CHECKING, "suite.check_import", at=at)


def start_import(*, run: ImportRun, leave_out_bad: bool, actor: User, at: datetime) -> ImportRun:
    """
    Import a checked file, at once or by a job; a run that was started or finished already is returned as it is.

    A refusal of its rows is noted in the run and nothing is written.
    """
    try:
        with transaction.atomic():
            run = _lock(run, {RunState.CHECKED, RunState.IMPORTING, RunState.DONE})
            if run.state != RunState.CHECKED:
                return run
            return _begin(run, RunState.IMPORTING, "suite.run_import", at=at, leave_out_bad=leave_out_bad)
    except _Refused as refused:
        return refused.keep()


def settle_import(*, run: ImportRun, at: datetime) -> ImportRun:
    """Give back a run whose job ended without bringing it further, so that it can be tried again."""
    if run.state not in BUSY or run.job is None or not run.job.is_finished:
        return run
    with transaction.atomic():
        run = ImportRun.objects.lock(run)
        if run.state in BUSY and run.job is not None and run.job.is_finished:
            run.state = RunState.UPLOADED if run.state == RunState.CHECKING else RunState.CHECKED
            run.report = {**run.report, "message": run.job.message, "has_failed": True}
            run.save()
    return run


def read_run(run: ImportRun) -> Sheet:
    """Read the file of a run again."""
    with run.file.open("rb") as file:
        return read_sheet(file, run.name)


def check_run(
    *, run: ImportRun, at: datetime, progress: Progress | None = None, sheet: Sheet | None = None
) -> ImportPlan:
    """Plan the file of a run, try it out, and keep the report."""
    plan = plan_import(_pageset(run), sheet or read_run(run), user=run.user, mapping=run.mapping, progress=progress)
    check_import(plan, at=at, progress=progress)
    run.report = report_of(plan)
    run.state = RunState.UPLOADED if run.report["needs_mapping"] else RunState.CHECKED
    run.save()
    return plan


def import_run(
    *, run: ImportRun, leave_out_bad: bool, at: datetime, progress: Progress | None = None
) -> tuple[ImportPlan, Outcome]:
    """
    Write the file of a run in one transaction and keep the report.

    :raises DomainError: when rows or the file are refused; nothing is written.
    """
    with transaction.atomic():
        run = _lock(run, {RunState.IMPORTING})
        plan = plan_import(
            _pageset(run), read_run(run), user=run.user, mapping=run.mapping, lock=True, progress=progress
        )
        try:
            outcome = apply_import(plan, at=at, progress=progress, leave_out_bad=leave_out_bad)
        except ENDS_THE_WORK:
            raise
        except RowErrors as error:
            raise _Refused(run, report_of(plan)) from error
        except DomainError as error:
            raise _Refused(run, {**report_of(plan), "message": str(error)}) from error
        run.report = report_of(plan)
        run.state, run.finished_at = RunState.DONE, at
        run.save()
    return plan, outcome


class _Refused(DomainError):
    """An import was refused and rolled back; what is known of it is kept afterwards."""

    code = "row-errors"

    def __init__(self, run: ImportRun, report: dict[str, Any]) -> None:
        super().__init__(report["message"] or _("Nothing was imported: some rows are refused."))
        self.run, self.report = run, report

    def keep(self) -> ImportRun:
        """Note the refusal in the run, which can then be tried again."""
        with transaction.atomic():
            run = ImportRun.objects.lock(self.run)
            run.state, run.report = RunState.CHECKED, self.report
            run.save()
        return run


def run_refused(error: DomainError) -> ImportRun | None:
    """The run in which a refused import was noted, None for other refusals."""
    return error.keep() if isinstance(error, _Refused) else None


def delete_old_runs(*, at: datetime) -> int:
    """Delete uploaded files and their reports after a month; return how many."""
    old = ImportRun.objects.filter(created_at__lt=at - timedelta(days=KEEP_DAYS)).exclude(state__in=BUSY)
    with transaction.atomic():
        runs = list(old.select_for_update(skip_locked=True).order_by("pk"))
        ImportRun.objects.filter(pk__in=[run.pk for run in runs]).delete()
        for run in runs:
            after_commit(run.file.storage.delete, str(run.file.name))
    return len(runs)


def _begin(
    run: ImportRun, to: RunState, kind: str, *, at: datetime, sheet: Sheet | None = None, leave_out_bad: bool = False
) -> ImportRun:
    """Do the next step of a run at once when its file is short, else by a job."""
    run.state = to
    if run.row_count > DIRECT_ROWS:
        run.job = _start_job(run, kind, at=at, leave_out_bad=leave_out_bad)
        run.save()
        return run
    run.save()
    if to == RunState.CHECKING:
        check_run(run=run, at=at, sheet=sheet)
        return run
    import_run(run=run, leave_out_bad=leave_out_bad, at=at)
    run.refresh_from_db()
    return run


def _start_job(run: ImportRun, kind: str, *, at: datetime, leave_out_bad: bool) -> Job:
    title = _pageset(run).title_plural
    params = {"run": run.pk, "leave_out_bad": leave_out_bad}
    return start_job(kind, owner=run.user, at=at, params=params, subject=f"{title}: {run.name}")


def _lock(run: ImportRun, states: set[RunState]) -> ImportRun:
    locked: ImportRun = ImportRun.objects.lock(run)
    if locked.state not in states:
        raise WrongState(_("This file is being worked on or was imported already."))
    return locked


def _pageset(run: ImportRun) -> PageSet:
    """
    The PageSet of a run.

    :raises ModuleDisabled: when its system was turned off in the meantime.
    """
    pageset = pageset_of(run.object_type)
    if pageset is None or not state.is_enabled(pageset.module):
        raise ModuleDisabled(_("%(module)s is not turned on.") % {"module": run.object_type})
    return pageset
