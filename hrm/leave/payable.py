"""Which hours of a balance are to be paid because nobody could use them: pure, for one account of one person."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Hashable, Sequence
from decimal import Decimal

from hrm.leave.ledger import Entry, expiries_due, remaining

ZERO = Decimal(0)
ONE_DAY = datetime.timedelta(days=1)


def expired_hours(entries: Sequence[Entry], expiry: str, first: datetime.date, last: datetime.date) -> Decimal:
    """
    Return the hours of grants whose last day lies in a period that were never used, written off already or not.

    :param expiry: the source of entries that write off.
    """
    ending = {
        entry.key
        for entry in entries
        if entry.hours > 0 and entry.of is None and entry.expires_on is not None and first <= entry.expires_on <= last
    }
    written = sum((-entry.hours for entry in entries if entry.of in ending and entry.source == expiry), ZERO)
    due = sum((part.hours for part in expiries_due(entries, last + ONE_DAY) if part.grant in ending), ZERO)
    return written + due


def left_hours(entries: Sequence[Entry], on: datetime.date, besides: Collection[Hashable] = ()) -> Decimal:
    """Return the hours that may still be used on the last day of work, but those of some grants."""
    return sum((part.hours for part in remaining(entries, on) if part.grant not in besides), ZERO)


def due_of_grant(entries: Sequence[Entry], grant: Entry, due: Decimal, on: datetime.date) -> Decimal:
    """
    Return the hours of this year's grant that somebody who leaves is paid: what is due until then less what was used.

    企业职工带薪年休假实施办法 12: what was used beyond it is not claimed back. A grant that was taken back is not due.

    :param due: hours due by the last day of work.
    """
    if any(entry.of == grant.key and entry.hours < 0 for entry in entries):
        return ZERO
    left = sum((part.hours for part in remaining(entries, on) if part.grant == grant.key), ZERO)
    return max(ZERO, min(left, due - (grant.hours - left)))
