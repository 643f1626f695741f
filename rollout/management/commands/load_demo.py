"""Load the demo company into an empty installation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from tqdm import tqdm

from rollout.demo.company import CUSTOMERS, LEADS, Demo
from suite.masters.models import Company


class Command(BaseCommand):
    help = "Load the demo company; refuses when there is a company already."

    def handle(self, *args: Any, **options: Any) -> None:
        if Company.objects.exists():
            raise CommandError("There is a company already.")
        with translation.override("zh-hans"), tqdm(total=2 * CUSTOMERS + LEADS, desc="demo company") as bar:
            accounts = Demo(bar.update).build()
        lines = [f"{login:<14}{password:<18}{who}" for login, password, who in accounts]
        target = settings.VAR_DIR / "sign-ins.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(lines) + "\n")
        target.chmod(0o600)
