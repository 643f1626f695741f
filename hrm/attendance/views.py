"""Pages of attendance that no PageSet makes: my time, the month, the roster, who is away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from hrm.attendance.boards import absence_lines, columns_of, own_month, roster_lines
from hrm.attendance.choices import STATUS_TONES, DayStatus
from hrm.attendance.exports import export_month, figures
from hrm.attendance.forms import CellForm, PeopleFilterForm, PeriodForm, RosterForm, planned_by, shift_choices
from hrm.attendance.models import AttendanceDay, Outing, OvertimeRequest, PunchCorrection, RosterDay
from hrm.attendance.punching import punch_now
from hrm.attendance.rosters import assign_roster
from hrm.attendance.selectors import effective_punches, month_totals
from hrm.attendance.services import request_computation
from hrm.calendar.forms import month_of
from hrm.calendar.people import people_within, signed_in
from hrm.calendar.selectors import month_range, year_states
from hrm.leave.models import LeaveRequest
from hrm.leave.selectors import balances
from hrm.org.models import Department, Employee
from suite.core.errors import DomainError
from suite.masters.models import Company
from suite.pages.forms import style

PAGE = 50
RECENT = 5
ONE_DAY = timedelta(days=1)


def _base(title: str) -> dict[str, Any]:
    return {"page_title": title, "breadcrumbs": [(_("Human resources"), None), (title, None)]}


def _months(month: Any) -> dict[str, Any]:
    """The month that a page shows, and those beside it."""
    first, last = month_range(month)
    (known,) = year_states([first.year])
    return {
        "month": first,
        "last": last,
        "before": first - ONE_DAY,
        "after": last + ONE_DAY,
        "calendar_missing": not known.is_complete,
    }


def _people(request: HttpRequest, people: Any, month: Any) -> tuple[Page[Employee], dict[str, Any]]:
    """Those of the people who worked in the month and whom the page was asked for, and the form that asks."""
    first, last = month_range(month)
    form = PeopleFilterForm(request.GET, user=request.user)
    cleaned = form.cleaned_data if form.is_valid() else {}
    people = people.filter(hire_date__lte=last).filter(Q(leave_date__isnull=True) | Q(leave_date__gte=first))
    if cleaned.get("department"):
        people = people.filter(department__path__contains=[cleaned["department"].pk])
    if cleaned.get("q"):
        people = people.filter(Q(name__icontains=cleaned["q"]) | Q(number__icontains=cleaned["q"]))
    people = people.select_related("department").order_by("number", "pk")
    style(form)
    page = Paginator(people, PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("month", None)
    context = {"page": page, "filter_form": form, "everybody": people, "query": query.urlencode()}
    return page, context


@login_required
@permission_required("hrm.view_attendanceday", raise_exception=True)
def my_time(request: HttpRequest) -> HttpResponse:
    """Punch, my month, my requests and balances: made for a phone."""
    person = Employee.objects.filter(user=request.user.pk).first()
    if person is None:
        return render(request, "hrm/attendance/nobody.html", _base(_("My time")))
    shown = _months(month_of(request.GET))
    today = timezone.localdate()
    columns = columns_of(shown["month"], shown["last"])
    totals = month_totals([person.pk], shown["month"], shown["last"])[person.pk]
    punches = effective_punches().filter(employee=person, punched_at__date=today).order_by("punched_at")
    requests = [
        row
        for model in (LeaveRequest, OvertimeRequest, Outing, PunchCorrection)
        for row in model.objects.filter(employee=person).order_by("-pk")[:RECENT]
    ]
    context = {
        **_base(_("My time")),
        **shown,
        "person": person,
        "today": today,
        "punches": list(punches),
        "days": [
            (column, row, [(DayStatus(s).label, STATUS_TONES[DayStatus(s)]) for s in (row.statuses if row else ())])
            for column, row in own_month(person, columns)
        ],
        "totals": totals,
        "balances": balances([person.pk], today)[person.pk],
        "requests": sorted(requests, key=lambda row: row.created_at, reverse=True)[: 2 * RECENT],
    }
    return render(request, "hrm/attendance/my_time.html", context)


@login_required
@permission_required("hrm.view_attendanceday", raise_exception=True)
@require_POST
def punch(request: HttpRequest) -> HttpResponse:
    """Punch by phone, at the server's time."""
    person = Employee.objects.filter(user=request.user.pk).first()
    if person is None:
        raise PermissionDenied
    made = punch_now(employee=person, actor=signed_in(request), at=timezone.now())
    messages.success(request, _("Punched at %(time)s.") % {"time": f"{timezone.localtime(made.punched_at):%H:%M}"})
    return redirect("hrm:my-time")


