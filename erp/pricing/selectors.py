"""Questions about agreed prices; each answers for any number of lines by a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from django.db import connection
from django.db.models import Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from erp.pricing.choices import AgreementStatus, Audience
from erp.pricing.engine import Rule, choose, price_in
from erp.pricing.models import PriceAgreementLine, PriceListLine
from suite.masters.models import Company, Currency, Item, Party, Unit
from suite.masters.selectors import UnitConverter

# Item, unit (None: its base unit) and quantity in that unit.
Wanted = tuple[Item, Unit | None, Decimal]
# The more specific a price list, the higher.
OWN, GROUP, REGION, GENERAL = 3, 2, 1, 0
AUDIENCES = {"everybody": Audience.EVERYBODY, "of_region": Audience.REGION, "chosen": Audience.CHOSEN}
# Asked before the lines: a company without lists for a customer has no lines to look for.
RANKS = """
    SELECT id, rank FROM (
        SELECT l.id, CASE
            WHEN l.audience = %(chosen)s THEN (
                SELECT max(CASE p.party_id WHEN %(party)s THEN %(own)s ELSE %(group)s END) FROM erp_pricelistparty p
                WHERE p.price_list_id = l.id AND p.party_id IN (%(party)s, %(parent)s::bigint)
            )
            WHEN l.audience = %(everybody)s THEN %(general)s
            WHEN l.audience = %(of_region)s AND l.region <> '' AND l.region = %(region)s THEN %(province)s
        END AS rank
        FROM erp_pricelist l
        WHERE l.company_id = %(company)s AND l.currency_id = %(currency)s AND l.is_active
          AND l.price_includes_tax = %(includes_tax)s
          AND (l.valid_from IS NULL OR l.valid_from <= %(day)s) AND (l.valid_to IS NULL OR l.valid_to >= %(day)s)
    ) ranked WHERE rank IS NOT NULL
"""


@dataclass(frozen=True)
class Quote:
    """
    What was agreed for one wanted line.

    :param unit_price: of one of the asked unit; None: the list price of the item, less the discount.
    :param source: what it comes from, for people.
    :param lead_time_days: of a supplier, None when nothing is agreed.
    :param order_minimum: in the unit of the agreement; less is not delivered.
    """

    unit_price: Decimal | None
    discount_percent: Decimal
    source: str
    lead_time_days: int | None = None
    order_minimum: Decimal = Decimal(0)


@dataclass(frozen=True)
class _Offer:
    """A line of a list or agreement, in its own unit."""

    rule: Rule
    unit: Unit
    quote: Quote


def sales_prices(
    *, party: Party, company: Company, currency: Currency, includes_tax: bool, day: date, wanted: Sequence[Wanted]
) -> list[Quote | None]:
    """
    Return what a customer pays by the price lists, for each wanted line; None where no list has a price.

    Only lists in the same currency and kind of price count: nothing is converted silently. A list for the customer
    goes before one for its group, that before one for its province, that before one for everybody.

    :raises NoConversion: when nothing leads from the unit of a list's price to the base unit of its item.
    """
    ranks = _ranks(party, company, currency, includes_tax, day)
    if not ranks:
        return [None] * len(wanted)
    lines = PriceListLine.objects.filter(
        _valid_on(day), item__in={item.pk for item, _unit, _quantity in wanted}, price_list__in=list(ranks)
    ).select_related("price_list", "unit")
    offers: dict[int, list[_Offer]] = defaultdict(list)
    for line in lines:
        rule = Rule(
            key=line.pk,
            minimum=line.minimum_quantity,
            price=line.unit_price,
            discount_percent=line.discount_percent or Decimal(0),
            valid_from=line.valid_from,
            valid_to=line.valid_to,
            priority=ranks[line.price_list_id],
        )
        source = _("Price list %(name)s") % {"name": line.price_list}
        offers[line.item_id].append(_Offer(rule, line.unit, Quote(None, rule.discount_percent, source)))
    return _answers(offers, day, wanted)


def agreements_of(company: Company, day: date) -> QuerySet[PriceAgreementLine]:
    """Return what a company agreed with its suppliers and what is in force on a day."""
    return PriceAgreementLine.objects.filter(
        _valid_on(day, "agreement__"), agreement__company=company, agreement__status=AgreementStatus.ACTIVE
    )


def agreed_prices(
    *, supplier: Party, company: Company, currency: Currency, includes_tax: bool, day: date, wanted: Sequence[Wanted]
) -> list[Quote | None]:
    """
    Return what a supplier charges by the agreements in force, for each wanted line; None where nothing is agreed.

    Only agreements in the same currency and kind of price count.

    :raises NoConversion: when nothing leads from the unit of an agreed price to the base unit of its item.
    """
    lines = agreements_of(company, day).filter(
        item__in={item.pk for item, _unit, _quantity in wanted},
        agreement__supplier=supplier,
        agreement__currency=currency,
        agreement__price_includes_tax=includes_tax,
    )
    offers: dict[int, list[_Offer]] = defaultdict(list)
    for line in lines.select_related("agreement", "unit"):
        rule = Rule(
            key=line.pk,
            minimum=line.minimum_quantity,
            price=line.unit_price,
            valid_from=line.agreement.valid_from,
            valid_to=line.agreement.valid_to,
        )
        source = _("Agreement %(number)s") % {"number": line.agreement}
        quote = Quote(None, Decimal(0), source, line.lead_time_days, line.order_minimum)
        offers[line.item_id].append(_Offer(rule, line.unit, quote))
    return _answers(offers, day, wanted)


class Factors:
    """How many base units one of a unit of an item is; conversions are read when a unit is not the base unit."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = list(items)

    @cached_property
    def _converter(self) -> UnitConverter:
        prefetch_related_objects(self._items, "base_unit")
        return UnitConverter(self._items)

    def of(self, item: Item, unit: Unit | None) -> Fraction:
        """
        Return the factor.

        :raises NoConversion: when nothing leads from the unit to the base unit.
        """
        if unit is None or unit.pk == item.base_unit_id:
            return Fraction(1)
        converter = self._converter
        return converter.factor(item, unit, item.base_unit)


