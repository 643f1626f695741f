"""What the standard roles may do with tickets."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_LOOK = ("view", "export")
_WORK = ("view", "add", "change", "export")
_EDIT = ("view", "add", "change", "delete")
_TICKET, _RATING = "crm.Ticket", "crm.TicketRating"
_SETTINGS = ("crm.ComplaintType", "crm.SlaPolicy", "crm.DispatchRule")
_CHOICES = {"crm.ComplaintType": (("view",), _ALL)}

GRANTS = {
    "boss": {
        **dict.fromkeys(_SETTINGS, (("view",), _ALL)),
        _TICKET: (("view", "change", "assign", "export"), _ALL),
        _RATING: (_LOOK, _ALL),
    },
    "sales_manager": {
        **dict.fromkeys(_SETTINGS, (_EDIT, _ALL)),
        _TICKET: ((*_WORK, "assign"), _TREE),
        _RATING: (_LOOK, _TREE),
    },
    "salesperson": {**_CHOICES, _TICKET: (_WORK, _OWN), _RATING: (_LOOK, _OWN)},
    # Whoever answers the telephone looks up every customer and what was agreed with it.
    "customer_service": {
        **_CHOICES,
        **dict.fromkeys(("crm.SlaPolicy", "crm.DispatchRule"), (("view",), _ALL)),
        **dict.fromkeys(("crm.Source", "crm.Pool"), (("view",), _ALL)),
        _TICKET: ((*_WORK, "assign"), _ALL),
        _RATING: (_LOOK, _ALL),
        "crm.Customer": (("view",), _ALL),
        "crm.Contact": (("view", "add", "change"), _ALL),
        "crm.Contract": (("view",), _ALL),
        "crm.FollowUp": (("view",), _ALL),
    },
    "administrator": dict.fromkeys(_SETTINGS, (_EDIT, _ALL)),
}
