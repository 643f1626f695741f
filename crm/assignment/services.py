"""Giving leads and pool customers to people by rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.assignment.choices import AssignmentOutcome, AssignmentStrategy, AssignmentTarget
from crm.assignment.engine import Candidate, least_loaded, next_in_turn
from crm.assignment.matching import Conditions, Facts, conditions_of, facts_of_customers, facts_of_leads
from crm.assignment.members import Team, absent, limits_of, loads_of
from crm.assignment.models import AssignmentLog, AssignmentMember, AssignmentRule
from crm.children import save_with_children
from crm.customers.choices import LeadStatus, OwnerChangeTrigger
from crm.customers.models import Customer, Lead
from crm.customers.ownership import set_owner
from crm.customers.services import assign_leads
from crm.pool.services import lock_people
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import Draft, notify_each
from suite.core.errors import WrongState

CHOOSE = {AssignmentStrategy.LEAST_LOADED: least_loaded, AssignmentStrategy.ROUND_ROBIN: next_in_turn}


@dataclass
class Round:
    """
    Decisions that are made together, under the locks of their rules and of all members.

    :param loads: what everybody has by now, over all rules.
    """

    target: str
    at: datetime
    actor: User | None
    conditions: list[Conditions] = field(default_factory=list)
    teams: dict[int, Team] = field(default_factory=dict)
    people: dict[int, User] = field(default_factory=dict)
    away: dict[int, Any] = field(default_factory=dict)
    loads: dict[int, int] = field(default_factory=dict)
    log: list[AssignmentLog] = field(default_factory=list)

    def decide(self, facts: Facts, **subject: Any) -> User | None:
        """Choose for one lead or customer and note why; None: it stays."""
        fitting = next((each.rule for each in self.conditions if each.fit(facts)), None)
        if fitting is None:
            self._note(None, facts, None, AssignmentOutcome.STAYED, _("No rule is for it."), **subject)
            return None
        team = self.teams[fitting.pk]
        chosen = CHOOSE[AssignmentStrategy(fitting.strategy)](team.able(self.loads))
        if chosen is not None:
            taker = self.people[chosen.user]
            why = _reason(fitting, chosen)
            self._note(fitting, facts, taker, AssignmentOutcome.ASSIGNED, why, **subject)
            self.loads[chosen.user] = self.loads.get(chosen.user, 0) + 1
            return taker
        fallback = self.people.get(fitting.fallback_id or 0)
        person = fallback if fallback is not None and fallback.is_active else None
        outcome = AssignmentOutcome.STAYED if person is None else AssignmentOutcome.FALLBACK
        self._note(fitting, facts, person, outcome, _("No member can take it."), **subject)
        return person

    def _note(
        self, rule: AssignmentRule | None, facts: Facts, chosen: User | None, outcome: str, why: str, **subject: Any
    ) -> None:
        self.log.append(
            AssignmentLog(
                at=self.at,
                company_id=facts.company,
                rule=rule,
                outcome=outcome,
                chosen=chosen,
                candidates=self.teams[rule.pk].protocol() if rule is not None else [],
                reason=why[:300],
                actor=self.actor,
                **subject,
            )
        )

    def keep(self) -> None:
        """Write the log and whose turn it is."""
        AssignmentLog.objects.bulk_create(self.log)
        changed = []
        for team in self.teams.values():
            for member in team.members:
                credit = team.candidates[member.user_id].credit
                if member.credit != credit:
                    member.credit = credit
                    changed.append(member)
        AssignmentMember.objects.bulk_update(changed, ["credit"])


def _reason(rule: AssignmentRule, chosen: Candidate) -> str:
    if rule.strategy == AssignmentStrategy.ROUND_ROBIN:
        return _("It was their turn.")
    return _("Had least: %(load)d at weight %(weight)d.") % {"load": chosen.load, "weight": chosen.weight}


def _open_round(target: str, companies: Iterable[int], actor: User | None, at: datetime) -> Round | None:
    """
    Lock the rules and their members and read what everybody has; None when there is no rule.

    Rules are locked before people, people before leads and customers: whoever decides at the same time waits here, and
    then counts what was decided before.
    """
    rules = list(
        AssignmentRule.objects.filter(target=target, is_active=True, company__in=set(companies))
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    if not rules:
        return None
    members: dict[int, list[AssignmentMember]] = defaultdict(list)
    for member in AssignmentMember.objects.filter(rule__in=rules).order_by("pk"):
        members[member.rule_id].append(member)
    wanted = {member.user_id for rows in members.values() for member in rows}
    found = Round(target, at, actor, conditions_of(rules))
    found.people = {
        person.pk: person for person in lock_people(wanted | {r.fallback_id for r in rules if r.fallback_id})
    }
    found.away = absent([found.people[pk] for pk in wanted], at)
    found.loads = loads_of(target, wanted)
    for rule in rules:
        own = members[rule.pk]
        limits = limits_of(target, [found.people[m.user_id] for m in own], rule.company_id, found.loads)
        candidates = {m.user_id: _candidate(m, limits.get(m.user_id)) for m in own}
        found.teams[rule.pk] = Team(own, found.people, found.away, candidates)
    return found


def _candidate(member: AssignmentMember, limit: int | None) -> Candidate:
    known = [each for each in (member.capacity, limit) if each is not None]
    return Candidate(member.user_id, 0, member.weight, min(known) if known else None, member.credit)


@transaction.atomic
def assign_leads_by_rule(*, leads: Iterable[Lead], actor: User | None, at: datetime) -> int:
    """
    Give leads to people by the rules, each decision logged; return how many were given to somebody.

    Members who are off duty, on approved leave today, without active account or full are passed over. A lead that no
    rule is for, or that nobody can take and that has no fallback, stays with its owner.

    :raises WrongState: for a lead that was converted.
    """
    keys = {lead.pk: lead.company_id for lead in leads}
    found = _open_round(AssignmentTarget.LEAD, keys.values(), actor, at)
    if found is None:
        return 0
    rows = Lead.objects.lock_many(list(keys))
    if any(row.status == LeadStatus.CONVERTED for row in rows):
        raise WrongState(_("A converted lead cannot be given to somebody; transfer the customer."))
    facts = facts_of_leads(rows)
    chosen = {row.pk: found.decide(facts[row.pk], lead=row) for row in rows}
    found.keep()
    for person, own in _by_person(rows, chosen):
        assign_leads(leads=own, owner=person, actor=actor or person, at=at)
    url = f"{reverse('crm:lead-list')}?owner=me"
    _tell(chosen.values(), gettext_noop("%(number)d leads were assigned to you."), url, actor, at)
    return sum(person is not None for person in chosen.values())


@transaction.atomic
def assign_lead_by_rule(*, lead: Lead, actor: User, at: datetime) -> Lead:
    """Give one lead to somebody by the rules; see :func:`assign_leads_by_rule`."""
    assign_leads_by_rule(leads=[lead], actor=actor, at=at)
    return Lead.objects.get(pk=lead.pk)


@transaction.atomic
def assign_customers_by_rule(*, customers: Iterable[Customer], actor: User | None, at: datetime) -> int:
    """
    Give customers in a pool to people by the rules, each decision logged; return how many were given to somebody.

    Members are also full when the company's capacities leave them no room. Others stay in the pool.

    :raises WrongState: for a customer that somebody owns.
    """
    keys = {customer.pk: customer.company_id for customer in customers}
    found = _open_round(AssignmentTarget.CUSTOMER, keys.values(), actor, at)
    if found is None:
        return 0
    rows = Customer.objects.lock_many(list(keys))
    if any(row.owner_id is not None for row in rows):
        raise WrongState(_("Somebody else has taken this customer already."))
    facts = facts_of_customers(rows)
    chosen = {row.pk: found.decide(facts[row.pk], customer=row) for row in rows}
    rules = {entry.customer_id: entry.rule for entry in found.log}
    found.keep()
    for person, own in _by_person(rows, chosen):
        for name, same in _by_rule(own, rules):
            set_owner(
                customers=same,
                owner=person,
                pool=None,
                actor=actor,
                at=at,
                reason=name,
                trigger=OwnerChangeTrigger.RULE,
            )
    url = f"{reverse('crm:customer-list')}?owner=me"
    _tell(chosen.values(), gettext_noop("%(number)d customers were assigned to you."), url, actor, at)
    return sum(person is not None for person in chosen.values())


@transaction.atomic
def assign_customer_by_rule(*, customer: Customer, actor: User, at: datetime) -> Customer:
    """Give one customer in a pool to somebody by the rules; see :func:`assign_customers_by_rule`."""
    assign_customers_by_rule(customers=[customer], actor=actor, at=at)
    return Customer.objects.get(pk=customer.pk)


def _by_person(rows: Sequence[Any], chosen: Mapping[int, User | None]) -> list[tuple[User, list[Any]]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    people: dict[int, User] = {}
    for row in rows:
        person = chosen[row.pk]
        if person is not None:
            people[person.pk] = person
            groups[person.pk].append(row)
    return [(people[pk], groups[pk]) for pk in sorted(groups)]


def _by_rule(
    rows: Sequence[Customer], rules: Mapping[int | None, AssignmentRule | None]
) -> list[tuple[str, list[Customer]]]:
    groups: dict[str, list[Customer]] = defaultdict(list)
    for row in rows:
        groups[str(rules[row.pk] or "")].append(row)
    return sorted(groups.items())


def _tell(chosen: Iterable[User | None], title: str, url: str, actor: User | None, at: datetime) -> None:
    people = {person.pk: person for person in chosen if person is not None}
    numbers = Counter(person.pk for person in chosen if person is not None)
    drafts = [
        Draft(
            recipient=person,
            kind=NotificationKind.ASSIGNMENT,
            title=title,
            params={"number": numbers[pk]},
            url=url,
            actor=actor,
        )
        for pk, person in sorted(people.items())
    ]
    notify_each(drafts=drafts, at=at)


@transaction.atomic
def create_assignment_rule(
    *, actor: User, at: datetime, lines: Sequence[Mapping[str, Any]] = (), **values: Any
) -> AssignmentRule:
    """
    Add a rule with its members.

    :raises ValidationError: if a value is wrong or a member is named twice.
    """
    return save_with_children(AssignmentRule(), values, relation="members", rows=lines)


@transaction.atomic
def update_assignment_rule(
    *, assignmentrule: AssignmentRule, actor: User, at: datetime, lines: Sequence[Mapping[str, Any]] = (), **values: Any
) -> AssignmentRule:
    """Change a rule and its members; see :func:`create_assignment_rule`."""
    rule = AssignmentRule.objects.lock(assignmentrule)
    return save_with_children(rule, values, relation="members", rows=lines)
