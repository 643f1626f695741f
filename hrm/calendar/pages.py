"""Pages of the holiday calendar's days."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from hrm.calendar import services
from hrm.calendar.models import HolidayDay
from suite.pages.columns import Column
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes
from suite.pages.registry import register


@register
class HolidayDayPages(PageSet):
    """Days of the calendar."""

    model = HolidayDay
    icon = "calendar"
    description = _("Every day of the year: worked, rested, or a statutory holiday. Import a year, or change a day.")
    columns = (Column("date", phone="p-start"), "kind", Column("is_statutory", phone="p-end"), "name")
    filters = ("kind", "is_statutory", "date", "name")
    ordering = "-date"
    views = (View(_("Statutory holidays"), "is_statutory=true"),)
    panels = (Attributes("date", "kind", "is_statutory", "name"),)
    fields = ("kind", "is_statutory", "name")
    update_service = services.update_day
    operations = frozenset({"change"})
    import_fields = ("date", "kind", "is_statutory", "name")
    import_key = "date"
