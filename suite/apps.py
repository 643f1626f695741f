from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SuiteConfig(AppConfig):
    """The kernel: what two or more systems need."""

    name = "suite"
    verbose_name = _("Settings")

    def ready(self) -> None:
        from suite.modules import registry

        registry.load_modules()
