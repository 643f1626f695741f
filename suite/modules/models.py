"""Which modules are on, and who turned them on or off."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ModuleState(models.Model):
    """One module of this installation; a module without a row is off."""

    code = models.CharField(_("module"), max_length=60, unique=True)
    is_enabled = models.BooleanField(_("on"), default=False)
    since = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("module state")
        verbose_name_plural = _("module states")

    def __str__(self) -> str:
        return self.code


class ModuleChange(models.Model):
    """One time that a module was turned on or off; never edited."""

    code = models.CharField(_("module"), max_length=60)
    is_enabled = models.BooleanField(_("on"))
    reason = models.TextField(_("reason"), blank=True)
    result = models.JSONField(_("carried over"), default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("module change")
        verbose_name_plural = _("module changes")
        ordering = ("-at", "-pk")
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.code} {self.at:%Y-%m-%d}"
