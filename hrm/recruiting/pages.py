"""Pages of recruiting."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.recruiting import candidates, offers, requisitions
from hrm.recruiting.choices import (
    STAGES,
    VERDICT_TONES,
    CandidateStatus,
    OfferStatus,
    RequisitionStatus,
    Verdict,
)
from hrm.recruiting.forms import (
    CandidateForm,
    HireForm,
    JudgeForm,
    MakeOfferForm,
    OfferForm,
    RejectForm,
    ReopenRequisitionForm,
    ScheduleForm,
    TakeUpForm,
)
from hrm.recruiting.models import Candidate, Interview, Offer, Requisition
from hrm.recruiting.selectors import with_filled
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.forms import ReasonForm
from suite.pages.pageset import Kanban, PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

DRAFT, SUBMITTED, APPROVED = RequisitionStatus.DRAFT, RequisitionStatus.SUBMITTED, RequisitionStatus.APPROVED
TALKED_TO = frozenset({CandidateStatus.NEW, CandidateStatus.SCREENED, CandidateStatus.INTERVIEW})
RUNNING = frozenset({*TALKED_TO, CandidateStatus.OFFER})
WHEN = Column("held_at", render=lambda interview: time_of(interview), phone="p-start")
TERMS = pgettext_lazy("recruiting", "Terms")
PLACES = Column("filled", _("Filled"), align="num")


@register
class RequisitionPages(PageSet):
    """Requests for people."""

    model = Requisition
    icon = "user-search"
    description = _("Who is wanted for which position, checked against the headcount plan.")
    columns = (
        "number",
        Column("position", phone="p-start"),
        "department",
        "status",
        "wanted",
        PLACES,
        Column("due_on", phone="p-end"),
        "owner",
    )
    optional_columns = ("reason", "over_plan_reason", "company", "created_at")
    filters = ("status", "position", "department", "due_on", "owner", "company")
    ordering = "-created_at"
    views = (
        View(_("Recruiting"), "status=APPROVED"),
        View(_("In approval"), "status=SUBMITTED", is_hot=True),
        View(_("Mine"), "owner=me"),
    )
    summary = ("position", "department", "wanted", PLACES, "due_on", "owner")
    panels = (
        Attributes("company", "reason", "over_plan_reason", "requirements"),
        Children("candidates", "name", "status", "source", "owner", link=True, create_label=_("New candidate")),
    )
    fields = (
        (_("Who is wanted"), ("position", "department", "wanted", "due_on", "owner")),
        (_("Why"), ("reason", "over_plan_reason", "requirements")),
    )
    create_service = requisitions.create_requisition
    update_service = requisitions.update_requisition
    operations = frozenset({"add", "change"})
    editable_states = frozenset({DRAFT})
    list_select = ("position", "department", "owner")
    actions = (
        Action(requisitions.submit_requisition, _("Submit"), "change", icon="send", states={DRAFT}, primary_in={DRAFT}),
        Action(
            requisitions.approve_requisition,
            _("Approve"),
            "approve",
            icon="check",
            states={SUBMITTED},
            primary_in={SUBMITTED},
            bulk=True,
        ),
        Action(requisitions.reject_requisition, _("Reject"), "approve", icon="x", form=ReasonForm, states={SUBMITTED}),
        Action(
            requisitions.reopen_requisition,
            _("Take up again"),
            "change",
            icon="refresh",
            form=ReopenRequisitionForm,
            states={RequisitionStatus.REJECTED, RequisitionStatus.CLOSED},
        ),
        Action(
            requisitions.close_requisition,
            _("Stop recruiting"),
            "change",
            icon="lock",
            form=ReasonForm,
            states={DRAFT, SUBMITTED, APPROVED},
            is_danger=True,
        ),
    )
    is_searchable = True

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the position before the requests for it.
        return queryset

    def annotate(self, queryset: Any) -> Any:
        return with_filled(queryset)

    def heading(self, obj: Requisition) -> tuple[Any, Any]:
        return obj.number, f"{obj.position} · {obj.department}"

    def hit(self, obj: Requisition) -> tuple[Any, Any, Any]:
        return f"{obj.position} · {obj.department}", obj.number, badge(obj.get_status_display(), obj.tone)

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("position", "department")

    def initial(self, request: Any) -> dict[str, Any]:
        return {"owner": request.user.pk}


def lanes(user: Any) -> list[tuple[str, Any, str, None]]:
    """Lanes of the board: the stages."""
    return [(stage.value, stage.label, Candidate.status_tone.get(stage, ""), None) for stage in STAGES]


def asks_first(candidate: Candidate, lane: str) -> str:
    """The action that a move to a lane needs."""
    if candidate.status == lane:
        return ""
    return {CandidateStatus.OFFER.value: "offer", CandidateStatus.HIRED.value: "hire"}.get(lane, "")


def why_no_place(candidate: Candidate, user: Any) -> Any:
    """Why no offer can be made, empty when it can."""
    requisition = candidate.requisition
    if requisition is None:
        return _("Choose the request for people that the candidate applies for.")
    is_open = requisition.status == RequisitionStatus.APPROVED
    return "" if is_open else _t("%(number)s is not open for recruiting.") % {"number": requisition}


def why_not_hired(candidate: Candidate, user: Any) -> Any:
    """Why a candidate cannot be hired, empty when they can."""
    if why := why_no_place(candidate, user):
        return why
    accepted = Offer.objects.filter(candidate=candidate.pk, status=OfferStatus.ACCEPTED).exists()
    return "" if accepted else _("The candidate has not accepted an offer.")


@register
class CandidatePages(PageSet):
    """People who apply."""

    model = Candidate
    icon = "user-plus"
    description = _("People who apply, from the first look to the first day.")
    columns = (
        "name",
        "status",
        Column("requisition", phone="p-start"),
        "phone",
        "source",
        "owner",
        Column("created_at", phone="p-end"),
    )
    optional_columns = ("email", "gender", "reject_reason", "employee")
    filters = ("status", "requisition", "source", "owner", "reject_reason", "created_at")
    ordering = "-created_at"
    views = (View(_("Mine"), "owner=me"),)
    summary = ("requisition", "phone", "email", "source", "owner", "employee")
    panels = (
        Children(
            "interviews",
            "round",
            WHEN,
            "interviewer",
            Column("verdict", render=lambda interview: verdict_badge(interview)),
            "score",
            "notes",
            link=True,
        ),
        Children("offers", "number", "status", "starts_on", "monthly_wage", link=True),
        Attributes("gender", "note", "reject_reason", "reject_note"),
    )
    form = CandidateForm
    fields = (
        (_("Person"), ("name", "gender", "phone", "email")),
        (_("Application"), ("requisition", "source", "owner", "note")),
    )
    create_service = candidates.create_candidate
    update_service = candidates.update_candidate
    operations = frozenset({"add", "change"})
    editable_states = RUNNING
    import_fields = ("name", "phone", "email", "gender", "source", "requisition", "owner", "note")
    import_filled = ("owner",)
    kanban = Kanban(
        lanes=lanes,
        lane_of="status",
        move=candidates.move_candidate,
        card="hrm/recruiting/_candidate.html",
        needs=asks_first,
    )
    starts_as = "board"
    list_select = ("requisition__position", "owner")
    actions = (
        Action(
            candidates.schedule_interview,
            _("Plan an interview"),
            "change",
            icon="calendar-plus",
            form=ScheduleForm,
            states=RUNNING,
            primary_in={CandidateStatus.NEW, CandidateStatus.SCREENED},
        ),
        Action(
            offers.create_offer,
            _("Make an offer"),
            "change",
            icon="mail-forward",
            form=MakeOfferForm,
            states={CandidateStatus.INTERVIEW, CandidateStatus.OFFER},
            primary_in={CandidateStatus.INTERVIEW},
            refusal=why_no_place,
            name="offer",
            opens_result=True,
        ),
        Action(
            offers.hire_candidate,
            _("Hire"),
            "hire",
            icon="user-check",
            form=HireForm,
            states={CandidateStatus.OFFER},
            primary_in={CandidateStatus.OFFER},
            refusal=why_not_hired,
            opens_result=True,
        ),
        Action(
            candidates.reject_candidate,
            _("Reject"),
            "change",
            icon="user-x",
            form=RejectForm,
            states=TALKED_TO,
            bulk=True,
        ),
        Action(
            candidates.reopen_candidate,
            _("Take up again"),
            "change",
            icon="refresh",
            form=TakeUpForm,
            states={CandidateStatus.REJECTED},
        ),
    )
    is_searchable = True

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the request for people before its candidates.
        return queryset

    def heading(self, obj: Candidate) -> tuple[Any, Any]:
        return obj.requisition.position if obj.requisition is not None else "", obj.name

    def hit(self, obj: Candidate) -> tuple[Any, Any, Any]:
        return obj.name, obj.requisition or "", badge(obj.get_status_display(), obj.tone)

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("requisition__position")

    def detail_queryset(self, user: Any) -> Any:
        return super().detail_queryset(user).select_related("requisition__position")

    def initial(self, request: Any) -> dict[str, Any]:
        return {"owner": request.user.pk}


def time_of(interview: Interview) -> str:
    """Day and time of an interview."""
    return f"{timezone.localtime(interview.held_at):%Y-%m-%d %H:%M}"


def verdict_badge(interview: Interview) -> Any:
    """What came of an interview."""
    return badge(interview.get_verdict_display(), VERDICT_TONES[Verdict(interview.verdict)])


VERDICT = Column("verdict", render=verdict_badge, phone="p-end")


@register
class InterviewPages(PageSet):
    """Interviews, those to come first."""

    model = Interview
    icon = "messages"
    description = _("Who talks to whom when, and what came of it.")
    columns = (
        Column("candidate", sort="candidate__name"),
        "round",
        WHEN,
        "interviewer",
        "place",
        VERDICT,
        "score",
    )
    optional_columns = ("also_present", "notes")
    filters = ("interviewer", "verdict", "held_at", "candidate")
    ordering = "-held_at"
    views = (
        View(_("Mine"), "interviewer=me"),
        View(_("Not held yet"), "verdict=OPEN"),
    )
    summary = ("candidate", "round", WHEN, "interviewer", VERDICT, "score")
    panels = (Attributes("place", "also_present", "notes"),)
    fields = ("candidate", "held_at", "interviewer", "place", "also_present")
    create_service = candidates.schedule_interview
    update_service = candidates.update_interview
    delete_service = candidates.delete_interview
    list_select = ("candidate", "interviewer")
    actions = (
        Action(
            candidates.record_interview,
            _("Record the result"),
            "judge",
            icon="clipboard-check",
            form=JudgeForm,
            is_primary=True,
        ),
    )

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the candidate before the interviews.
        return queryset

    def why_not_editable(self, obj: Interview, user: Any) -> str:
        return "" if obj.verdict == Verdict.OPEN else _t("It was judged already.")

    def heading(self, obj: Interview) -> tuple[Any, Any]:
        return _t("Round %(number)d") % {"number": obj.round}, obj.candidate

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("candidate")


@register
class OfferPages(PageSet):
    """Offers of employment."""

    model = Offer
    icon = "mail-check"
    description = _("What is offered to candidates: approved, sent, accepted or declined.")
    columns = (
        "number",
        Column("candidate", sort="candidate__name", phone="p-start"),
        "status",
        "starts_on",
        Column("monthly_wage", phone="p-end"),
        "probation_months",
        "valid_until",
    )
    optional_columns = ("contract_kind", "contract_months", "probation_wage", "manager", "company", "created_at")
    filters = ("status", "candidate", "starts_on", "valid_until", "company", "created_at")
    ordering = "-created_at"
    views = (
        View(_("In approval"), "status=SUBMITTED", is_hot=True),
        View(_("Waiting for an answer"), "status=SENT"),
    )
    summary = ("candidate", "starts_on", "monthly_wage", "probation_wage", "valid_until")
    panels = (
        Attributes(
            "contract_kind",
            "contract_months",
            "probation_months",
            "manager",
            title=TERMS,
        ),
        Attributes("company", "note"),
    )
    form = OfferForm
    fields = (
        (_("Offer"), ("candidate", "starts_on", "manager", "valid_until")),
        (
            TERMS,
            ("contract_kind", "contract_months", "probation_months", "monthly_wage", "probation_wage"),
        ),
        (_("More"), ("note",)),
    )
    create_service = offers.create_offer
    update_service = offers.update_offer
    operations = frozenset({"add", "change"})
    editable_states = frozenset({OfferStatus.DRAFT})
    list_select = ("candidate",)
    actions = (
        Action(
            offers.submit_offer,
            _("Submit"),
            "change",
            icon="send",
            states={OfferStatus.DRAFT},
            primary_in={OfferStatus.DRAFT},
        ),
        Action(
            offers.approve_offer,
            _("Approve"),
            "approve",
            icon="check",
            states={OfferStatus.SUBMITTED},
            primary_in={OfferStatus.SUBMITTED},
        ),
        Action(
            offers.reject_offer,
            _("Send back"),
            "approve",
            icon="arrow-back-up",
            form=ReasonForm,
            states={OfferStatus.SUBMITTED},
        ),
        Action(
            offers.send_offer,
            _("Mark as sent"),
            "change",
            icon="mail-forward",
            states={OfferStatus.APPROVED},
            primary_in={OfferStatus.APPROVED},
            name="mark-sent",
        ),
        Action(
            offers.accept_offer,
            _("Accepted"),
            "change",
            icon="thumb-up",
            states={OfferStatus.SENT},
            primary_in={OfferStatus.SENT},
        ),
        Action(
            offers.decline_offer,
            pgettext_lazy("recruiting", "Declined"),
            "change",
            icon="thumb-down",
            form=ReasonForm,
            states={OfferStatus.SENT, OfferStatus.ACCEPTED},
        ),
        Action(
            offers.cancel_offer,
            _("Withdraw the offer"),
            "change",
            icon="ban",
            form=ReasonForm,
            states={OfferStatus.DRAFT, OfferStatus.SUBMITTED, OfferStatus.APPROVED, OfferStatus.SENT},
            is_danger=True,
        ),
    )
    is_searchable = True

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the candidate before the offer.
        return queryset

    def heading(self, obj: Offer) -> tuple[Any, Any]:
        return obj.number, obj.candidate

    def hit(self, obj: Offer) -> tuple[Any, Any, Any]:
        return obj.candidate, obj.number, badge(obj.get_status_display(), obj.tone)

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("candidate")
