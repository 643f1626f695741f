"""Writing the security audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from suite.access.models import AuditEntry, User


def record(
    kind: str,
    *,
    actor: User | None,
    at: datetime,
    subject: str = "",
    request: HttpRequest | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add one entry to the security audit."""
    meta = request.META if request is not None else {}
    return AuditEntry.objects.create(
        kind=kind,
        at=at,
        actor=actor,
        subject=subject[:200],
        ip_address=meta.get("REMOTE_ADDR") or None,
        user_agent=meta.get("HTTP_USER_AGENT", "")[:300],
        details=details or {},
    )
