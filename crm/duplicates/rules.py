"""What is compared: pure functions and values, without database and clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm.duplicates.choices import MatchEffect, MatchField, RecordKind
from suite.masters.normalize import core_name, is_personal, normalize_email, normalize_phone
from suite.masters.uscc import tidy

Keys = Mapping[MatchField, frozenset[str]]
EVERYWHERE = frozenset(RecordKind)
# Rules for each field, the surest first; names are compared by similarity, everything else for equality.
ORDER = (MatchField.USCC, MatchField.MOBILE, MatchField.EMAIL, MatchField.PHONE, MatchField.NAME)


@dataclass(frozen=True)
class Rule:
    """
    What a field in common means.

    :param threshold: percent of similarity from which names count.
    :param kinds: among what is looked for it.
    """

    effect: MatchEffect
    threshold: int = 100
    kinds: frozenset[RecordKind] = EVERYWHERE


DEFAULTS: Mapping[MatchField, Rule] = {
    MatchField.USCC: Rule(MatchEffect.BLOCK),
    MatchField.MOBILE: Rule(MatchEffect.BLOCK),
    MatchField.EMAIL: Rule(MatchEffect.BLOCK),
    MatchField.PHONE: Rule(MatchEffect.WARN, kinds=frozenset({RecordKind.CUSTOMER})),
    MatchField.NAME: Rule(MatchEffect.WARN, threshold=85),
}


@dataclass(frozen=True)
class Entered:
    """
    What somebody enters about one lead, customer or contact, as they typed it.

    :param name: of the company; names of people are not compared.
    :param phones: mobile and landline numbers.
    :param pk: the row that is changed; it does not resemble itself.
    :param customer_pk: the customer that a contact belongs to, or that a lead goes to: it and its own people share
        addresses and numbers.
    :param lead_pk: the lead that is converted.
    """

    kind: RecordKind
    name: str = ""
    uscc: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    pk: int | None = None
    customer_pk: int | None = None
    lead_pk: int | None = None


def keys_of(entered: Entered) -> Keys:
    """Return what is compared, normalised; fields that are empty are left out."""
    numbers = {normalize_phone(phone) for phone in entered.phones} - {""}
    found = {
        MatchField.USCC: _filled([tidy(entered.uscc)]),
        MatchField.MOBILE: frozenset(number for number in numbers if is_personal(number)),
        MatchField.EMAIL: _filled(normalize_email(each) for each in entered.emails),
        MatchField.PHONE: frozenset(number for number in numbers if not is_personal(number)),
        MatchField.NAME: _filled([core_name(entered.name)]),
    }
    return {field: values for field, values in found.items() if values}


def _filled(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value for value in values if value)


def without(keys: Keys, known: Keys) -> Keys:
    """Return the keys that were not there before: what did not change is not compared again."""
    left = {field: values - known.get(field, frozenset()) for field, values in keys.items()}
    return {field: values for field, values in left.items() if values}


def mask(name: str) -> str:
    """Return a name that only who knows it recognises: the first two characters, at most half of them, and stars."""
    shown = name[: min(2, max(1, len(name) // 2))]
    return f"{shown}{'*' * 3}"
