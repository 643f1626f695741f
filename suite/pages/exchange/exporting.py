"""Export of a list: the columns and rows that its reader sees, audited."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from suite.access import audit
from suite.access.choices import AuditKind
from suite.core.reading import with_related
from suite.modules import state
from suite.modules.services import ModuleDisabled
from suite.pages import paging
from suite.pages.columns import Column, derive, find_field, relations
from suite.pages.exchange import writing
from suite.pages.exchange.fields import import_fields, key_names
from suite.pages.panels import hidden_fields
from suite.pages.registry import pageset_of

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

    from suite.pages.pageset import PageSet
    from suite.pages.views.listing import ListQuery

T = TypeVar("T")

CHUNK = 2000
# Longer lists are written by a job.
DIRECT_ROWS = 20_000
PROGRESS_EVERY = 1000


def export_query(pageset: PageSet, user: Any, params: QueryDict, pks: Collection[int] | None = None) -> ListQuery:
    """The rows that a list's query string asks for, or those of the given keys, as far as the user may export them."""
    from suite.pages.views.listing import ListQuery

    query = ListQuery(pageset, user, params, "export")
    if pks is not None:
        query.rows = query.rows.filter(pk__in=pks)
    return query


def export_columns(query: ListQuery) -> list[Column]:
    """The columns of the list in the user's order; the natural key comes first when it is not among them."""
    pageset = query.pageset
    columns = [column for column in query.columns if not _is_sensitive(pageset, column, query.user)]
    shown = {column.name for column in columns}
    keys = [each for each in import_fields(pageset, query.user) if each.is_key] if key_names(pageset) else []
    return [*(derive(pageset.model, key.path) for key in keys if key.path not in shown), *columns]


def _is_sensitive(pageset: PageSet, column: Column, user: Any) -> bool:
    """Whether a column leads to a sensitive field of a related row that the user may not see."""
    field = find_field(pageset.model, column.name)
    return field is not None and field.name in hidden_fields(field.model, user)


def is_long(query: ListQuery) -> bool:
    """Whether the list is too long to be written while its reader waits."""
    return query.rows.order_by().values("pk")[: DIRECT_ROWS + 1].count() > DIRECT_ROWS


def write_export(
    target: IO[bytes], query: ListQuery, *, file_format: str, progress: Callable[..., Any] | None = None
) -> int:
    """Write the rows of the list chunk by chunk from a cursor of the server; return how many there were."""
    columns = export_columns(query)
    rows: Any = paging.order(_with_relations(query, columns), query.sort).iterator(chunk_size=CHUNK)
    if progress is not None:
        rows = _watched(rows, query.rows.order_by().count(), progress)
    return writing.write(
        target, writing.table(columns, rows), file_format=file_format, sheet=query.pageset.title_plural
    )


def _with_relations(query: ListQuery, columns: list[Column]) -> Any:
    return with_related(query.rows, {*relations(query.pageset.model, columns), *query.pageset.list_select})


def _watched(rows: Iterator[T], total: int, progress: Callable[..., Any]) -> Iterator[T]:
    for done, row in enumerate(rows):
        if done % PROGRESS_EVERY == 0:
            progress(done, total, _("Writing the rows"))
        yield row


def export_rows(
    target: IO[bytes],
    *,
    label: str,
    user: Any,
    params: QueryDict,
    pks: Collection[int] | None,
    file_format: str,
    at: datetime,
    progress: Callable[..., Any] | None = None,
) -> tuple[str, int]:
    """
    Export a list outside of a request; return the name of the file and the number of rows.

    :raises ModuleDisabled: when its system was turned off in the meantime.
    :raises PermissionDenied: when the user may not export it (any more).
    """
    pageset = pageset_of(label)
    if pageset is None or not state.is_enabled(pageset.module):
        raise ModuleDisabled(_("%(module)s is not turned on.") % {"module": label})
    if not pageset.may(user, "export"):
        raise PermissionDenied
    query = export_query(pageset, user, params, pks)
    count = write_export(target, query, file_format=file_format, progress=progress)
    record_export(query, file_format=file_format, count=count, at=at)
    return file_name(pageset, file_format), count


def file_name(pageset: PageSet, file_format: str) -> str:
    """Name of an exported file: what it holds, and the day."""
    return f"{get_valid_filename(pageset.title_plural)}-{timezone.localdate():%Y%m%d}.{file_format}"


def record_export(
    query: ListQuery, *, file_format: str, count: int, at: datetime, request: HttpRequest | None = None
) -> None:
    """Put into the security audit who took which rows out."""
    audit.record(
        AuditKind.EXPORT,
        actor=query.user,
        at=at,
        subject=str(query.pageset.model._meta.label),
        request=request,
        details={"format": file_format, "count": count, "filters": query.filters_only()},
    )
