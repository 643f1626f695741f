"""Opportunities out of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from crm.pipeline.services import create_opportunity, update_opportunity
from suite.access.models import User
from suite.core.errors import DomainError, messages_of
from suite.pages.exchange.errors import RowErrors

PROGRESS_EVERY = 100


@transaction.atomic
def import_opportunities(
    *, rows: Sequence[Mapping[str, Any]], actor: User, at: datetime, progress: Callable[..., Any] | None = None
) -> dict[str, Any]:
    """
    Record or change opportunities as on their page: what stages ask for is asked of rows as well.

    :raises RowErrors: naming the rows that are refused; nothing is written.
    """
    refused: dict[int, list[str]] = {}
    created = 0
    for number, row in enumerate(rows, start=1):
        values = {name: value for name, value in row.items() if not name.startswith("_")}
        try:
            with transaction.atomic():
                if row["_existing"] is None:
                    create_opportunity(actor=actor, at=at, **values)
                    created += 1
                else:
                    update_opportunity(opportunity=row["_existing"], actor=actor, at=at, **values)
        except (DomainError, ValidationError) as error:
            refused[row["_row"]] = messages_of(error)
        if progress is not None and number % PROGRESS_EVERY == 0:
            progress(number, len(rows))
    if refused:
        raise RowErrors(refused)
    return {"created": created, "updated": len(rows) - created}
