"""How a figure of pay came about: steps with amounts and the article of law, which pages put into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from hrm.payroll.errors import InvalidFigure

ZERO = Decimal(0)


class StepCode(StrEnum):
    """What a step does; its amounts are named in brackets."""

    INCOME = "INCOME"  # before, month, to_date
    EXEMPT = "EXEMPT"  # before, month, to_date
    SOCIAL = "SOCIAL"  # before, month, to_date
    SPECIAL = "SPECIAL"  # before, month, to_date
    OTHER = "OTHER"  # before, month, to_date
    BASIC_EMPLOYED = "BASIC_EMPLOYED"  # monthly, months, to_date
    BASIC_FIRST_INCOME = "BASIC_FIRST_INCOME"  # monthly, months, to_date
    BASIC_LOW_INCOME = "BASIC_LOW_INCOME"  # last_year, limit, to_date
    TAXABLE = "TAXABLE"  # to_date
    TAX_TO_DATE = "TAX_TO_DATE"  # taxable, rate, quick, tax
    REDUCTION = "REDUCTION"  # before, month, to_date
    WITHHELD_BEFORE = "WITHHELD_BEFORE"  # to_date
    TAX = "TAX"  # tax
    NOT_REFUNDED = "NOT_REFUNDED"  # carried, tax
    BONUS_SEPARATE = "BONUS_SEPARATE"  # bonus, monthly, rate, quick, tax
    BONUS_MERGED = "BONUS_MERGED"  # bonus, taxable, without, tax
    BONUS_TRAP = "BONUS_TRAP"  # edge, until, loss
    BASE = "BASE"  # wage, floor, cap, base
    EMPLOYER_PART = "EMPLOYER_PART"  # base, rate, fixed, amount
    EMPLOYEE_PART = "EMPLOYEE_PART"  # base, rate, fixed, amount
    SPECIAL_CLAIM = "SPECIAL_CLAIM"  # standard, share, amount
    SEVERANCE_YEARS = "SEVERANCE_YEARS"  # served, counted
    SEVERANCE_BASE = "SEVERANCE_BASE"  # wage, cap, minimum, base
    SEVERANCE = "SEVERANCE"  # base, years, amount
    NOTICE = "NOTICE"  # wage, amount
    SEVERANCE_EXEMPT = "SEVERANCE_EXEMPT"  # amount, limit, exempt, taxable
    SEVERANCE_TAX = "SEVERANCE_TAX"  # taxable, rate, quick, tax


@dataclass(frozen=True)
class Step:
    """
    One step of a calculation.

    :param amounts: by name; what is not there, such as a cap where none is set, is left out.
    :param article: of the law or rule the step follows.
    :param subject: what it is about where one code serves several, such as the project of a contribution.
    """

    code: StepCode
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    article: str = ""
    subject: str = ""

    def as_data(self) -> dict[str, Any]:
        """Return it in types of JSON, figures as text."""
        return {
            "code": self.code.value,
            "amounts": {name: f"{amount:f}" for name, amount in self.amounts.items()},
            "article": self.article,
            "subject": self.subject,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Step:
        """Return the step that :meth:`as_data` gave."""
        amounts = {name: Decimal(amount) for name, amount in data["amounts"].items()}
        return cls(StepCode(data["code"]), amounts, data["article"], data["subject"])


def require(is_right: bool, name: str, value: object) -> None:
    """
    Refuse a figure that is not right.

    :raises InvalidFigure: then.
    """
    if not is_right:
        raise InvalidFigure(name, value)


def require_amount(name: str, value: Decimal) -> None:
    """
    Refuse what is no number or negative.

    :raises InvalidFigure: then.
    """
    require(value.is_finite() and value >= 0, name, value)
