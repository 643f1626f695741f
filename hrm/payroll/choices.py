"""Choices of pay; codes that the engines know carry their values."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from hrm.payroll.parameters import Code
from hrm.payroll.social import Project, Rounding
from hrm.payroll.special import Kind, RentTier


class StatuteCode(TextChoices):
    """What a row of the statutory parameters is about, as people call it."""

    IIT_WITHHOLDING = Code.IIT_WITHHOLDING.value, _("Wage tax: withholding table")
    IIT_ANNUAL = Code.IIT_ANNUAL.value, _("Income tax: annual table")
    IIT_MONTHLY = Code.IIT_MONTHLY.value, _("Income tax: monthly table")
    BASIC_DEDUCTION = Code.BASIC_DEDUCTION.value, _("Basic deduction")
    FIRST_INCOME = Code.FIRST_INCOME.value, _("Basic deduction: first income of the year")
    LOW_INCOME = Code.LOW_INCOME.value, _("Basic deduction: low income last year")
    BONUS_SEPARATE = Code.BONUS_SEPARATE.value, _("Annual bonus taxed separately")
    SPECIAL_INFANT = Code.SPECIAL_INFANT.value, _("Deduction: infant care")
    SPECIAL_EDUCATION = Code.SPECIAL_EDUCATION.value, _("Deduction: education of children")
    SPECIAL_ELDERLY = Code.SPECIAL_ELDERLY.value, _("Deduction: care of the elderly")
    SPECIAL_INTEREST = Code.SPECIAL_INTEREST.value, _("Deduction: interest on a home")
    SPECIAL_RENT = Code.SPECIAL_RENT.value, _("Deduction: rent")
    SPECIAL_STUDY = Code.SPECIAL_STUDY.value, _("Deduction: studies for a degree")
    SPECIAL_CERTIFICATE = Code.SPECIAL_CERTIFICATE.value, _("Deduction: professional certificate")
    SPECIAL_ILLNESS = Code.SPECIAL_ILLNESS.value, _("Deduction: serious illness")
    WORKING_TIME = Code.WORKING_TIME.value, _("Working time")
    OVERTIME = Code.OVERTIME.value, _("Overtime")
    STATUTORY_HOLIDAYS = Code.STATUTORY_HOLIDAYS.value, _("Statutory holidays")
    ANNUAL_LEAVE = Code.ANNUAL_LEAVE.value, _("Statutory annual leave")
    PROBATION = Code.PROBATION.value, _("Limits of probation")
    CONTRACT = Code.CONTRACT.value, _("Limits of labour contracts")
    NOTICE = Code.NOTICE.value, _("Notice periods")
    EXIT = Code.EXIT.value, _("End of employment")
    SEVERANCE = Code.SEVERANCE.value, _("Severance")
    SEVERANCE_TAX = Code.SEVERANCE_TAX.value, _("Tax on severance")
    INSURANCE_BASE = Code.INSURANCE_BASE.value, _("Limits of the contribution base")
    INSURANCE_REGISTRATION = Code.INSURANCE_REGISTRATION.value, _("Registration for social insurance")
    FUND = Code.FUND.value, _("Limits of the housing fund")
    WAGE_DEDUCTION = Code.WAGE_DEDUCTION.value, _("Limits of deductions from wages")
    MATERNITY = Code.MATERNITY.value, _("Statutory maternity leave")


class Household(TextChoices):
    """Where somebody is registered, which some cities distinguish 户籍."""

    ANY = "ANY", _("No difference")
    URBAN = "URBAN", _("Urban household")
    RURAL = "RURAL", _("Rural household")


class ProjectKind(TextChoices):
    """Projects of social insurance, and the housing fund."""

    PENSION = Project.PENSION.value, _("Pension insurance")
    MEDICAL = Project.MEDICAL.value, _("Medical insurance")
    UNEMPLOYMENT = Project.UNEMPLOYMENT.value, _("Unemployment insurance")
    INJURY = Project.INJURY.value, _("Work injury insurance")
    MATERNITY = Project.MATERNITY.value, _("Maternity insurance")
    HOUSING_FUND = Project.HOUSING_FUND.value, _("Housing fund")


class RoundingKind(TextChoices):
    """How a city rounds contributions."""

    CENT = Rounding.CENT.value, _("To 0.01")
    JIAO_UP = Rounding.JIAO_UP.value, _("Up to 0.1")
    YUAN = Rounding.YUAN.value, _("To 1 yuan")
    YUAN_UP = Rounding.YUAN_UP.value, _("Up to 1 yuan")


class ClaimKind(TextChoices):
    """Special additional deductions 专项附加扣除 that count during the year."""

    INFANT = Kind.INFANT.value, _("Infant care")
    EDUCATION = Kind.EDUCATION.value, _("Education of children")
    ELDERLY = Kind.ELDERLY.value, _("Care of the elderly")
    INTEREST = Kind.INTEREST.value, _("Interest on a home")
    RENT = Kind.RENT.value, _("Rent of a home")
    STUDY = Kind.STUDY.value, _("Studies for a degree")
    CERTIFICATE = Kind.CERTIFICATE.value, _("Professional certificate")


class TierKind(TextChoices):
    """Size of the city of work, for rent."""

    A = RentTier.A.value, _("Municipality or capital of a province")
    B = RentTier.B.value, _("Above a million people")
    C = RentTier.C.value, _("Other city")


class ItemKind(TextChoices):
    """What a pay item does to the pay."""

    EARNING = "EARNING", _("Earning")
    DEDUCTION = "DEDUCTION", _("Deduction")
    EMPLOYER = "EMPLOYER", _("Cost of the employer")
    INFO = "INFO", _("For information")


class Taxation(TextChoices):
    """How a pay item counts for the wage tax."""

    TAXABLE = "TAXABLE", _("Taxable wage")
    EXEMPT = "EXEMPT", _("Exempt income")
    BONUS = "BONUS", _("Annual bonus, taxed separately")
    DEDUCTIBLE = "DEDUCTIBLE", _("Deducted before tax")
    NONE = "NONE", _("Does not count")


class ItemSource(TextChoices):
    """Where the amount of a pay item comes from."""

    ARCHIVE = "ARCHIVE", _("Salary archive")
    INPUT = "INPUT", _("Monthly entry")
    FORMULA = "FORMULA", _("Formula")
    OVERTIME = "OVERTIME", _("Overtime hours")
    COMP = "COMP", _("Time off not used")
    ANNUAL = "ANNUAL", _("Annual leave not used")


class InputSource(TextChoices):
    """Who entered a monthly amount."""

    MANUAL = "MANUAL", _("By hand")
    IMPORT = "IMPORT", _("Imported")
    COMMISSION = "COMMISSION", _("Commission")
    SEVERANCE = "SEVERANCE", _("End of employment")


class LeavingReason(TextChoices):
    """Why employment ends, with the article that says what is paid (劳动合同法)."""

    AGREED = "AGREED", _("Agreed on the employer's proposal (Art. 36, 46)")
    BY_FAULT = "BY_FAULT", _("Ended by the employee for the employer's fault (Art. 38, 46)")
    NOTICE = "NOTICE", _("Ended with notice: illness, unfit, changed circumstances (Art. 40, 46)")
    REDUCTION = "REDUCTION", _("Reduction of staff (Art. 41, 46)")
    EXPIRED = "EXPIRED", _("Contract expired and was not renewed (Art. 44, 46)")
    UNLAWFUL = "UNLAWFUL", _("Ended without lawful ground: twice the severance (Art. 48, 87)")
    RESIGNED = "RESIGNED", _("Resigned, or agreed on the employee's proposal (Art. 36, 37)")
    MISCONDUCT = "MISCONDUCT", _("Ended for misconduct (Art. 39)")


class RunStatus(TextChoices):
    """States of a pay run 核算批次."""

    DRAFT = "DRAFT", _("Draft")
    CALCULATED = "CALCULATED", _("Calculated")
    APPROVING = "APPROVING", _("In approval")
    LOCKED = "LOCKED", _("Locked")
    PAID = "PAID", _("Paid out")


class FaultCode(TextChoices):
    """What is wrong with the pay of a person."""

    NO_ARCHIVE = "NO_ARCHIVE", _("No salary archive")
    NO_ENROLMENT = "NO_ENROLMENT", _("Not enrolled in social insurance")
    NO_SCHEME = "NO_SCHEME", _("No insurance scheme in force")
    EXAMPLE_SCHEME = "EXAMPLE_SCHEME", _("Insurance scheme is an example")
    NEGATIVE_NET = "NEGATIVE_NET", _("Net pay is negative")
    FORMULA = "FORMULA", _("Formula cannot be computed")
    TAX = "TAX", _("Tax cannot be computed")
    BONUS = "BONUS", _("Annual bonus cannot be taxed separately")
    SPECIAL = "SPECIAL", _("Special additional deductions are refused")
    MINIMUM_WAGE = "MINIMUM_WAGE", _("Below the minimum wage")
    PROBATION = "PROBATION", _("Too little pay in probation")
    UNCOVERED_DAYS = "UNCOVERED_DAYS", _("Days of service without a salary archive")
    UNUSED_AMOUNT = "UNUSED_AMOUNT", _("Amount of the salary archive that no item pays")
    NO_FUND = "NO_FUND", _("Housing fund is not part of the insurance scheme")
    DAMAGE = "DAMAGE", _("Too much deducted for damage")
    UNUSED_INPUT = "UNUSED_INPUT", _("Monthly entry is not paid")
    UNPAID_LEAVE = "UNPAID_LEAVE", _("Leave not used is not paid")


LOCKED_STATES = frozenset({RunStatus.LOCKED, RunStatus.PAID})
OPEN_STATES = frozenset({RunStatus.DRAFT, RunStatus.CALCULATED})
# What somebody may answer for with a reason; all else has to be put right.
ACCEPTABLE = frozenset(
    {
        FaultCode.NO_ARCHIVE,
        FaultCode.NO_ENROLMENT,
        FaultCode.NO_SCHEME,
        FaultCode.MINIMUM_WAGE,
        FaultCode.PROBATION,
        FaultCode.UNUSED_INPUT,
        FaultCode.UNCOVERED_DAYS,
        FaultCode.UNUSED_AMOUNT,
        FaultCode.NO_FUND,
        FaultCode.UNPAID_LEAVE,
    }
)
# Said, but no reason to stop.
WARNINGS = frozenset({FaultCode.EXAMPLE_SCHEME})
# Which taxation each kind of item can have; the first is the usual one.
TAXATIONS = {
    ItemKind.EARNING: (Taxation.TAXABLE, Taxation.EXEMPT, Taxation.BONUS),
    ItemKind.DEDUCTION: (Taxation.NONE, Taxation.DEDUCTIBLE),
    ItemKind.EMPLOYER: (Taxation.NONE,),
    ItemKind.INFO: (Taxation.NONE,),
}
