"""What the standard roles may do in CRM."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_LOOK = ("view", "export")
_WORK = ("view", "add", "change", "export")
_EDIT = ("view", "add", "change", "delete")
_SETTINGS = ("crm.Source", "crm.Pool", "crm.Pipeline", "crm.Stage", "crm.StageCondition", "crm.LostReason")
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
# Who decides about possible duplicates within the customers and leads that they may merge.
_MERGES = {
    "crm.DuplicatePair": (("view", "dismiss"), _ALL),
    "crm.MergeRecord": (("view", "undo"), _ALL),
    "crm.DuplicateDecision": (("view", "export"), _ALL),
}


def _sales(level: str) -> dict[str, tuple[tuple[str, ...], str]]:
    """What selling takes, on the rows that the scope reaches."""
    return {
        **_CHOICES,
        "crm.Lead": ((*_WORK, "import", "convert"), level),
        "crm.Customer": ((*_WORK, "import", "share"), level),
        "crm.PoolCustomer": (("view", "claim"), _OWN),
        "crm.Contact": (_WORK, level),
        "crm.FollowUp": (("view", "add", "export"), level),
        "crm.Opportunity": ((*_WORK, "import"), level),
        "crm.Quotation": (_WORK, level),
        "crm.Contract": ((*_WORK, "receive"), level),
        "crm.PaymentPlan": (_LOOK, level),
        "crm.Receipt": (_LOOK, level),
    }


GRANTS = {
    "boss": {
        **_CHOICES,
        **dict.fromkeys(_RECORDS, (_LOOK, _ALL)),
        **_MERGES,
        "crm.DuplicateRule": (("view", "override"), _ALL),
        "crm.Lead": (("view", "change", "export", "assign", "merge"), _ALL),
        "crm.Customer": (("view", "change", "export", "transfer", "share", "merge"), _ALL),
        "crm.PoolCustomer": (("view", "export", "claim", "transfer", "unmask"), _ALL),
        **dict.fromkeys(_RULES, (_EDIT, _ALL)),
        "crm.AssignmentLog": (_LOOK, _ALL),
        "crm.Opportunity": (("view", "change", "export", "assign"), _ALL),
        "crm.FollowUp": (("view", "add", "export"), _ALL),
        "crm.Contract": (("view", "export", "approve", "void", "oversee"), _ALL),
        "crm.Quotation": (("view", "export", "approve", "view_margin"), _ALL),
        "crm.Stage": (("view", "calibrate"), _ALL),
        "crm.QuotationLimit": (_EDIT, _ALL),
    },
    "sales_manager": {
        **_sales(_TREE),
        **_MERGES,
        "crm.MergeRecord": (("view", "undo"), _TREE),
        "crm.DuplicateDecision": (("view", "export"), _TREE),
        "crm.DuplicateRule": (("view", "override"), _ALL),
        "crm.Lead": ((*_WORK, "import", "convert", "assign", "merge"), _TREE),
        "crm.Customer": ((*_WORK, "import", "share", "transfer", "merge"), _TREE),
        "crm.PoolCustomer": (("view", "export", "claim", "transfer"), _OWN),
        **dict.fromkeys(_RULES, (_EDIT, _ALL)),
        "crm.AssignmentLog": (_LOOK, _ALL),
        "crm.Opportunity": ((*_WORK, "import", "assign"), _TREE),
        "crm.Quotation": ((*_WORK, "approve", "view_margin"), _TREE),
        "crm.Contract": ((*_WORK, "receive", "approve", "void"), _TREE),
        "crm.Stage": (("view", "calibrate"), _ALL),
        "crm.QuotationLimit": (("view",), _ALL),
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
        "crm.Quotation": ((*_LOOK, "view_margin"), _ALL),
        "crm.Contract": ((*_LOOK, "receive", "invoice"), _ALL),
        "crm.PaymentPlan": (_LOOK, _ALL),
        "crm.Receipt": ((*_LOOK, "confirm", "void"), _ALL),
    },
    "administrator": {
        **dict.fromkeys((*_SETTINGS, *_RULES, "crm.QuotationLimit"), (_EDIT, _ALL)),
        "crm.DuplicateRule": (_EDIT, _ALL),
        "crm.DuplicateDecision": (("view", "export"), _ALL),
    },
}
