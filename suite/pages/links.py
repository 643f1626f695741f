"""Where related rows lead: to pages that whoever reads may open, and nowhere else."""

from __future__ import annotations

from typing import Any

from django.db import models

from suite.hooks import Gather
from suite.pages.registry import pageset_of


@Gather
def stand_ins(row: models.Model, user: Any) -> models.Model | None:
    """A row that the user may see and whose page tells of one that has no page for the user; None: there is none."""


def link_of(value: Any, user: Any) -> str:
    """Address of the page of a related row, or of one that stands in for it; empty where the user may open neither."""
    if not isinstance(value, models.Model):
        return ""
    if not _is_open(value, user):
        value = next((other for other in stand_ins(value, user) if other is not None), None)
    return value.get_absolute_url() if value is not None else ""


def _is_open(row: models.Model, user: Any) -> bool:
    pageset = pageset_of(type(row))
    return pageset is not None and pageset.is_available(user)
