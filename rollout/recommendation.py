"""
Which systems a company should introduce, in what order and how far: a pure function of its profile and its pains.

Two rules of thumb of the trade are asked, one by headcount and one by revenue. Where they differ the further one is
the target, the difference is said, and the readiness checks decide the date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rollout.choices import BusinessType, Depth, Pain
from rollout.path import REQUIRES, SYSTEMS_FOR, all_requirements, may_come_early

SMALL_STAFF = 30
LARGE_STAFF = 200
# Yuan of revenue in a year.
OPERATIONS_BY_SIZE = Decimal(100_000_000)
OPERATIONS_BY_REVENUE = Decimal(50_000_000)
INTEGRATION_BY_REVENUE = Decimal(500_000_000)

PAIN_SYSTEM: dict[str, str] = {
    Pain.CUSTOMERS_IN_HEADS: "crm",
    Pain.APPROVALS_JAMMED: "oa",
    Pain.PEOPLE_CHAOS: "hrm",
    Pain.BOOKS_UNCLEAR: "erp",
    Pain.STOCK_WRONG: "wms",
    Pain.PROGRESS_UNKNOWN: "mes",
    Pain.SUPPLIER_DELAYS: "srm",
    Pain.REPEATED_DEFECTS: "qms",
    # Dashboards come with the systems that feed them, so the answer is the first of these.
    Pain.GUT_DECISIONS: "crm",
}


class Band(IntEnum):
    """Size of a company by one rule of thumb."""

    SMALL = 1
    MEDIUM = 2
    LARGE = 3


# How far each system goes in each band; what is not named waits.
BY_SIZE: dict[Band, dict[str, Depth]] = {
    Band.SMALL: {"oa": Depth.LIGHT, "crm": Depth.LIGHT},
    Band.MEDIUM: {"oa": Depth.FULL, "crm": Depth.FULL, "hrm": Depth.FULL, "erp": Depth.PLAN},
    Band.LARGE: {
        "oa": Depth.FULL,
        "crm": Depth.FULL,
        "hrm": Depth.FULL,
        "erp": Depth.FULL,
        "wms": Depth.PLAN,
        "mes": Depth.PLAN,
        "srm": Depth.PLAN,
        "qms": Depth.PLAN,
    },
}
BY_REVENUE: dict[Band, dict[str, Depth]] = {
    Band.SMALL: {"crm": Depth.LIGHT},
    Band.MEDIUM: {"crm": Depth.FULL, "erp": Depth.CORE},
    Band.LARGE: dict.fromkeys(("oa", *REQUIRES), Depth.FULL),
}


@dataclass(frozen=True)
class Profile:
    """
    What is known of a company.

    :param revenue: yuan in a year.
    :param purchase_ratio: purchases in revenue, percent.
    """

    staff: int
    revenue: Decimal
    business_type: str
    purchase_ratio: Decimal = Decimal(0)
    item_count: int = 0


@dataclass(frozen=True)
class PainScore:
    """How badly (0–5), how often (1–4) and how dearly (1–3) something hurts."""

    pain: str
    severity: int
    frequency: int
    money: int

    @property
    def score(self) -> int:
        return self.severity * self.frequency * self.money


@dataclass(frozen=True)
class Step:
    """One system of the recommended path, how far to go with it now, and why."""

    code: str
    depth: Depth
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Remedy:
    """The system that eases a pain first, and what must be in use before it, in order."""

    pain: str
    score: int
    code: str
    unmet: tuple[str, ...]


@dataclass(frozen=True)
class Recommendation:
    """The path in order of adoption, where the rules of thumb differ, and what eases which pain."""

    steps: tuple[Step, ...]
    conflicts: tuple[str, ...]
    remedies: tuple[Remedy, ...]


def band_by_size(staff: int, revenue: Decimal) -> Band:
    """Up to 30 people small, up to 199 medium; from 200 people or above 100 million yuan large."""
    if staff >= LARGE_STAFF or revenue > OPERATIONS_BY_SIZE:
        return Band.LARGE
    return Band.SMALL if staff <= SMALL_STAFF else Band.MEDIUM


def band_by_revenue(revenue: Decimal) -> Band:
    """Below 50 million yuan small, below 500 million medium, from there large."""
    if revenue >= INTEGRATION_BY_REVENUE:
        return Band.LARGE
    return Band.MEDIUM if revenue >= OPERATIONS_BY_REVENUE else Band.SMALL


def recommend(profile: Profile, pains: Iterable[PainScore], *, in_use: Collection[str]) -> Recommendation:
    """
    Recommend a path.

    :param in_use: codes of the systems that work for real already.
    """
    is_early = may_come_early(profile.purchase_ratio, profile.item_count)
    systems = SYSTEMS_FOR[profile.business_type]
    steps = [_step(code, profile, is_early=is_early) for code in _order(is_early=is_early) if code in systems]
    return Recommendation(
        steps=tuple(_with_foundations(steps, is_early=is_early, systems=systems)),
        conflicts=tuple(_conflicts(profile)),
        remedies=_remedies(pains, in_use, is_early=is_early, systems=systems),
    )


def _order(*, is_early: bool) -> list[str]:
    staged = [code for code in REQUIRES if code != "oa"]
    if is_early:
        staged.remove("srm")
        staged.insert(staged.index("erp") + 1, "srm")
    return ["oa", *staged]


def _bands(profile: Profile) -> tuple[Band, Band]:
    return band_by_size(profile.staff, profile.revenue), band_by_revenue(profile.revenue)


def _step(code: str, profile: Profile, *, is_early: bool) -> Step:
    size, revenue = _bands(profile)
    by_size, by_revenue = BY_SIZE[size].get(code, Depth.WAIT), BY_REVENUE[revenue].get(code, Depth.WAIT)
    depth = max(by_size, by_revenue)
    reasons = [_reason_of(depth, by_size, by_revenue, profile)]
    if code == "srm" and is_early:
        depth = max(depth, Depth.PLAN)
        reasons.append(_("Purchases weigh so much that it may precede warehousing and manufacturing."))
    if code == "mes" and profile.business_type == BusinessType.MANUFACTURING:
        reasons.append(_("The company lives from manufacturing."))
    if code == "erp" and profile.business_type == BusinessType.RESEARCH:
        reasons.append(_("Begin with versions of products and bills of materials."))
    if code == "hrm" and size is Band.LARGE:
        reasons.append(_("Several legal entities share one organisation."))
    return Step(code, depth, tuple(reasons))


def amount(yuan: Decimal) -> str:
    """A large amount as it is said: in ten thousands (万) in Chinese, in millions otherwise."""
    if (get_language() or "").startswith("zh"):
        return f"{yuan / 10_000:,.0f} 万"
    return f"{yuan / 1_000_000:,.0f} million"


def _with_foundations(steps: Iterable[Step], *, is_early: bool, systems: Collection[str]) -> Iterable[Step]:
    """What a due system stands on cannot wait: it is at least used lightly."""
    path = list(steps)
    due = [step.code for step in path if step.depth >= Depth.LIGHT]
    for step in path:
        above = [c for c in due if step.code in all_requirements(c, is_early=is_early, systems=systems)]
        if above and step.depth < Depth.LIGHT:
            reason = _("%(system)s stands on it.") % {"system": above[0].upper()}
            yield Step(step.code, Depth.LIGHT, (reason,))
        else:
            yield step


def _reason_of(depth: Depth, by_size: Depth, by_revenue: Depth, profile: Profile) -> str:
    facts: dict[str, Any] = {"staff": profile.staff, "revenue": amount(profile.revenue)}
    if depth == Depth.WAIT:
        return _("With %(staff)s people and %(revenue)s yuan a year it can wait.") % facts
    if by_size > by_revenue:
        return _("Due by size: %(staff)s people.") % facts
    if by_revenue > by_size:
        return _("Due by revenue: %(revenue)s yuan a year.") % facts
    return _("Due by size and by revenue.")


def _conflicts(profile: Profile) -> Iterable[str]:
    size, revenue = _bands(profile)
    by_size, by_revenue = BY_SIZE[size].get("erp", Depth.WAIT), BY_REVENUE[revenue].get("erp", Depth.WAIT)
    if by_size != by_revenue:
        yield _(
            "Operations: by headcount (%(staff)s people) “%(by_size)s”, by revenue (%(revenue)s yuan) "
            "“%(by_revenue)s”. The further one is the target; the readiness checks decide the date."
        ) % {
            "staff": profile.staff,
            "by_size": by_size.label,
            "revenue": amount(profile.revenue),
            "by_revenue": by_revenue.label,
        }
    if by_revenue >= Depth.CORE and BY_SIZE[size].get("hrm", Depth.WAIT) < Depth.FULL:
        yield _("The path puts people before operations, though by headcount the personnel system could wait.")


def _remedies(
    pains: Iterable[PainScore], in_use: Collection[str], *, is_early: bool, systems: Collection[str]
) -> tuple[Remedy, ...]:
    felt = sorted((each for each in pains if each.score), key=lambda each: (-each.score, each.pain))
    return tuple(
        Remedy(
            pain=each.pain,
            score=each.score,
            code=(code := PAIN_SYSTEM[each.pain]),
            unmet=tuple(n for n in all_requirements(code, is_early=is_early, systems=systems) if n not in in_use),
        )
        for each in felt
    )
