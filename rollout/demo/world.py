"""What all stories of the demo company share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Model

from crm.customers.models import Customer, Source
from crm.pipeline.models import LostReason, Stage
from rollout.demo.dice import Dice
from rollout.demo.goods import GOODS, Good
from rollout.demo.identity import make_mobile, make_phone, make_uscc
from rollout.demo.people import PEOPLE
from rollout.demo.places import BRANDS, GIVEN, PLACES, SURNAMES, TITLES, TRADES, Place
from rollout.demo.timeline import Timeline, later
from suite.access.models import User
from suite.masters.models import Company, Item, PaymentTerms

KINDS = {"CALL": 40, "WECHAT": 32, "VISIT": 16, "EMAIL": 7, "MEETING": 5}
SOURCES = {"WEB": 42, "REFERRAL": 26, "CALL": 32}
TERMS = {"EOM30": 42, "30-70": 20, "EOM60": 14, "30-70-EOM30": 12, "PREPAID": 8, "COD": 4}
# How much of the business each seller brings.
SKILL = {
    "zhoumin": 1.5,
    "chenjiahao": 1.0,
    "heyutong": 0.9,
    "luojunjie": 0.7,
    "liangsiyuan": 1.35,
    "huangziqing": 0.95,
    "zengyawen": 1.1,
    "qiuyuxuan": 0.6,
}


class Firm(NamedTuple):
    """A company that somebody could sell to."""

    name: str
    short_name: str
    industry: str
    place: Place
    uscc: str
    phone: str
    person: str
    title: str
    mobile: str


@dataclass
class World:
    """
    The demo company and everybody it deals with.

    :param follow_ups: contacts that are recorded together at the end of the story.
    """

    timeline: Timeline
    company: Company
    admin: User
    users: dict[str, User]
    items: dict[str, Item]
    stages: list[Stage]
    sources: dict[str, Source]
    reasons: dict[str, LostReason]
    terms: dict[str, PaymentTerms]
    follow_ups: list[dict[str, Any]] = field(default_factory=list)
    firms: int = 0

    @property
    def manager(self) -> User:
        """Who approves contracts."""
        return self.users["heguodong"]

    @property
    def finance(self) -> User:
        """Who sees the bank account."""
        return self.users["suwanqing"]

    def seller(self, dice: Dice) -> User:
        """Somebody who sells, the better ones more often."""
        return self.users[dice.by_weight(SKILL)]

    def source(self, dice: Dice) -> Source:
        """Where somebody came from."""
        return self.sources[dice.by_weight(SOURCES)]

    def next_firm(self, dice: Dice) -> Firm:
        """A company that did not appear before."""
        self.firms += 1
        number = self.firms
        place = dice.by_weight({place: place.weight for place in PLACES})
        trade = list(TRADES)[(number + number // len(BRANDS)) % len(TRADES)]
        brand = BRANDS[number % len(BRANDS)]
        return Firm(
            name=f"{place.city}{brand}{trade}有限公司",
            short_name=f"{brand}{trade[:2]}",
            industry=TRADES[trade],
            place=place,
            uscc=make_uscc(place.division, number),
            phone=make_phone(dice, place),
            person=dice.one_of(SURNAMES) + dice.one_of(GIVEN),
            title=dice.one_of(TITLES),
            mobile=make_mobile(dice, number),
        )

    def terms_of(self, customer: Customer) -> PaymentTerms:
        """What was agreed with a customer about payment."""
        return self.terms_of_name(customer.party.name)

    def terms_of_name(self, name: str) -> PaymentTerms:
        """What was agreed with a company about payment."""
        return self.terms[Dice(f"terms of {name}").by_weight(TERMS)]

    def order_lines(self, dice: Dice) -> tuple[str, list[dict[str, Any]]]:
        """Return the category of what a customer wants, and the lines of an offer for it."""
        category = dice.by_weight({"CH": 34, "CB": 22, "WL": 16, "HB": 11, "PB": 12, "AC": 5})
        fitting = [good for good in GOODS if good.code.startswith(category)]
        goods = dice.some_of(fitting, dice.by_weight({1: 3, 2: 4, 3: 2}))
        if dice.happens(0.3):
            goods += dice.some_of([good for good in GOODS if good.code.startswith("CB") and good not in goods], 1)
        return category, [self._line(dice, good) for good in goods]

    def _line(self, dice: Dice, good: Good) -> dict[str, Any]:
        return {
            "item": self.items[good.code],
            "quantity": dice.around(good.lot, 50),
            "discount_percent": dice.by_weight({Decimal(0): 5, Decimal(2): 2, Decimal(3): 2, Decimal(5): 1}),
        }

    def note(
        self, dice: Dice, at: datetime, body: str, *, owner: User, next_days: int | None = None, **subject: Model | None
    ) -> None:
        """Remember a contact of one day; see :attr:`follow_ups`."""
        self.follow_ups.append(
            {
                "_row": len(self.follow_ups) + 1,
                "kind": dice.by_weight(KINDS),
                "body": body,
                "happened_at": at,
                "next_contact_at": later(at, dice, next_days, next_days + 6) if next_days is not None else None,
                "owner": owner,
                **subject,
            }
        )


def sellers() -> list[str]:
    """User names of everybody who sells."""
    return [person.login for person in PEOPLE if person.role == "salesperson"]
