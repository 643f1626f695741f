"""How insights are drawn: badges, the gaps between orders, the matrix of RFM classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.insights.choices import ChurnState, Segment
from crm.insights.engine import SEGMENTS
from crm.insights.models import CustomerInsight
from crm.insights.orders import Ordered, orders_of
from crm.insights.wording import days_text
from suite.pages.columns import badge, short_date

STATE_TONES = {
    ChurnState.NONE: "",
    ChurnState.ACTIVE: "done",
    ChurnState.WARNING: "wait",
    ChurnState.CRITICAL: "late",
}
SEGMENT_TONES = {
    Segment.IMPORTANT_VALUE: "done",
    Segment.IMPORTANT_DEVELOP: "go",
    Segment.IMPORTANT_KEEP: "wait",
    Segment.IMPORTANT_RESCUE: "late",
    Segment.GENERAL_VALUE: "done",
    Segment.GENERAL_DEVELOP: "go",
    Segment.GENERAL_KEEP: "hold",
    Segment.GENERAL_RESCUE: "hold",
}
AT_RISK = Q(churn_state__in=(ChurnState.WARNING, ChurnState.CRITICAL))
# How many gaps are drawn, and how wide the longest one is.
GAPS = 12
WIDTH = 200


def state_badge(insight: CustomerInsight) -> Any:
    """The churn state as a badge."""
    return badge(insight.get_churn_state_display(), STATE_TONES[ChurnState(insight.churn_state)])


def segment_badge(insight: CustomerInsight) -> Any:
    """The RFM class as a badge with its scores; nothing without an order."""
    if not insight.segment:
        return ""
    text = badge(insight.get_segment_display(), SEGMENT_TONES[Segment(insight.segment)])
    return SafeString(f'{text}<span class="sub nums">{escape(insight.scores)}</span>')


def silence(insight: CustomerInsight) -> Any:
    """Days since the last order, and its day."""
    if insight.recency is None:
        return ""
    text = ngettext("%(days)d day", "%(days)d days", insight.recency) % {"days": insight.recency}
    day = short_date(insight.last_order_on)
    return SafeString(f'<span class="text-nowrap">{escape(text)}</span><span class="sub">{escape(day)}</span>')


def interval(insight: CustomerInsight) -> Any:
    """The customer's own interval, or the days of its tier."""
    if insight.interval_days is not None:
        return _("%(days)s days") % {"days": days_text(insight.interval_days)}
    if insight.warn_after is not None:
        text = _("tier: %(days)s days") % {"days": days_text(insight.warn_after)}
        return SafeString(f'<span class="t-2 text-nowrap">{escape(text)}</span>')
    return ""


# -- the gaps between orders -------------------------------------------------------------------


@dataclass(frozen=True)
class Gap:
    """
    One bar: the days from an order day to the next, or up to today.

    :param tick: where the usual interval ends, of :data:`WIDTH`; None without one.
    """

    start: date
    end: date | None
    days: int
    width: int
    tick: int | None
    is_late: bool


def gaps_of(insight: CustomerInsight, orders: Sequence[Ordered], today: date) -> list[Gap]:
    """The last gaps between the order days of a customer, and at the end the time since the last one."""
    days = sorted({each.ordered_on for each in orders})
    if not days:
        return []
    spans = [*((a, b, (b - a).days) for a, b in pairwise(days)), (days[-1], None, (today - days[-1]).days)][-GAPS:]
    usual = insight.interval_days if insight.interval_days is not None else insight.warn_after
    longest = max([1, *(length for _a, _b, length in spans), *([int(usual) + 1] if usual is not None else [])])
    tick = None if usual is None else int(usual * WIDTH / longest)
    late_after = insight.warn_after
    return [
        Gap(a, b, length, length * WIDTH // longest, tick, late_after is not None and length > late_after)
        for a, b, length in spans
    ]


def insight_context(insight: CustomerInsight | None, customer_pk: int) -> dict[str, Any]:
    """What the tab and the page of an insight show."""
    today = timezone.localdate()
    orders = orders_of(customer_pk, until=today) if insight is not None else []
    return {
        "insight": insight,
        "gaps": gaps_of(insight, orders, today) if insight is not None else [],
        "state": state_badge(insight) if insight is not None else "",
        "segment": segment_badge(insight) if insight is not None else "",
        "interval": interval(insight) if insight is not None else "",
        "width": WIDTH,
    }


# -- the matrix --------------------------------------------------------------------------------


@dataclass(frozen=True)
class SegmentRow:
    """One class of the matrix; amounts in the currency of the companies."""

    segment: Segment
    high: tuple[bool, bool, bool]
    customers: int
    share: Decimal
    width: int
    monetary: Decimal
    year_amount: Decimal
    at_risk: int
    url: str

    @property
    def tone(self) -> str:
        """The colour of the class."""
        return SEGMENT_TONES[self.segment]

    @property
    def levels(self) -> list[tuple[str, bool]]:
        """Recency, frequency and money, each with whether it is high."""
        return list(zip("RFM", self.high, strict=True))


@dataclass(frozen=True)
class Cell:
    """Customers of one pair of scores."""

    customers: int
    url: str


def list_url(**filters: Any) -> str:
    """The list of customers with filters."""
    return f"{reverse('crm:customerinsight-list')}?{urlencode(filters)}"


def matrix_rows(insights: QuerySet[CustomerInsight], **filters: Any) -> list[SegmentRow]:
    """The eight classes with what belongs to them, in one query; ``filters`` go on to the lists behind them."""
    sums = {
        "number": Count("pk"),
        "bought": Sum("monetary"),
        "year": Sum("year_amount"),
        "risky": Count("pk", filter=AT_RISK),
    }
    groups = insights.exclude(segment="").order_by().values("segment").annotate(**sums)
    found: dict[str, Any] = {row["segment"]: row for row in groups}
    total = sum(row["number"] for row in found.values())
    most = max((row["number"] for row in found.values()), default=0)
    rows = []
    for high, segment in SEGMENTS.items():
        row = found.get(segment.value, {})
        number = row.get("number", 0)
        rows.append(
            SegmentRow(
                segment=segment,
                high=high,
                customers=number,
                share=Decimal(100 * number) / total if total else Decimal(0),
                width=number * WIDTH // most if most else 0,
                monetary=row.get("bought") or Decimal(0),
                year_amount=row.get("year") or Decimal(0),
                at_risk=row.get("risky", 0),
                url=list_url(segment=segment.value, **filters),
            )
        )
    return rows


def score_grid(insights: QuerySet[CustomerInsight], **filters: Any) -> list[tuple[int, list[Cell]]]:
    """For each recency score, the best one first, the customers by frequency score; empty without any."""
    pairs = insights.exclude(segment="").order_by().values_list("r_score", "f_score").annotate(Count("pk"))
    found = {(r, f): number for r, f, number in pairs}
    if not found:
        return []
    scores = range(1, 5 if max(max(pair) for pair in found) > 2 else 3)
    return [
        (
            r,
            [
                Cell(
                    found.get((r, f), 0),
                    list_url(r_score_min=r, r_score_max=r, f_score_min=f, f_score_max=f, **filters),
                )
                for f in scores
            ],
        )
        for r in reversed(scores)
    ]
