"""What the standard roles may do with pay; everybody sees and confirms their own published payslips, and no more."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_ALL, _OWN = ScopeLevel.ALL, ScopeLevel.OWN
_LOOK = ("view", "export")
_EDIT = ("view", "add", "change", "delete", "export")
_PAYSLIP = "hrm.Payslip"
_MINE = {_PAYSLIP: (("view", "confirm"), _OWN)}

GRANTS = {
    **dict.fromkeys(
        ("sales_manager", *ORDINARY, "administrator"),
        _MINE,
    ),
    "finance": {
        **_MINE,
        # Totals of runs, and the files to pay them; not the pay of a person.
        "hrm.PayRun": (("view", "export", "export_bank", "pay"), _ALL),
        "hrm.PayGroup": (("view",), _ALL),
    },
    "boss": {
        _PAYSLIP: ((*_LOOK, "confirm"), _ALL),
        "hrm.PayRun": ((*_LOOK, "compare", "approve"), _ALL),
        "hrm.PayRunFault": (_LOOK, _ALL),
        "hrm.PayGroup": (_LOOK, _ALL),
        "hrm.PayItem": (_LOOK, _ALL),
        "hrm.SalaryArchive": (_LOOK, _ALL),
        "hrm.StatuteRow": (_LOOK, _ALL),
        "hrm.SocialScheme": (_LOOK, _ALL),
        "hrm.CommissionRule": (_LOOK, _ALL),
    },
    "hr": {
        _PAYSLIP: ((*_LOOK, "confirm"), _ALL),
        "hrm.PayRun": ((*_EDIT, "compare", "export_report", "publish"), _ALL),
        "hrm.PayRunFault": ((*_LOOK, "accept"), _ALL),
        "hrm.PayGroup": (("view", "add", "change", "export"), _ALL),
        "hrm.PayItem": (_EDIT, _ALL),
        "hrm.SalaryArchive": (("view", "add", "change", "export"), _ALL),
        "hrm.PayInput": ((*_EDIT, "import", "view_sensitive"), _ALL),
        "hrm.YearToDate": ((*_EDIT, "import"), _ALL),
        "hrm.StatuteRow": (_EDIT, _ALL),
        "hrm.SocialScheme": (_EDIT, _ALL),
        "hrm.SocialEnrolment": ((*_EDIT, "import", "view_sensitive"), _ALL),
        "hrm.SpecialDeductionClaim": ((*_EDIT, "import"), _ALL),
        "hrm.CommissionRule": (_EDIT, _ALL),
    },
}
