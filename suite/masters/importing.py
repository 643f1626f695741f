"""Parties out of files: a fixed number of statements for each batch, however many rows it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from suite.access.models import User
from suite.core.bulk import copy_rows
from suite.documents.numbering import next_numbers
from suite.masters.models import Party
from suite.masters.services import PARTY_NUMBERS
from suite.search.models import dependants
from suite.search.services import reindex_rows

BATCH = 1000


@transaction.atomic
def import_parties(
    *,
    rows: Sequence[Mapping[str, Any]],
    actor: User,
    at: datetime,
    progress: Callable[..., Any] | None = None,
) -> dict[str, int]:
    """
    Create parties, those without a code by the next numbers, and change those that exist.

    :param rows: cleaned columns of :class:`Party`, with ``_existing`` (the party, or None) and ``_row``.
    :param progress: called with the number of rows done and of all.
    """
    new = [row for row in rows if row["_existing"] is None]
    changed = [row for row in rows if row["_existing"] is not None]
    parties = [Party(created_at=at, updated_at=at, **_columns(row)) for row in new]
    _number([party for party in parties if not party.code], at)
    for start in range(0, len(parties), BATCH):
        copy_rows(parties[start : start + BATCH])
        if progress is not None:
            progress(min(start + BATCH, len(parties)), len(rows))
    for start in range(0, len(changed), BATCH):
        _change(changed[start : start + BATCH], at)
        if progress is not None:
            progress(len(new) + min(start + BATCH, len(changed)), len(rows))
    _reindex([row["_existing"].pk for row in changed])
    return {"created": len(new), "updated": len(changed)}


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _number(parties: Sequence[Party], at: datetime) -> None:
    if parties:
        numbers = next_numbers(None, PARTY_NUMBERS, timezone.localdate(at), len(parties))
        for party, number in zip(parties, numbers, strict=True):
            party.code = number


def _change(rows: Iterable[Mapping[str, Any]], at: datetime) -> None:
    names: set[str] = {"version", "updated_at"}
    parties = []
    for row in rows:
        party: Party = row["_existing"]
        for name, value in _columns(row).items():
            setattr(party, name, value)
            names.add(name)
        party.version, party.updated_at = party.version + 1, at
        parties.append(party)
    Party.objects.bulk_update(parties, sorted(names))


def _reindex(pks: Sequence[int]) -> None:
    """Bring the search texts of the rows up to date that show columns of these parties."""
    if pks:
        for model, path in dependants(Party):
            reindex_rows(queryset=model._default_manager.filter(**{f"{path}__in": pks}))
