"""Bring an installation up to the version that is installed: its tables, and what the standard roles may do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.commands.migrate import Command as MigrateCommand
from django.utils import timezone, translation

from hrm.org.default_roles import create_default_roles


class Command(MigrateCommand):
    help = (
        "Migrate the database and create the standard roles. Run again, it adds what the suite has learned since and "
        "leaves alone what an administrator changed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        is_look = options["plan"] or options["check_unapplied"]
        if is_look or options["app_label"] or options["database"] != "default":
            return
        with translation.override(settings.LANGUAGE_CODE):
            roles = create_default_roles(actor=None, at=timezone.now())
        if options["verbosity"] > 0:
            self.stdout.write(f"Standard roles: {', '.join(role.name for role in roles.values())}")
