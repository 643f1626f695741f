"""What the standard roles may do with folders and documents."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_OWN, _ALL = ScopeLevel.OWN, ScopeLevel.ALL
_FOLDER, _DOCUMENT = "oa.Folder", "oa.Document"
_USES = {
    _FOLDER: (("view", "upload"), _OWN),
    _DOCUMENT: (("view", "add", "change", "upload", "export"), _OWN),
}
_KEEPS = {
    "oa.ArchiveRule": (("view", "add", "change", "delete"), _ALL),
    _FOLDER: (("view", "upload", "add", "change", "delete"), _ALL),
    _DOCUMENT: (("view", "add", "change", "upload", "export", "discard"), _ALL),
}

GRANTS = {
    **dict.fromkeys(
        ("department_manager", "sales_manager", *ORDINARY, "hr"),
        _USES,
    ),
    **dict.fromkeys(("boss", "administrator"), _KEEPS),
}
