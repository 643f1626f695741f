"""What pay starts with: the statutory parameters, usual pay items, and example schemes."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from hrm.payroll.models import PayItem, SocialScheme, SocialSchemeLine, StatuteRow
from hrm.payroll.parameters import delivered_statutes
from suite.access.models import User

DATA = Path(__file__).with_name("data")


@transaction.atomic
def prepare_payroll(*, actor: User | None, at: datetime) -> dict[str, int]:
    """
    Enter the statutory parameters, and where there is none yet the usual pay items and example schemes.

    Run again, it adds rows that a newer version of the suite brings; what people changed stays as it is.
    """
    return {"statutes": _statutes(), "pay_items": _items(), "insurance_schemes": _schemes()}


def _statutes() -> int:
    known = set(StatuteRow.objects.values_list("code", "valid_from"))
    ends = {(row.code, row.valid_from): row for row in StatuteRow.objects.filter(valid_to=None)}
    added = 0
    for each in delivered_statutes():
        if (each.code.value, each.valid_from) in known:
            continue
        if any(code == each.code.value and begin > each.valid_from for code, begin in known) or any(
            code == each.code.value and begin < each.valid_from for code, begin in ends
        ):
            # Somebody entered rows of this code themselves; theirs count.
            continue
        StatuteRow.objects.create(
            code=each.code.value,
            valid_from=each.valid_from,
            valid_to=each.valid_to,
            values=dict(each.values),
            article=each.article,
        )
        added += 1
    return added


def _items() -> int:
    if PayItem.objects.exists():
        return 0
    rows = _read("items.json")
    for position, row in enumerate(rows, start=1):
        PayItem.objects.create(**row, sort_order=10 * position)
    return len(rows)


def _schemes() -> int:
    if SocialScheme.objects.exists():
        return 0
    rows = _read("schemes.json")
    for row in rows:
        lines = row.pop("lines")
        scheme = SocialScheme.objects.create(**_values(row), is_example=True)
        for line in lines:
            SocialSchemeLine.objects.create(scheme=scheme, **_values(line))
    return len(rows)


def _values(row: dict[str, Any]) -> dict[str, Any]:
    """Dates and amounts are text in JSON."""
    amounts = ("floor", "cap", "minimum_wage", "average_wage", "employer_rate", "employee_rate")
    found = dict(row)
    for name, value in row.items():
        if value is not None and name in ("valid_from", "valid_to"):
            found[name] = date.fromisoformat(value)
        elif value is not None and (name in amounts or name.endswith("_fixed")):
            found[name] = Decimal(value)
    return found


def _read(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return rows
