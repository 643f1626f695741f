"""
Special additional deductions 专项附加扣除 of a month, from what an employee claims (国发〔2018〕41号, 〔2023〕13号).

A claim counts in each month from its first to its last, by the amounts in force in that month. Serious illness counts
at the annual settlement only and is no claim here.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from django.utils.translation import gettext as _

from hrm.payroll.errors import SpecialDeductionRefused
from hrm.payroll.explain import ZERO, Step, StepCode, require
from hrm.payroll.parameters import Code, Statute, in_force
from suite.masters.decimals import round_exact

CENTS = 2
MONTHS = 12
WHOLE = Decimal(1)
HALF = Decimal("0.5")


class Kind(StrEnum):
    """
    What is claimed.

    婴幼儿照护, 子女教育, 赡养老人, 住房贷款利息, 住房租金, 学历继续教育, 职业资格继续教育, 大病医疗.
    """

    INFANT = "INFANT"
    EDUCATION = "EDUCATION"
    ELDERLY = "ELDERLY"
    INTEREST = "INTEREST"
    RENT = "RENT"
    STUDY = "STUDY"
    CERTIFICATE = "CERTIFICATE"
    ILLNESS = "ILLNESS"


CODES = {kind: Code[f"SPECIAL_{kind.name}"] for kind in Kind}
# One for each child; of the others a person has one at a time.
SEVERAL = (Kind.INFANT, Kind.EDUCATION)
HALVES = (Kind.INFANT, Kind.EDUCATION, Kind.INTEREST)


class RentTier(StrEnum):
    """Size of the city of work: A 直辖市、省会、计划单列市, B other cities above a million people, C the rest."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True)
class Claim:
    """
    What a person claims, one for each child.

    :param first: any day of the first month; of a certificate that of its date, and nothing else.
    :param last: any day of the last month; None while it goes on.
    :param share: 1 or 0.5 for children and interest, agreed between the couple; 1 for all else.
    :param shared_amount: of an only child None; else what the siblings agreed for a month.
    :param tier: of the rent.
    :param months_before: in which the same loan or degree was deducted before this claim.
    """

    kind: Kind
    first: datetime.date
    last: datetime.date | None = None
    share: Decimal = WHOLE
    shared_amount: Decimal | None = None
    tier: RentTier | None = None
    months_before: int = 0


@dataclass(frozen=True)
class SpecialDeduction:
    """What counts in a month, or in several."""

    amount: Decimal
    explanation: tuple[Step, ...]


def special_deduction(month: datetime.date, claims: Sequence[Claim], parameters: Sequence[Statute]) -> SpecialDeduction:
    """
    Return what the claims of a person deduct in a month.

    :param month: any day of it.
    :raises SpecialDeductionRefused: for rent and interest in one tax year, two at once of what one has only once, a
        share that is not allowed, more than a sibling may take, no size of the city, or serious illness.
    :raises InvalidFigure: for a claim that ends before it begins.
    :raises NoStatute: for a kind that is not in force in the month.
    """
    for claim in claims:
        _check(claim)
    _check_home(month.year, claims)
    current = [claim for claim in claims if claim.kind is not Kind.CERTIFICATE and _counts_in(claim, month)]
    for kind, count in Counter(claim.kind for claim in current).items():
        if count > 1 and kind not in SEVERAL:
            raise SpecialDeductionRefused("twice", kind, _("This can be claimed only once at a time."))
    current += _certificate(month, claims)
    steps = tuple(step for claim in current if (step := _step(claim, month, parameters)))
    return SpecialDeduction(sum((step.amounts["amount"] for step in steps), ZERO), steps)


