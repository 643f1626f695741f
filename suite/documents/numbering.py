"""
Numbers of documents: gapless within what is committed, and never given twice.

A number is taken in the transaction that writes the document: a rollback gives it back, and whoever wants the next
one of the same series waits for that transaction. So take it as late in the transaction as the document allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.transaction import TransactionManagementError

from suite.documents.choices import Reset
from suite.documents.patterns import is_sound, period_of, render
from suite.masters.models import Company

# Choice of the rule and counting in one statement: whoever numbers documents waits for one answer, not two.
ADVANCE = """
    WITH rule AS (
        SELECT pattern, reset FROM (
            SELECT pattern, reset, CASE WHEN company_id IS NULL THEN 1 ELSE 0 END AS place FROM suite_numberrule
            WHERE kind = %(kind)s AND (company_id = %(company)s::bigint OR company_id IS NULL)
            UNION ALL SELECT %(pattern)s, %(reset)s, 2
        ) known ORDER BY place LIMIT 1
    )
    INSERT INTO suite_numbercounter AS counter (company_id, kind, period, last)
    SELECT %(company)s::bigint, %(kind)s, p.period, %(count)s
    FROM rule JOIN unnest(%(resets)s::text[], %(periods)s::text[]) AS p (reset, period) ON p.reset = rule.reset
    ON CONFLICT (company_id, kind, period) DO UPDATE SET last = counter.last + EXCLUDED.last
    RETURNING last, (SELECT pattern FROM rule)
"""


@dataclass(frozen=True)
class NumberKind:
    """One series of numbers and how it looks until a company says otherwise."""

    kind: str
    pattern: str
    reset: str
    title: Any


_kinds: dict[str, NumberKind] = {}


def register_kind(kind: str, *, pattern: str, reset: str = Reset.NEVER, title: Any = "") -> str:
    """
    Declare a series of numbers, e.g. ``crm.quotation`` for the model of this label; returns ``kind``.

    :raises ValueError: if the pattern could give a number twice.
    """
    if not is_sound(pattern, reset):
        raise ValueError(f"The pattern {pattern} of {kind} could give a number twice")
    _kinds[kind] = NumberKind(kind, pattern, reset, title or kind)
    return kind


def kinds() -> list[NumberKind]:
    """Return every declared series, in order."""
    return sorted(_kinds.values(), key=lambda entry: entry.kind)


def next_number(company: Company | None, kind: str, on: date) -> str:
    """
    Take the next number of a series for a document of the day ``on``.

    :param company: None: a series that all companies share.
    :raises TransactionManagementError: outside a transaction.
    :raises LookupError: if nobody declared the series.
    """
    return next_numbers(company, kind, on, 1)[0]


def next_numbers(company: Company | None, kind: str, on: date, count: int) -> list[str]:
    """
    Take the next ``count`` numbers of a series by one statement; see :func:`next_number`.

    :raises ValueError: unless ``count`` is positive.
    """
    if count < 1:
        raise ValueError("At least one number must be taken")
    if not connection.in_atomic_block:
        raise TransactionManagementError("A number is taken in the transaction that writes the document")
    last, pattern = _advance(company, kind, on, count)
    code = company.code if company else ""
    return [render(pattern, on=on, sequence=number, company=code) for number in range(last - count + 1, last + 1)]


def _advance(company: Company | None, kind: str, on: date, count: int) -> tuple[int, str]:
    """
    Raise the counter; return its new value and the pattern. Its row stays locked until the transaction ends.

    The rule is the company's own, else that of all companies, else the declared one.
    """
    declared = _kinds.get(kind)
    if declared is None:
        raise LookupError(f"No series of numbers is declared for {kind}")
    values = {
        "company": company.pk if company else None,
        "kind": kind,
        "pattern": declared.pattern,
        "reset": declared.reset,
        "count": count,
        "resets": list(Reset.values),
        "periods": [period_of(reset, on) for reset in Reset.values],
    }
    with connection.cursor() as cursor:
        cursor.execute(ADVANCE, values)
        last, pattern = cursor.fetchone()
    return int(last), str(pattern)
