"""Pages of pay runs, payslips, archives and monthly entries; those of the rules stand in ``rules.pages``."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hrm.payroll import archives, leaving, services
from hrm.payroll.choices import ACCEPTABLE, LOCKED_STATES, OPEN_STATES, InputSource, RunStatus
from hrm.payroll.forms import AcceptForm, AdjustForm, LeavingForm, PayInputForm, PayRunForm, SalaryArchiveForm
from hrm.payroll.models import PayInput, PayRun, PayRunFault, Payslip, SalaryArchive, SalaryArchiveItem, YearToDate
from hrm.payroll.panels import PayslipPanel, RunLinksPanel
from suite.jobs.choices import TONES
from suite.pages.actions import Action
from suite.pages.columns import Column, badge, money
from suite.pages.filters import BaseFilterSet, BoolFilter, derive_filter
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

PERSON = Column("employee", sort="employee__name", phone="p-full")
NUMBER = Column("employee__number", label=_("employee number"))
DRAFT, CALCULATED, APPROVING = RunStatus.DRAFT, RunStatus.CALCULATED, RunStatus.APPROVING


def year_month(path: str, **more: Any) -> Column:
    """A month without its day."""

    def value(row: Any) -> str:
        found = row
        for part in path.split("__"):
            found = getattr(found, part)
        return f"{found:%Y-%m}"

    return Column(path, label=_("month"), render=value, value=value, **more)


def job_state(run: PayRun) -> Any:
    """How the calculation stands, with the way to it."""
    if run.job is None:
        return ""
    state = badge(run.job.get_status_display(), TONES[run.job.status])
    return format_html('<a href="{}">{}</a>', run.job.get_absolute_url(), state)


def why_not_published(run: Any, user: Any) -> str:
    """Why payslips are not published now."""
    return _t("The payslips were published already.") if run.published_at else ""


def why_not_confirmed(payslip: Any, user: Any) -> str:
    """Why somebody does not confirm a payslip now."""
    if payslip.employee.user_id != user.pk:
        return _t("Only the person it belongs to confirms a payslip.")
    confirmation = getattr(payslip, "confirmation", None)
    if confirmation is None:
        return _t("This payslip is not published yet.")
    return _t("This payslip was confirmed already.") if confirmation.confirmed_at else ""


def why_not_accepted(fault: Any, user: Any) -> str:
    """Why a fault cannot be accepted."""
    if fault.run.status not in OPEN_STATES:
        return _t("The run was handed in already.")
    return "" if fault.code in ACCEPTABLE else _t("This has to be put right; it cannot be accepted.")


@register
class PayRunPages(PageSet):
    """Pay runs."""

    model = PayRun
    icon = "cash-banknote"
    description = _("The pay of a group for a month: calculated, compared, approved, locked and paid.")
    columns = (
        "number",
        "status",
        Column("pay_group", sort="pay_group__name", phone="p-full"),
        year_month("month", phone="p-start"),
        "pay_date",
        "people",
        "gross_total",
        "tax_total",
        Column("net_total", phone="p-end"),
    )
    optional_columns = (
        "company",
        "social_total",
        "other_total",
        "employer_social_total",
        "employer_total",
        "calculated_at",
        "paid_at",
    )
    filters = ("status", "pay_group", "month", "pay_date")
    ordering = "-month"
    views = (
        View(_("Being prepared"), "status=DRAFT&status=CALCULATED"),
        View(_("In approval"), "status=APPROVING", is_hot=True),
        View(_("To be paid out"), "status=LOCKED"),
    )
    totals = ("gross_total", "tax_total", "net_total")
    list_select = ("pay_group", "job")
    summary = (
        "pay_group",
        year_month("month"),
        "pay_date",
        "people",
        Column("job", render=job_state, sort=""),
    )
    panels = (
        Attributes(
            "gross_total",
            "social_total",
            "tax_total",
            "other_total",
            "net_total",
            "employer_social_total",
            "employer_total",
            title=_("Totals"),
        ),
        RunLinksPanel(),
        Children(
            "faults",
            "employee",
            Column("code", phone="p-start"),
            "text",
            "accepted_by",
            "reason",
            Column("is_blocking", phone="p-end"),
            title=_("Faults"),
            link=True,
        ),
        Attributes("company", "calculated_at", "published_at", "paid_at", "note", "created_by"),
    )
    form = PayRunForm
    fields = ("pay_group", "month", "pay_date", "note")
    create_service = services.create_run
    update_service = services.update_run
    delete_service = services.delete_run
    operations = frozenset({"add", "change", "delete"})
    editable_states = frozenset({DRAFT, CALCULATED})
    permissions = {
        "compare": _("Pay of each person, compared with the month before"),
        "export_bank": _("Bank file"),
        "export_report": _("Reports for tax office and insurance"),
    }
    actions = (
        Action(
            services.request_calculation,
            _("Calculate"),
            "change",
            icon="calculator",
            states={DRAFT, CALCULATED},
            primary_in={DRAFT},
            name="calculate",
        ),
        Action(
            services.submit_run,
            _("Submit"),
            "change",
            icon="send",
            states={CALCULATED},
            primary_in={CALCULATED},
        ),
        Action(services.reopen_run, _("Back to draft"), "change", icon="arrow-back-up", states={CALCULATED}),
        Action(
            services.approve_run,
            _("Approve and lock"),
            "approve",
            icon="lock",
            states={APPROVING},
            primary_in={APPROVING},
            confirm=_("Lock this run? Nothing of it can be changed any more."),
        ),
        Action(
            services.reject_run,
            _("Send back"),
            "approve",
            icon="arrow-back-up",
            form=ReasonForm,
            states={APPROVING},
        ),
        Action(
            services.mark_paid,
            _("Record as paid out"),
            "pay",
            icon="check",
            states={RunStatus.LOCKED},
            primary_in={RunStatus.LOCKED},
            name="paid",
        ),
        Action(
            services.publish_payslips,
            _("Publish payslips"),
            "publish",
            icon="mail-forward",
            states={*LOCKED_STATES},
            refusal=why_not_published,
        ),
    )
    is_searchable = True

    def heading(self, obj: PayRun) -> tuple[Any, Any]:
        return obj.number, f"{obj.pay_group} {obj.month:%Y-%m}"

    def amount(self, obj: PayRun) -> tuple[Any, Any]:
        return money(obj.net_total), _t("net pay")


class FaultFilterSet(BaseFilterSet):
    """Faults by run, person, and whether they still block."""

    run = derive_filter(PayRunFault, "run")
    employee = derive_filter(PayRunFault, "employee")
    code = derive_filter(PayRunFault, "code")
    is_blocking = derive_filter(PayRunFault, "is_blocking")

    class Meta:
        model = PayRunFault
        fields: tuple[str, ...] = ()


@register
class PayRunFaultPages(PageSet):
    """What is wrong with the pay of people."""

    model = PayRunFault
    slug = "pay-run-faults"
    icon = "alert-triangle"
    description = _("What the last calculation found wrong: put it right, or accept it with a reason.")
    columns = (
        PERSON,
        Column("code", phone="p-start"),
        "text",
        Column("run", sort="run__number"),
        "is_blocking",
        "accepted_by",
        "reason",
    )
    filterset = FaultFilterSet
    ordering = "-pk"
    list_select = ("run", "employee")
    views = (View(_("Blocking"), "is_blocking=true", is_hot=True),)
    summary = ("run", "employee", "code", "is_blocking")
    panels = (Attributes("text", "accepted_by", "reason"),)
    operations = frozenset()
    actions = (
        Action(
            services.accept_fault,
            _("Accept"),
            "accept",
            icon="check",
            form=AcceptForm,
            refusal=why_not_accepted,
            bulk=True,
        ),
    )

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the run before its faults.
        return queryset.select_related("run")


class PayslipFilterSet(BaseFilterSet):
    """Payslips by run, person, month and whether they are confirmed."""

    run = derive_filter(Payslip, "run")
    employee = derive_filter(Payslip, "employee")
    department = derive_filter(Payslip, "department")
    run__month = derive_filter(Payslip, "run__month")
    is_confirmed = BoolFilter(
        field_name="confirmation__confirmed_at", lookup_expr="isnull", exclude=True, label=_("is confirmed")
    )

    class Meta:
        model = Payslip
        fields: tuple[str, ...] = ()


@register
class PayslipPages(PageSet):
    """Payslips; people see their own once they are published."""

    model = Payslip
    icon = "file-invoice"
    description = _("What everybody was paid, each figure with its rule and article of law.")
    columns = (
        PERSON,
        year_month("run__month", phone="p-start"),
        "department",
        "gross",
        "social",
        "tax",
        "other",
        Column("net", phone="p-end"),
        Column("confirmed_at", label=_("confirmed"), sort=""),
    )
    optional_columns = (NUMBER, "run", "exempt", "bonus", "employer_social", "employer_cost")
    filterset = PayslipFilterSet
    ordering = "-pk"
    totals = ("gross", "social", "tax", "other", "net")
    list_select = ("run", "employee", "department")
    summary = ("employee", "department", year_month("run__month"), "run__pay_date")
    panels = (PayslipPanel(),)
    operations = frozenset()
    actions = (
        Action(
            services.confirm_payslip,
            _("Confirm"),
            "confirm",
            icon="check",
            refusal=why_not_confirmed,
            is_primary=True,
        ),
    )
    has_activity = False

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add when the person confirmed it."""
        rows: QuerySet[Any] = queryset.annotate(confirmed_at=F("confirmation__confirmed_at"))
        return rows

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Settled payslips are not written; the confirmation is locked by the service.
        return queryset.select_related("employee", "run")

    def detail_queryset(self, user: Any) -> QuerySet[Any]:
        return super().detail_queryset(user).select_related("run", "employee", "department")

    def heading(self, obj: Payslip) -> tuple[Any, Any]:
        return f"{obj.run.month:%Y-%m}", str(obj.employee)

    def amount(self, obj: Payslip) -> tuple[Any, Any]:
        return money(obj.net), _t("net pay")


