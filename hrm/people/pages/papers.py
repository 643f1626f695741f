"""Pages of certificates and of things handed out."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hrm.people import loans
from hrm.people.filters import LoanFilterSet
from hrm.people.forms import ReturnForm
from hrm.people.models import AssetLoan, Certificate
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes
from suite.pages.registry import register


@register
class CertificatePages(PageSet):
    """Papers of people, watched for their last day."""

    model = Certificate
    icon = "certificate"
    description = _("ID cards, diplomas and permits of people, with a warning before they expire.")
    columns = (
        "name",
        Column("employee", phone="p-start"),
        "kind",
        "issuer",
        "issued_on",
        Column("valid_to", phone="p-end"),
    )
    optional_columns = ("number",)
    filters = ("employee", "kind", "valid_to", "issued_on")
    ordering = "valid_to"
    summary = ("employee", "kind", "valid_to")
    panels = (Attributes("number", "issuer", "issued_on"),)
    fields = ("employee", "kind", "name", "number", "issuer", "issued_on", "valid_to")
    list_select = ("employee",)
    is_searchable = True

    def heading(self, obj: Certificate) -> tuple[Any, Any]:
        return obj.employee, obj.name

    def badges(self, obj: Certificate) -> list[Any]:
        is_over = obj.valid_to is not None and obj.valid_to < timezone.localdate()
        return [badge(_t("Expired"), "late")] if is_over else []


def why_returned(loan: AssetLoan, user: Any) -> Any:
    """Why a thing cannot be taken back, empty when it can."""
    return "" if loan.returned_on is None else _("It was returned already.")


@register
class AssetLoanPages(PageSet):
    """Things that people hold, until they are returned."""

    model = AssetLoan
    icon = "device-laptop"
    description = _("Tools, computers, keys and clothing that people hold, until they are returned.")
    columns = (
        "name",
        Column("employee", phone="p-start"),
        "code",
        "quantity",
        "handed_out_on",
        "due_on",
        Column("returned_on", phone="p-end"),
    )
    optional_columns = ("condition", "returned_condition")
    filterset = LoanFilterSet
    ordering = "-handed_out_on"
    views = (View(_("Not returned"), "is_out=true"),)
    summary = ("employee", "code", "quantity", "handed_out_on", "due_on", "returned_on")
    panels = (Attributes("condition", "returned_condition"),)
    fields = ("employee", "name", "code", "quantity", "handed_out_on", "due_on", "condition")
    list_select = ("employee",)
    operations = frozenset({"add", "change"})
    actions = (
        Action(
            loans.return_loan,
            _("Take back"),
            "change",
            icon="arrow-back-up",
            form=ReturnForm,
            refusal=why_returned,
            is_primary=True,
        ),
    )
    is_searchable = True

    def why_not_editable(self, obj: AssetLoan, user: Any) -> str:
        return _t("It was returned already.") if obj.returned_on is not None else ""

    def heading(self, obj: AssetLoan) -> tuple[Any, Any]:
        return obj.code, obj.name

    def initial(self, request: Any) -> dict[str, Any]:
        return {"handed_out_on": timezone.localdate()}
