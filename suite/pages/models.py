"""What a person chose about their lists."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A named set of filters of one list, of one person or shared with all."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    object_type = models.CharField(_("object type"), max_length=100)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filters"), max_length=2000, blank=True)
    is_shared = models.BooleanField(_("shared with everyone"), default=False)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ("position", "pk")
        constraints = (models.UniqueConstraint(fields=("user", "object_type", "name"), name="savedview_name"),)

    def __str__(self) -> str:
        return self.name


class ListPreference(models.Model):
    """The columns and page size one person chose for one list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="list_preferences")
    object_type = models.CharField(_("object type"), max_length=100)
    columns = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    page_size = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("list preference")
        verbose_name_plural = _("list preferences")
        constraints = (models.UniqueConstraint(fields=("user", "object_type"), name="listpreference_once"),)

    def __str__(self) -> str:
        return self.object_type