@register
class SalaryArchivePages(PageSet):
    """Salary archives."""

    model = SalaryArchive
    icon = "folder-dollar"
    description = _("What people are paid by the month; all archives of a person are the history of the salary.")
    columns = (
        PERSON,
        Column("pay_group", sort="pay_group__name", phone="p-start"),
        "valid_from",
        Column("valid_to", phone="p-end"),
        "reason",
    )
    optional_columns = (NUMBER, "agreed_pay", "first_income_year")
    filters = ("employee", "pay_group", "valid_from", "valid_to")
    ordering = "-valid_from"
    list_select = ("employee", "pay_group")
    summary = ("employee", "pay_group", "valid_from", "valid_to")
    panels = (
        Children("amounts", "item", Column("amount", phone="p-end"), title=_("Amounts of a month")),
        Attributes("agreed_pay", "first_income_year", "reason"),
    )
    form = SalaryArchiveForm
    fields = (
        (_("Employee"), ("employee", "pay_group")),
        (_("When"), ("valid_from", "valid_to", "reason")),
        (_("Rules"), ("agreed_pay", "first_income_year")),
    )
    lines = Lines(SalaryArchiveItem, "amounts", ("item", "amount"), title=_("Amounts of a month"), has_totals=False)
    create_service = archives.create_archive
    update_service = archives.update_archive
    operations = frozenset({"add", "change"})
    actions = (
        Action(archives.adjust_salary, _("Adjust the salary"), "change", icon="trending-up", form=AdjustForm),
        Action(leaving.take_severance, _("Pay severance"), "change", icon="door-exit", form=LeavingForm),
    )

    def initial(self, request: Any) -> dict[str, Any]:
        return {"valid_from": timezone.localdate().replace(day=1)}

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the person before their archives.
        return queryset.select_related("employee")


