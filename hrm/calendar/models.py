"""The holiday calendar and the months that are closed for changes."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hrm.calendar.choices import DayType
from hrm.calendar.engine import CalendarRow, DayKind
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.masters.models import Company


@pghistory.track(exclude=["version", "updated_at"])
class HolidayDay(Model):
    """
    One day of the calendar 日历: worked or rested, whatever its weekday.

    A statutory holiday 法定休假日 stands on its original date and is a day of rest; work on it pays 300 %. A day
    without a row is unknown: nothing is computed for it.
    """

    date = models.DateField(_("date"), unique=True)
    kind = models.CharField(_("kind of day"), max_length=8, choices=DayType)
    is_statutory = models.BooleanField(
        _("statutory holiday"), default=False, help_text=_("Work on this day pays 300 % and is never compensated.")
    )
    name = models.CharField(_("holiday"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("holiday calendar")
        ordering = ("date",)
        constraints = (
            models.CheckConstraint(
                condition=Q(is_statutory=False) | Q(kind=DayType.REST),
                name="holidayday_statutory_rests",
                violation_error_message=_("A statutory holiday is a day of rest."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name or self.get_kind_display()}"

    @property
    def row(self) -> CalendarRow:
        """The day as the calendar's engine takes it."""
        return CalendarRow(self.date, DayKind(self.kind), statutory=self.is_statutory, name=self.name)


class ClosedMonth(Model):
    """A month of a company whose working time is paid: nothing that belongs to it changes any more."""

    scope = ScopePaths(company="company")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    month = models.DateField(_("month"), help_text=_("Its first day."))
    reference = models.CharField(_("closed by"), max_length=80, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by person")
    )
    closed_at = models.DateTimeField(_("closed at"))

    class Meta:
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        ordering = ("-month", "company")
        constraints = (
            models.UniqueConstraint(F("company"), F("month"), name="closedmonth_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="closedmonth_first_day"),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
