"""Why something is suggested, in the reader's language, from the figures that the run stored."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from erp.planning.choices import Cause, Grain, Method
from erp.planning.models import ReplenishmentSuggestion
from suite.masters.decimals import round_exact
from suite.pages.columns import quantity


def reason_of(suggestion: ReplenishmentSuggestion) -> str:
    """Return the reason of a suggestion as one sentence."""
    return pgettext("between parts of a reason", "; ").join(parts_of(suggestion))


def parts_of(row: ReplenishmentSuggestion) -> Iterator[str]:
    """Return the parts of the reason, what triggered the suggestion first."""
    yield trigger_of(row)
    yield _("free %(free)s, on order %(on_order)s, wanted by orders %(demand)s") % {
        "free": quantity(row.free),
        "on_order": quantity(row.on_order),
        "demand": quantity(row.demand),
    }
    if row.expected:
        yield _("expected demand of %(days)s days (lead time %(lead)s) %(expected)s, safety stock %(safety)s") % {
            "days": row.lead_time_days + row.review_days,
            "lead": row.lead_time_days,
            "expected": rounded(row.expected),
            "safety": rounded(row.safety),
        }
    if row.method:
        yield _forecast(row)
    yield _("replenished up to %(level)s") % {"level": rounded(row.level)}
    if row.suggested_quantity > row.level - row.position:
        if row.order_minimum:
            yield _("minimum order %(minimum)s") % {"minimum": quantity(row.order_minimum)}
        if row.order_multiple:
            yield _("in multiples of %(multiple)s") % {"multiple": quantity(row.order_multiple)}


def trigger_of(row: ReplenishmentSuggestion) -> str:
    """Return what triggered the suggestion, in a few words."""
    if row.cause == Cause.SHORTAGE:
        return _("Orders want %(missing)s more than there is and comes") % {"missing": quantity(-row.position)}
    position = quantity(row.position)
    if row.cause == Cause.MINIMUM and row.minimum is not None:
        return _("Available %(position)s is below the minimum of %(minimum)s") % {
            "position": position,
            "minimum": quantity(row.minimum),
        }
    return _("Available %(position)s has reached the reorder point of %(reorder_at)s") % {
        "position": position,
        "reorder_at": rounded(row.reorder_at),
    }


def _forecast(row: ReplenishmentSuggestion) -> str:
    method = Method(row.method).label
    if row.error is None or row.naive_error is None:
        return _("forecast: %(method)s, the history is too short to compare methods") % {"method": method}
    text = (
        _("forecast from %(periods)s weeks: %(method)s, error %(error)s against %(naive)s without a method")
        if row.grain == Grain.WEEK
        else _("forecast from %(periods)s months: %(method)s, error %(error)s against %(naive)s without a method")
    )
    return text % {
        "periods": row.periods,
        "method": method,
        "error": rounded(row.error),
        "naive": rounded(row.naive_error),
    }


def rounded(value: Decimal | None) -> str:
    """Return a calculated quantity as a person wants it: to two decimals."""
    return quantity(None if value is None else round_exact(value, 2))
