"""Orders of another system as won opportunities with contract, payment plan and receipt; set-based."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contracts.choices import ContractStatus, ReceiptStatus
from crm.contracts.models import Contract, ContractLine, PaymentPlan, Receipt
from crm.contracts.services import CONTRACT_NUMBERS, RECEIPT_NUMBERS
from crm.customers.choices import CustomerStage
from crm.customers.models import Customer, Source
from crm.events import ContractSigned
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity, Stage, StageChange
from crm.pipeline.services import NUMBERS as OPPORTUNITY_NUMBERS
from crm.pipeline.services import first_stage
from suite import events
from suite.access.models import User
from suite.access.restrict import restrict
from suite.core.bulk import copy_rows, refresh_statistics, update_rows
from suite.core.errors import InvalidInput
from suite.documents.lines import compute_amounts, refuse_wrong
from suite.documents.models import DocumentLink
from suite.documents.numbering import next_numbers
from suite.documents.status import become_all
from suite.documents.totals import document_totals
from suite.masters.decimals import round_exact
from suite.masters.models import Company, Currency, ExchangeRate, Item
from suite.masters.selectors import default_company

Progress = Callable[..., Any]
BATCH = 500
ZERO = Decimal(0)
# Orders have a day; of that day is shown when it began and ended.
MORNING, EVENING = time(9), time(18)
EXECUTING = (ContractStatus.APPROVING, ContractStatus.APPROVED, ContractStatus.EXECUTING)


@dataclass(frozen=True)
class OrderLine:
    """
    One line of an order.

    :param item: code of the item; empty for something that is no item, such as freight.
    :param discount_percent: 5 means 95 % of quantity times price.
    """

    item: str
    quantity: Decimal
    unit_price: Decimal
    description: str = ""
    discount_percent: Decimal = ZERO
    tax_rate: Decimal = ZERO


@dataclass(frozen=True)
class Order:
    """
    One order as another system knew it.

    :param key: tells it from all other orders, for ever; a second import passes it over.
    :param customer: code of the customer.
    :param paid_on: day its whole amount was paid; None: it is still to be paid.
    :param returned: why it was taken back, empty when it was not; contract and receipt are then void.
    """

    key: str
    customer: str
    ordered_on: date
    lines: tuple[OrderLine, ...]
    reference: str = ""
    due_on: date | None = None
    delivered_on: date | None = None
    paid_on: date | None = None
    returned: str = ""
    remarks: str = ""


@dataclass
class OrderImport:
    """
    What an import of orders did.

    :param gross: sum of the contracts in their currency, void ones included.
    """

    created: int = 0
    known: int = 0
    paid: int = 0
    returned: int = 0
    gross: Decimal = Decimal("0.00")


@dataclass
class _Deal:
    """What one order becomes."""

    order: Order
    opportunity: Opportunity
    contract: Contract
    lines: list[ContractLine]
    plan: PaymentPlan | None = None
    receipt: Receipt | None = None


@dataclass
class _World:
    """What the orders refer to, read once."""

    company: Company
    currency: Currency
    stage: Stage
    source: Source | None
    actor: User
    at: datetime
    rates: list[tuple[date, Decimal]] = field(default_factory=list)
    customers: dict[str, Customer] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)

    def rate_on(self, day: date) -> Decimal:
        """Return the exchange rate of a day: the latest one known by then, before the first one that one."""
        if not self.rates:
            return Decimal(1)
        return self.rates[max(bisect_right(self.rates, (day, Decimal("Infinity"))) - 1, 0)][1]


@transaction.atomic
def import_orders(
    *,
    orders: Sequence[Order],
    actor: User,
    at: datetime,
    currency: Currency | None = None,
    source: Source | None = None,
    progress: Progress | None = None,
) -> OrderImport:
    """
    Make won opportunities, signed contracts, payment plans and receipts of orders; a known one is passed over.

    A paid order's contract is closed, a returned one's void, any other goes on. Opportunities and contracts bear the
    days of the orders, their changes of status the moment of the import. Systems above hear of the contracts that go
    on, not of what is over.

    :param currency: of the prices; None: the company's.
    :raises InvalidInput: naming customers or items that are not there, or when there is no exchange rate.
    :raises LineErrors: when a line has no quantity or a negative price.
    """
    result = OrderImport()
    known = set(_known_keys(orders))
    fresh = sorted((o for o in orders if o.key not in known), key=lambda order: (order.ordered_on, order.key))
    result.known = len(orders) - len(fresh)
    if not fresh:
        return result
    world = _read(fresh, currency, source, actor, at)
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start : start + BATCH]
        _write([_deal(order, world) for order in batch], world, result)
        if progress is not None:
            progress(start + len(batch), len(fresh))
    refresh_statistics()
    _note_first_deals(fresh, world)
    return result


def _known_keys(orders: Iterable[Order]) -> Iterable[str]:
    keys = [order.key for order in orders]
    return Contract.objects.filter(external_key__in=keys).values_list("external_key", flat=True)


def _read(
    orders: Sequence[Order], currency: Currency | None, source: Source | None, actor: User, at: datetime
) -> _World:
    company = default_company()
    currency = currency or company.base_currency
    first = first_stage()
    stage = Stage.objects.filter(pipeline=first.pipeline_id, is_active=True).order_by("position").last() or first
    world = _World(company, currency, stage, source, actor, at)
    if currency.pk != company.base_currency_id:
        rates = ExchangeRate.objects.filter(currency=currency).order_by("rate_date")
        world.rates = list(rates.values_list("rate_date", "rate"))
        if not world.rates:
            raise InvalidInput(_("Enter an exchange rate of %(currency)s first.") % {"currency": currency})
    reached = restrict(Customer.objects.all(), user=actor).values("pk")
    customers = Customer.objects.filter(pk__in=reached, party__code__in={order.customer for order in orders})
    locked = customers.select_for_update(of=("self",)).select_related("party", "owner").order_by("pk")
    world.customers = {customer.party.code: customer for customer in locked}
    codes = {line.item for order in orders for line in order.lines} - {""}
    world.items = {item.code: item for item in Item.objects.filter(code__in=codes).select_related("base_unit")}
    _refuse_missing(
        _("Import these customers first: %(codes)s."), {o.customer for o in orders} - world.customers.keys()
    )
    _refuse_missing(_("Import these items first: %(codes)s."), codes - world.items.keys())
    return world


def _refuse_missing(text: str, codes: set[str]) -> None:
    if codes:
        raise InvalidInput(text % {"codes": ", ".join(sorted(codes)[:20])})


# -- what an order becomes ---------------------------------------------------------------------


def _moment(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))


def _deal(order: Order, world: _World) -> _Deal:
    contract = _contract(order, world)
    lines = [_line(contract, position, line, world) for position, line in enumerate(order.lines, start=1)]
    refuse_wrong(lines)
    compute_amounts(contract, lines)
    totals = document_totals([line.amounts for line in lines], decimals=world.currency.decimals)
    contract.net_total, contract.tax_total, contract.gross_total = totals.net, totals.tax, totals.gross
    contract.title = _title(lines)
    contract.opportunity = _opportunity(order, contract, world)
    deal = _Deal(order, contract.opportunity, contract, lines)
    if contract.gross_total > 0:
        due_on = order.due_on or order.ordered_on
        deal.plan = PaymentPlan(
            contract=contract,
            position=1,
            due_date=due_on,
            amount=contract.gross_total,
            created_at=contract.created_at,
        )
    if deal.plan is not None and order.paid_on is not None:
        deal.receipt = _receipt(deal, order.paid_on, world)
    return deal


def _contract(order: Order, world: _World) -> Contract:
    customer = world.customers[order.customer]
    return Contract(
        company=world.company,
        customer=customer,
        currency=world.currency,
        exchange_rate=world.rate_on(order.ordered_on),
        document_date=order.ordered_on,
        signed_on=order.ordered_on,
        delivery_date=order.delivered_on or order.due_on,
        customer_reference=order.reference[:60],
        remarks=order.remarks,
        external_key=order.key,
        owner=customer.owner or world.actor,
        created_by=world.actor,
        created_at=_moment(order.ordered_on, MORNING),
    )


def _line(contract: Contract, position: int, line: OrderLine, world: _World) -> ContractLine:
    item = world.items.get(line.item)
    return ContractLine(
        document=contract,
        position=position,
        item=item,
        description=(line.description or (item.name if item is not None else ""))[:300],
        quantity=line.quantity,
        unit=item.base_unit if item is not None else None,
        unit_price=line.unit_price,
        discount_percent=line.discount_percent,
        tax_rate=line.tax_rate,
    )


def _title(lines: Sequence[ContractLine]) -> str:
    first = lines[0].description[:80]
    return first if len(lines) == 1 else _("%(first)s and %(more)d more") % {"first": first, "more": len(lines) - 1}


def _opportunity(order: Order, contract: Contract, world: _World) -> Opportunity:
    moment = _moment(order.ordered_on, MORNING)
    return Opportunity(
        name=contract.title,
        customer=contract.customer,
        stage=world.stage,
        stage_since=moment,
        amount=round_exact(contract.gross_total * contract.exchange_rate, 2),
        expected_close_date=order.ordered_on,
        source=world.source,
        ended_at=_moment(order.ordered_on, EVENING),
        end_reason=_("Order %(number)s") % {"number": order.reference or order.key},
        external_key=order.key,
        company=world.company,
        owner=contract.owner,
        created_by=world.actor,
        created_at=moment,
    )


def _receipt(deal: _Deal, paid_on: date, world: _World) -> Receipt:
    return Receipt(
        contract=deal.contract,
        plan=deal.plan,
        customer=deal.contract.customer,
        company=world.company,
        amount=deal.contract.gross_total,
        received_on=paid_on,
        external_key=deal.order.key,
        created_by=world.actor,
        created_at=_moment(paid_on, MORNING),
    )


# -- writing -----------------------------------------------------------------------------------


def _write(deals: Sequence[_Deal], world: _World, result: OrderImport) -> None:
    _give_numbers(deals, world)
    opportunities = copy_rows(deal.opportunity for deal in deals)
    copy_rows(
        StageChange(opportunity=each, to_stage=world.stage, actor=world.actor, at=each.created_at)
        for each in opportunities
    )
    contracts = copy_rows(deal.contract for deal in deals)
    copy_rows(line for deal in deals for line in deal.lines)
    copy_rows(deal.plan for deal in deals if deal.plan is not None)
    paid = [deal for deal in deals if deal.receipt is not None]
    receipts = copy_rows(_receipts(paid))
    _link(opportunities, contracts)
    _link([deal.contract for deal in paid], receipts)
    _settle(deals, world)
    result.created += len(deals)
    result.paid += len(paid)
    result.returned += sum(bool(deal.order.returned) for deal in deals)
    result.gross += sum((contract.gross_total for contract in contracts), ZERO)


def _give_numbers(deals: Sequence[_Deal], world: _World) -> None:
    """Give numbers by month, so that years and months in them are those of the orders."""
    _number(((d.opportunity, d.order.ordered_on) for d in deals), None, OPPORTUNITY_NUMBERS)
    _number(((d.contract, d.order.ordered_on) for d in deals), world.company, CONTRACT_NUMBERS)
    receipts = ((d.receipt, d.receipt.received_on) for d in deals if d.receipt is not None)
    _number(receipts, world.company, RECEIPT_NUMBERS)


def _number(rows: Iterable[tuple[Any, date]], company: Company | None, kind: str) -> None:
    months: Mapping[date, list[Any]] = defaultdict(list)
    for row, day in rows:
        months[day.replace(day=1)].append(row)
    for month, group in sorted(months.items(), key=lambda each: each[0]):
        for row, number in zip(group, next_numbers(company, kind, month, len(group)), strict=True):
            row.number = number


def _link(sources: Sequence[Any], targets: Sequence[Any]) -> None:
    if sources:
        source_type, target_type = (ContentType.objects.get_for_model(rows[0]) for rows in (sources, targets))
        copy_rows(
            DocumentLink(source_type=source_type, source_id=a.pk, target_type=target_type, target_id=b.pk)
            for a, b in zip(sources, targets, strict=True)
        )


def _settle(deals: Sequence[_Deal], world: _World) -> None:
    """Bring opportunities, contracts and receipts to the states that the orders had reached."""
    how: dict[str, Any] = {"actor": world.actor, "at": world.at, "reason": _("Imported")}
    become_all([deal.opportunity for deal in deals], OpportunityStatus.WON, **how)
    kept = [deal for deal in deals if not deal.order.returned]
    become_all(_receipts(kept), ReceiptStatus.CONFIRMED, **how)
    over = [deal.contract for deal in kept if deal.receipt is not None]
    become_all(over, ContractStatus.CLOSED, by_way_of=EXECUTING, **how)
    going_on = [deal.contract for deal in kept if deal.receipt is None]
    become_all(going_on, ContractStatus.EXECUTING, by_way_of=EXECUTING[:-1], **how)
    returned: dict[str, list[_Deal]] = defaultdict(list)
    for deal in deals:
        if deal.order.returned:
            returned[deal.order.returned].append(deal)
    for reason, group in returned.items():
        void = {**how, "reason": reason}
        become_all(_receipts(group), ReceiptStatus.VOID, by_way_of=(ReceiptStatus.CONFIRMED,), **void)
        become_all([deal.contract for deal in group], ContractStatus.VOID, by_way_of=EXECUTING, **void)
    for contract in going_on:
        events.publish(ContractSigned(contract_pk=contract.pk, at=how["at"]))


def _receipts(deals: Iterable[_Deal]) -> list[Receipt]:
    return [deal.receipt for deal in deals if deal.receipt is not None]


def _note_first_deals(orders: Sequence[Order], world: _World) -> None:
    first: dict[str, date] = {}
    for order in orders:
        if not order.returned:
            first[order.customer] = min(order.ordered_on, first.get(order.customer, order.ordered_on))
    customers = [world.customers[code] for code in first]
    for customer in customers:
        day = first[customer.party.code]
        customer.stage = CustomerStage.DEAL
        customer.first_deal_on = min(customer.first_deal_on or day, day)
        customer.version += 1
        customer.updated_at = world.at
    update_rows(customers, ["stage", "first_deal_on", "version", "updated_at"])
