"""What is there already, and how much of it somebody may know."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from crm.customers.choices import LeadStatus
from crm.customers.models import Contact, Customer, Lead
from crm.duplicates.choices import MatchEffect, MatchField, RecordKind
from crm.duplicates.lookalikes import lookalikes
from crm.duplicates.models import DuplicateRule
from crm.duplicates.rules import DEFAULTS, ORDER, Entered, Keys, Rule, keys_of, mask
from hrm.org.models import Employee
from suite.access.models import User
from suite.access.restrict import restrict
from suite.core.text import listed
from suite.masters.models import Party
from suite.masters.normalize import core_name, fold, normalize_phone

MODELS: Mapping[RecordKind, Any] = {
    RecordKind.CUSTOMER: Customer,
    RecordKind.CONTACT: Contact,
    RecordKind.LEAD: Lead,
}
# A converted lead is its customer, one put aside does not count.
_LIVE = [LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUALIFIED]
LIVE_SQL = "t.status IN ('NEW', 'CONTACTED', 'QUALIFIED')"
OF_CUSTOMER_SQL = "EXISTS (SELECT 1 FROM crm_customer c WHERE c.party_id = t.id)"
# In a search a name may be a good deal shorter than what it looks for.
SEARCH_THRESHOLD = 60
MIN_DIGITS = 7
SHOWN = 20
_USCC = re.compile(r"[0-9A-Z]{18}")
_NUMBER = re.compile(r"[\d+()\s./转-]+")


@dataclass
class Candidate:
    """
    One row that an entry may be the double of.

    :param matches: what they have in common → similarity in percent.
    """

    kind: RecordKind
    row: Any
    matches: dict[MatchField, int] = field(default_factory=dict)
    effect: MatchEffect = MatchEffect.WARN

    @property
    def pk(self) -> int:
        return int(self.row.pk)

    @property
    def owner(self) -> User | None:
        """Who looks after it."""
        owner: User | None = self.row.customer.owner if self.kind == RecordKind.CONTACT else self.row.owner
        return owner

    @property
    def name(self) -> str:
        """Its full name."""
        if self.kind == RecordKind.CUSTOMER:
            return str(self.row.party.name)
        if self.kind == RecordKind.CONTACT:
            return f"{self.row.person.name} · {self.row.customer.party.name}"
        return str(self.row)

    @property
    def masked_name(self) -> str:
        """Its name as somebody reads it who may not see the row."""
        if self.kind == RecordKind.CONTACT:
            return f"{mask(self.row.person.name)} · {mask(self.row.customer.party.name)}"
        return mask(self.row.party.name if self.kind == RecordKind.CUSTOMER else self.row.company_name or self.row.name)


@dataclass(frozen=True)
class Shown:
    """
    A candidate as one user may know it: of what they may not see only a masked name, its owner and their department.

    :param url: empty when the user may not see the row.
    """

    kind: str
    title: str
    owner: str
    department: str
    matches: str
    similarity: int
    effect: str
    is_masked: bool
    pk: int | None = None
    url: str = ""
    code: str = ""

    @property
    def kind_label(self) -> str:
        return str(RecordKind(self.kind).label)

    @property
    def who(self) -> str:
        """One line for messages."""
        if self.owner:
            return _("%(kind)s “%(name)s” of %(owner)s") % {
                "kind": self.kind_label,
                "name": self.title,
                "owner": self.owner,
            }
        return _("%(kind)s “%(name)s” in the pool") % {"kind": self.kind_label, "name": self.title}

    def as_json(self) -> dict[str, Any]:
        """What programs are told."""
        return {
            "kind": self.kind,
            "name": self.title,
            "owner": self.owner,
            "department": self.department,
            "matches": self.matches,
            "similarity": self.similarity,
            "effect": self.effect,
            "is_masked": self.is_masked,
            "id": self.pk,
            "url": self.url or None,
        }


def current_rules() -> dict[MatchField, Rule]:
    """Return the rule of each field that is not ignored, as the administrator left it."""
    rules = dict(DEFAULTS)
    for row in DuplicateRule.objects.all():
        flags = {
            RecordKind.LEAD: row.in_leads,
            RecordKind.CUSTOMER: row.in_customers,
            RecordKind.CONTACT: row.in_contacts,
        }
        kinds = frozenset(kind for kind, is_on in flags.items() if is_on)
        rules[MatchField(row.field)] = Rule(MatchEffect(row.effect), row.threshold, kinds)
    return {each: rules[each] for each in ORDER if rules[each].effect != MatchEffect.IGNORE and rules[each].kinds}


def find_candidates(entered: Entered, *, keys: Keys | None = None) -> list[Candidate]:
    """
    Return the leads, customers and contacts that an entry may be the double of, blocking ones first.

    :param keys: what to compare; None: everything entered.
    """
    wanted = keys_of(entered) if keys is None else keys
    return [each for each in search(wanted, current_rules()) if not _is_own(each, entered)]


@transaction.atomic
def search(keys: Keys, rules: Mapping[MatchField, Rule]) -> list[Candidate]:
    """Return every row that has one of the keys in a field with a rule, blocking ones first, the most alike first."""
    hits: dict[tuple[RecordKind, int], dict[MatchField, int]] = defaultdict(dict)
    for kind in RecordKind:
        active = {each: keys[each] for each, rule in rules.items() if each in keys and kind in rule.kinds}
        for pk, match, similarity in _hits(kind, active, rules):
            hits[kind, pk][match] = max(similarity, hits[kind, pk].get(match, 0))
    candidates = [
        Candidate(kind, row, hits[kind, row.pk], _effect(hits[kind, row.pk], rules))
        for kind in RecordKind
        for row in _rows(kind, [pk for each, pk in hits if each == kind])
    ]
    return sorted(candidates, key=lambda each: (each.effect != MatchEffect.BLOCK, -max(each.matches.values()), each.pk))


def _effect(matches: Iterable[MatchField], rules: Mapping[MatchField, Rule]) -> MatchEffect:
    effects = {rules[each].effect for each in matches}
    return MatchEffect.BLOCK if MatchEffect.BLOCK in effects else MatchEffect.WARN


def _rows(kind: RecordKind, pks: list[int]) -> Iterable[Any]:
    if not pks:
        return []
    related = {
        RecordKind.CUSTOMER: ("party", "owner"),
        RecordKind.CONTACT: ("person", "customer__party", "customer__owner"),
        RecordKind.LEAD: ("owner",),
    }
    rows: Iterable[Any] = MODELS[kind]._default_manager.filter(pk__in=pks).select_related(*related[kind])
    return rows


def _hits(kind: RecordKind, keys: Keys, rules: Mapping[MatchField, Rule]) -> Iterable[tuple[int, MatchField, int]]:
    """Yield (key of the row, what it has in common, similarity)."""
    columns = _COLUMNS[kind]
    exact = {each: values for each, values in keys.items() if each in columns}
    if exact:
        names = {each: columns[each] for each in exact}
        condition = Q()
        for each, values in exact.items():
            condition |= Q(**{f"{names[each]}__in": values})
        rows = _scope(kind).filter(condition).order_by().values_list("pk", *names.values())
        for pk, *found in rows:
            for (each, values), value in zip(exact.items(), found, strict=True):
                if value in values:
                    yield pk, each, 100
    if MatchField.NAME in keys and kind != RecordKind.CONTACT:
        yield from _named(kind, keys[MatchField.NAME], rules[MatchField.NAME].threshold)


# Which column of a row holds what: a landline or mobile number stands in the same one.
_COLUMNS: Mapping[RecordKind, Mapping[MatchField, str]] = {
    RecordKind.CUSTOMER: {
        MatchField.USCC: "party__uscc",
        MatchField.MOBILE: "party__phone_norm",
        MatchField.PHONE: "party__phone_norm",
        MatchField.EMAIL: "party__email_norm",
    },
    RecordKind.CONTACT: {
        MatchField.MOBILE: "person__mobile_norm",
        MatchField.PHONE: "person__mobile_norm",
        MatchField.EMAIL: "person__email_norm",
    },
    RecordKind.LEAD: {
        MatchField.MOBILE: "mobile_norm",
        MatchField.PHONE: "mobile_norm",
        MatchField.EMAIL: "email_norm",
    },
}


def _scope(kind: RecordKind) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = MODELS[kind]._default_manager.all()
    return rows.filter(status__in=_LIVE) if kind == RecordKind.LEAD else rows


def _named(kind: RecordKind, names: Iterable[str], threshold: int) -> Iterable[tuple[int, MatchField, int]]:
    if kind == RecordKind.LEAD:
        for each in lookalikes(Lead, names, threshold=threshold, where=LIVE_SQL):
            yield each.pk, MatchField.NAME, each.similarity
        return
    found = {e.pk: e.similarity for e in lookalikes(Party, names, threshold=threshold, where=OF_CUSTOMER_SQL)}
    for pk, party in Customer.objects.filter(party__in=found).order_by().values_list("pk", "party"):
        yield pk, MatchField.NAME, found[party]


def _is_own(candidate: Candidate, entered: Entered) -> bool:
    """Whether a candidate is the row itself, or what belongs to it and shares numbers and addresses with it."""
    if candidate.kind == entered.kind and candidate.pk == entered.pk:
        return True
    if candidate.kind == RecordKind.LEAD:
        return candidate.pk == entered.lead_pk
    own = entered.pk if entered.kind == RecordKind.CUSTOMER else entered.customer_pk
    if own is None:
        return False
    if candidate.kind == RecordKind.CUSTOMER:
        return candidate.pk == own
    # One person is entered once at a customer; a mailbox, or the customer's own number, may be shared.
    is_of_it = candidate.row.customer_id == own
    return is_of_it and (entered.kind != RecordKind.CONTACT or MatchField.MOBILE not in candidate.matches)


def show(candidates: Iterable[Candidate], *, user: User | None) -> list[Shown]:
    """Return candidates as a user may know them; nobody in particular knows the masked name only."""
    rows = list(candidates)
    visible = _visible(rows, user)
    departments = _departments({each.owner.pk for each in rows if each.owner is not None})
    return [_shown(each, (each.kind, each.pk) in visible, departments) for each in rows]


def _shown(each: Candidate, is_visible: bool, departments: Mapping[int, str]) -> Shown:
    matches = listed([str(MatchField(match).label) for match in ORDER if match in each.matches])
    return Shown(
        kind=each.kind,
        title=each.name if is_visible else each.masked_name,
        owner=str(each.owner) if each.owner is not None else "",
        department=departments.get(each.owner.pk, "") if each.owner is not None else "",
        matches=matches,
        similarity=max(each.matches.values()),
        effect=each.effect,
        is_masked=not is_visible,
        pk=each.pk if is_visible else None,
        url=each.row.get_absolute_url() if is_visible else "",
        code=_code(each) if is_visible else "",
    )


def _code(each: Candidate) -> str:
    if each.kind == RecordKind.LEAD:
        return str(each.row.number)
    return str((each.row if each.kind == RecordKind.CUSTOMER else each.row.customer).party.code)


def _visible(candidates: Iterable[Candidate], user: User | None) -> set[tuple[RecordKind, int]]:
    pks: dict[RecordKind, set[int]] = defaultdict(set)
    for each in candidates:
        pks[each.kind].add(each.pk)
    return {
        (kind, pk)
        for kind, wanted in pks.items()
        for pk in restrict(MODELS[kind]._default_manager.filter(pk__in=wanted).order_by(), user=user).values_list(
            "pk", flat=True
        )
    }


def _departments(users: Iterable[int]) -> dict[int, str]:
    rows = Employee.objects.filter(user__in=list(users), department__isnull=False).order_by()
    return dict(rows.values_list("user", "department__name"))


# -- looking up before a visit -----------------------------------------------------------------


def look_up(text: str, *, user: User) -> list[Shown]:
    """
    Return who is known under a name, telephone number, e-mail address or unified code, masked like a warning.

    Anybody who may see some customers or leads may ask; too short a text finds nothing, so that nobody reads the whole
    list through the mask.
    """
    keys = _asked(text)
    rules = {each: Rule(MatchEffect.WARN, SEARCH_THRESHOLD) for each in keys}
    found = search(keys, rules) if keys else []
    known = {(each.kind, each.pk) for each in found}
    found += [each for each in _containing(keys.get(MatchField.NAME, ())) if (each.kind, each.pk) not in known]
    return show(found[:SHOWN], user=user)


def _asked(text: str) -> Keys:
    tidy = fold(text).strip()
    if "@" in tidy:
        return keys_of(Entered(RecordKind.LEAD, emails=(tidy,)))
    if _USCC.fullmatch(re.sub(r"\s", "", tidy).upper()):
        return keys_of(Entered(RecordKind.CUSTOMER, uscc=text))
    if _NUMBER.fullmatch(tidy):
        number = normalize_phone(tidy)
        return keys_of(Entered(RecordKind.LEAD, phones=(number,))) if len(number) >= MIN_DIGITS else {}
    return keys_of(Entered(RecordKind.CUSTOMER, name=text)) if len(core_name(text)) >= 2 else {}


def _containing(names: Iterable[str]) -> list[Candidate]:
    """Customers and leads whose name holds what was asked for, e.g. without the city at its beginning."""
    found: list[Candidate] = []
    for name in names:
        customers = Customer.objects.filter(party__name_core__contains=name).select_related("party", "owner")
        leads = Lead.objects.filter(status__in=_LIVE, name_core__contains=name).select_related("owner")
        named: list[tuple[RecordKind, Any, str]]
        named = [(RecordKind.CUSTOMER, row, row.party.name_core) for row in customers.order_by("pk")[:SHOWN]]
        named += [(RecordKind.LEAD, row, row.name_core) for row in leads.order_by("pk")[:SHOWN]]
        found += [Candidate(kind, row, {MatchField.NAME: 100 * len(name) // len(core)}) for kind, row, core in named]
    return found