def _answers(offers: Mapping[int, list[_Offer]], day: date, wanted: Sequence[Wanted]) -> list[Quote | None]:
    if not offers:
        return [None] * len(wanted)
    factors = Factors(item for item, _unit, _quantity in wanted)
    return [_answer(offers.get(item.pk, ()), factors, day, (item, unit, quantity)) for item, unit, quantity in wanted]


def _answer(offers: Iterable[_Offer], factors: Factors, day: date, wanted: Wanted) -> Quote | None:
    item, unit, quantity = wanted
    by_key = {offer.rule.key: offer for offer in offers}
    if not by_key:
        return None
    rules = [_in_base_units(offer, factors.of(item, offer.unit)) for offer in by_key.values()]
    factor = factors.of(item, unit)
    rule = choose(rules, Fraction(quantity) * factor, day)
    if rule is None:
        return None
    quote = by_key[rule.key].quote
    return Quote(
        price_in(rule, factor), quote.discount_percent, quote.source, quote.lead_time_days, quote.order_minimum
    )


def _in_base_units(offer: _Offer, factor: Fraction) -> Rule:
    rule = offer.rule
    return Rule(
        key=rule.key,
        minimum=rule.minimum,
        factor=factor,
        price=rule.price,
        discount_percent=rule.discount_percent,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
        priority=rule.priority,
    )


def _valid_on(day: date, path: str = "") -> Q:
    """Condition: the day lies in the period of the row at a path; an end that is not given is open."""
    begun = Q(**{f"{path}valid_from__isnull": True}) | Q(**{f"{path}valid_from__lte": day})
    return begun & (Q(**{f"{path}valid_to__isnull": True}) | Q(**{f"{path}valid_to__gte": day}))


def _ranks(party: Party, company: Company, currency: Currency, includes_tax: bool, day: date) -> dict[int, int]:
    """Return the lists that are for a customer on a day, by key, with how specific each is to it."""
    values = {
        "party": party.pk,
        "parent": party.parent_id,
        "region": party.region,
        "company": company.pk,
        "currency": currency.pk,
        "includes_tax": includes_tax,
        "day": day,
        **{name: str(audience) for name, audience in AUDIENCES.items()},
        "own": OWN,
        "group": GROUP,
        "province": REGION,
        "general": GENERAL,
    }
    with connection.cursor() as cursor:
        cursor.execute(RANKS, values)
        return dict(cursor.fetchall())
