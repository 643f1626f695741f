"""Compile every template of the suite, so that a syntax error is found before a page is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.utils import get_app_template_dirs


class Command(BaseCommand):
    help = "Compile every template of the suite and name those that fail."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = []
        names = template_names()
        for name in names:
            try:
                engines["django"].get_template(name)
            except (TemplateSyntaxError, TemplateDoesNotExist) as error:
                faults.append(f"{name}: {error}")
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write(f"{len(names)} templates compile")


def template_names() -> list[str]:
    """Return the names of all templates that stand in our own directories."""
    ours = [path for path in get_app_template_dirs("templates") if path.is_relative_to(settings.BASE_DIR)]
    roots = [Path(settings.BASE_DIR, "templates"), *(path for path in ours if ".venv" not in path.parts)]
    return sorted(
        {
            path.relative_to(root).as_posix()
            for root in roots
            for path in root.rglob("*")
            if path.suffix in {".html", ".txt"}
        }
    )
