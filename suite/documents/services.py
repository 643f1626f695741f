"""Operations that all documents share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext as _

from suite.core.errors import InvalidInput, VersionConflict, WrongState
from suite.documents.choices import LinkKind
from suite.documents.lines import (
    Row,
    apply_rows,
    compute_amounts,
    line_model,
    lines_of,
    refuse_wrong,
    values_of,
    write_lines,
)
from suite.documents.models import Document, DocumentLink, LineBase
from suite.documents.selectors import is_upstream
from suite.documents.totals import document_totals

D = TypeVar("D", bound=Document)
# A link, unless it is there already or its end lies above its beginning.
LINK = """
    WITH RECURSIVE up (type_id, object_id) AS (
        SELECT %(source_type)s::integer, %(source)s::bigint
        UNION
        SELECT l.source_type_id, l.source_id
        FROM suite_documentlink l JOIN up ON l.target_type_id = up.type_id AND l.target_id = up.object_id
    )
    INSERT INTO suite_documentlink (source_type_id, source_id, target_type_id, target_id, kind)
    SELECT %(source_type)s, %(source)s, %(target_type)s, %(target)s, %(kind)s
    WHERE NOT EXISTS (SELECT 1 FROM up WHERE type_id = %(target_type)s AND object_id = %(target)s)
    ON CONFLICT DO NOTHING RETURNING *
"""


@transaction.atomic
def save_lines(
    *,
    document: D,
    rows: Sequence[Row],
    expected_version: int | None = None,
    derive: Callable[[Sequence[Any]], None] | None = None,
) -> D:
    """
    Give a document these lines, in this order, and save it with its new totals; lines not named are removed.

    A row maps columns of the line to cleaned values, with ``id`` for a line that exists. Columns left out of a row
    keep their value; a new line takes description, unit, list price and tax rate from its item.

    :param document: as it was read; changes of its own columns (currency, discount …) are saved with the lines. A new
        one is saved with its totals at once.
    :param expected_version: of the document, as the person saw it.
    :param derive: gives the lines, before they are written, what follows from their other columns.
    :raises WrongState: if lines may not change in this state.
    :raises VersionConflict: if the document changed since it was read or seen.
    :raises LineErrors: with what is wrong, for each row.
    :raises NoTaxRate: if the tax of an item has no rate on the day of the document.
    """
    old: dict[int, LineBase] = {}
    if not document._state.adding:
        _lock_editable(document, expected_version)
        old = {line.pk: line for line in lines_of(document).select_related("unit")}
    before = {pk: values_of(line) for pk, line in old.items()}
    lines = apply_rows(document, old, rows)
    refuse_wrong(lines)
    compute_amounts(document, lines)
    if derive is not None:
        derive(lines)
    save_totals(document=document, lines=lines)
    write_lines(line_model(document), before, lines)
    return document


def _lock_editable(document: Document, expected_version: int | None) -> None:
    """Lock a document whose lines may change, as it was read."""
    stored = type(document)._default_manager.lock(document).check_version(expected_version)
    if stored.version != document.version:
        raise VersionConflict
    if not stored.is_editable:
        raise WrongState(
            _("%(name)s is “%(status)s”. Its lines can no longer be changed.")
            % {"name": stored, "status": stored.get_status_display()}
        )


def save_totals(*, document: Document, lines: Iterable[LineBase] | None = None) -> None:
    """
    Recompute the totals of a document and save it.

    :param lines: its lines, if they are at hand.
    :raises InvalidInput: when the discount is more than the sum of the lines.
    """
    amounts = [line.amounts for line in (lines_of(document) if lines is None else lines)]
    try:
        totals = document_totals(amounts, document.discount_amount, decimals=document.currency.decimals)
    except ValueError as error:
        raise InvalidInput(_("The discount is more than the sum of the lines."), field="discount_amount") from error
    document.net_total, document.tax_total, document.gross_total = totals.net, totals.tax, totals.gross
    document.save()


def link_documents(source: models.Model, target: models.Model, kind: str = LinkKind.FOLLOWS) -> DocumentLink:
    """
    Record that ``target`` came from ``source``; doing it again changes nothing.

    :raises InvalidInput: if ``source`` came from ``target``, directly or not.
    """
    values = {
        "source_type": ContentType.objects.get_for_model(source).pk,
        "source": source.pk,
        "target_type": ContentType.objects.get_for_model(target).pk,
        "target": target.pk,
        "kind": kind,
    }
    for link in DocumentLink.objects.raw(LINK, values):
        return link
    # It is there already, or must not be.
    if is_upstream(target, of=source):
        raise InvalidInput(
            _("%(source)s came from %(target)s and cannot also lead to it.") % {"source": source, "target": target}
        )
    return DocumentLink.objects.get(
        source_type=values["source_type"],
        source_id=source.pk,
        target_type=values["target_type"],
        target_id=target.pk,
        kind=kind,
    )
