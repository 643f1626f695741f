from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class SuiteConfig(AppConfig):
    """The kernel: what two or more systems need."""

    name = "suite"
    verbose_name = _("Settings")

    def ready(self) -> None:
        from suite.access.permissions import check_actions, create_permissions
        from suite.core.extensions import create_extensions
        from suite.modules import registry

        registry.load_modules()
        checks.register(check_actions)
        pre_migrate.connect(create_extensions, sender=self)
        post_migrate.connect(create_permissions)
