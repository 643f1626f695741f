"""Pages of what pay is calculated by: statutory parameters, insurance, deductions, items, groups, commission."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from hrm.payroll import archives
from hrm.payroll.models import (
    CommissionRule,
    PayGroup,
    PayItem,
    SocialEnrolment,
    SocialScheme,
    SocialSchemeLine,
    SpecialDeductionClaim,
    StatuteRow,
)
from suite.masters.pages import ACTIVE
from suite.masters.selectors import default_company
from suite.pages.columns import Column, badge
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

PERSON = Column("employee", sort="employee__name", phone="p-full")
PERIOD = (Column("valid_from", phone="p-start"), Column("valid_to", phone="p-end"))
PROJECT = (
    "project",
    "floor",
    "cap",
    "employer_rate",
    "employee_rate",
    "employer_fixed",
    "employee_fixed",
    "rounding",
    "article",
)


@register
class StatuteRowPages(PageSet):
    """Statutory parameters."""

    model = StatuteRow
    slug = "statutes"
    icon = "gavel"
    description = _("What the law sets, from which day on, and where it stands: tax tables, deductions, limits.")
    columns = (
        Column("code", phone="p-full"),
        *PERIOD,
        Column("in_words", label=_("values")),
        "article",
    )
    filters = ("code", "valid_from", "valid_to", "article")
    ordering = "code"
    summary = ("code", "valid_from", "valid_to", "article")
    panels = (Attributes(Column("in_words", label=_("values"))),)
    fields = ("code", "valid_from", "valid_to", "values", "article")


@register
class SocialSchemePages(PageSet):
    """Insurance schemes of cities."""

    model = SocialScheme
    icon = "shield-check"
    description = _("Rates, lowest and highest bases of a city from a day on; examples only show how a scheme looks.")
    columns = (
        Column("city", phone="p-full"),
        "household",
        *PERIOD,
        "average_wage",
        "source",
        "is_example",
    )
    filters = ("city", "household", "valid_from", "valid_to", "is_example")
    ordering = "city"
    summary = ("city", "household", "valid_from", "valid_to", "average_wage")
    panels = (Children("lines", *PROJECT, title=_("Projects")), Attributes("source", "is_example"))
    fields = (
        (_("Scheme"), ("city", "household", "valid_from", "valid_to")),
        (_("Published wages"), ("average_wage",)),
        (_("Source"), ("source", "is_example")),
    )
    lines = Lines(SocialSchemeLine, "lines", PROJECT, title=_("Projects"), has_totals=False)
    create_service = archives.create_scheme
    update_service = archives.update_scheme

    def badges(self, obj: SocialScheme) -> list[Any]:
        return [badge(_("Example"), "hold")] if obj.is_example else []


@register
class SocialEnrolmentPages(PageSet):
    """Who is insured where."""

    model = SocialEnrolment
    icon = "heart-handshake"
    description = _("In which city people are insured, and on which wages, from which day on.")
    columns = (PERSON, "city", "household", "social_wage", "fund_wage", *PERIOD)
    optional_columns = (Column("employee__number", label=_("employee number")),)
    filters = ("employee", "city", "household", "valid_from", "valid_to")
    ordering = "-valid_from"
    list_select = ("employee",)
    summary = ("employee", "city", "household", "valid_from", "valid_to")
    panels = (Attributes("social_wage", "fund_wage"),)
    fields = ("employee", "city", "household", "social_wage", "fund_wage", "valid_from", "valid_to")
    bulk_fields = ("valid_to",)
    import_fields = fields
    import_key = "employee valid_from"


@register
class SpecialDeductionClaimPages(PageSet):
    """Special additional deductions."""

    model = SpecialDeductionClaim
    slug = "special-deductions"
    icon = "receipt-tax"
    description = _("What people claim for children, parents, homes and studies; checked against the law when saved.")
    columns = (PERSON, Column("kind", phone="p-start"), "share", "shared_amount", "valid_from", "valid_to", "tax_year")
    optional_columns = (
        Column("employee__number", label=_("employee number")),
        "tier",
        "months_before",
        "note",
    )
    filters = ("employee", "kind", "tax_year", "valid_from", "valid_to")
    ordering = "-valid_from"
    list_select = ("employee",)
    summary = ("employee", "kind", "valid_from", "valid_to", "tax_year")
    panels = (Attributes("share", "shared_amount", "tier", "months_before", "note"),)
    fields = (
        (_("What is claimed"), ("employee", "kind", "tax_year", "valid_from", "valid_to")),
        (_("How much"), ("share", "shared_amount", "tier", "months_before", "note")),
    )
    bulk_fields = ("valid_to", "tax_year")
    import_fields = (
        "employee",
        "kind",
        "tax_year",
        "valid_from",
        "valid_to",
        "share",
        "shared_amount",
        "tier",
        "months_before",
        "note",
    )


@register
class PayItemPages(PageSet):
    """Pay items."""

    model = PayItem
    icon = "list-numbers"
    description = _("What a payslip can consist of; formulas are checked when they are saved.")
    columns = (
        Column("name", phone="p-full"),
        Column("code", phone="p-start"),
        "kind",
        "taxation",
        "source",
        "formula",
        "sort_order",
        ACTIVE,
    )
    optional_columns = ("is_prorated", "is_overtime_base", "counts_for_minimum", "is_damage", "is_printed")
    filters = ("kind", "taxation", "source", "is_active")
    ordering = "sort_order"
    summary = ("code", "kind", "taxation", "source", ACTIVE)
    panels = (
        Attributes(
            "formula",
            "is_prorated",
            "is_overtime_base",
            "counts_for_minimum",
            "is_damage",
            "is_printed",
            "sort_order",
        ),
    )
    fields = (
        (_("Pay item"), ("code", "name", "kind", "taxation")),
        (_("Amount"), ("source", "formula", "is_prorated", "is_overtime_base")),
        (_("Rules"), ("counts_for_minimum", "is_damage", "is_printed", "sort_order", "is_active")),
    )
    bulk_fields = ("is_active", "is_printed", "sort_order")
    is_searchable = True
    is_small = True


@register
class PayGroupPages(PageSet):
    """Pay groups."""

    model = PayGroup
    icon = "users-group"
    description = _("People who are paid together, by the same items and on the same day.")
    columns = (Column("name", phone="p-full"), Column("code", phone="p-start"), "company", "pay_day", ACTIVE)
    filters = ("company", "is_active")
    ordering = "code"
    list_select = ("company",)
    summary = ("code", "company", "pay_day", ACTIVE)
    panels = (
        Children(
            "items",
            "name",
            "code",
            Column("kind", phone="p-start"),
            "taxation",
            "source",
            Column("formula", phone="p-end"),
            title=_("Pay items"),
            link=True,
        ),
    )
    fields = ("company", "code", "name", "items", "pay_day", "is_active")
    operations = frozenset({"add", "change"})
    is_searchable = True
    is_small = True

    def initial(self, request: Any) -> dict[str, Any]:
        return {"company": default_company().pk}


@register
class CommissionRulePages(PageSet):
    """Commission rates."""

    model = CommissionRule
    icon = "percentage"
    description = _("Which part of what customers paid goes to those who sold: of a group, or of one person.")
    columns = (
        Column("pay_group", sort="pay_group__name", phone="p-full"),
        Column("employee", sort="employee__name"),
        "rate",
        Column("item", sort="item__name"),
        *PERIOD,
    )
    filters = ("pay_group", "employee", "item", "valid_from", "valid_to")
    ordering = "-valid_from"
    list_select = ("pay_group", "employee", "item")
    summary = ("pay_group", "employee", "rate", "item")
    panels = (Attributes("valid_from", "valid_to"),)
    fields = ("pay_group", "employee", "rate", "item", "valid_from", "valid_to")

    def heading(self, obj: CommissionRule) -> tuple[Any, Any]:
        return "", str(obj)
