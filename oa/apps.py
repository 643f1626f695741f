from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OaConfig(AppConfig):
    name = "oa"
    verbose_name = _("Office collaboration")
