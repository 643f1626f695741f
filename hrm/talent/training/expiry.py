"""Telling people in time that a skill of theirs ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from hrm.org.selectors import staff_in_roles
from hrm.talent.training.models import SkillHolding
from hrm.talent.training.selectors import expiring
from suite.access.models import User
from suite.access.restrict import restrict
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import Draft, notify_each

# Days before the end at which people are told, the closest one first.
WARN_DAYS = (30, 90)


@transaction.atomic
def warn_of_expiry(*, at: datetime) -> int:
    """
    Tell people, their managers and HR once 90 and once 30 days before a skill ends; a missed night is made up for.

    :returns: of how many held skills people were told.
    """
    today = timezone.localdate(at)
    due: list[SkillHolding] = []
    for days in WARN_DAYS:
        open_ones = expiring(today, days).filter(Q(warned_days__isnull=True) | Q(warned_days__gt=days))
        rows = list(
            open_ones.select_for_update(of=("self",), skip_locked=True)
            .select_related("skill", "employee__user", "employee__manager__user")
            .order_by("pk")
        )
        SkillHolding.objects.filter(pk__in=[each.pk for each in rows]).update(warned_days=days)
        due += rows
    notify_each(drafts=_drafts(due), at=at)
    return len(due)


def _drafts(due: list[SkillHolding]) -> Iterable[Draft]:
    officers = list(staff_in_roles("hr"))
    for recipient, rows in _by_reader(due, officers).values():
        for each in rows:
            yield Draft(
                recipient=recipient,
                kind=NotificationKind.ALERT,
                title=gettext_noop("%(skill)s of %(person)s ends on %(day)s"),
                params={"skill": each.skill.name, "person": each.employee.name, "day": str(each.valid_to)},
                obj=each,
            )


def _by_reader(due: list[SkillHolding], officers: list[User]) -> dict[int, tuple[User, list[SkillHolding]]]:
    """Return who is told of what: only what they may see, which takes one query for each reader."""
    wanted: dict[int, list[SkillHolding]] = defaultdict(list)
    users: dict[int, User] = {}
    for each in due:
        manager = each.employee.manager
        readers = {user.pk: user for user in (each.employee.user, manager.user if manager else None, *officers) if user}
        for pk, user in readers.items():
            users[pk] = user
            wanted[pk].append(each)
    found = {}
    for pk, rows in wanted.items():
        seen = set(
            restrict(SkillHolding.objects.filter(pk__in=[each.pk for each in rows]), user=users[pk]).values_list(
                "pk", flat=True
            )
        )
        found[pk] = users[pk], [each for each in rows if each.pk in seen]
    return found
