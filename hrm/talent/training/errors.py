"""What training refuses."""

from __future__ import annotations

from suite.core.errors import DomainError


class NoPlaceLeft(DomainError):
    """All places of a session are taken."""

    code = "no-place-left"
