"""The import of the pages, from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from suite.access.models import User
from suite.core.errors import DomainError
from suite.core.triggers import authored
from suite.modules import state
from suite.pages.exchange.apply import RowErrors, apply_import, check_import
from suite.pages.exchange.fields import CONSTANT, import_fields, match_columns
from suite.pages.exchange.plan import ImportPlan, plan_import
from suite.pages.exchange.reading import Sheet, read_sheet
from suite.pages.pageset import PageSet
from suite.pages.registry import pageset_of

ERRORS_SHOWN = 50


class Command(BaseCommand):
    help = "Import a file into an object type, as its import page does: all rows or none, in the name of a user."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("label", help="object type, e.g. suite.Item")
        parser.add_argument("file", type=Path, help=".xlsx, .xls, .ods or .csv")
        parser.add_argument("--user", required=True, help="user name of whoever imports")
        parser.add_argument("--columns", default="", help="Heading=field,… where headings are not recognised")
        parser.add_argument("--set", action="append", default=[], metavar="field=value", help="the same in all rows")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--leave-out-bad", action="store_true", help="import the good rows although others are bad")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['user']}")
        pageset = self._pageset(options["label"], user)
        at = timezone.now()
        try:
            with options["file"].open("rb") as file:
                sheet = read_sheet(file, options["file"].name)
            mapping = self._mapping(pageset, sheet, user, options["columns"], options["set"])
            with authored(user=user.pk, at=at):
                if options["dry_run"]:
                    self._report(check_import(plan_import(pageset, sheet, user=user, mapping=mapping), at=at))
                    return
                plan = plan_import(pageset, sheet, user=user, mapping=mapping)
                outcome = apply_import(plan, at=at, leave_out_bad=options["leave_out_bad"])
        except OSError as error:
            raise CommandError(str(error)) from error
        except RowErrors as error:
            raise CommandError(_errors(plan)) from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{outcome.created} created, {outcome.updated} changed, {outcome.unchanged} unchanged, "
            f"{outcome.left_out} left out"
        )
        if plan.bad_rows:
            self.stderr.write(_errors(plan))

    def _pageset(self, label: str, user: User) -> PageSet:
        pageset = pageset_of(label)
        if pageset is None or not pageset.is_importable or not state.is_enabled(pageset.module):
            raise CommandError(f"{label} cannot be imported")
        if not pageset.may(user, "import"):
            raise CommandError(f"{user.username} may not import {label}")
        return pageset

    def _mapping(
        self, pageset: PageSet, sheet: Sheet, user: User, columns: str, constants: list[str]
    ) -> dict[str, str] | None:
        """What headings were recognised, changed by what the options say."""
        if not columns and not constants:
            return None
        matching = match_columns(sheet, import_fields(pageset, user))
        mapping = {str(index): each.name for index, each in matching.columns.items()}
        for pair in filter(None, columns.split(",")):
            heading, _equals, name = pair.partition("=")
            if heading not in matching.headings:
                raise CommandError(f"The file has no column {heading}")
            mapping = {index: each for index, each in mapping.items() if each != name}
            mapping[str(matching.headings.index(heading))] = name
        for pair in constants:
            name, _equals, value = pair.partition("=")
            mapping[f"{CONSTANT}{name}"] = value
        return mapping

    def _report(self, plan: ImportPlan) -> None:
        if plan.message:
            raise CommandError(plan.message)
        counts = plan.counts()
        self.stdout.write(
            f"{counts['create']} new, {counts['update']} changed, {counts['unchanged']} unchanged, "
            f"{counts['error']} wrong"
        )
        if plan.bad_rows:
            self.stdout.write(_errors(plan))


def _errors(plan: ImportPlan) -> str:
    texts = [
        f"Row {row.number}, {label}: {message}" if label else f"Row {row.number}: {message}"
        for row in plan.bad_rows
        for label, message in row.errors
    ]
    more = len(texts) - ERRORS_SHOWN
    return "\n".join(texts[:ERRORS_SHOWN] + ([f"… and {more} more"] if more > 0 else []))
