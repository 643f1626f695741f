"""What the adoption path refuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from rollout.gate import Obstacle
from suite.core.errors import DomainError


class GateClosed(DomainError):
    """The conditions for opening the system do not hold."""

    code = "gate-closed"

    def __init__(self, obstacles: Iterable[Obstacle], **details: Any) -> None:
        listed = list(obstacles)
        text = " ".join(str(each.text) for each in listed)
        super().__init__(
            _("This system cannot be opened yet. %(reasons)s") % {"reasons": text},
            obstacles=[{"code": each.code, "text": str(each.text)} for each in listed],
            **details,
        )


class LaterStageLive(DomainError):
    """A later system that is on builds on this one."""

    code = "later-stage-live"
