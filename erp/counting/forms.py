"""Forms of stock counting: many lines on one page, to be filled in with a thumb."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.counting.choices import CountStatus
from erp.counting.models import CountLine, CountSheet
from erp.forms import OnceForm
from erp.inventory.choices import StockStatus
from suite.masters.models import Item
from suite.pages.columns import quantity as as_quantity
from suite.pages.forms import ActionForm, AsyncSelect, DecimalField, ModelForm

PREFIX = "count_"
# So many lines are asked for at once; what was entered makes room for the next.
PAGE_SIZE = 100


class CountSheetForm(ModelForm):
    """What is counted, and how exactly."""

    class Meta:
        model = CountSheet
        fields = ("warehouse",)


class CountsForm(OnceForm):
    """Asks for counts of lines that the person may count; an empty field leaves a line as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is None:
            return
        lines = self.row.lines.select_related("item__base_unit", "lot", "location__warehouse").order_by("position")
        if self.is_bound:
            given = [name.removeprefix(PREFIX) for name in self.data if name.startswith(PREFIX)]
            chosen = list(lines.filter(pk__in=[pk for pk in given if pk.isdecimal()]))
        else:
            chosen = list(self.to_count(lines)[:PAGE_SIZE])
        books = self._books(chosen)
        for line in chosen:
            self.fields[f"{PREFIX}{line.pk}"] = self._field(line, books)

    def to_count(self, lines: Any) -> Any:
        """The lines that the form asks for."""
        raise NotImplementedError

    def _books(self, lines: Sequence[CountLine]) -> dict[int, Decimal]:
        """What the books say now, by line; nothing of a blind sheet."""
        if self.row.is_blind:
            return {}
        found = self.row.print_lines().filter(pk__in=[line.pk for line in lines])
        return {line.pk: line.in_books for line in found}

    def _field(self, line: CountLine, books: dict[int, Decimal]) -> forms.Field:
        unit = line.item.base_unit
        label = " · ".join(map(str, filter(None, (f"{line}", line.lot, label_of(line), f"({unit})"))))
        hints = []
        if line.pk in books:
            hints.append(_t("In the books: %(quantity)s.") % {"quantity": as_quantity(books[line.pk])})
        if line.counted_by_id is not None and line.counted_by_id == getattr(self.user, "pk", None):
            hints.append(_t("You counted %(quantity)s.") % {"quantity": as_quantity(line.counted_quantity)})
        return DecimalField(
            label=label,
            max_digits=18,
            decimal_places=unit.decimals,
            min_value=Decimal(0),
            required=False,
            help_text=" ".join(hints),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = [name for name in cleaned if name.startswith(PREFIX)]
        values = {int(name.removeprefix(PREFIX)): cleaned.pop(name) for name in names}
        cleaned["counts"] = {pk: value for pk, value in values.items() if value is not None}
        return cleaned


class RecordForm(CountsForm):
    """Asks for what is not counted yet."""

    def to_count(self, lines: Any) -> Any:
        return lines.filter(counted_at__isnull=True)


class RecountForm(CountsForm):
    """Asks for second counts of what others counted; says nothing about the first ones."""

    def to_count(self, lines: Any) -> Any:
        waiting = lines.filter(needs_recount=True, recounted_at__isnull=True)
        return waiting if self.user is None else waiting.exclude(counted_by=self.user)

    def _books(self, lines: Sequence[CountLine]) -> dict[int, Decimal]:
        return {}


class FoundForm(OnceForm):
    """Asks what was found that is on no line."""

    item = forms.ModelChoiceField(
        label=_("Item"), queryset=Item.objects.filter(is_active=True), widget=AsyncSelect(Item)
    )
    quantity = DecimalField(label=_("Counted"), max_digits=18, decimal_places=6, min_value=Decimal(0))
    lot_number = forms.CharField(label=_("Lot or serial number"), max_length=60, required=False)
    stock_status = forms.ChoiceField(
        label=_("Stock status"), choices=StockStatus.choices, initial=StockStatus.GOOD, required=False
    )

    def clean_stock_status(self) -> str:
        return self.cleaned_data["stock_status"] or StockStatus.GOOD


class FinishForm(ActionForm):
    """Asks what becomes of lines that nobody counted."""

    leaves_out_uncounted = forms.BooleanField(
        label=_("Leave out what is not counted"),
        required=False,
        help_text=_("It stays as it is in the books."),
    )


class LineForm(OnceForm):
    """Asks for the count of one line."""

    quantity = DecimalField(label=_("Counted"), max_digits=18, decimal_places=6, min_value=Decimal(0))


class ExplainForm(ActionForm):
    """Asks why a line differs, and what it costs."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
    unit_cost = DecimalField(
        label=_("Unit cost"),
        max_digits=18,
        decimal_places=6,
        min_value=Decimal(0),
        required=False,
        help_text=_("Of what was found, for one base unit; empty: the present average."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            self.fields["reason"].initial = self.row.reason
            self.fields["unit_cost"].initial = self.row.unit_cost


def label_of(line: CountLine) -> str:
    """The status of the stock where it is not good, and the bin where the warehouse has bins."""
    parts = [] if line.stock_status == StockStatus.GOOD else [str(StockStatus(line.stock_status).label)]
    warehouse = line.location.warehouse
    if warehouse is not None and line.location.code != warehouse.code:
        parts.append(line.location.code)
    return " · ".join(parts)


def why_not_counted(line: CountLine, user: Any) -> str:
    """Why a line cannot be counted now, empty when it can."""
    if line.sheet.status in {CountStatus.COUNTING, CountStatus.REVIEWING}:
        return ""
    return _t("Not possible in the state “%(state)s”.") % {"state": line.sheet.get_status_display()}
