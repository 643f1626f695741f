"""What is made ready when human resources are turned on, slice by slice; each can be done again."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suite.access.models import User


def prepare_personnel(*, actor: User | None, at: datetime) -> dict[str, int]:
    """
    Carry over what was there before, and bring what the law and usage give: calendar, statutes, standard tasks.

    :returns: how many rows were added, by table.
    """
    from hrm.calendar.services import seed_known_years
    from hrm.leave.standard import create_standard_types
    from hrm.payroll.backfill import prepare_payroll
    from hrm.people.backfill import carry_over

    added = Counter({"hrm.holidayday": seed_known_years(actor=actor, at=at)})
    added["hrm.leavetype"] += create_standard_types()
    for prepare in (carry_over, prepare_payroll):
        added.update(prepare(actor=actor, at=at))
    return {table: number for table, number in added.items() if number}
