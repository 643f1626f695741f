"""What the standard roles may do with invoices; recording one is an action of the contract."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_LOOK = ("view", "export")
_INVOICE = "crm.Invoice"

GRANTS = {
    "boss": {_INVOICE: (_LOOK, _ALL)},
    "sales_manager": {_INVOICE: (_LOOK, _TREE)},
    "salesperson": {_INVOICE: (_LOOK, _OWN)},
    "finance": {_INVOICE: ((*_LOOK, "void"), _ALL)},
}
