"""Two entries side by side, to choose what stays of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from crm.customers.models import Customer, Lead
from crm.duplicates.choices import RecordKind
from crm.duplicates.forms import choosable
from crm.duplicates.merging import PARTY_CHOICES
from suite.access.restrict import restrict
from suite.pages.panels import hidden_fields


@dataclass(frozen=True)
class Compared:
    """One field of both; ``takes_second`` is what is proposed: the value of the second where the first has none."""

    name: str
    label: str
    first: str
    second: str
    takes_second: bool

    @property
    def differs(self) -> bool:
        return self.first != self.second


def compare(first: Any, second: Any, *, user: Any) -> list[Compared]:
    """Return the fields of two customers or leads that people choose from, without what the user may not see."""
    hidden = hidden_fields(type(first), user)
    if isinstance(first, Customer):
        hidden |= hidden_fields(type(first.party), user)
    rows = []
    for name, label in choosable(type(first)):
        if name in hidden:
            continue
        one, other = _shown(first, name), _shown(second, name)
        rows.append(Compared(name, label, one, other, takes_second=not one and bool(other)))
    return rows


def _shown(row: Any, name: str) -> str:
    source = row.party if isinstance(row, Customer) and name in PARTY_CHOICES else row
    display = getattr(source, f"get_{name}_display", None)
    value = display() if display is not None else getattr(source, name)
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return "" if value is None else str(value)


def related_counts(row: Customer | Lead) -> list[tuple[str, int]]:
    """Return what hangs on an entry and moves with it: (what, how many), without what there is none of."""
    names = ("contacts", "follow_ups", "opportunities", "quotations", "contracts", "receipts", "leads")
    counts = []
    for name in names:
        manager = getattr(row, name, None)
        if manager is not None and (count := manager.count()):
            counts.append((str(manager.model._meta.verbose_name_plural), count))
    return counts


def both(kind: RecordKind, pks: tuple[int, int], *, user: Any) -> list[Any]:
    """Return two entries in the given order when the user may merge both, else fewer."""
    rows: Any = Customer.objects.select_related("party", "owner") if kind == RecordKind.CUSTOMER else Lead.objects
    found = {row.pk: row for row in restrict(rows.filter(pk__in=pks), user=user, action="merge")}
    return [found[pk] for pk in pks if pk in found]
