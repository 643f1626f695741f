"""Service levels 服务水平: which policy a ticket is under, and when it is due by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from crm.service.clock import Times, WorkingDays, times_of
from crm.service.models import SlaPolicy, Ticket
from hrm.calendar.engine import UnknownYear

Pause = tuple[datetime, datetime]


def policy_for(policies: Iterable[SlaPolicy], *, kind: str, priority: str, tier: str) -> SlaPolicy | None:
    """Return the policy that fits best: with the most conditions, then by priority, tier, kind; None without any."""
    fitting = [
        each
        for each in policies
        if each.kind in {"", kind} and each.priority in {"", priority} and each.tier in {"", tier}
    ]
    return max(fitting, key=_rank, default=None)


def _rank(policy: SlaPolicy) -> tuple[int, bool, bool, bool]:
    named = bool(policy.priority), bool(policy.tier), bool(policy.kind)
    return sum(named), *named


def set_times(
    ticket: Ticket,
    *,
    pauses: Sequence[Pause],
    at: datetime,
    days: WorkingDays | None = None,
    policies: Sequence[SlaPolicy] | None = None,
) -> None:
    """
    Choose the policy of a ticket and compute its due times, in memory.

    What was noticed about the ticket before is forgotten where the new times are still to come. A calendar without the
    days leaves the times empty and ``unknown_year`` set, which is shown; times are never guessed.
    """
    known = policies if policies is not None else list(SlaPolicy.objects.filter(is_active=True))
    policy = policy_for(known, kind=ticket.kind, priority=ticket.priority, tier=ticket.customer.tier)
    ticket.policy, ticket.unknown_year = policy, None
    times: Times | None = None
    if policy is not None:
        try:
            times = times_of(
                started_at=ticket.created_at,
                response_hours=policy.response_hours,
                resolution_hours=policy.resolution_hours,
                warn_hours=policy.warn_hours,
                pauses=pauses,
                kind_of=days or WorkingDays(),
            )
        except UnknownYear as unknown:
            ticket.unknown_year = unknown.year
    for leg in ("response", "resolution"):
        for name in ("due", "warn"):
            setattr(ticket, f"{leg}_{name}_at", getattr(times, f"{leg}_{name}_at") if times else None)
        for what, moment in (("breached", f"{leg}_due_at"), ("warned", f"{leg}_warn_at")):
            reached = getattr(ticket, moment)
            if reached is None or reached > at:
                setattr(ticket, f"{leg}_{what}_at", None)
