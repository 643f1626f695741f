"""What happens to a purchase, told to the orders that wait for it: a day to promise, or one that cannot be kept."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from erp.promised import promise
from erp.purchasing.models import PurchaseOrder, PurchaseRequestLine
from erp.sales.choices import OPEN
from erp.sales.models import SalesOrder, SalesOrderLine, SalesPromiseChange
from erp.sales.selectors import with_kept
from erp.tracking.progress import Place, Progress
from erp.tracking.selectors import judge_lines
from suite.access.grants import model_permission
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import Draft, notify_each
from suite.pages.columns import quantity as quantity_text

PROMISED = gettext_noop("%(order)s: what was short can be promised for %(day)s")
LATE = gettext_noop("%(order)s: goods come on %(day)s, later than promised")
UNKNOWN = gettext_noop("%(order)s: nobody knows any more when goods come")


@transaction.atomic
def follow_purchase(*, order: PurchaseOrder, actor: User, at: datetime.datetime) -> None:
    """
    Carry the days of a purchase to the lines of orders that it was asked for, and tell their salespeople.

    Lines that nothing was promised for are promised for the day the goods come, once all they need is on its way. A
    promise that was given stays: the salesperson, who talks to the customer, is told that the goods come later or that
    nobody knows when.
    """
    lines = _lines_behind(order)
    progresses = judge_lines(lines, today=timezone.localdate(at))
    judged = [(line, _news_of(line, progresses[line.pk])) for line in lines]
    days = [(line, _due(line, progresses[line.pk])) for line, told in judged if told == PROMISED]
    news: dict[tuple[SalesOrder, str], list[SalesOrderLine]] = defaultdict(list)
    for line, told in judged:
        if told and line.document.owner.has_perm(model_permission(SalesOrder, "view")):
            news[line.document, told].append(line)
    # Who sells need not know of which purchase.
    promise(SalesPromiseChange, days, reason=_("What was short is on its way."), actor=actor, at=at)
    notify_each(drafts=[_draft(*key, rows, progresses, actor) for key, rows in news.items()], at=at)


def _lines_behind(order: PurchaseOrder) -> list[Any]:
    """The open lines of orders for which a purchase was asked for, locked, that stock does not cover."""
    asked = PurchaseRequestLine.objects.filter(
        order_lines__document=order, demand_type=ContentType.objects.get_for_model(SalesOrderLine)
    )
    pks: list[Any] = list(asked.values_list("demand_id", flat=True))
    locked = [line.pk for line in SalesOrderLine.objects.lock_many(pks)]
    # Read once they are in hand: what others did to them, and to their orders, counts.
    lines = with_kept(SalesOrderLine.objects.filter(pk__in=locked, document__status__in=OPEN))
    rows: Iterable[Any] = lines.select_related("document__owner", "item__base_unit").order_by("pk")
    return [line for line in rows if line.open_quantity > line.kept]


def _due(line: SalesOrderLine, progress: Progress) -> datetime.date | None:
    """When a line can be delivered: not before it was asked for."""
    if progress.expected_on is None:
        return None
    return max(progress.expected_on, line.requested_on or line.document.requested_on)


def _news_of(line: SalesOrderLine, progress: Progress) -> str:
    """What its salesperson should know of a line; empty when all is as promised."""
    if line.promised_on is None:
        return PROMISED if progress.place == Place.COMING and progress.expected_on is not None else ""
    if progress.expected_on is None:
        return UNKNOWN
    return LATE if progress.expected_on > line.promised_on else ""


def _draft(
    order: SalesOrder, told: str, lines: list[SalesOrderLine], progresses: dict[int, Progress], actor: User
) -> Draft:
    days = [day for line in lines if (day := _due(line, progresses[line.pk])) is not None]
    return Draft(
        recipient=order.owner,
        kind=NotificationKind.ALERT,
        title=told,
        params={"order": order.number, **({"day": max(days).isoformat()} if days else {})},
        body="; ".join(_goods(line) for line in lines),
        url=f"{order.get_absolute_url()}?tab=progress#tabs",
        actor=actor,
        obj=order,
    )


def _goods(line: Any) -> str:
    """How much of what a line is still short of."""
    return f"{line.item} {quantity_text(line.open_quantity - line.kept)} {line.item.base_unit}"
