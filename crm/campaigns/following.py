"""What becomes of members of campaigns when two customers or leads become one."""

from suite.masters.merging import follows

for _column in ("customer", "lead"):
    follows(f"crm.CampaignMember.{_column}", once=("campaign",))
