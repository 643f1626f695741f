"""Questions to the master data."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from suite.masters.decimals import convert
from suite.masters.errors import NoConversion, NoDefaultCompany, NoExchangeRate, NoTaxRate
from suite.masters.models import (
    Company,
    Currency,
    ExchangeRate,
    Item,
    ItemCategory,
    ItemUnit,
    TaxCode,
    TaxRate,
    Unit,
    UnitConversion,
)

# (unit, unit): how many of the second one of the first is.
Edges = dict[tuple[int, int], Fraction]


def default_company() -> Company:
    """
    Return the company that is taken where none is chosen.

    :raises NoDefaultCompany: before there is one.
    """
    company = Company.objects.filter(is_default=True).select_related("base_currency").first()
    if company is None:
        raise NoDefaultCompany(_("Enter your company first."))
    return company


def rate_on(currency: Currency, on: date) -> Decimal:
    """
    Return what one unit of the currency is worth in the base currency of the default company.

    The latest rate on or before the day counts.

    :raises NoExchangeRate: when there is none.
    """
    if currency.pk == default_company().base_currency_id:
        return Decimal(1)
    rates = ExchangeRate.objects.filter(currency=currency, rate_date__lte=on).order_by("-rate_date")
    rate = rates.values_list("rate", flat=True).first()
    if rate is None:
        raise NoExchangeRate(
            _("No exchange rate of %(currency)s is known on %(date)s. Enter one for this day or earlier.")
            % {"currency": currency.code, "date": on},
            currency=currency.code,
        )
    return rate


def tax_rates_on(codes: Iterable[str], on: date) -> dict[str, Decimal]:
    """Return the percentages of several taxes on a day, by code; taxes without a rate that day are left out."""
    rates = TaxRate.objects.filter(tax_code__code__in=set(codes), valid_from__lte=on).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=on)
    )
    return dict(rates.values_list("tax_code__code", "rate"))


def tax_rate_on(code: str | TaxCode, on: date) -> Decimal:
    """
    Return the percentage of a tax on a day: 13 means 13 %.

    :raises NoTaxRate: when the tax has no rate that day.
    """
    name = code.code if isinstance(code, TaxCode) else code
    rate = tax_rates_on([name], on).get(name)
    if rate is None:
        raise NoTaxRate(
            _("The tax %(tax)s has no rate on %(date)s. Enter one for this day.") % {"tax": code, "date": on}, tax=name
        )
    return rate


class UnitConverter:
    """
    Conversions between the units of some items, read in two queries once a unit is not the wanted one already.

    An item's own units come before the general conversions between the same units.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = {item.pk for item in items}

    @cached_property
    def _general(self) -> Edges:
        return _edges(UnitConversion.objects.values_list("from_unit_id", "to_unit_id", "numerator", "denominator"))

    @cached_property
    def _own(self) -> dict[int, list[tuple[int, int, int, int]]]:
        rows = ItemUnit.objects.filter(item__in=self._items)
        own: dict[int, list[tuple[int, int, int, int]]] = {}
        for item, unit, base, numerator, denominator in rows.values_list(
            "item_id", "unit_id", "item__base_unit_id", "numerator", "denominator"
        ):
            own.setdefault(item, []).append((unit, base, numerator, denominator))
        return own

    def factor(self, item: Item, from_unit: Unit, to_unit: Unit) -> Fraction:
        """
        Return how many ``to_unit`` one ``from_unit`` of the item is.

        :raises NoConversion: when nothing leads from one to the other.
        """
        if from_unit.pk == to_unit.pk:
            return Fraction(1)
        own = _edges(self._own.get(item.pk, ()))
        found = find_factor({**self._general, **own}, from_unit.pk, to_unit.pk)
        if found is None:
            raise NoConversion(
                _("Nothing says how many %(to)s one %(from)s of %(item)s is. Enter it in the units of the item.")
                % {"to": to_unit, "from": from_unit, "item": item},
                item=item.code,
                from_unit=from_unit.code,
                to_unit=to_unit.code,
            )
        return found

    def convert(
        self, item: Item, quantity: Decimal, from_unit: Unit, to_unit: Unit, rounding: str = ROUND_HALF_UP
    ) -> Decimal:
        """
        Return the quantity in ``to_unit``, rounded to the decimals of that unit.

        :raises NoConversion: when nothing leads from one to the other.
        """
        factor = self.factor(item, from_unit, to_unit)
        return convert(quantity, factor.numerator, factor.denominator, to_unit.decimals, rounding)


def convert_quantity(
    item: Item, quantity: Decimal, from_unit: Unit, to_unit: Unit, rounding: str = ROUND_HALF_UP
) -> Decimal:
    """
    Return a quantity of the item in another unit, rounded to the decimals of that unit.

    For many items use one :class:`UnitConverter`.

    :raises NoConversion: when nothing leads from one unit to the other.
    """
    return UnitConverter([item]).convert(item, quantity, from_unit, to_unit, rounding)


def is_consistent_conversion(conversion: UnitConversion) -> bool:
    """Return whether the other general conversions lead nowhere else than this one."""
    others = UnitConversion.objects.exclude(pk=conversion.pk)
    edges = _edges(others.values_list("from_unit_id", "to_unit_id", "numerator", "denominator"))
    found = find_factor(edges, conversion.from_unit_id, conversion.to_unit_id)
    return found is None or found == Fraction(conversion.numerator, conversion.denominator)


def find_factor(edges: Mapping[tuple[int, int], Fraction], start: int, end: int) -> Fraction | None:
    """Return the product of the ratios along the shortest path from one unit to another, None without a path."""
    reached = {start: Fraction(1)}
    queue = deque([start])
    while queue and end not in reached:
        unit = queue.popleft()
        for (first, second), ratio in edges.items():
            if first == unit and second not in reached:
                reached[second] = reached[unit] * ratio
                queue.append(second)
    return reached.get(end)


def items_below(category_pk: int) -> QuerySet[Item]:
    """Return the items of a category and of all categories below it."""
    below = ItemCategory.tree.descendants(category_pk, include_self=True)
    return Item.objects.filter(category__in=below.values_list("pk", flat=True))


def _edges(rows: Iterable[tuple[int, int, int, int]]) -> Edges:
    """Return the ratios of conversions, there and back."""
    edges: Edges = {}
    for first, second, numerator, denominator in rows:
        edges[first, second] = Fraction(numerator, denominator)
        edges[second, first] = Fraction(denominator, numerator)
    return edges
