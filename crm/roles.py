"""What the standard roles may do in CRM."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_LOOK = ("view", "export")
_WORK = ("view", "add", "change", "export")
_EDIT = ("view", "add", "change", "delete")
_SETTINGS = ("crm.Source", "crm.Pool", "crm.Pipeline", "crm.Stage", "crm.LostReason")
_RULES = ("crm.Capacity", "crm.RecycleRule", "crm.AssignmentRule")
_RECORDS = (
    "crm.Lead",
    "crm.Customer",
    "crm.Contact",
    "crm.FollowUp",
    "crm.Opportunity",
    "crm.Quotation",
    "crm.Contract",
    "crm.PaymentPlan",
    "crm.Receipt",
)
_CHOICES = dict.fromkeys(_SETTINGS, (("view",), _ALL))


def _sales(level: str) -> dict[str, tuple[tuple[str, ...], str]]:
    """What selling takes, on the rows that the scope reaches."""
    return {
        **_CHOICES,
        "crm.Lead": ((*_WORK, "import", "convert"), level),
        "crm.Customer": ((*_WORK, "import", "share"), level),
        "crm.PoolCustomer": (("view", "claim"), _OWN),
        "crm.Contact": (_WORK, level),
        "crm.FollowUp": (("view", "add", "export"), level),
        "crm.Opportunity": (_WORK, level),
        "crm.Quotation": (_WORK, level),
        "crm.Contract": ((*_WORK, "receive"), level),
        "crm.PaymentPlan": (_LOOK, level),
        "crm.Receipt": (_LOOK, level),
    }


GRANTS = {
    "boss": {
        **_CHOICES,
        **dict.fromkeys(_RECORDS, (_LOOK, _ALL)),
        "crm.Lead": (("view", "change", "export", "assign"), _ALL),
        "crm.Customer": (("view", "change", "export", "transfer", "share"), _ALL),
        "crm.PoolCustomer": (("view", "export", "claim", "transfer", "unmask"), _ALL),
        **dict.fromkeys(_RULES, (_EDIT, _ALL)),
        "crm.AssignmentLog": (_LOOK, _ALL),
        "crm.Opportunity": (("view", "change", "export", "assign"), _ALL),
        "crm.FollowUp": (("view", "add", "export"), _ALL),
        "crm.Contract": (("view", "export", "approve", "void", "oversee"), _ALL),
    },
    "sales_manager": {
        **_sales(_TREE),
        "crm.Lead": ((*_WORK, "import", "convert", "assign"), _TREE),
        "crm.Customer": ((*_WORK, "import", "share", "transfer"), _TREE),
        "crm.PoolCustomer": (("view", "export", "claim", "transfer"), _OWN),
        **dict.fromkeys(_RULES, (_EDIT, _ALL)),
        "crm.AssignmentLog": (_LOOK, _ALL),
        "crm.Opportunity": ((*_WORK, "assign"), _TREE),
        "crm.Contract": ((*_WORK, "receive", "approve", "void"), _TREE),
        "suite.Company": (("view",), _ALL),
        "crm.LostReason": (_EDIT, _ALL),
        "crm.Source": (_EDIT, _ALL),
    },
    "salesperson": _sales(_OWN),
    "finance": {
        **_CHOICES,
        "crm.Customer": (_LOOK, _ALL),
        # Who owes money is to be seen whole, wherever the customer lies.
        "crm.PoolCustomer": (("view", "unmask"), _ALL),
        "crm.Contact": (("view",), _ALL),
        "crm.Quotation": (_LOOK, _ALL),
        "crm.Contract": ((*_LOOK, "receive"), _ALL),
        "crm.PaymentPlan": (_LOOK, _ALL),
        "crm.Receipt": ((*_LOOK, "confirm", "void"), _ALL),
    },
    "administrator": dict.fromkeys((*_SETTINGS, *_RULES), (_EDIT, _ALL)),
}
