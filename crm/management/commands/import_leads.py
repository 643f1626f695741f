"""Import leads of another system."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.exchange.presets import LEADS
from crm.exchange.tables import import_table
from crm.management.commands._actor import acting_user, add_user_argument
from suite.core.errors import DomainError


class Command(BaseCommand):
    help = "Import leads; duplicates and faulty rows are named and left out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("preset", choices=sorted(LEADS))
        parser.add_argument("folder", type=Path)
        add_user_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        actor = acting_user(options["user"])
        try:
            result = import_table(LEADS[options["preset"]](options["folder"]), actor=actor, at=timezone.now())
        except DomainError as error:
            raise CommandError(str(error)) from error
        for line, messages in sorted(result.refused.items()):
            self.stdout.write(f"{line}: {'; '.join(messages)}")
        counts = result.outcome
        self.stdout.write(
            f"{result.title}: {counts.created} created, {counts.updated} updated, {counts.unchanged} unchanged, "
            f"{counts.left_out} left out"
        )
