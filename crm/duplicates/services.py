"""Entering nothing twice: checking, confirming, and deciding about what was found by night."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from crm.duplicates.choices import MatchEffect, PairStatus, RecordKind
from crm.duplicates.errors import DuplicateBlocked, DuplicateSuspected
from crm.duplicates.models import DuplicateDecision, DuplicatePair
from crm.duplicates.rules import Entered, Keys, keys_of, without
from crm.duplicates.selectors import Candidate, Shown, find_candidates, show
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.core.text import listed

OVERRIDE = "crm.override_duplicaterule"
REASON = "duplicate_reason"
# Whoever enters something waits for whoever enters the same; a few hundred locks, however many rows an import has.
_LOCKS, _BUCKETS = 7_301, 256
_NAMED = 3


def guard_entry(
    *, entered: Entered, actor: User | None, at: datetime, reason: str | None, before: Entered | None = None
) -> list[Candidate]:
    """
    Refuse what is there already; of two people who enter the same at once, one waits and is then refused.

    Call it before anything else is locked or numbered, and :func:`record_decision` with the answer after saving.

    :param reason: why it is made nevertheless; empty: a person is there to be asked; None: nobody is, so that only
        what blocks is refused.
    :param before: the values before a change: only what is new is compared.
    :returns: what it looks like and was made nevertheless.
    :raises DuplicateBlocked: when a blocking field is there already and the actor may not override it, or gave no
        reason.
    :raises DuplicateSuspected: when it resembles something and a person gave no reason.
    """
    keys = keys_of(entered) if before is None else without(keys_of(entered), keys_of(before))
    if not keys:
        return []
    lock_keys([keys])
    found = find_candidates(entered, keys=keys)
    if not found:
        return []
    if any(each.effect == MatchEffect.BLOCK for each in found):
        may_override = actor is not None and actor.has_perm(OVERRIDE)
        if not (may_override and reason):
            raise _refusal(DuplicateBlocked, found, actor, may_confirm=may_override)
    elif reason == "":
        raise _refusal(DuplicateSuspected, found, actor, may_confirm=True)
    return found


def lock_keys(many: Iterable[Keys]) -> None:
    """Let nobody else enter the same until the end of the transaction; locks are taken in one order."""
    buckets = {
        zlib.crc32(f"{field}:{value}".encode()) % _BUCKETS
        for keys in many
        for field, values in keys.items()
        for value in values
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, bucket) FROM unnest(%s::int[]) AS bucket", [_LOCKS, sorted(buckets)]
        )


def _refusal(kind: Any, found: list[Candidate], actor: User | None, *, may_confirm: bool) -> Exception:
    shown = show(found, user=actor)
    names = listed(_in_words(each) for each in shown[:_NAMED])
    if kind is DuplicateSuspected:
        text = _("This looks like %(who)s. Open that entry instead, or say why this one is created nevertheless.")
    elif may_confirm:
        text = _("This is there already: %(who)s. Say why it is created nevertheless.")
    else:
        text = _("This is there already: %(who)s. Open that entry, or ask its owner to share it with you.")
    refusal: Exception = kind(
        text % {"who": names},
        field=REASON if may_confirm else None,
        candidates=[each.as_json() for each in shown],
        confirm_with=REASON if may_confirm else None,
    )
    return refusal


def _in_words(shown: Shown) -> str:
    return _("%(who)s (same: %(matches)s)") % {"who": shown.who, "matches": shown.matches}


def record_decision(
    *, kind: RecordKind, row: Any, found: list[Candidate], actor: User | None, at: datetime, reason: str | None
) -> None:
    """Remember that somebody made a row although it looks like others, and why."""
    if not found or not reason or actor is None:
        return
    DuplicateDecision.objects.create(
        kind=kind,
        object_id=row.pk,
        label=str(row)[:200],
        effect=found[0].effect,
        candidates=[
            {"kind": each.kind, "pk": each.pk, "name": each.name, "matches": sorted(each.matches)} for each in found
        ],
        reason=reason[:300],
        actor=actor,
        at=at,
        created_at=at,
    )


@transaction.atomic
def dismiss_pair(*, pair: DuplicatePair, reason: str, actor: User, at: datetime) -> DuplicatePair:
    """
    Say that two entries are not the same; the nightly search does not offer them again.

    :raises InvalidInput: without a reason.
    :raises WrongState: when somebody decided already.
    """
    if not reason.strip():
        raise InvalidInput(_("Say why they are not the same."), field="reason")
    pair = DuplicatePair.objects.lock(pair)
    if pair.status != PairStatus.OPEN:
        raise WrongState(_("Somebody decided about these two already."))
    pair.status, pair.reason, pair.decided_by, pair.decided_at = PairStatus.DISMISSED, reason[:300], actor, at
    pair.save()
    return pair
