"""Statutory parameters, insurance, pay items, salary archives, pay runs."""

from hrm.payroll.models.archive import CommissionRule, PayInput, SalaryArchive, SalaryArchiveItem
from hrm.payroll.models.commission import CommissionSettlement
from hrm.payroll.models.insurance import SocialEnrolment, SocialScheme, SocialSchemeLine, SpecialDeductionClaim
from hrm.payroll.models.items import PayGroup, PayItem
from hrm.payroll.models.runs import PayRun, PayRunFault, Payslip, PayslipConfirmation, PayslipLine
from hrm.payroll.models.statutes import StatuteRow
from hrm.payroll.models.years import YearToDate

__all__ = [
    "CommissionRule",
    "CommissionSettlement",
    "PayGroup",
    "PayInput",
    "PayItem",
    "PayRun",
    "PayRunFault",
    "Payslip",
    "PayslipConfirmation",
    "PayslipLine",
    "SalaryArchive",
    "SalaryArchiveItem",
    "SocialEnrolment",
    "SocialScheme",
    "SocialSchemeLine",
    "SpecialDeductionClaim",
    "StatuteRow",
    "YearToDate",
]
