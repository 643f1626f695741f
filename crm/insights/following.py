"""What becomes of insights when two customers become one."""

from django.db.models import Q

from crm.insights.choices import WinBackStatus
from suite.masters.merging import follows, stays

for _label in ("CustomerInsight", "TierSuggestion"):
    stays(f"crm.{_label}.customer", reason="computed anew every night from what the customer that stays ordered")
# A customer is won back once at a time.
follows("crm.WinBack.customer", once=("status",), only=Q(status=WinBackStatus.OPEN))
