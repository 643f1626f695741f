"""Pages of training and skills."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.org.models import Employee
from hrm.talent.training import services
from hrm.talent.training.choices import EnrolmentStatus, SessionStatus
from hrm.talent.training.forms import EndForm, EnrolForm, ResultsForm
from hrm.talent.training.models import Course, Skill, SkillHolding, TrainingEnrolment, TrainingSession
from hrm.talent.training.selectors import SOON_DAYS, with_taken
from suite.access.restrict import restrict
from suite.pages.actions import Action
from suite.pages.columns import Column, badge, short_date
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register, tab

PLANNED = SessionStatus.PLANNED


def validity(holding: Any) -> Any:
    """Until when, and whether that is soon or over."""
    if holding.valid_to is None:
        return badge(_t("for good"), "done")
    left = (holding.valid_to - timezone.localdate()).days
    tone = "late" if left < 0 else "wait" if left <= SOON_DAYS else "done"
    return badge(short_date(holding.valid_to), tone)


def moment(value: datetime) -> Any:
    """Day and time."""
    return format_html('<span class="text-nowrap">{}</span>', f"{timezone.localtime(value):%Y-%m-%d %H:%M}")


def trainer(session: Any) -> Any:
    """Who teaches, a colleague or somebody from outside."""
    return session.trainer or session.outside_trainer


def why_not_joined(session: Any, user: Any) -> str:
    """Why somebody does not take a place now."""
    if session.starts_at <= timezone.now():
        return _t("It has begun already.")
    taking = session.enrolments.exclude(status=EnrolmentStatus.WITHDRAWN)
    if taking.filter(employee__user=user).exists():
        return _t("You take part already.")
    return "" if taking.count() < session.capacity else _t("All places are taken.")


def why_no_results(session: Any, user: Any) -> str:
    """Why results are not entered now."""
    return "" if session.starts_at <= timezone.now() else _t("It has not begun yet.")


def why_not_withdrawn(enrolment: Any, user: Any) -> str:
    """Why a place is not given back now."""
    return "" if enrolment.session.status == PLANNED else _t("The session is not to come any more.")


VALIDITY = Column("valid_to", render=validity, phone="p-end")
STARTS = Column("starts_at", render=lambda row: moment(row.starts_at), phone="p-start")
ENDS = Column("ends_at", render=lambda row: moment(row.ends_at))


@register
class SkillPages(PageSet):
    """Skills."""

    model = Skill
    icon = "certificate"
    description = _("What people are qualified for, and for how long.")
    columns = ("code", Column("name", phone="p-full"), Column("validity_months", phone="p-end"), "is_active")
    optional_columns = ("description",)
    filters = ("is_active",)
    ordering = "code"
    fields = ("code", "name", "validity_months", "description", "is_active")
    summary = ("code", "validity_months", "is_active")
    panels = (
        Attributes("description"),
        Children(
            "holdings", Column("employee", phone="p-start"), "level", "valid_from", VALIDITY, "certificate", link=True
        ),
    )
    bulk_fields = ("is_active",)
    import_fields = ("code", "name", "validity_months", "description")
    import_key = "code"
    is_searchable = True


@register
class CoursePages(PageSet):
    """Courses."""

    model = Course
    icon = "book"
    description = _("What is taught, and which skill it gives.")
    columns = (
        "code",
        Column("name", phone="p-full"),
        Column("skill", phone="p-start"),
        "level",
        Column("hours", phone="p-end"),
        "is_active",
    )
    optional_columns = ("description",)
    filters = ("skill", "is_active")
    ordering = "code"
    fields = ("code", "name", (_("What it gives"), ("skill", "level", "hours")), "description", "is_active")
    summary = ("code", "skill", "level", "hours", "is_active")
    panels = (
        Attributes("description"),
        Children("sessions", "number", "status", STARTS, "place", link=True, create_label=_("Plan a session")),
    )
    bulk_fields = ("is_active",)
    is_searchable = True


@register
class TrainingSessionPages(PageSet):
    """Training sessions."""

    model = TrainingSession
    icon = "school"
    description = _("When a course is held, by whom, and who takes part.")
    columns = (
        "number",
        Column("course", phone="p-full"),
        "status",
        STARTS,
        "place",
        Column("trainer", render=trainer),
        Column("taken", label=_("places taken"), align="num"),
        Column("free", label=_("free places"), align="num", phone="p-end"),
    )
    optional_columns = (ENDS, "capacity", "cost", "company")
    filters = ("status", "course", "trainer", "starts_at", "company")
    ordering = "-starts_at"
    views = (View(pgettext_lazy("training", "Planned"), "status=PLANNED"),)
    summary = (
        "course",
        STARTS,
        ENDS,
        "place",
        Column("trainer", render=trainer),
        "capacity",
        Column("free", label=_("free places"), align="num"),
        "cost",
    )
    panels = (
        Children(
            "enrolments",
            Column("employee", phone="p-start"),
            Column("status", phone="p-end"),
            "score",
            title=_("Participants"),
            link=True,
        ),
    )
    fields = (
        "course",
        (_("When and where"), ("starts_at", "ends_at", "place")),
        (_("By whom and for how many"), ("trainer", "outside_trainer", "capacity", "cost")),
    )
    create_service = services.create_session
    update_service = services.update_session
    operations = frozenset({"add", "change"})
    editable_states = frozenset({PLANNED})
    is_searchable = True
    actions = (
        Action(
            services.join_session,
            _("Take part"),
            "join",
            icon="user-plus",
            states={PLANNED},
            refusal=why_not_joined,
            primary_in={PLANNED},
        ),
        Action(services.enrol_people, _("Enrol people"), "enrol", icon="users-plus", states={PLANNED}, form=EnrolForm),
        Action(
            services.record_results,
            _("Enter results"),
            "record",
            icon="checklist",
            states={PLANNED},
            form=ResultsForm,
            refusal=why_no_results,
            name="enter-results",
        ),
        Action(
            services.cancel_session,
            _("Cancel the session"),
            "enrol",
            icon="ban",
            states={PLANNED},
            form=ReasonForm,
            is_danger=True,
        ),
    )

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add how many places are taken and free."""
        return with_taken(queryset).select_related("course", "trainer")

    def heading(self, obj: TrainingSession) -> tuple[Any, Any]:
        """Number and course."""
        return obj.number, str(obj.course)


