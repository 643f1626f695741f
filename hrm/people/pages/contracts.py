"""Pages of labour contracts, minimum wages and alerts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.org.models import Employee
from hrm.people import contracts
from hrm.people.choices import CONTRACT_TONES, LEVEL_TONES, AlertKind, AlertLevel, ContractState
from hrm.people.filters import ContractFilterSet
from hrm.people.forms import ContractForm, EndContractForm, RenewForm, SignForm
from hrm.people.models import AssetLoan, Certificate, LaborContract, MinimumWage, StaffAlert, StaffTask
from hrm.people.printing import CONTRACT_PRINTS
from hrm.people.selectors import with_state
from suite.core.models import Model
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes
from suite.pages.registry import pageset_of, register


def state_badge(contract: LaborContract) -> Any:
    """Where a contract stands."""
    state = ContractState(contract.state)
    return badge(state.label, CONTRACT_TONES.get(state, ""))


def state_label(contract: LaborContract) -> str:
    """Where a contract stands, as text."""
    return str(ContractState(contract.state).label)


def why_signed(contract: LaborContract, user: Any) -> Any:
    """Why a contract cannot be signed, empty when it can."""
    return "" if contract.signed_on is None else _("It is signed already.")


def why_not_signed(contract: LaborContract, user: Any) -> Any:
    """Why a contract cannot be ended, empty when it can."""
    if contract.signed_on is None:
        return _("It is not signed.")
    return _("It ended already.") if contract.ended_on is not None else ""


def why_not_renewed(contract: LaborContract, user: Any) -> Any:
    """Why a contract cannot be renewed, empty when it can."""
    if why := why_not_signed(contract, user):
        return why
    if contract.ends_on is None:
        return _("It has no last day.")
    return _("It is renewed already.") if LaborContract.objects.filter(renews=contract.pk).exists() else ""


BEHIND: dict[AlertKind, type[Model]] = {
    AlertKind.CONTRACT_MISSING: Employee,
    AlertKind.CONTRACT_EXPIRING: LaborContract,
    AlertKind.OPEN_ENDED_DUE: LaborContract,
    AlertKind.PROBATION_ENDING: LaborContract,
    AlertKind.CERTIFICATE_EXPIRING: Certificate,
    AlertKind.ASSET_DUE: AssetLoan,
    AlertKind.TASK_OVERDUE: StaffTask,
}
AGREED = pgettext_lazy("labour contract", "Agreed")
STATE = Column("state", _("status"), render=state_badge, value=state_label, sort="", phone="p-end")


@register
class LaborContractPages(PageSet):
    """Labour contracts, with what the law says of them."""

    model = LaborContract
    icon = "file-certificate"
    description = _("Labour contracts with probation and term, watched for expiry and for what the law asks.")
    columns = (
        "number",
        Column("employee", phone="p-start"),
        STATE,
        "kind",
        "starts_on",
        Column("ends_on", phone="p-start"),
        "probation_ends_on",
        "signed_on",
    )
    optional_columns = ("monthly_wage", "job_title", "company", "ended_on", "end_reason", "created_at")
    filterset = ContractFilterSet
    ordering = "-starts_on"
    views = (
        View(_("Ends within 30 days"), "expires_within=30", is_hot=True),
        View(_("Ends within 90 days"), "expires_within=90"),
        View(_("Not signed"), "state=DRAFT"),
        View(pgettext_lazy("labour contract", "Running"), "state=ACTIVE"),
    )
    summary = ("employee", "kind", "starts_on", "ends_on", "probation_ends_on", "signed_on")
    panels = (
        Attributes("job_title", "work_place", "monthly_wage", "probation_wage", title=AGREED),
        Attributes("company", "renews", "fixed_term_reason", "ended_on", "end_reason", "note"),
    )
    form = ContractForm
    fields = (
        (_("Contract"), ("employee", "kind", "starts_on", "ends_on", "probation_ends_on")),
        (_("Work and pay"), ("job_title", "work_place", "monthly_wage", "probation_wage")),
        (_("More"), ("fixed_term_reason", "note")),
    )
    create_service = contracts.create_contract
    update_service = contracts.update_contract
    delete_service = contracts.delete_contract
    list_select = ("employee",)
    actions = (
        Action(
            contracts.sign_contract,
            _("Record the signature"),
            "change",
            icon="signature",
            form=SignForm,
            refusal=why_signed,
            name="sign",
            is_primary=True,
        ),
        Action(
            contracts.renew_contract,
            _("Renew"),
            "add",
            icon="refresh",
            form=RenewForm,
            refusal=why_not_renewed,
            opens_result=True,
        ),
        Action(
            contracts.end_contract,
            _("End early"),
            "change",
            icon="ban",
            form=EndContractForm,
            refusal=why_not_signed,
            is_danger=True,
        ),
    )
    prints = CONTRACT_PRINTS
    print_template = "hrm/people/print_contract.html"
    is_searchable = True

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the person before the contract.
        return queryset

    def annotate(self, queryset: Any) -> Any:
        return with_state(queryset, timezone.localdate())

    def why_not_editable(self, obj: LaborContract, user: Any) -> str:
        return "" if obj.signed_on is None else _t("It is signed; end it or renew it instead.")

    def heading(self, obj: LaborContract) -> tuple[Any, Any]:
        return obj.number, f"{obj.employee} · {obj.get_kind_display()}"

    def badges(self, obj: LaborContract) -> list[Any]:
        late = [badge(_t("Signed late"), "late")] if contracts.signed_late(obj) else []
        return [state_badge(obj), *late]

    def hit(self, obj: LaborContract) -> tuple[Any, Any, Any]:
        return f"{obj.employee} · {obj.get_kind_display()}", obj.number, ""

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("employee")


@register
class MinimumWagePages(PageSet):
    """What a company has to pay at least."""

    model = MinimumWage
    icon = "coin"
    description = _("The local minimum wage of each company by date; contracts are checked against it.")
    columns = ("company", "monthly", "valid_from", "valid_to", "source")
    filters = ("company", "valid_from")
    ordering = "-valid_from"
    fields = ("company", "monthly", "valid_from", "valid_to", "source")
    panels = (Attributes("company", "monthly", "valid_from", "valid_to", "source"),)
    is_small = True
    has_activity = False


def level_badge(alert: StaffAlert) -> Any:
    """How near it is."""
    level = AlertLevel(alert.level)
    return badge(level.label, LEVEL_TONES[level])


def behind(alert: StaffAlert) -> Any:
    """The page of the row that an alert is about."""
    model = BEHIND[AlertKind(alert.kind)]
    pageset = pageset_of(model)
    url = pageset.url("detail", alert.object_id) if pageset is not None else ""
    return format_html('<a href="{}">{}</a>', url, alert.subject or alert.employee)


def about(alert: StaffAlert) -> Any:
    """The person, with what it is about below."""
    return format_html('{}<span class="sub">{}</span>', alert.employee, alert.subject)


@register
class StaffAlertPages(PageSet):
    """What personnel has to see to in time."""

    model = StaffAlert
    icon = "bell-ringing"
    description = _("Contracts, probations, certificates, things and tasks that are due; looked for every night.")
    columns = (
        Column("employee", render=about),
        "kind",
        Column("level", render=level_badge, phone="p-end"),
        Column("due_on", phone="p-start"),
        "found_on",
    )
    optional_columns = ("subject",)
    filters = ("kind", "level", "employee", "due_on")
    ordering = "due_on"
    views = (
        View(_("Overdue"), f"level={AlertLevel.LATE}", is_hot=True),
        View(_("Within 30 days"), f"level={AlertLevel.NEAR}"),
    )
    summary = ("employee", "kind", "due_on", "level")
    panels = (Attributes(Column("object_id", _("about"), render=behind), "found_on"),)
    list_select = ("employee",)
    operations = frozenset()
    has_activity = False
