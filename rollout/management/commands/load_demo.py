"""Load the demo company into an empty installation."""

from __future__ import annotations

import secrets
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from tqdm import tqdm

from rollout.demo.company import DAYS, SignIn, make_demo
from suite.core.errors import DomainError


class Command(BaseCommand):
    help = "Load the demo company with a year of its life; refuses when there is a company already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--password", help="Of all its accounts; default: one made up now.")

    def handle(self, *args: Any, **options: Any) -> None:
        password = options["password"] or f"lantuo-{secrets.token_hex(3)}"
        is_shown = options["verbosity"] > 0
        with (
            translation.override("zh-hans"),
            tqdm(
                total=DAYS, desc="Demo company", unit="day", file=sys.stderr, mininterval=1, disable=not is_shown
            ) as bar,
        ):
            try:
                accounts = make_demo(at=timezone.now(), password=password, progress=bar.update)
            except DomainError as error:
                raise CommandError(str(error)) from error
        text = write_sign_ins(accounts, settings.VAR_DIR / "sign-ins.txt")
        if is_shown:
            self.stdout.write(text)


def write_sign_ins(accounts: list[SignIn], target: Path) -> str:
    """Write one line for each account, readable by this user only, and return the text."""
    text = "\n".join(f"{each.username:<14}{each.password:<16}{each.who}" for each in accounts)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600)
    target.write_text(f"{text}\n", encoding="utf-8")
    return text