def special_deduction_to_date(
    first: datetime.date, last: datetime.date, claims: Sequence[Claim], parameters: Sequence[Statute]
) -> SpecialDeduction:
    """
    Return what the claims deduct in all months from first to last, as cumulative withholding needs it.

    What is claimed late is made up for so: the month's deduction is the sum to date less what was deducted before.

    :param first, last: any day of the first and last month in which the person is employed here in the tax year.
    :raises InvalidFigure: for months that are not of one year.
    :raises SpecialDeductionRefused, NoStatute: as :func:`special_deduction`.
    """
    require(first.year == last.year, "last", last)
    months = [
        special_deduction(datetime.date(first.year, month, 1), claims, parameters)
        for month in range(first.month, last.month + 1)
    ]
    steps = tuple(step for month in months for step in month.explanation)
    return SpecialDeduction(sum((month.amount for month in months), ZERO), steps)


def _step(claim: Claim, month: datetime.date, parameters: Sequence[Statute]) -> Step | None:
    """Return what a claim deducts in a month in which it counts; None when its months are used up."""
    statute = in_force(parameters, CODES[claim.kind], month)
    if claim.kind in (Kind.INTEREST, Kind.STUDY):
        used = claim.months_before + _index(month) - _index(claim.first)
        if used >= statute.whole("months"):
            return None
    standard = _standard(claim, statute)
    amount = round_exact(Fraction(standard) * Fraction(claim.share), CENTS)
    if claim.shared_amount is not None:
        _check_shared(claim.shared_amount, statute)
        amount = claim.shared_amount
    amounts = {"standard": standard, "share": claim.share, "amount": amount}
    return Step(StepCode.SPECIAL_CLAIM, amounts, statute.article, claim.kind)


def _standard(claim: Claim, statute: Statute) -> Decimal:
    if claim.tier:
        return statute.number(claim.tier)
    return statute.number("amount" if claim.kind is Kind.CERTIFICATE else "monthly")


def _certificate(month: datetime.date, claims: Sequence[Claim]) -> list[Claim]:
    """Return the certificate of the month, unless one of the year was deducted before: they deduct once a year."""
    dated = [claim for claim in claims if claim.kind is Kind.CERTIFICATE and claim.first.year == month.year]
    earliest = min(dated, key=lambda claim: claim.first, default=None)
    return [earliest] if earliest and earliest.first.month == month.month else []


def _check(claim: Claim) -> None:
    require(claim.last is None or claim.last >= claim.first, "last", claim.last)
    require(claim.months_before >= 0, "months_before", claim.months_before)
    if claim.kind is Kind.ILLNESS:
        raise SpecialDeductionRefused(
            "settlement-only", claim.kind, _("Serious illness is deducted at the annual settlement only.")
        )
    if claim.share not in ((WHOLE, HALF) if claim.kind in HALVES else (WHOLE,)):
        raise SpecialDeductionRefused("share", claim.kind, _("Claim the whole, or half for each of a couple."))
    if (claim.tier is None) == (claim.kind is Kind.RENT):
        raise SpecialDeductionRefused("tier", claim.kind, _("The size of the city belongs to rent, and to rent only."))
    if claim.shared_amount is not None and claim.kind is not Kind.ELDERLY:
        raise SpecialDeductionRefused("shared-amount", claim.kind, _("Only care of the elderly is shared by siblings."))


def _check_home(year: int, claims: Sequence[Claim]) -> None:
    """Refuse rent and interest in one tax year (国发〔2018〕41号 20)."""
    kinds = {
        claim.kind for claim in claims if claim.first.year <= year and (claim.last is None or claim.last.year >= year)
    }
    if {Kind.RENT, Kind.INTEREST} <= kinds:
        raise SpecialDeductionRefused(
            "rent-with-interest", Kind.RENT, _("Rent and interest of a home cannot both be claimed in a year.")
        )


def _check_shared(amount: Decimal, statute: Statute) -> None:
    limit = statute.number("shared_limit")
    if not 0 <= amount <= limit:
        raise SpecialDeductionRefused(
            "shared-limit", Kind.ELDERLY, _("One of several siblings can claim %(limit)s at most.") % {"limit": limit}
        )


def _counts_in(claim: Claim, month: datetime.date) -> bool:
    return _index(claim.first) <= _index(month) and (claim.last is None or _index(month) <= _index(claim.last))


def _index(day: datetime.date) -> int:
    return day.year * MONTHS + day.month
