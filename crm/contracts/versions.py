"""Versions of an offer side by side, as the page and the API show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString

from crm.contracts.comparing import ComparedLine, LineValues, compare_lines
from crm.contracts.models import Quotation, QuotationLine
from suite.access.restrict import restrict
from suite.pages.columns import derive, renderer

TERMS = (
    "document_date",
    "valid_until",
    "contact",
    "currency",
    "exchange_rate",
    "price_includes_tax",
    "payment_terms",
    "delivery_terms",
    "discount_amount",
    "remarks",
)
TOTALS = ("net_total", "tax_total", "gross_total")


@dataclass(frozen=True)
class ComparedFact:
    """One fact of both versions, as HTML."""

    name: str
    label: str
    old: Any
    new: Any
    is_changed: bool
    change: Decimal | None = None


@dataclass(frozen=True)
class ComparedVersions:
    """Two versions of an offer: lines, terms and totals."""

    old: Quotation
    new: Quotation
    lines: list[ComparedLine]
    terms: list[ComparedFact]
    totals: list[ComparedFact]


def versions_for(user: Any, quotation: Quotation) -> list[Quotation]:
    """Return the versions of an offer that a user may see, first to last."""
    rows = Quotation.objects.filter(root=quotation.root_id or quotation.pk)
    found = restrict(rows, user=user).select_related("currency", "contact__person", "payment_terms", "owner")
    return list(found.order_by("revision"))


def compare_versions(old: Quotation, new: Quotation) -> ComparedVersions:
    """Return two versions side by side, by a fixed number of queries."""
    lines = QuotationLine.objects.filter(document__in=[old.pk, new.pk]).select_related("item", "unit")
    by_version: dict[int, list[LineValues]] = {old.pk: [], new.pk: []}
    for line in lines.order_by("position"):
        by_version[line.document_id].append(_values(line))
    return ComparedVersions(
        old,
        new,
        compare_lines(by_version[old.pk], by_version[new.pk]),
        _facts(old, new, TERMS),
        _facts(old, new, TOTALS),
    )


def _values(line: Any) -> LineValues:
    return LineValues(
        key=line.item_id or line.description.strip(),
        name=str(line.item) if line.item is not None else line.description,
        description=line.description,
        quantity=line.quantity,
        unit=str(line.unit or ""),
        unit_price=line.unit_price,
        discount_percent=line.discount_percent,
        tax_rate=line.tax_rate,
        net_amount=line.net_amount,
    )


def _facts(old: Quotation, new: Quotation, names: Sequence[str]) -> list[ComparedFact]:
    found = []
    for name in names:
        column = derive(Quotation, name)
        render = renderer(column, Quotation)
        before, after = column.get(old), column.get(new)
        change = after - before if isinstance(after, Decimal) and isinstance(before, Decimal) else None
        # A renderer gives HTML in which what people entered is escaped.
        shown = [SafeString(render(row)) for row in (old, new)]
        found.append(ComparedFact(name, column.heading, shown[0], shown[1], before != after, change))
    return found
