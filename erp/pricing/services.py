"""Operations on price lists and price agreements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.pricing.choices import AgreementStatus
from erp.pricing.engine import raised
from erp.pricing.models import PriceAgreement, PriceAgreementLine, PriceList, PriceListLine
from erp.pricing.selectors import Factors
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind
from suite.documents.rows import Faults, Row, write_rows
from suite.masters.models import Company, Currency, Party
from suite.masters.selectors import default_company

NUMBERS = register_kind(
    "erp.priceagreement", pattern="PA-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("price agreement")
)
ONE_DAY = timedelta(days=1)


# -- price lists -------------------------------------------------------------------------------


@transaction.atomic
def create_price_list(
    *,
    name: str,
    actor: User,
    at: datetime,
    company: Company | None = None,
    customers: Iterable[Party] = (),
    **more: Any,
) -> PriceList:
    """
    Open a price list without prices, of the default company unless another is named.

    :raises ValidationError: when the company has a list of this name, or the period ends before it begins.
    """
    price_list = PriceList(company=company or default_company(), name=name.strip(), created_at=at, **more)
    price_list.full_clean()
    price_list.save()
    price_list.customers.set(customers)
    return price_list


@transaction.atomic
def raise_prices(
    *, price_list: PriceList, percent: Decimal, valid_from: date, actor: User, at: datetime, decimals: int = 2
) -> PriceList:
    """
    Raise the prices of a list by a percentage from a day on; a negative percentage lowers them.

    Each price that is valid on the day and began before ends the day before, and a new one begins; discounts stay.
    Prices that begin on that day or later stay as they are, so that doing it again changes nothing.

    :param decimals: of the new prices.
    :raises InvalidInput: when prices would fall below zero, or the list has no price on that day.
    """
    if percent <= -100:
        raise InvalidInput(_("Prices cannot be lowered by all of it or more."), field="percent")
    price_list = PriceList.objects.lock(price_list)
    on_day = Q(valid_from__lte=valid_from) & (Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from))
    priced = price_list.lines.filter(on_day, unit_price__isnull=False).select_for_update().order_by("pk")
    lines = list(priced)
    if not lines:
        raise InvalidInput(_("The list has no price that is valid on this day."), field="valid_from")
    older = [line for line in lines if line.valid_from < valid_from]
    PriceListLine.objects.filter(pk__in=[line.pk for line in older]).update(
        valid_to=valid_from - ONE_DAY, version=F("version") + 1, updated_at=at
    )
    PriceListLine.objects.bulk_create(
        PriceListLine(
            price_list=price_list,
            item_id=line.item_id,
            unit_id=line.unit_id,
            minimum_quantity=line.minimum_quantity,
            unit_price=raised(line.unit_price or Decimal(0), percent, decimals),
            valid_from=valid_from,
            valid_to=line.valid_to,
            created_at=at,
        )
        for line in older
    )
    return price_list


# -- agreements --------------------------------------------------------------------------------


@transaction.atomic
def create_agreement(
    *,
    supplier: Party,
    lines: Sequence[Row],
    actor: User,
    at: datetime,
    company: Company | None = None,
    currency: Currency | None = None,
    owner: User | None = None,
    **details: Any,
) -> PriceAgreement:
    """
    Draw up a price agreement as a draft, of the default company and in the supplier's currency unless said otherwise.

    :param lines: values of :class:`PriceAgreementLine`; the unit is the base unit unless named.
    :raises InvalidInput: when the party is no supplier.
    :raises LineErrors: with what is wrong, for each line.
    """
    company = company or default_company()
    agreement = PriceAgreement(
        company=company,
        supplier=supplier,
        currency=currency or supplier.currency or company.base_currency,
        owner=owner or actor,
        created_by=actor,
        created_at=at,
        **{"valid_from": timezone.localdate(at), **details},
    )
    _check(agreement)
    agreement.number = next_number(company, NUMBERS, timezone.localdate(at))
    agreement.save()
    _write(agreement, lines)
    return agreement


@transaction.atomic
def update_agreement(
    *, priceagreement: PriceAgreement, lines: Sequence[Row], actor: User, at: datetime, **changes: Any
) -> PriceAgreement:
    """
    Change an agreement that is still a draft.

    :raises WrongState: when it was submitted.
    :raises LineErrors: with what is wrong, for each line.
    """
    agreement = PriceAgreement.objects.lock(priceagreement)
    if agreement.status != AgreementStatus.DRAFT:
        raise WrongState(_("Only a draft can be changed."))
    for name, value in changes.items():
        setattr(agreement, name, value)
    _check(agreement)
    agreement.save()
    _write(agreement, lines)
    return agreement


@transaction.atomic
def submit_agreement(*, agreement: PriceAgreement, actor: User, at: datetime) -> PriceAgreement:
    """
    Hand an agreement in; it comes into force at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    """
    agreement = PriceAgreement.objects.lock(agreement)
    agreement.become(AgreementStatus.APPROVING, actor=actor, at=at)
    if not needs_approval(agreement, actor=actor, at=at):
        return approve_agreement(agreement=agreement, actor=actor, at=at)
    return agreement


@transaction.atomic
def approve_agreement(*, agreement: PriceAgreement, actor: User, at: datetime, reason: str = "") -> PriceAgreement:
    """
    Let an agreement come into force: from its first day on, orders take its prices.

    :raises WrongState: unless it waits for approval.
    """
    agreement = PriceAgreement.objects.lock(agreement)
    return agreement.become(AgreementStatus.ACTIVE, actor=actor, at=at, reason=reason)


@transaction.atomic
def reject_agreement(*, agreement: PriceAgreement, reason: str, actor: User, at: datetime) -> PriceAgreement:
    """
    Send an agreement back to be changed.

    :raises WrongState: unless it waits for approval.
    """
    agreement = PriceAgreement.objects.lock(agreement)
    return agreement.become(AgreementStatus.DRAFT, actor=actor, at=at, reason=reason)


@transaction.atomic
def end_agreement(*, agreement: PriceAgreement, reason: str, actor: User, at: datetime) -> PriceAgreement:
    """
    End an agreement: orders do not take its prices any more; those already written keep them.

    :raises WrongState: unless it is a draft or in force.
    """
    agreement = PriceAgreement.objects.lock(agreement)
    return agreement.become(AgreementStatus.ENDED, actor=actor, at=at, reason=reason)


def _check(agreement: PriceAgreement) -> None:
    if not agreement.supplier.is_supplier:
        raise InvalidInput(_("%(party)s is no supplier.") % {"party": agreement.supplier}, field="supplier")
    agreement.full_clean(exclude=["status", "number"])


def _write(agreement: PriceAgreement, rows: Sequence[Row]) -> list[PriceAgreementLine]:
    factors = Factors([row["item"] for row in rows if row.get("item")])
    seen: set[tuple[Any, ...]] = set()

    def faults(row: Row) -> Faults:
        factors.of(row["item"], row.get("unit"))
        key = (row["item"].pk, getattr(row.get("unit") or row["item"].base_unit, "pk", None))
        tier = (*key, row.get("minimum_quantity") or Decimal(0))
        if tier in seen:
            return {"minimum_quantity": _("The agreement has another price of this item from this quantity on.")}
        seen.add(tier)
        return _amount_faults(row)

    return write_rows(agreement, "agreement", rows, faults)


def _amount_faults(row: Row) -> Faults:
    if row.get("unit_price") is None or row["unit_price"] < 0:
        return {"unit_price": _("Enter a price that is not negative.")}
    names = ("minimum_quantity", "order_minimum")
    return {name: _("Enter a quantity that is not negative.") for name in names if (row.get(name) or 0) < 0}
