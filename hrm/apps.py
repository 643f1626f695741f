from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HrmConfig(AppConfig):
    """Human resources; its slice ``hrm.org`` is the organisation every system works with."""

    name = "hrm"
    verbose_name = _("Human resources")
