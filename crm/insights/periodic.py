"""What is computed about customers every night."""

from __future__ import annotations

from datetime import datetime

from crm.insights.computing import compute_insights, remind_of_silence
from crm.insights.services import close_won_back
from crm.insights.tags import adopt_tags
from suite.modules.registry import periodic


@periodic("night")
def compute_customer_insights(at: datetime) -> int:
    """Compute RFM, churn and suggested tiers of all customers, then remind the owners; return how many customers."""
    count = compute_insights(at=at)
    remind_of_silence(at=at)
    return count


@periodic("night")
def close_successful_win_backs(at: datetime) -> int:
    """End attempts to win customers back that an order answered; return how many."""
    return close_won_back(at=at)


@periodic("night")
def make_tags_known(at: datetime) -> int:
    """Make the tags known that imports wrote on customers; return how many."""
    return adopt_tags()
