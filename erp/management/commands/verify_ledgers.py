"""Prove the ledgers."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from erp.inventory.proof import faults, rebuild


class Command(BaseCommand):
    help = "Prove that what is on hand, reserved and valued equals the sums of what was posted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="Compute the caches anew first.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            rebuild()
        found = faults()
        for fault in found:
            self.stdout.write(f"{fault.what} {fault.key}: kept {fault.kept}, summed {fault.summed}")
        if found:
            raise CommandError(f"The ledgers do not prove: {len(found)} differences.")
        self.stdout.write("The ledgers prove.")
