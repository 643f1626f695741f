"""Forms of requests for quotation, quotes and blanket orders."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from erp.forms import OnceForm
from erp.purchasing.choices import RequestStatus as RequisitionStatus
from erp.purchasing.forms import SUPPLIERS
from erp.purchasing.models import PurchaseRequest
from erp.purchasing.selectors import suppliers_of_request
from erp.sourcing.engine import Cell
from erp.sourcing.models import BlanketLine, BlanketSchedule, RequestForQuotation, RequestLine
from erp.sourcing.selectors import Sheet, compare_quotes
from suite.masters.decimals import round_exact
from suite.masters.models import Currency, Party
from suite.pages.columns import quantity as quantity_text
from suite.pages.forms import ActionForm, AsyncSelectMultiple, DateInput, DecimalField, ModelForm

WEEK = timedelta(days=7)
# How many of the known suppliers are asked for a quote unless others are chosen.
SUPPLIERS_ASKED = 5


class RequestForm(ModelForm):
    """A request for quotation; only suppliers are asked."""

    class Meta:
        model = RequestForQuotation
        fields = ("warehouse",)
        widgets = {"suppliers": AsyncSelectMultiple(Party, narrow=SUPPLIERS)}

    def clean_suppliers(self) -> Any:
        """Refuse parties that are no suppliers."""
        suppliers = self.cleaned_data["suppliers"]
        wrong = [party for party in suppliers if not party.is_supplier]
        if wrong:
            raise forms.ValidationError(_t("%(party)s is no supplier.") % {"party": wrong[0]})
        return suppliers


class AskForm(OnceForm):
    """Asks whom to ask, until when, and with which other requisitions."""

    suppliers = forms.ModelMultipleChoiceField(
        label=_("Suppliers"),
        queryset=Party.objects.filter(is_supplier=True, is_active=True),
        widget=AsyncSelectMultiple(Party, narrow=SUPPLIERS),
    )
    due_on = forms.DateField(label=_("Quotes due on"), widget=DateInput(), initial=lambda: timezone.localdate() + WEEK)
    others = forms.ModelMultipleChoiceField(
        label=_("Together with"),
        queryset=PurchaseRequest.objects.filter(status=RequisitionStatus.APPROVED),
        widget=AsyncSelectMultiple(PurchaseRequest),
        required=False,
        help_text=_("Further approved requisitions for the same warehouse."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            field: Any = self.fields["others"]
            field.queryset = field.queryset.filter(warehouse=self.row.warehouse_id).exclude(pk=self.row.pk)
            known = suppliers_of_request(self.row, timezone.localdate())
            self.fields["suppliers"].initial = known[:SUPPLIERS_ASKED]


class QuoteForm(OnceForm):
    """Asks what a supplier quotes for each line, in the unit of the line; a line without price is not offered."""

    supplier = forms.ModelChoiceField(label=_("Supplier"), queryset=Party.objects.none())
    currency = forms.ModelChoiceField(label=_("Currency"), queryset=Currency.objects.filter(is_active=True))
    price_includes_tax = forms.BooleanField(label=_("Prices include tax"), required=False)
    valid_until = forms.DateField(label=_("Valid until"), widget=DateInput(), required=False)
    supplier_reference = forms.CharField(label=_("Supplier's quote number"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lines: list[RequestLine] = []
        if self.row is None:
            return
        suppliers: Any = self.fields["supplier"]
        suppliers.queryset = Party.objects.filter(pk__in=self.row.invitations.values("supplier"))
        suppliers.widget = forms.Select()
        suppliers.widget.choices = suppliers.choices
        # Who quoted can quote anew, but most quotes are those that are still missing.
        suppliers.initial = suppliers.queryset.exclude(pk__in=self.row.quotes.values("supplier")).first()
        self.fields["currency"].initial = self.row.company.base_currency_id
        self._lines = list(self.row.lines.select_related("item", "unit").order_by("position"))
        for line in self._lines:
            self._add_fields(line)
        # Last, so that the four fields of each line stand in one row.
        self.fields["supplier_reference"] = self.fields.pop("supplier_reference")

    def _add_fields(self, line: RequestLine) -> None:
        name = f"{line} × {quantity_text(line.quantity)} {line.unit}"
        more = {"required": False, "min_value": 0, "max_digits": 18, "decimal_places": 6}
        self.fields[f"price_{line.pk}"] = DecimalField(label=name, help_text=_("Price of one unit"), **more)
        self.fields[f"minimum_{line.pk}"] = DecimalField(label=_("Minimum quantity"), **more)
        self.fields[f"days_{line.pk}"] = forms.IntegerField(
            label=_("Lead time in days"), required=False, min_value=0, max_value=3650
        )
        self.fields[f"remark_{line.pk}"] = forms.CharField(label=_("Remark"), required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        lines = [
            {
                "rfq_line": line,
                "unit_price": cleaned[f"price_{line.pk}"],
                "minimum_quantity": cleaned.get(f"minimum_{line.pk}") or Decimal(0),
                "lead_time_days": cleaned.get(f"days_{line.pk}"),
                "remark": cleaned.get(f"remark_{line.pk}") or "",
            }
            for line in self._lines
            if cleaned.get(f"price_{line.pk}") is not None
        ]
        names = ("request", "supplier", "currency", "price_includes_tax", "valid_until", "supplier_reference")
        return {"lines": lines, **{name: cleaned[name] for name in names if name in cleaned}}


class AwardForm(ActionForm):
    """Asks which supplier gets each line; the cheapest that is in time is proposed."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Needed when a line does not go to the cheapest supplier that is in time."),
    )
    makes_agreements = forms.BooleanField(
        label=_("Draw up price agreements"), required=False, help_text=_("Of the awarded prices, as drafts.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names: dict[str, int] = {}
        if self.row is None:
            return
        sheet = compare_quotes(self.row, timezone.localdate())
        asked = {}
        for line in sheet.lines:
            name = f"line_{line.pk}"
            self._names[name] = line.pk
            best = sheet.comparison.best.get(line.pk)
            asked[name] = forms.ChoiceField(
                label=f"{line} × {quantity_text(line.quantity)} {line.unit}",
                choices=[("", _("Leave out")), *_offered(sheet, line)],
                required=False,
                initial=best.offer.supplier if best is not None else "",
                # What a supplier wants stands behind its name.
                widget=forms.Select(attrs={"data-wide": ""}),
            )
        self.fields = {**asked, **self.fields}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # A program that names no lines takes what is proposed; the page always sends them all.
        choices = {
            pk: int(cleaned[name]) if cleaned.get(name) else None
            for name, pk in self._names.items()
            if name in self.data
        }
        return {
            "choices": choices,
            "reason": cleaned.get("reason", ""),
            "makes_agreements": cleaned.get("makes_agreements", False),
        }


def _offered(sheet: Sheet, line: RequestLine) -> list[tuple[str, str]]:
    """The suppliers that can have a line, the cheapest first, with what they want and whether they are in time."""
    suppliers = {quote.supplier_id: quote.supplier for quote in sheet.quotes}
    cells = [cell for (ask, _supplier), cell in sheet.comparison.cells.items() if ask == line.pk and cell.is_reached]
    cheapest_first = sorted(cells, key=lambda cell: (cell.offer.price, cell.offer.supplier))
    return [(str(cell.offer.supplier), _told(cell, suppliers[cell.offer.supplier])) for cell in cheapest_first]


def _told(cell: Cell, supplier: Party) -> str:
    """What a supplier wants, and in how many days it delivers."""
    facts = [f"{supplier}", quantity_text(round_exact(cell.offer.price, 4))]
    days = cell.offer.lead_time_days
    if days is not None:
        facts.append(ngettext("%(days)s day", "%(days)s days", days) % {"days": days})
    if not cell.is_in_time:
        facts.append(_t("too late"))
    return " · ".join(facts)


class ScheduleForm(ActionForm):
    """Asks what comes when, and how often."""

    line = forms.ModelChoiceField(label=_("Line"), queryset=BlanketLine.objects.none())
    due_on = forms.DateField(label=_("First delivery on"), widget=DateInput())
    quantity = DecimalField(label=_("Quantity each time"), max_digits=18, decimal_places=6, min_value=0)
    times = forms.IntegerField(label=_("Number of deliveries"), min_value=1, max_value=366, initial=1)
    every_days = forms.IntegerField(label=_("Every so many days"), min_value=1, max_value=366, initial=7)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            field: Any = self.fields["line"]
            field.queryset = self.row.lines.select_related("item__base_unit", "unit")


class DropForm(ActionForm):
    """Asks which planned deliveries are taken back."""

    rows = forms.ModelMultipleChoiceField(
        label=_("Planned deliveries"),
        queryset=BlanketSchedule.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            field: Any = self.fields["rows"]
            field.queryset = self.row.schedule.filter(order_line__isnull=True).select_related("line__item")


class CallOffForm(OnceForm):
    """Asks until which day what is planned is ordered, or which of it."""

    until = forms.DateField(label=_("All that is due until"), widget=DateInput(), required=False)
    rows = forms.ModelMultipleChoiceField(
        label=_("Or only these"),
        queryset=BlanketSchedule.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            field: Any = self.fields["rows"]
            field.queryset = self.row.schedule.filter(order_line__isnull=True).select_related("line__item")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("until") and not cleaned.get("rows"):
            self.add_error("until", _t("Enter a day or choose planned deliveries."))
        return cleaned
