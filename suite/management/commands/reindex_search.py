"""Compute the search text of every row anew: after a change of what search looks into."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from suite.search.models import searchable_models
from suite.search.services import reindex_rows


class Command(BaseCommand):
    help = "Compute the search text of every row anew, or of the rows of the named models (crm.Customer)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("models", nargs="*", metavar="MODEL")

    def handle(self, *args: Any, **options: Any) -> None:
        known = {model._meta.label: model for model in searchable_models()}
        unknown = sorted(set(options["models"]) - known.keys())
        if unknown:
            raise CommandError(f"No searchable model {', '.join(unknown)}. There are: {', '.join(sorted(known))}")
        for label in options["models"] or sorted(known):
            changed = reindex_rows(queryset=known[label]._base_manager.all())
            self.stdout.write(f"{label}: {changed} rows changed")
