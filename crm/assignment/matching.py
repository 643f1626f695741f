"""Which rule fits a lead or a customer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm.assignment.models import AssignmentRule
from crm.customers.models import Customer, Lead
from suite.masters.models import ItemCategory


@dataclass(frozen=True)
class Facts:
    """
    What rules look at.

    :param interests: keys of item categories, those above them included.
    """

    company: int
    source: int | None
    region: str
    interests: frozenset[int]
    tags: frozenset[str]


@dataclass(frozen=True)
class Conditions:
    """The conditions of one rule; an empty one fits everything."""

    rule: AssignmentRule
    sources: frozenset[int]
    categories: frozenset[int]

    def fit(self, facts: Facts) -> bool:
        """Whether the rule is for such a lead or customer."""
        rule = self.rule
        wanted = bool(self.categories or rule.tags)
        return (
            rule.company_id == facts.company
            and (not self.sources or facts.source in self.sources)
            and (not rule.regions or any(facts.region.startswith(region.strip()) for region in rule.regions))
            and (not wanted or bool(self.categories & facts.interests) or bool(facts.tags & set(rule.tags)))
        )


def conditions_of(rules: Iterable[AssignmentRule]) -> list[Conditions]:
    """Return the conditions of rules in their order, by two queries for all."""
    rows = AssignmentRule.objects.filter(pk__in=[rule.pk for rule in rules]).prefetch_related("sources", "categories")
    return [
        Conditions(
            rule,
            frozenset(source.pk for source in rule.sources.all()),
            frozenset(category.pk for category in rule.categories.all()),
        )
        for rule in rows.order_by("position", "pk")
    ]


def facts_of_leads(leads: Sequence[Lead]) -> dict[int, Facts]:
    """Return what rules look at, by lead."""
    above = _categories_above({lead.interest_id for lead in leads if lead.interest_id})
    return {
        lead.pk: Facts(
            lead.company_id,
            lead.source_id,
            lead.region,
            above.get(lead.interest_id or 0, frozenset()),
            frozenset(lead.tags),
        )
        for lead in leads
    }


def facts_of_customers(customers: Sequence[Customer]) -> dict[int, Facts]:
    """Return what rules look at, by customer; what its leads were interested in interests the customer."""
    pks = [customer.pk for customer in customers]
    pairs = list(
        Lead.objects.filter(customer__in=pks, interest__isnull=False).order_by().values_list("customer", "interest")
    )
    above = _categories_above({interest for _customer, interest in pairs})
    interests: dict[int, frozenset[int]] = {}
    for customer, interest in pairs:
        interests[customer] = interests.get(customer, frozenset()) | above[interest]
    rows = Customer.objects.filter(pk__in=pks).select_related("party")
    return {
        row.pk: Facts(
            row.company_id,
            row.source_id,
            row.party.region,
            interests.get(row.pk, frozenset()),
            frozenset(row.tags),
        )
        for row in rows
    }


def _categories_above(wanted: set[int]) -> dict[int, frozenset[int]]:
    """Return each category with all above it, by one query."""
    if not wanted:
        return {}
    parents = dict(ItemCategory.objects.order_by().values_list("pk", "parent"))
    found = {}
    for start in wanted:
        path: set[int] = set()
        place: int | None = start
        while place is not None and place not in path:
            path.add(place)
            place = parents.get(place)
        found[start] = frozenset(path)
    return found
