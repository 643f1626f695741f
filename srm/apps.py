from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SrmConfig(AppConfig):
    name = "srm"
    verbose_name = _("Supply")
