"""The one place where codes of pay are put into words: steps of figures, lines, faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hrm.payroll.choices import ClaimKind, ItemSource, ProjectKind
from hrm.payroll.explain import Step, StepCode
from hrm.payroll.models import PayslipLine
from hrm.payroll.variables import VARIABLES
from suite.core.text import listed
from suite.pages.columns import money, quantity

PERCENTS = frozenset({"rate", "share"})
PLAIN = frozenset({"months", "years", "served", "counted"})
HUNDRED = Decimal(100)

STEPS: Mapping[StepCode, Any] = {
    StepCode.INCOME: _("Wages to date: %(before)s before, %(month)s now, together %(to_date)s."),
    StepCode.EXEMPT: _("Exempt income to date: %(before)s before, %(month)s now, together %(to_date)s."),
    StepCode.SOCIAL: _("Own insurance and fund to date: %(before)s before, %(month)s now, together %(to_date)s."),
    StepCode.SPECIAL: _(
        "Special additional deductions to date: %(before)s before, %(month)s now, together %(to_date)s."
    ),
    StepCode.OTHER: _("Other deductions by law to date: %(before)s before, %(month)s now, together %(to_date)s."),
    StepCode.BASIC_EMPLOYED: _("Basic deduction: %(monthly)s for each of %(months)s months here, %(to_date)s."),
    StepCode.BASIC_FIRST_INCOME: _(
        "Basic deduction: first wages of the year, so %(monthly)s for all %(months)s months since January, %(to_date)s."
    ),
    StepCode.BASIC_LOW_INCOME: _(
        "Basic deduction: wages of last year were %(last_year)s, not above %(limit)s, so %(to_date)s at once."
    ),
    StepCode.TAXABLE: _("Taxable to date: %(to_date)s."),
    StepCode.TAX_TO_DATE: _("Tax to date: %(taxable)s × %(rate)s − %(quick)s = %(tax)s."),
    StepCode.REDUCTION: _("Tax reductions to date: %(before)s before, %(month)s now, together %(to_date)s."),
    StepCode.WITHHELD_BEFORE: _("Withheld before: %(to_date)s."),
    StepCode.TAX: _("Tax of this payment: %(tax)s."),
    StepCode.NOT_REFUNDED: _(
        "%(carried)s too much was withheld; it is not refunded now but set off within the year. "
        "Tax of this payment: %(tax)s."
    ),
    StepCode.BONUS_SEPARATE: _(
        "Annual bonus by itself: a twelfth of %(bonus)s is %(monthly)s; %(bonus)s × %(rate)s − %(quick)s = %(tax)s."
    ),
    StepCode.BONUS_MERGED: _(
        "Merged into the wages to date, the annual bonus of %(bonus)s would cost %(tax)s: "
        "the tax on %(taxable)s less %(without)s."
    ),
    StepCode.BONUS_TRAP: _("Between %(edge)s and %(until)s a higher bonus leaves less: %(loss)s less than %(edge)s."),
    StepCode.BASE: _("%(subject)s: base %(base)s, from wages of %(wage)s, at least %(floor)s and at most %(cap)s."),
    StepCode.EMPLOYER_PART: _("%(subject)s, employer: %(base)s × %(rate)s + %(fixed)s = %(amount)s."),
    StepCode.EMPLOYEE_PART: _("%(subject)s, employee: %(base)s × %(rate)s + %(fixed)s = %(amount)s."),
    StepCode.SPECIAL_CLAIM: _("%(subject)s: %(amount)s a month, %(share)s of %(standard)s."),
    StepCode.SEVERANCE_YEARS: _("Years of service %(served)s, of which %(counted)s count."),
    StepCode.SEVERANCE_BASE: _(
        "Monthly wage %(wage)s, at least the minimum wage %(minimum)s and at most %(cap)s: %(base)s."
    ),
    StepCode.SEVERANCE: _("Severance: %(base)s × %(years)s = %(amount)s."),
    StepCode.NOTICE: _("Wage in lieu of notice, of the month before (%(wage)s): %(amount)s."),
    StepCode.SEVERANCE_EXEMPT: _("Of %(amount)s up to %(limit)s are exempt: %(exempt)s; %(taxable)s are taxed."),
    StepCode.SEVERANCE_TAX: _("Tax on severance: %(taxable)s × %(rate)s − %(quick)s = %(tax)s."),
}
NAMES = ("floor", "cap", "minimum")


@dataclass(frozen=True)
class Sentence:
    """A figure explained, with the article it follows."""

    text: str
    article: str = ""


def step_in_words(step: Step) -> Sentence:
    """Return a step of a calculation as a sentence."""
    figures = {name: figure(name, amount) for name, amount in step.amounts.items()}
    for name in NAMES:
        figures.setdefault(name, "—")
    return Sentence(str(STEPS[step.code]) % {**figures, "subject": subject(step.subject)}, step.article)


def steps_in_words(data: Sequence[Mapping[str, Any]], *codes: StepCode) -> list[Sentence]:
    """Return stored steps as sentences, only those with the given codes when some are given."""
    steps = [Step.from_data(each) for each in data]
    return [step_in_words(step) for step in steps if not codes or step.code in codes]


def subject(code: str) -> str:
    """Return what a project or a claim is called."""
    labels = {**dict(ProjectKind.choices), **dict(ClaimKind.choices)}
    return str(labels.get(code, code))


def figure(name: str, value: Decimal) -> str:
    """Return a figure as people write it: amounts with separators, rates in percent."""
    if name in PERCENTS:
        return f"{quantity(value * HUNDRED)} %"
    return quantity(value) if name in PLAIN else money(value)


def line_in_words(line: PayslipLine) -> Sentence:
    """Return where the amount of a payslip's line comes from."""
    basis = line.basis
    source = basis.get("source")
    article = basis.get("article", "")
    if source == ItemSource.ARCHIVE:
        return Sentence(_archived(basis), article)
    if source == ItemSource.OVERTIME:
        return Sentence(_overtime(basis), article)
    if source == ItemSource.COMP:
        return Sentence(_comp_time(basis), article)
    if source == ItemSource.ANNUAL:
        return Sentence(_annual_leave(basis), article)
    if source == ItemSource.FORMULA:
        return Sentence(_formula(basis), article)
    return Sentence(listed(basis.get("notes", ())) or _t("Entered for this month."), article)


