"""What the standard roles may do with handovers."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_HANDOVER, _LINE = "hrm.Handover", "hrm.HandoverLine"

GRANTS = {
    "hr": {_HANDOVER: (("view", "export", "add", "change"), _ALL), _LINE: (("view",), _ALL)},
    "boss": {_HANDOVER: (("view", "export"), _ALL), _LINE: (("view",), _ALL)},
}
