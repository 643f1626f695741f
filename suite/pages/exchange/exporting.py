"""Export of a list: the columns and rows that its reader sees, audited."""

from __future__ import annotations

from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from suite.access import audit
from suite.access.choices import AuditKind
from suite.pages import paging
from suite.pages.columns import Column, derive
from suite.pages.exchange import writing

if TYPE_CHECKING:
    from django.http import HttpRequest

    from suite.pages.views.listing import ListQuery

CHUNK = 2000


def export_columns(query: ListQuery) -> list[Column]:
    """The columns of the list in the user's order; the natural key comes first when it is not among them."""
    pageset, columns = query.pageset, list(query.columns)
    key = pageset.import_key
    if key and key not in {c.name for c in columns} and key not in pageset.hidden_fields(query.user):
        columns.insert(0, derive(pageset.model, key))
    return columns


def write_export(target: IO[bytes], query: ListQuery, *, file_format: str) -> int:
    """Write the rows of the list chunk by chunk; return how many there were."""
    rows = paging.order(query.with_relations(query.rows), query.sort).iterator(chunk_size=CHUNK)
    lines = writing.table(export_columns(query), rows)
    return writing.write(target, lines, file_format=file_format, sheet=query.pageset.title_plural)


def record_export(
    query: ListQuery, *, file_format: str, count: int, at: datetime, request: HttpRequest | None = None
) -> None:
    """Put into the security audit who took which rows out."""
    details: dict[str, Any] = {"format": file_format, "count": count, "filters": query.filters_only()}
    audit.record(
        AuditKind.EXPORT,
        actor=query.user,
        at=at,
        subject=str(query.pageset.model._meta.label),
        request=request,
        details=details,
    )