def _archived(basis: Mapping[str, Any]) -> str:
    monthly = money(Decimal(basis.get("monthly", "0")))
    if "share" not in basis:
        return _t("%(monthly)s a month by the salary archive.") % {"monthly": monthly}
    return _t("%(monthly)s a month by the salary archive, %(share)s of the month by its pay days.") % {
        "monthly": monthly,
        "share": figure("share", Decimal(basis["share"])),
    }


def _overtime(basis: Mapping[str, Any]) -> str:
    parts = [
        _t("%(hours)s h × %(multiple)s × %(hourly)s = %(amount)s")
        % {
            "hours": quantity(Decimal(part["hours"])),
            "multiple": quantity(Decimal(part["multiple"])),
            "hourly": money(Decimal(basis["hourly"])),
            "amount": money(Decimal(part["amount"])),
        }
        for part in basis.get("parts", ())
    ]
    return _t("Hourly wage %(monthly)s / 21.75 / 8: %(parts)s.") % {
        "monthly": money(Decimal(basis["monthly"])),
        "parts": listed(parts),
    }


def _comp_time(basis: Mapping[str, Any]) -> str:
    paid = _t("%(hours)s h of time off not used: hourly wage %(monthly)s / 21.75 / 8 = %(hourly)s, × %(multiple)s.") % {
        "hours": quantity(Decimal(basis["hours"])),
        "monthly": money(Decimal(basis["monthly"])),
        "hourly": money(Decimal(basis["hourly"])),
        "multiple": quantity(Decimal(basis["multiple"])),
    }
    return _with_set_off(paid, basis)


def _annual_leave(basis: Mapping[str, Any]) -> str:
    paid = _t("%(days)s days not taken × %(average)s / 21.75 × %(multiple)s beside the normal wage; %(since)s.") % {
        "days": quantity(Decimal(basis["days"])),
        "average": money(Decimal(basis["average"])),
        "multiple": quantity(Decimal(basis["multiple"])),
        "since": _t("average of %(months)s months") % {"months": basis["months"]}
        if basis["months"]
        else _t("no earlier month"),
    }
    return _with_set_off(paid, basis)


def _with_set_off(text: str, basis: Mapping[str, Any]) -> str:
    set_off = Decimal(basis["due"]["set_off"])
    if not set_off:
        return text
    return f"{text} " + _t("%(number)s were paid before, when the person was to leave.") % {"number": quantity(set_off)}


def _formula(basis: Mapping[str, Any]) -> str:
    values = [
        _t("%(name)s is %(value)s") % {"name": VARIABLES.get(name, name), "value": quantity(Decimal(value))}
        for name, value in basis.get("values", {}).items()
    ]
    text = _t("%(formula)s; %(values)s.") % {"formula": basis["formula"], "values": listed(values)}
    if "appraisal" not in basis:
        return text
    appraisal = _t("Appraisal of %(first)s to %(last)s: grade %(grade)s.") % basis["appraisal"]
    return f"{text} {appraisal}"
