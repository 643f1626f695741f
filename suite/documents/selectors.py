"""Questions about documents: their chain and the way their state went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import QuerySet
from django.urls import NoReverseMatch

from suite.access.models import User
from suite.access.restrict import restrict
from suite.documents.models import DocumentLink, StatusChange
from suite.documents.status import StatusModel
from suite.modules.state import owner_is_enabled

# Every document above (depth < 0) and below (depth > 0) one; its longest distance tells its place in the chain.
CHAIN_SQL = """
WITH RECURSIVE up (type_id, object_id, depth) AS (
    SELECT source_type_id, source_id, -1 FROM suite_documentlink WHERE target_type_id = %(type)s AND target_id = %(id)s
    UNION
    SELECT l.source_type_id, l.source_id, up.depth - 1
    FROM suite_documentlink l JOIN up ON l.target_type_id = up.type_id AND l.target_id = up.object_id
    WHERE up.depth > -50
), down (type_id, object_id, depth) AS (
    SELECT target_type_id, target_id, 1 FROM suite_documentlink WHERE source_type_id = %(type)s AND source_id = %(id)s
    UNION
    SELECT l.target_type_id, l.target_id, down.depth + 1
    FROM suite_documentlink l JOIN down ON l.source_type_id = down.type_id AND l.source_id = down.object_id
    WHERE down.depth < 50
)
SELECT type_id, object_id, MIN(depth) FROM up GROUP BY type_id, object_id
UNION ALL
SELECT type_id, object_id, MAX(depth) FROM down GROUP BY type_id, object_id
"""


class ChainNode(NamedTuple):
    """A document in a chain: its type, key and place; the place is negative upstream, 0 for the document itself."""

    type_id: int
    object_id: int
    depth: int


@dataclass(frozen=True)
class ChainItem:
    """One document as the chain shows it; what the document does not have is empty."""

    document: models.Model
    number: str
    title: str
    status: str
    tone: str
    amount: Decimal | None
    currency: str
    url: str


@dataclass(frozen=True)
class ChainStage:
    """The documents of one type in a chain, e.g. the two deliveries of an order."""

    label: str
    items: tuple[ChainItem, ...]
    is_current: bool
    is_upstream: bool


class Step(NamedTuple):
    """One state of the status stepper; ``state`` is past, now or next."""

    status: str
    label: str
    tone: str
    state: str
    at: datetime | None
    actor: User | None


def document_chain(document: models.Model, user: User) -> list[ChainStage]:
    """
    Return the chain of a document, upstream first: one query for the links and one for each type of document.

    Documents that the user may not see, or whose system is off, are left out. A chain of the document alone is empty.
    """
    own = ContentType.objects.get_for_model(document)
    nodes = _chain_nodes(own.pk, document.pk)
    if not nodes:
        return []
    groups: dict[tuple[bool, int], list[ChainNode]] = {}
    for node in nodes:
        groups.setdefault((node.depth < 0, node.type_id), []).append(node)
    found = _visible({node[:2] for node in nodes}, user)
    stages = [(0, ChainStage(str(document._meta.verbose_name), (_item(document),), True, False))]
    for (is_up, _type), members in groups.items():
        shown = sorted((node for node in members if node[:2] in found), key=lambda node: node[2:0:-1])
        if shown:
            items = tuple(_item(found[node[:2]]) for node in shown)
            label = str(items[0].document._meta.verbose_name)
            stages.append((shown[0].depth, ChainStage(label, items, False, is_up)))
    return [stage for _depth, stage in sorted(stages, key=lambda entry: entry[0])]


def is_upstream(document: models.Model, *, of: models.Model) -> bool:
    """Return whether ``of`` came from the document, directly or not, or is the document."""
    key = (ContentType.objects.get_for_model(document).pk, document.pk)
    start = (ContentType.objects.get_for_model(of).pk, of.pk)
    return key == start or any(node[:2] == key for node in _chain_nodes(*start) if node.depth < 0)


def links_from(document: models.Model) -> QuerySet[DocumentLink]:
    """Return the links to what came from the document."""
    return DocumentLink.objects.filter(source_type=ContentType.objects.get_for_model(document), source_id=document.pk)


def status_history(row: StatusModel) -> QuerySet[StatusChange]:
    """Return the changes of the row's state, oldest first, with who made them."""
    return StatusChange.objects.filter(
        content_type=ContentType.objects.get_for_model(row), object_id=row.pk
    ).select_related("actor")


def status_steps(row: StatusModel) -> list[Step]:
    """
    Return the status stepper: the states of the usual way, with when the row last came to each and by whom.

    A state that is off the usual way (void, lost …) is shown in place of what would have come next.
    """
    came = {change.to_status: change for change in status_history(row)}
    labels = dict(row._meta.get_field("status").flatchoices)
    way = [str(status) for status in row.stepper]
    current = str(row.status)
    if current not in way:
        way = [way[0], *(status for status in way[1:] if status in came), current] if way else [current]
    place = way.index(current)
    return [
        Step(
            status,
            str(labels[status]),
            row.status_tone.get(status, ""),
            "past" if index < place else "now" if index == place else "next",
            came[status].at if status in came and index <= place else None,
            came[status].actor if status in came and index <= place else None,
        )
        for index, status in enumerate(way)
    ]


def _chain_nodes(type_id: int, object_id: int) -> list[ChainNode]:
    with connection.cursor() as cursor:
        cursor.execute(CHAIN_SQL, {"type": type_id, "id": object_id})
        return [ChainNode(*row) for row in cursor.fetchall()]


def _visible(keys: Iterable[tuple[int, int]], user: User) -> dict[tuple[int, int], models.Model]:
    """Return the documents that the user may see, by type and key."""
    wanted: dict[int, list[int]] = {}
    for type_id, object_id in keys:
        wanted.setdefault(type_id, []).append(object_id)
    found: dict[tuple[int, int], models.Model] = {}
    for type_id, object_ids in wanted.items():
        model = ContentType.objects.get_for_id(type_id).model_class()
        if model is None or not owner_is_enabled(model.__module__):
            continue
        rows = restrict(model._default_manager.filter(pk__in=object_ids), user=user)
        if any(field.name == "currency" for field in model._meta.fields):
            rows = rows.select_related("currency")
        found.update({(type_id, row.pk): row for row in rows})
    return found


def _item(document: Any) -> ChainItem:
    is_stated = isinstance(document, StatusModel)
    return ChainItem(
        document=document,
        number=getattr(document, "number", ""),
        title=str(document),
        status=document.get_status_display() if is_stated else "",
        tone=document.tone if is_stated else "",
        amount=getattr(document, "chain_amount", None),
        currency=getattr(getattr(document, "currency", None), "code", ""),
        url=_url(document),
    )


def _url(document: Any) -> str:
    try:
        return str(document.get_absolute_url())
    except NoReverseMatch:
        # Not everything that stands in a chain has a page of its own.
        return ""
