"""Why something is said about a customer, in the words of whoever reads it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.insights.choices import ChurnState
from suite.pages.columns import big_money, quantity

if TYPE_CHECKING:
    from crm.insights.models import CustomerInsight, TierSuggestion

DAY = Decimal("0.1")


def days_text(days: Decimal | None) -> str:
    """A number of days without needless digits."""
    return quantity(None if days is None else Decimal(days).quantize(DAY))


def why_churn(insight: CustomerInsight) -> str:
    """Why a customer is in its churn state."""
    if insight.churn_state == ChurnState.NONE:
        return _("There is no order yet, so nothing is known of its interval.")
    facts = {
        "days": insight.recency,
        "orders": insight.order_days,
        "interval": days_text(insight.interval_days),
        "warn": days_text(insight.warn_after),
        "critical": days_text(insight.critical_after),
    }
    if insight.interval_days is not None:
        usual = _("It usually orders every %(interval)s days (median of %(orders)s order days).") % facts
    else:
        usual = (
            ngettext(
                "It ordered on %(orders)s day only, so the limit of its tier counts: %(warn)s days.",
                "It ordered on %(orders)s days only, so the limit of its tier counts: %(warn)s days.",
                insight.order_days,
            )
            % facts
        )
    return f"{usual} {_against(insight) % facts}"


def _against(insight: CustomerInsight) -> str:
    if insight.churn_state == ChurnState.CRITICAL:
        return _("The last order was %(days)s days ago, more than the %(critical)s days after which it is critical.")
    if insight.churn_state == ChurnState.WARNING:
        return _(
            "The last order was %(days)s days ago, more than the %(warn)s days after which we warn; "
            "critical after %(critical)s days."
        )
    return _("The last order was %(days)s days ago; we warn after %(warn)s days.")


def why_tier(suggestion: TierSuggestion) -> str:
    """Why another tier is suggested."""
    facts = {
        "amount": big_money(suggestion.year_amount),
        "tier": suggestion.suggested,
        "current": suggestion.current,
        "border": big_money(suggestion.border_amount),
    }
    if suggestion.suggested < suggestion.current:
        return _("Bought %(amount)s in the last 12 months; tier %(tier)s begins at %(border)s.") % facts
    return _("Bought %(amount)s in the last 12 months; tier %(current)s begins at %(border)s.") % facts
