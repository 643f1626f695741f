"""The order of adoption: which systems must work for real before the next one is opened. Plain data and functions."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from rollout.choices import BusinessType

# First customers, then people, then operations, then what refines operations.
REQUIRES: dict[str, tuple[str, ...]] = {
    "crm": (),
    "hrm": ("crm",),
    "erp": ("crm", "hrm"),
    "wms": ("erp",),
    "mes": ("erp", "wms"),
    "srm": ("erp", "wms", "mes"),
    "qms": ("wms", "mes", "srm"),
    "oa": (),
}
# The first system, and the one that stands beside the order, have nothing that could be measured before.
UNGATED = frozenset({"crm", "oa"})
# Not counted when only one system at a time is introduced.
EXEMPT = frozenset({"oa"})

# What a company has a use for, by what it lives from.
SYSTEMS_FOR: dict[str, frozenset[str]] = {
    BusinessType.TRADE: frozenset({"oa", "crm", "hrm", "erp", "wms", "srm"}),
    BusinessType.MANUFACTURING: frozenset(REQUIRES),
    BusinessType.RESEARCH: frozenset({"oa", "crm", "hrm", "erp"}),
    BusinessType.SERVICE: frozenset({"oa", "crm", "hrm", "erp"}),
}

# Purchasing that weighs this much makes supplier management worth having before warehousing and manufacturing.
EARLY_PURCHASE_RATIO = Decimal(50)
EARLY_ITEM_COUNT = 500

SOFT_SCORE = Decimal(80)
GREEN_DAYS = 28


def may_come_early(purchase_ratio: Decimal | None, item_count: int | None) -> bool:
    """
    Whether supplier management may precede warehousing and manufacturing.

    :param purchase_ratio: share of purchases in turnover, percent.
    :param item_count: number of different items bought.
    """
    return (purchase_ratio or Decimal(0)) >= EARLY_PURCHASE_RATIO or (item_count or 0) > EARLY_ITEM_COUNT


def requirements(code: str, *, is_early: bool = False, systems: Collection[str] = REQUIRES) -> tuple[str, ...]:
    """
    Return the systems that must be in use before the given one, in order of adoption.

    :param systems: those that the company has a use for; the others are not waited for.
    """
    needed = ("erp",) if code == "srm" and is_early else REQUIRES.get(code, ())
    return tuple(each for each in needed if each in systems)


def all_requirements(code: str, *, is_early: bool = False, systems: Collection[str] = REQUIRES) -> tuple[str, ...]:
    """Return the requirements and theirs, in order of adoption."""
    found: set[str] = set()
    waiting: set[str] = {code}
    while waiting:
        waiting = {n for each in waiting for n in requirements(each, is_early=is_early, systems=systems)} - found
        found |= waiting
    return tuple(each for each in REQUIRES if each in found)
