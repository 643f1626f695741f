"""
A submit is carried out once.

The key is inserted in the transaction of the work: a second submit waits for the first, then gets its answer; when
the first fails, its key goes with it and the second may try.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from suite.access.models import IdempotencyRecord, User
from suite.core.errors import DomainError


class KeyReused(DomainError):
    """The key was used for another request."""

    code = "idempotency-key-reused"
    status = 422


@dataclass(frozen=True)
class Answer:
    """What a request was answered: HTTP status and body (JSON text, or the address to go to)."""

    status: int
    body: str
    is_repeated: bool = False


def hash_of(*parts: str | bytes) -> str:
    """Fingerprint of a request."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()


def run_once(*, user: User, key: str, request_hash: str, work: Callable[[], Answer]) -> Answer:
    """
    Do the work unless this key did it already; without a key just do it.

    :raises KeyReused: when the key belongs to a different request.
    """
    with transaction.atomic():
        if not key:
            return work()
        record = IdempotencyRecord(user=user, key=key[:120], request_hash=request_hash)
        IdempotencyRecord.objects.bulk_create([record], ignore_conflicts=True)
        kept = IdempotencyRecord.objects.select_for_update().get(user=user, key=key[:120])
        if kept.request_hash != request_hash:
            raise KeyReused(_("This key was used for another request."))
        if kept.status:
            return Answer(kept.status, kept.body, is_repeated=True)
        answer = work()
        IdempotencyRecord.objects.filter(pk=kept.pk).update(status=answer.status, body=answer.body)
        return answer
