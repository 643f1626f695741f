"""Pages of seals and their register."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.calendar.forms import OptionalReasonForm
from oa.seals import services
from oa.seals.choices import SealUseStatus
from oa.seals.forms import SealForm, SealUseForm, StampForm
from oa.seals.models import Seal, SealUse
from oa.seals.selectors import overdue
from suite.activity.targets import can_see
from suite.masters.selectors import default_company
from suite.pages.actions import Action
from suite.pages.columns import Column, badge, short_date
from suite.pages.filters import AmongFilter, BaseFilterSet, derive_filter
from suite.pages.forms import ReasonForm
from suite.pages.links import link_of
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children, Panel
from suite.pages.registry import register

DRAFT, APPROVING, APPROVED = SealUseStatus.DRAFT, SealUseStatus.APPROVING, SealUseStatus.APPROVED
USED, REJECTED = SealUseStatus.USED, SealUseStatus.REJECTED


class Source(Panel):
    """What the seal is for, to whoever may see it."""

    template = "generic/panels/attributes.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        source = obj.source
        if source is None or not can_see(source, user=user):
            return None
        kind = str(source._meta.verbose_name)
        return {"title": _("Stamped document"), "facts": [(kind.capitalize(), str(source), link_of(source, user))]}


class SealUseFilterSet(BaseFilterSet):
    """Uses by seal, state, person and time, and those whose seal should be back."""

    seal = derive_filter(SealUse, "seal")
    status = derive_filter(SealUse, "status")
    applicant = derive_filter(SealUse, "applicant")
    keeper = derive_filter(SealUse, "seal__keeper")
    used_at = derive_filter(SealUse, "used_at")
    is_overdue = AmongFilter(lambda: overdue(timezone.localdate()), label=_("seal not back in time"))

    class Meta:
        model = SealUse
        fields: tuple[str, ...] = ()


def back_by(use: Any) -> Any:
    """When the seal is due, marked when it is late."""
    if not use.is_taken_out:
        return ""
    return badge(short_date(use.return_by), "late" if use.is_overdue(timezone.localdate()) else "")


def stamped(use: Any) -> Any:
    """Copies stamped of those approved."""
    return format_html("{} / {}", use.copies_used or 0, use.copies)


def why_not_stamped(use: Any, user: Any) -> str:
    """Only the keeper records it."""
    return "" if use.seal.keeper_id == user.pk else _t("Only the keeper of the seal records its use.")


def why_not_returned(use: Any, user: Any) -> str:
    """Only a seal that is out comes back."""
    return why_not_stamped(use, user) if use.is_taken_out else _t("This seal was not taken out.")


def why_not_decided(use: Any, user: Any) -> str:
    """Nobody decides about their own request."""
    return _t("Somebody else decides about your own request.") if use.applicant_id == user.pk else ""


BACK_BY = Column("return_by", render=back_by)
COPIES = Column("copies", label=_("stamped / approved"), render=stamped, align="num", phone="p-end")


@register
class SealPages(PageSet):
    """Seals."""

    model = Seal
    icon = "rubber-stamp"
    description = _("The seals of the company, who keeps them and where.")
    columns = (
        "code",
        Column("name", phone="p-full"),
        "kind",
        "company",
        Column("keeper", phone="p-start"),
        "is_active",
    )
    optional_columns = ("place", "may_be_taken_out")
    filters = ("kind", "company", "keeper", "is_active")
    ordering = "code"
    summary = ("kind", "company", "keeper", "place", "is_active")
    panels = (
        Attributes("code", "may_be_taken_out"),
        Children(
            "uses", "number", Column("purpose", phone="p-full"), "applicant", "status", "used_at", link=True, limit=50
        ),
    )
    form = SealForm
    fields = ("code", "name", "kind", "company", "keeper", "place", "may_be_taken_out", "is_active")
    operations = frozenset({"add", "change"})
    is_small = True

    def initial(self, request: Any) -> dict[str, Any]:
        """Of the own company."""
        return {"company": default_company().pk}


@register
class SealUsePages(PageSet):
    """The register of seals."""

    model = SealUse
    icon = "clipboard-check"
    description = _("Who asked for which seal, for what, who approved it, and how many copies were stamped.")
    columns = (
        "number",
        Column("seal", phone="p-start"),
        Column("purpose", phone="p-full"),
        "counterparty",
        "applicant",
        "status",
        COPIES,
        "used_at",
        BACK_BY,
    )
    optional_columns = ("seal__keeper", "used_by", "returned_at", "created_at")
    filterset = SealUseFilterSet
    list_select = ("seal",)
    views = (
        View(pgettext_lazy("seal", "Mine"), "applicant=me"),
        View(_("To be stamped"), "status=APPROVED&keeper=me"),
        View(_("Not back in time"), "is_overdue=true", is_hot=True),
    )
    summary = ("seal", Column("seal__keeper"), "applicant", COPIES, "used_at", "used_by")
    panels = (
        Attributes("purpose", "counterparty", "is_taken_out", BACK_BY, "returned_at"),
        Source(),
    )
    form = SealUseForm
    fields = (
        (_("What for"), ("seal", "purpose", "counterparty", "copies", "source")),
        (_("Outside the house"), ("is_taken_out", "return_by")),
    )
    create_service = services.create_use
    update_service = services.update_use
    operations = frozenset({"add", "change"})
    editable_states = frozenset({DRAFT})
    is_searchable = True
    actions = (
        Action(services.submit_use, _("Submit"), "change", icon="send", states={DRAFT}, primary_in={DRAFT}),
        Action(
            services.approve_use,
            _("Approve"),
            "approve",
            icon="check",
            states={APPROVING},
            primary_in={APPROVING},
            refusal=why_not_decided,
            bulk=True,
        ),
        Action(services.reject_use, _("Reject"), "approve", icon="x", states={APPROVING}, form=ReasonForm),
        Action(
            services.stamp_use,
            _("Record the stamp"),
            "stamp",
            icon="rubber-stamp",
            states={APPROVED},
            primary_in={APPROVED},
            form=StampForm,
            refusal=why_not_stamped,
        ),
        Action(
            services.return_seal,
            _("Seal is back"),
            "stamp",
            icon="arrow-back",
            states={USED},
            primary_in={USED},
            refusal=why_not_returned,
        ),
        Action(
            services.cancel_use,
            _("Cancel"),
            "change",
            icon="ban",
            states={DRAFT, APPROVING, APPROVED},
            form=OptionalReasonForm,
            is_danger=True,
        ),
        Action(services.reopen_use, _("Change again"), "change", icon="arrow-back-up", states={REJECTED}),
    )

    def heading(self, obj: SealUse) -> tuple[Any, Any]:
        """Number and purpose."""
        return obj.number, obj.purpose
