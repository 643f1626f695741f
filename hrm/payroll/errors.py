"""What payroll refuses."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils.translation import gettext as _

from suite.core.errors import DomainError, InvalidInput


class NoStatute(DomainError):
    """No row of the statutory parameters is in force on a date."""

    code = "no-statute"

    def __init__(self, statute: str, on: datetime.date) -> None:
        super().__init__(
            _("No statutory parameter %(code)s is in force on %(date)s. Enter the row with its source.")
            % {"code": statute, "date": on.isoformat()},
            statute=statute,
            on=on,
        )


class InvalidStatute(InvalidInput):
    """A row of the statutory parameters that cannot be read, or overlaps another."""

    code = "invalid-statute"

    def __init__(self, statute: str, reason: str) -> None:
        super().__init__(
            _("Statutory parameter %(code)s: %(reason)s.") % {"code": statute, "reason": reason}, statute=statute
        )


class InvalidFigure(InvalidInput):
    """
    A figure outside its range.

    :ivar details: ``name`` of the figure and its ``value``.
    """

    code = "invalid-figure"

    def __init__(self, name: str, value: object) -> None:
        super().__init__(
            _("%(value)s is not possible for %(name)s.") % {"name": name, "value": value}, name=name, value=value
        )


class WrongTaxYear(DomainError):
    """A payment belongs to the year of its pay date, and months are withheld in their order."""

    code = "wrong-tax-year"

    def __init__(self, year: int, month: int, pay_date: datetime.date) -> None:
        super().__init__(
            _("Withheld until %(year)s-%(month)02d: a payment of %(date)s does not follow.")
            % {"year": year, "month": month, "date": pay_date.isoformat()},
            year=year,
            month=month,
            pay_date=pay_date,
        )


class BonusMethodExpired(DomainError):
    """The separate method for annual bonuses is not in force on the pay date."""

    code = "bonus-method-expired"

    def __init__(self, pay_date: datetime.date) -> None:
        super().__init__(
            _("On %(date)s an annual bonus cannot be taxed separately. Merge it into the wages.")
            % {"date": pay_date.isoformat()},
            pay_date=pay_date,
        )


class BonusMethodUsed(DomainError):
    """The separate method was used for this person in this year."""

    code = "bonus-method-used"

    def __init__(self, year: int) -> None:
        super().__init__(
            _("An annual bonus was taxed separately in %(year)s already; once a year is allowed. Merge this one.")
            % {"year": year},
            year=year,
        )


class SpecialDeductionRefused(InvalidInput):
    """
    Claims of special additional deductions that the law does not allow.

    :ivar details: ``reason``, a code, and the ``kind`` of the claim.
    """

    code = "special-deduction-refused"

    def __init__(self, reason: str, kind: str, text: str) -> None:
        super().__init__(text, reason=reason, kind=kind)


class FormulaError(InvalidInput):
    """
    A formula that cannot be used.

    :ivar details: ``reason``, a code such as ``syntax``, and what it is about.
    """

    code = "invalid-formula"

    def __init__(self, reason: str, message: str, **details: Any) -> None:
        super().__init__(message, reason=reason, **details)

    @property
    def reason(self) -> str:
        """Return why, as a code."""
        return str(self.details["reason"])
