"""What pay starts with: the statutory parameters, usual pay items, and example schemes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from hrm.payroll.models import PayItem, SocialScheme, SocialSchemeLine, StatuteRow
from hrm.payroll.parameters import Statute, delivered_statutes
from suite.access.models import User

DATA = Path(__file__).with_name("data")


@transaction.atomic
def prepare_payroll(*, actor: User | None, at: datetime) -> dict[str, int]:
    """
    Enter the statutory parameters and the usual pay items, and where there is none yet example schemes.

    Run again, it adds rows that a newer version of the suite brings, and lets those that it brought before end; what
    people changed stays as it is. A new item is paid once it is put into a pay group.
    """
    return {"statutes": _statutes(), "pay_items": _items(), "insurance_schemes": _schemes()}


def _statutes() -> int:
    rows = {(row.code, row.valid_from): row for row in StatuteRow.objects.all()}
    added = 0
    for each in delivered_statutes():
        key = (each.code.value, each.valid_from)
        row = rows.get(key)
        if row is None and not _is_covered(rows, each):
            rows[key] = StatuteRow.objects.create(
                code=each.code.value,
                valid_from=each.valid_from,
                valid_to=each.valid_to,
                values=dict(each.values),
                article=each.article,
            )
            added += 1
        elif row is not None and row.valid_to is None and each.valid_to is not None and _is_as_delivered(row, each):
            row.valid_to = each.valid_to
            row.save(update_fields=["valid_to"])
    return added


def _is_as_delivered(row: StatuteRow, delivered: Statute) -> bool:
    return row.values == dict(delivered.values) and row.article == delivered.article


def _is_covered(rows: Mapping[tuple[str, date], StatuteRow], delivered: Statute) -> bool:
    """Whether somebody entered rows of this code for its time, or after it, themselves: theirs count."""
    same = (row for (code, _begin), row in rows.items() if code == delivered.code.value)
    return any(
        row.valid_from > delivered.valid_from or row.valid_to is None or row.valid_to >= delivered.valid_from
        for row in same
    )


def _items() -> int:
    """Add the usual items whose code nobody uses yet, in the place of the payslip where they are delivered."""
    codes = set(PayItem.objects.values_list("code", flat=True))
    added = 0
    for position, row in enumerate(_read("items.json"), start=1):
        if row["code"] not in codes:
            PayItem.objects.create(**row, sort_order=10 * position)
            added += 1
    return added


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
    amounts = ("floor", "cap", "average_wage", "employer_rate", "employee_rate")
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