@register
class PayInputPages(PageSet):
    """Monthly entries."""

    model = PayInput
    slug = "monthly-pay-entries"
    icon = "table-plus"
    description = _("Amounts of one month: bonuses, commission, deductions; entered by hand or from a file.")
    columns = (
        PERSON,
        year_month("month", phone="p-start"),
        Column("item", sort="item__name"),
        "source",
        Column("amount", phone="p-end"),
        "note",
    )
    optional_columns = (NUMBER,)
    filters = ("employee", "month", "item", "source")
    ordering = "-month"
    totals = ("amount",)
    list_select = ("employee", "item")
    summary = ("employee", year_month("month"), "item", "source", "amount")
    panels = (Attributes("note"),)
    form = PayInputForm
    fields = ("employee", "month", "item", "source", "amount", "note")
    import_fields = fields
    import_key = "employee month item source"

    def initial(self, request: Any) -> dict[str, Any]:
        return {"month": timezone.localdate().replace(day=1), "source": InputSource.MANUAL}

    def heading(self, obj: PayInput) -> tuple[Any, Any]:
        return f"{obj.month:%Y-%m}", f"{obj.employee} {obj.item}"


@register
class YearToDatePages(PageSet):
    """Wages and tax since January."""

    model = YearToDate
    slug = "years-to-date"
    icon = "calendar-stats"
    description = _("Wages and tax since January, after each payment; what was paid before the suite began is entered.")
    columns = (
        PERSON,
        Column("year", phone="p-start"),
        "month",
        "income",
        "social",
        "special",
        Column("withheld", phone="p-end"),
        Column("run", sort="run__number"),
    )
    optional_columns = (NUMBER, "company", "months", "exempt", "basic", "other", "reduction", "bonus", "bonus_tax")
    filters = ("employee", "company", "year", "run")
    ordering = "-pk"
    list_select = ("employee", "company", "run")
    summary = ("employee", "company", "year", "month", "run")
    panels = (
        Attributes(
            "months",
            "income",
            "exempt",
            "basic",
            "social",
            "special",
            "other",
            "reduction",
            "withheld",
            "bonus",
            "bonus_tax",
            "is_bonus_used",
        ),
    )
    fields = (
        (_("Employee"), ("employee", "company", "year", "month", "months")),
        (_("To date"), ("income", "exempt", "basic", "social", "special", "other", "reduction", "withheld")),
        (_("Annual bonus"), ("bonus", "bonus_tax", "is_bonus_used")),
    )
    import_fields = (
        "employee",
        "company",
        "year",
        "month",
        "months",
        "income",
        "exempt",
        "basic",
        "social",
        "special",
        "other",
        "reduction",
        "withheld",
        "bonus",
        "bonus_tax",
        "is_bonus_used",
    )
    import_key = "employee company year"
    operations = frozenset({"add", "change", "delete"})

    def why_not_editable(self, obj: YearToDate, user: Any) -> str:
        if obj.run_id:
            return _t("A run wrote this; it stays as it is.")
        is_continued = YearToDate.objects.filter(previous=obj.pk).exists()
        return _t("A locked run continues this; it stays as it is.") if is_continued else ""

    def heading(self, obj: YearToDate) -> tuple[Any, Any]:
        return f"{obj.year}-{obj.month:02}", str(obj.employee)
