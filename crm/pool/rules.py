"""Saving recycling rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from crm.children import save_with_children
from crm.pool.models import RecycleRule
from suite.access.models import User


@transaction.atomic
def create_recycle_rule(
    *, actor: User, at: datetime, lines: Sequence[Mapping[str, Any]] = (), **values: Any
) -> RecycleRule:
    """
    Add a rule with the days of its tiers.

    :raises ValidationError: if it does not say when, or a tier is named twice.
    """
    return save_with_children(RecycleRule(), values, relation="tiers", rows=lines)


@transaction.atomic
def update_recycle_rule(
    *, recyclerule: RecycleRule, actor: User, at: datetime, lines: Sequence[Mapping[str, Any]] = (), **values: Any
) -> RecycleRule:
    """Change a rule and the days of its tiers; see :func:`create_recycle_rule`."""
    rule = RecycleRule.objects.lock(recyclerule)
    return save_with_children(rule, values, relation="tiers", rows=lines)


@transaction.atomic
def switch_recycle_rule(*, recyclerule: RecycleRule, actor: User, at: datetime) -> RecycleRule:
    """Switch a rule on or off; the next night follows it."""
    rule = RecycleRule.objects.lock(recyclerule)
    rule.is_active = not rule.is_active
    rule.save(update_fields=["is_active"])
    return rule
