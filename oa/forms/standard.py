"""The forms that an installation starts with, in the active language, and how they are approved."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from oa.flows.choices import ResolverKind, SelfPolicy
from oa.flows.conditions import Compare, Operator
from oa.flows.definition import Arm, Branch, Flow, Resolver, Step
from oa.flows.facts import AMOUNT
from oa.forms.choices import Category, FieldKind
from oa.forms.schema import Column, FormField, Schema, Section

# From these amounts on the head of the department, and the general manager, decide as well.
HEAD_FROM, BOSS_FROM = Decimal(5000), Decimal(50000)


@dataclass(frozen=True)
class StandardForm:
    """
    A form as shipped.

    :ivar prefix: of its numbers.
    :ivar handled_by: object type that takes its place while the system it belongs to is on.
    """

    code: str
    name: str
    description: str
    icon: str
    category: Category
    prefix: str
    schema: Schema
    handled_by: str = ""


def standard_forms() -> list[StandardForm]:
    """Return the shipped forms in the active language."""
    return [
        _leave(),
        _overtime(),
        _business_trip(),
        _expense(),
        _payment(),
        _contract(),
        _seal(),
        _supplies(),
    ]


def standard_flow(schema: Schema, boss: int | None) -> Flow:
    """
    Return how requests with a form are approved: by the manager, and by amount by those above as well.

    :param boss: key of the general manager's role.
    """
    manager = _step("manager", _("Manager"), Resolver(kind=ResolverKind.MANAGER))
    if not schema.amount:
        return Flow(nodes=(manager,))
    head = _step("head", _("Head of the department"), Resolver(kind=ResolverKind.HEAD), on_self=SelfPolicy.MANAGER)
    values = (str(boss),) if boss is not None else ()
    chief = _step("boss", _("General manager"), Resolver(kind=ResolverKind.ROLE, values=values))
    nodes = (manager, _from("over-head", HEAD_FROM, head), _from("over-boss", BOSS_FROM, chief))
    return Flow(nodes=nodes, own_limit=HEAD_FROM)


def _step(key: str, title: str, *resolvers: Resolver, **values: Any) -> Step:
    return Step(key=key, title=title, resolvers=resolvers, **values)


def _from(key: str, amount: Decimal, step: Step) -> Branch:
    """A branch that passes a step from an amount on."""
    reached = Compare(field=AMOUNT, operator=Operator.GE, value=str(amount))
    title = _("From %(amount)s") % {"amount": f"{amount:,}"}
    arms = (
        Arm(key=f"{key}-yes", title=title, condition=reached, nodes=(step,)),
        Arm(key=f"{key}-no", title=_("Otherwise")),
    )
    return Branch(key=key, title=_("Amount"), arms=arms)


def _field(kind: FieldKind, key: str, label: str, **values: Any) -> FormField:
    return FormField(kind=kind, key=key, label=label, **values)


def _column(kind: FieldKind, key: str, label: str, **values: Any) -> Column:
    return Column(kind=kind, key=key, label=label, **values)


def _form(*fields: FormField, amount: str = "") -> Schema:
    return Schema(sections=(Section(fields=fields),), amount=amount)


def _files(label: str) -> FormField:
    return _field(FieldKind.ATTACHMENT, "papers", label)


def _leave() -> StandardForm:
    kinds = (_("Annual leave"), _("Personal leave"), _("Sick leave"), _("Compensatory leave"), _("Other leave"))
    schema = _form(
        _field(FieldKind.CHOICE, "kind", _("Type of leave"), required=True, choices=kinds),
        _field(FieldKind.DATE_RANGE, "period", _("Period"), required=True),
        _field(FieldKind.NUMBER, "days", _("Days of leave"), required=True, decimals=1, minimum=Decimal("0.5")),
        _field(FieldKind.PERSON, "deputy", _("Handed over to")),
        _field(FieldKind.LONG_TEXT, "reason", _("Reason"), required=True),
        _files(_("Certificates")),
    )
    about = _("Ask for annual, personal, sick or other leave.")
    return StandardForm("leave", _("Leave"), about, "beach", Category.TIME, "QJ", schema, "hrm.LeaveRequest")


def _overtime() -> StandardForm:
    settled = (pgettext("overtime", "Paid"), _("Time off"))
    schema = _form(
        _field(FieldKind.DATETIME, "start", _("Begin"), required=True),
        _field(FieldKind.DATETIME, "end", _("End"), required=True),
        _field(
            FieldKind.NUMBER,
            "hours",
            _("Hours"),
            required=True,
            decimals=1,
            minimum=Decimal("0.5"),
            maximum=Decimal(24),
        ),
        _field(FieldKind.CHOICE, "settled", _("Compensated by"), required=True, choices=settled),
        _field(FieldKind.LONG_TEXT, "reason", _("Reason"), required=True),
    )
    about = _("Ask for overtime before it is worked.")
    icon = "clock-plus"
    return StandardForm("overtime", _("Overtime"), about, icon, Category.TIME, "JB", schema, "hrm.OvertimeRequest")


def _business_trip() -> StandardForm:
    means = (_("Train"), _("Plane"), _("Company car"), _("Own car"), pgettext("form", "Other"))
    schema = _form(
        _field(FieldKind.TEXT, "place", _("Destination"), required=True),
        _field(FieldKind.DATE_RANGE, "period", _("Period"), required=True),
        _field(FieldKind.FORMULA, "days", _("Days"), formula="period_days", decimals=0),
        _field(FieldKind.CHOICES, "means", _("Means of travel"), choices=means),
        _field(FieldKind.PARTY, "visited", _("Business partner visited")),
        _field(FieldKind.LONG_TEXT, "purpose", _("Purpose"), required=True),
        _field(FieldKind.MONEY, "budget", _("Expected cost"), minimum=Decimal(0)),
        amount="budget",
    )
    about = _("Announce a business trip and what it will cost.")
    return StandardForm("business-trip", _("Business trip"), about, "plane", Category.TIME, "CC", schema)


def _expense() -> StandardForm:
    kinds = (_("Travel"), _("Meals"), _("Entertainment"), _("Local transport"), _("Office"), pgettext("form", "Other"))
    lines = (
        _column(FieldKind.DATE, "on", _("Date"), required=True),
        _column(FieldKind.CHOICE, "kind", _("Category"), required=True, choices=kinds),
        _column(FieldKind.MONEY, "cost", _("Amount"), required=True, minimum=Decimal("0.01")),
        _column(FieldKind.TEXT, "note", _("Remark")),
    )
    schema = _form(
        _field(FieldKind.TEXT, "reason", _("Reason"), required=True),
        _field(FieldKind.TABLE, "lines", _("Expenses"), required=True, columns=lines),
        _field(FieldKind.FORMULA, "total", _("Total"), formula="lines_cost"),
        _files(_("Invoices and receipts")),
        amount="total",
    )
    about = _("Get back what you paid for the company.")
    return StandardForm("expense", _("Expense claim"), about, "receipt", Category.MONEY, "BX", schema)


def _payment() -> StandardForm:
    ways = (_("Bank transfer"), _("Bank draft"), _("Cash"))
    by_bank = Compare(field="way", operator=Operator.NE, value=ways[2])
    schema = _form(
        _field(FieldKind.PARTY, "payee", _("Payee"), required=True),
        _field(FieldKind.LONG_TEXT, "reason", _("What is paid for"), required=True),
        _field(FieldKind.MONEY, "total", _("Amount"), required=True, minimum=Decimal("0.01")),
        _field(FieldKind.DATE, "due", _("Pay until")),
        _field(FieldKind.CHOICE, "way", _("Way of payment"), required=True, choices=ways, default=ways[0]),
        _field(FieldKind.TEXT, "bank", _("Bank"), visible_when=by_bank),
        _field(FieldKind.TEXT, "account", _("Account number"), visible_when=by_bank),
        _field(FieldKind.YES_NO, "has_invoice", _("The invoice has come")),
        _files(_("Contract and invoice")),
        amount="total",
    )
    about = _("Ask for a payment to a supplier or another partner.")
    return StandardForm("payment", _("Payment request"), about, "cash-banknote", Category.MONEY, "FK", schema)


def _contract() -> StandardForm:
    kinds = (
        pgettext("contract", "Sales"),
        pgettext("contract", "Purchase"),
        pgettext("contract", "Service"),
        _("Lease"),
        pgettext("form", "Other"),
    )
    schema = _form(
        _field(FieldKind.TEXT, "name", _("Name of the contract"), required=True),
        _field(FieldKind.CHOICE, "kind", _("Type of contract"), required=True, choices=kinds),
        _field(FieldKind.PARTY, "partner", _("Other party"), required=True),
        _field(FieldKind.MONEY, "total", _("Amount of the contract"), required=True, minimum=Decimal(0)),
        _field(FieldKind.DATE_RANGE, "term", _("Term")),
        _field(FieldKind.LONG_TEXT, "terms", _("Main terms and risks"), required=True),
        _files(_("Text of the contract")),
        amount="total",
    )
    about = _("Have a contract examined before it is signed.")
    return StandardForm("contract", _("Contract approval"), about, "file-certificate", Category.BUSINESS, "HT", schema)


def _seal() -> StandardForm:
    seals = (_("Company seal"), _("Contract seal"), _("Finance seal"), _("Seal of the legal representative"))
    schema = _form(
        _field(FieldKind.CHOICES, "seals", _("Seals"), required=True, choices=seals),
        _field(FieldKind.TEXT, "paper", _("Name of the document"), required=True),
        _field(FieldKind.NUMBER, "copies", _("Copies"), required=True, decimals=0, minimum=Decimal(1), default="1"),
        _field(FieldKind.DATE, "on", _("Day of use"), required=True, default="today"),
        _field(FieldKind.YES_NO, "leaves", _("The seal leaves the house")),
        _field(
            FieldKind.DATE,
            "back",
            _("Brought back on"),
            required=True,
            visible_when=Compare(field="leaves", operator=Operator.EQ, value=True),
        ),
        _field(FieldKind.LONG_TEXT, "purpose", _("Purpose"), required=True),
        _files(_("Document to be sealed")),
    )
    about = _("Have a document sealed, or take a seal out of the house.")
    return StandardForm("seal", _("Use of a seal"), about, "rubber-stamp", Category.OFFICE, "YY", schema)


def _supplies() -> StandardForm:
    lines = (
        _column(FieldKind.TEXT, "name", _("Article"), required=True),
        _column(FieldKind.TEXT, "spec", _("Specification")),
        _column(FieldKind.NUMBER, "quantity", _("Quantity"), required=True, decimals=0, minimum=Decimal(1)),
        _column(FieldKind.TEXT, "unit", _("Unit")),
        _column(FieldKind.TEXT, "note", _("Remark")),
    )
    schema = _form(
        _field(FieldKind.TABLE, "lines", _("Articles"), required=True, columns=lines),
        _field(FieldKind.DATE, "needed", _("Needed on")),
        _field(FieldKind.TEXT, "purpose", _("Purpose")),
    )
    about = _("Get office supplies from the store.")
    return StandardForm("supplies", _("Office supplies"), about, "pencil", Category.OFFICE, "LY", schema)
