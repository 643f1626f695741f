"""What a company lets its salespeople see of each other's figures."""

from __future__ import annotations

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.masters.models import Company


@pghistory.track(exclude=["version", "updated_at"])
class TargetPolicy(Model):
    """
    How sales targets and rankings are shown in one company; without a row nobody sees more than their own scope.

    The targets themselves are :class:`suite.metrics.models.Target`.
    """

    scope = ScopePaths(company="company")

    company = models.OneToOneField(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    is_ranking_open = models.BooleanField(
        _("ranking open to all"),
        default=False,
        help_text=_("Salespeople see the ranking of all colleagues; the rows behind the figures stay closed."),
    )

    class Meta:
        verbose_name = _("rule for targets")
        verbose_name_plural = _("rules for targets")
        ordering = ("company",)

    def __str__(self) -> str:
        return str(self.company)
