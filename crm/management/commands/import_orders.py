"""Import customers, items and orders of another system."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from crm.exchange.books import BookImport, OrderBook, import_book
from crm.exchange.presets import ORDER_BOOKS
from crm.management.commands._actor import acting_user, add_user_argument
from suite.core.errors import DomainError


class Command(BaseCommand):
    help = "Import customers, items and orders: orders become won opportunities with contracts and receipts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("preset", choices=sorted(ORDER_BOOKS))
        parser.add_argument("folder", type=Path)
        add_user_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        actor = acting_user(options["user"])
        try:
            book = ORDER_BOOKS[options["preset"]](options["folder"])
            with tqdm(total=len(book.orders), file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
                result = import_book(
                    book=book,
                    actor=actor,
                    at=timezone.now(),
                    progress=lambda done, total: bar.update(done - bar.n),
                )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self._tell(book, result)

    def _tell(self, book: OrderBook, result: BookImport) -> None:
        for table in result.tables:
            counts = table.outcome
            self.stdout.write(
                f"{table.title}: {counts.created} created, {counts.updated} updated, {counts.unchanged} unchanged"
            )
            for line, messages in sorted(table.refused.items()):
                self.stdout.write(f"  {line}: {'; '.join(messages)}")
        for note in book.notes:
            self.stdout.write(note)
        orders = result.orders
        self.stdout.write(
            f"orders: {orders.created} created ({orders.paid} paid, {orders.returned} returned), "
            f"{orders.known} known before; {orders.gross} {book.currency}"
        )
