"""Reminders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from suite.access.models import User
from suite.access.restrict import restrict
from suite.activity.choices import NotificationKind
from suite.activity.models import Reminder
from suite.activity.services.notifications import Draft, notify_each
from suite.activity.targets import can_see, is_open, key_of
from suite.core.errors import InvalidInput, NotAllowed, WrongState

BATCH = 500


@transaction.atomic
def set_reminder(*, obj: models.Model, due_at: datetime, note: str, actor: User, at: datetime) -> Reminder:
    """
    Remind the actor of an object at a time; a second open reminder for the same time replaces the note.

    :raises NotAllowed: when the actor may not see the object.
    :raises InvalidInput: when the time has passed.
    """
    if not can_see(obj, user=actor):
        raise NotAllowed(_("You cannot see this, so you cannot be reminded of it."))
    if due_at <= at:
        raise InvalidInput(_("Choose a time that is still to come."), field="due_at")
    reminder, _created = Reminder.objects.update_or_create(
        **key_of(obj), owner=actor, due_at=due_at, done_at=None, defaults={"note": note.strip()[:200]}
    )
    return reminder


@transaction.atomic
def complete_reminder(*, reminder: Reminder, actor: User, at: datetime) -> Reminder:
    """
    Close a reminder.

    :raises NotAllowed: when it is somebody else's.
    :raises WrongState: when it is closed.
    """
    locked: Reminder = Reminder.objects.lock(reminder)
    if locked.owner_id != actor.pk:
        raise NotAllowed(_("This is the reminder of somebody else."))
    if locked.done_at is not None:
        raise WrongState(_("This reminder is done already."))
    locked.done_at = at
    locked.save(update_fields=["done_at"])
    return locked


def notify_due_reminders(*, at: datetime) -> int:
    """
    Notify the owners of reminders whose time has come, each exactly once; return how many reminders.

    Reminders of objects whose system is off wait until it is on; those of objects that the owner may not see any
    more are passed over in silence.
    """
    total = 0
    while True:
        with transaction.atomic():
            found = _take_due(at)
            _notify(found, at=at)
        total += len(found)
        if len(found) < BATCH:
            return total


def _take_due(at: datetime) -> list[Reminder]:
    """Lock what is due and mark it; a second worker skips the locked rows and finds them marked afterwards."""
    due = Reminder.objects.filter(due_at__lte=at, notified_at__isnull=True, done_at__isnull=True)
    # An empty ordering keeps DISTINCT from looking at more than the column.
    types = ContentType.objects.in_bulk(set(due.order_by().values_list("content_type", flat=True).distinct()))
    reachable = [pk for pk, kind in types.items() if (model := kind.model_class()) is not None and is_open(model)]
    found = list(
        due.filter(content_type__in=reachable)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("owner", "content_type")
        .order_by("due_at", "pk")[:BATCH]
    )
    Reminder.objects.filter(pk__in=[reminder.pk for reminder in found]).update(notified_at=at)
    return found


def _notify(reminders: Iterable[Reminder], *, at: datetime) -> None:
    groups: dict[tuple[int, int], list[Reminder]] = defaultdict(list)
    for reminder in reminders:
        groups[reminder.owner_id, reminder.content_type_id].append(reminder)
    drafts = []
    for same in groups.values():
        owner, model = same[0].owner, same[0].content_type.model_class()
        if model is None:
            continue
        rows = restrict(model._default_manager.all(), user=owner).in_bulk([each.object_id for each in same])
        drafts += [
            Draft(
                recipient=owner,
                kind=NotificationKind.REMINDER,
                title=gettext_noop("Reminder: %(object)s"),
                params={"object": rows[each.object_id]},
                body=each.note,
                obj=rows[each.object_id],
            )
            for each in same
            if each.object_id in rows
        ]
    notify_each(drafts=drafts, at=at)
