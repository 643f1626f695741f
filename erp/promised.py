"""Days that are promised, to customers and by suppliers: what they were before, and why they changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from suite.access.models import User
from suite.core.bulk import set_columns
from suite.core.models import Model


class PromiseChangeBase(Model):
    """One change of the promised day of a ``line``; never edited."""

    from_date = models.DateField(_("promised before"), null=True)
    to_date = models.DateField(_("promised on"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        abstract = True
        verbose_name = _("change of a promised date")
        verbose_name_plural = _("changes of promised dates")
        ordering = ("-at", "-pk")
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.from_date or '–'} → {self.to_date or '–'}"


def promise(
    kept_in: type[PromiseChangeBase],
    days: Iterable[tuple[Any, date | None]],
    *,
    reason: str,
    actor: User,
    at: datetime,
) -> list[Any]:
    """
    Write down the days promised for lines, and what they were before; return the lines whose day is another one.

    :param kept_in: the model that keeps the changes of such lines.
    :param days: locked lines, and the day for each.
    """
    changed = [(line, day) for line, day in days if line.promised_on != day]
    change: Any = kept_in
    rows = [
        change(line=line, from_date=line.promised_on, to_date=day, reason=reason, actor=actor, at=at, created_at=at)
        for line, day in changed
    ]
    kept_in._default_manager.bulk_create(rows)
    for line, day in changed:
        line.promised_on = day
    lines = [line for line, _day in changed]
    set_columns(lines, ["promised_on"])
    return lines