@register
class TrainingEnrolmentPages(PageSet):
    """Who takes part in what."""

    model = TrainingEnrolment
    icon = "user-check"
    description = _("Who takes part in which training, and how it ended.")
    columns = (
        Column("employee", sort="employee__name"),
        "status",
        Column("session__course", label=_("course"), phone="p-full"),
        Column(
            "session__starts_at",
            label=_("starts at"),
            render=lambda row: moment(row.session.starts_at),
            phone="p-start",
        ),
        Column("score", phone="p-end"),
    )
    optional_columns = ("session", "created_at")
    filters = ("status", "employee", "employee__department", "employee__user", "session", "session__course")
    ordering = "-pk"
    views = (View(_("My own"), "employee__user=me"), View(_("Enrolled"), "status=ENROLLED"))
    list_select = ("session__course",)
    summary = ("employee", "session", Column("session__course", label=_("course")), "score")
    operations = frozenset()
    actions = (
        Action(
            services.withdraw_enrolment,
            _("Give the place back"),
            "withdraw",
            icon="user-minus",
            states={EnrolmentStatus.ENROLLED},
            refusal=why_not_withdrawn,
        ),
    )

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the session before its places.
        return queryset.select_related("session")

    def detail_queryset(self, user: Any) -> QuerySet[Any]:
        """With the session and its course at hand."""
        return super().detail_queryset(user).select_related("session__course", "employee")


@register
class SkillHoldingPages(PageSet):
    """Who has which skill."""

    model = SkillHolding
    icon = "award"
    description = _("Who is qualified for what, from when until when.")
    columns = (
        Column("employee", sort="employee__name"),
        Column("skill", phone="p-full"),
        Column("level", phone="p-start"),
        "valid_from",
        VALIDITY,
        "certificate",
    )
    optional_columns = ("session", "employee__department", "employee__position")
    filters = (
        "skill",
        "level",
        "employee",
        "employee__department",
        "employee__position",
        "employee__user",
        "valid_from",
        "valid_to",
    )
    ordering = "valid_to"
    views = (View(_("My own"), "employee__user=me"),)
    summary = ("employee", "skill", "level", "valid_from", VALIDITY, "certificate", "session")
    fields = ("employee", "skill", "level", "valid_from", "valid_to", "certificate")
    create_service = services.grant_skill
    import_fields = ("employee", "skill", "level", "valid_from", "valid_to", "certificate")
    operations = frozenset({"add"})
    is_searchable = True
    actions = (
        Action(services.end_holding, _("End validity"), "end", icon="calendar-off", form=EndForm, is_danger=True),
    )

    def initial(self, request: Any) -> dict[str, Any]:
        """From today on."""
        return {"valid_from": timezone.localdate()}


@tab(Employee, title=_("Skills"), permission="hrm.view_skillholding")
def skills(request: HttpRequest, employee: Employee) -> tuple[str, dict[str, Any]]:
    """What a person can do and took part in."""
    held = restrict(SkillHolding.objects.filter(employee=employee), user=request.user)
    taken = restrict(TrainingEnrolment.objects.filter(employee=employee), user=request.user)
    return "hrm/talent/skills_tab.html", {
        "holdings": [(each, validity(each)) for each in held.select_related("skill").order_by("skill", "-valid_from")],
        "trainings": taken.select_related("session__course").order_by("-session__starts_at"),
    }
