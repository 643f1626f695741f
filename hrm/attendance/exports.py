"""The month summary as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.attendance.selectors import MonthTotals
from hrm.calendar.people import signed_in
from hrm.org.models import Employee
from suite.access.audit import record
from suite.access.choices import AuditKind
from suite.pages.exchange.writing import FORMATS, write

Row = tuple[Employee, MonthTotals]


def figures() -> list[tuple[str, str]]:
    """The figures of the summary: name of the total, and what it is called."""
    return [
        ("planned_days", _("Planned days")),
        ("worked_days", _("Worked days")),
        ("worked_hours", _("Worked hours")),
        ("late_times", _("Times late")),
        ("late_minutes", _("Minutes late")),
        ("early_times", _("Times left early")),
        ("early_minutes", _("Minutes left early")),
        ("absent_days", _("Days absent")),
        ("paid_leave_days", _("Paid leave days")),
        ("sick_leave_days", _("Sick leave days")),
        ("unpaid_leave_days", _("Unpaid leave days")),
        ("elsewhere_days", _("Days elsewhere")),
        ("pay_150_hours", _("Overtime 150 %, hours")),
        ("pay_200_hours", _("Overtime 200 %, hours")),
        ("pay_300_hours", _("Overtime and work on statutory holidays 300 %, hours")),
        ("comp_hours", _("Time off earned, hours")),
        ("open_exceptions", _("To be resolved")),
    ]


def export_month(request: HttpRequest, month: date, rows: Iterable[Row]) -> FileResponse:
    """Return the summary of a month as a file, and record in the security audit who took it."""
    wanted = request.GET.get("format", "")
    file_format = wanted if wanted in FORMATS else "xlsx"
    file = TemporaryFile()  # closed by the response
    count = write(file, _lines(rows), file_format=file_format, sheet=f"{month:%Y-%m}")
    record(
        AuditKind.EXPORT,
        actor=signed_in(request),
        at=timezone.now(),
        subject=f"attendance {month:%Y-%m}",
        request=request,
        details={"format": file_format, "rows": count},
    )
    file.seek(0)
    name = " ".join((_("Month summary"), f"{month:%Y-%m}.{file_format}"))
    return FileResponse(file, as_attachment=True, filename=name, content_type=FORMATS[file_format])


def _lines(rows: Iterable[Row]) -> Iterator[list[Any]]:
    columns = figures()
    yield [_("Employee number"), _("Name"), _("Department"), *(text for _name, text in columns)]
    for person, totals in rows:
        values = [getattr(totals, name) for name, _text in columns]
        yield [person.number, person.name, str(person.department or ""), *values]