@login_required
@permission_required("hrm.view_attendanceday", raise_exception=True)
def month(request: HttpRequest) -> HttpResponseBase:
    """What the month came to for each person, on the page or as a file."""
    shown = _months(month_of(request.GET))
    page, context = _people(request, people_within(request.user, AttendanceDay), shown["month"])
    if request.GET.get("format"):
        if not request.user.has_perm("hrm.export_attendanceday"):
            raise PermissionDenied
        everybody = list(
            context["everybody"] & people_within(request.user, AttendanceDay, "export").select_related("department")
        )
        totals = month_totals([person.pk for person in everybody], shown["month"], shown["last"])
        return export_month(request, shown["month"], ((person, totals[person.pk]) for person in everybody))
    totals = month_totals([person.pk for person in page], shown["month"], shown["last"])
    columns = figures()
    company = Company.objects.filter(is_default=True).first() or Company.objects.order_by("pk").first()
    context |= {
        **_base(_("Month summary")),
        **shown,
        "columns": columns,
        "rows": [(person, [(name, getattr(totals[person.pk], name)) for name, _text in columns]) for person in page],
        "may_compute": request.user.has_perm("hrm.compute_attendanceday"),
        "may_export": request.user.has_perm("hrm.export_attendanceday"),
        "period_form": PeriodForm(
            user=request.user,
            initial={"company": company, "first": shown["month"], "last": min(shown["last"], timezone.localdate())},
        ),
    }
    style(context["period_form"])
    return render(request, "hrm/attendance/month.html", context)


@login_required
@permission_required("hrm.compute_attendanceday", raise_exception=True)
@require_POST
def compute(request: HttpRequest) -> HttpResponse:
    """Compute a period as a job."""
    form = PeriodForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.error(request, _("Enter the first and the last day."))
        return redirect("hrm:attendance-month")
    try:
        job = request_computation(actor=signed_in(request), at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("hrm:attendance-month")
    return redirect(job.get_absolute_url())


@login_required
@permission_required("hrm.view_rosterday", raise_exception=True)
def roster(request: HttpRequest) -> HttpResponse:
    """Who works what: people down, days across; a shift is dragged or set by key."""
    return _roster_page(request, None)


def _roster_page(request: HttpRequest, form: RosterForm | None, status: int = 200) -> HttpResponse:
    shown = _months(month_of(request.GET))
    page, context = _people(request, people_within(request.user, RosterDay), shown["month"])
    columns = columns_of(shown["month"], shown["last"])
    may_change = request.user.has_perm("hrm.change_rosterday")
    context |= {
        **_base(_("Roster")),
        **shown,
        "columns": columns,
        "lines": roster_lines(list(page), columns),
        "may_change": may_change,
        "shifts": shift_choices(request.user),
        "form": form
        or (
            RosterForm(user=request.user, initial={"first": shown["month"], "last": shown["last"]})
            if may_change
            else None
        ),
    }
    if context["form"] is not None:
        style(context["form"])
    return render(request, "hrm/attendance/roster.html", context, status=status)


@login_required
@permission_required("hrm.change_rosterday", raise_exception=True)
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Plan many days for many people."""
    form = RosterForm(request.POST, user=request.user)
    if not form.is_valid():
        return _roster_page(request, form, status=422)
    cleaned = form.cleaned_data
    try:
        planned = assign_roster(
            employees=cleaned["people"],
            first=cleaned["first"],
            last=cleaned["last"],
            weekdays=cleaned["weekdays"],
            actor=signed_in(request),
            at=timezone.now(),
            **planned_by(cleaned["what"]),
        )
    except DomainError as error:
        field = error.field if error.field in form.fields else None
        form.add_error(field, str(error))
        return _roster_page(request, form, status=422)
    messages.success(
        request, ngettext("%(number)d day was planned.", "%(number)d days were planned.", planned) % {"number": planned}
    )
    return redirect(f"{reverse('hrm:roster-grid')}?month={cleaned['first']:%Y-%m}")


@login_required
@permission_required("hrm.change_rosterday", raise_exception=True)
@require_POST
def cell(request: HttpRequest) -> HttpResponse:
    """Plan one day of one person from the grid, and say what stands there now."""
    form = CellForm(request.POST, user=request.user)
    if not form.is_valid():
        return JsonResponse({"title": _("This cannot be planned."), "status": 422}, status=422)
    person, day = form.cleaned_data["employee"], form.cleaned_data["date"]
    try:
        assign_roster(
            employees=[person],
            first=day,
            last=day,
            actor=signed_in(request),
            at=timezone.now(),
            **planned_by(form.cleaned_data["what"]),
        )
    except DomainError as error:
        return JsonResponse({"title": str(error), "status": error.status, "code": error.code}, status=error.status)
    ((now,),) = (line.cells for line in roster_lines([person], columns_of(day, day)))
    return JsonResponse({"text": now.text, "title": now.title, "is_own": now.is_own, "tone": now.tone})


@login_required
@permission_required("hrm.view_leaverequest", raise_exception=True)
def team(request: HttpRequest) -> HttpResponse:
    """Who is away on which day: one's own department, and everybody whose leave one may see."""
    shown = _months(month_of(request.GET))
    seen = people_within(request.user, LeaveRequest)
    departments = Department.objects.filter(employees__user=request.user.pk)
    colleagues = Employee.objects.filter(Q(pk__in=seen.values("pk")) | Q(department__in=departments.values("pk")))
    page, context = _people(request, colleagues, shown["month"])
    columns = columns_of(shown["month"], shown["last"])
    named = set(seen.filter(pk__in=[person.pk for person in page]).values_list("pk", flat=True))
    lines = [
        *absence_lines([p for p in page if p.pk in named], columns, names_types=True),
        *absence_lines([p for p in page if p.pk not in named], columns, names_types=False),
    ]
    context |= {
        **_base(_("Team calendar")),
        **shown,
        "columns": columns,
        "lines": sorted(lines, key=lambda line: (line.person.number, line.person.pk)),
    }
    return render(request, "hrm/attendance/team.html", context)
