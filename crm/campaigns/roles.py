"""What the standard roles may do with campaigns."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_OWN, _ALL = ScopeLevel.OWN, ScopeLevel.ALL
_CAMPAIGN, _COST, _MEMBER = "crm.Campaign", "crm.CampaignCost", "crm.CampaignMember"

GRANTS = {
    "boss": {
        _CAMPAIGN: (("view", "add", "change", "export"), _ALL),
        _COST: (("view", "export"), _ALL),
        _MEMBER: (("view", "export"), _ALL),
    },
    "sales_manager": {
        _CAMPAIGN: (("view", "add", "change", "export"), _ALL),
        _COST: (("view", "export"), _ALL),
        _MEMBER: (("view", "add", "respond", "export"), _ALL),
    },
    # Everybody who sells can name the campaign of a lead; what it cost is not theirs to know.
    "salesperson": {_CAMPAIGN: (("view",), _ALL), _MEMBER: (("view", "respond"), _ALL)},
    "finance": {_CAMPAIGN: (("view", "export"), _ALL), _COST: (("view", "export"), _ALL)},
}
