"""Operations on requests for quotation and the quotes that answer them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.masterdata.models import Warehouse
from erp.pricing.selectors import Factors
from erp.purchasing.choices import RequestStatus as RequisitionStatus
from erp.purchasing.models import PurchaseRequest, PurchaseRequestLine
from erp.sourcing.choices import LIVE_REQUESTS, OPEN_REQUESTS, QuoteStatus, RequestStatus
from erp.sourcing.models import RequestForQuotation, RequestLine, SupplierQuote, SupplierQuoteLine
from erp.sourcing.selectors import quotes_that_count
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.choices import LinkKind
from suite.documents.numbering import next_number, register_kind
from suite.documents.rows import Faults, Row, refuse_rows, write_rows
from suite.documents.services import link_documents
from suite.masters.decimals import round_exact
from suite.masters.models import Currency, Party
from suite.masters.selectors import rate_on, tax_rates_on

NUMBERS = register_kind(
    "erp.requestforquotation",
    pattern="RFQ-{yyyy}-{seq:04}",
    reset="YEAR",
    title=gettext_lazy("request for quotation"),
)
QUOTE_NUMBERS = register_kind(
    "erp.supplierquote", pattern="SQ-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("supplier quote")
)


# -- asking ------------------------------------------------------------------------------------


@transaction.atomic
def create_rfq(
    *,
    warehouse: Warehouse,
    lines: Sequence[Row],
    suppliers: Iterable[Party],
    due_on: date,
    actor: User,
    at: datetime,
    owner: User | None = None,
    **details: Any,
) -> RequestForQuotation:
    """
    Draw up a request for quotation as a draft.

    :param lines: values of :class:`RequestLine`; the unit is the base unit unless named.
    :raises InvalidInput: when one of the parties is no supplier.
    :raises LineErrors: with what is wrong, for each line.
    :raises NoConversion: when nothing leads from the unit of a line to the base unit of its item.
    """
    rfq = RequestForQuotation(
        company=warehouse.company,
        warehouse=warehouse,
        due_on=due_on,
        owner=owner or actor,
        created_by=actor,
        created_at=at,
        **details,
    )
    rfq.full_clean(exclude=["status", "number"])
    rfq.number = next_number(warehouse.company, NUMBERS, timezone.localdate(at))
    rfq.save()
    _write(rfq, lines, suppliers)
    return rfq


@transaction.atomic
def update_rfq(
    *,
    requestforquotation: RequestForQuotation,
    lines: Sequence[Row],
    suppliers: Iterable[Party],
    actor: User,
    at: datetime,
    **changes: Any,
) -> RequestForQuotation:
    """
    Change a request that is still a draft.

    :raises WrongState: when it was sent.
    :raises InvalidInput: when it serves requisitions and is for another warehouse now.
    :raises LineErrors: with what is wrong, for each line.
    """
    rfq = RequestForQuotation.objects.lock(requestforquotation)
    if rfq.status != RequestStatus.DRAFT:
        raise WrongState(_("Only a draft can be changed."))
    is_moved = changes.get("warehouse", rfq.warehouse) != rfq.warehouse
    if is_moved and rfq.lines.filter(request_line__isnull=False).exists():
        raise InvalidInput(_("The requisitions are for another warehouse."), field="warehouse")
    for name, value in changes.items():
        setattr(rfq, name, value)
    rfq.company = rfq.warehouse.company
    rfq.full_clean(exclude=["status", "number"])
    rfq.save()
    _write(rfq, lines, suppliers)
    return rfq


@transaction.atomic
def ask_suppliers(
    *,
    purchaserequest: PurchaseRequest,
    suppliers: Iterable[Party],
    due_on: date,
    request: UUID,
    actor: User,
    at: datetime,
    others: Iterable[PurchaseRequest] = (),
) -> RequestForQuotation:
    """
    Draw up a request for quotation for what is not ordered and not asked for yet of requisitions; once per request.

    :param others: further requisitions for the same warehouse.
    :raises WrongState: unless all of them are approved.
    :raises InvalidInput: when nothing is left to ask for, or they are for several warehouses.
    """
    known = RequestForQuotation.objects.filter(request=request).first()
    if known is not None:
        return known
    requests = PurchaseRequest.objects.lock_many(sorted({purchaserequest.pk, *(each.pk for each in others)}))
    for each in requests:
        if each.status != RequisitionStatus.APPROVED:
            raise WrongState(
                _("%(number)s is “%(status)s”; quotes are asked for approved requisitions only.")
                % {"number": each, "status": each.get_status_display()}
            )
    if len({each.warehouse_id for each in requests}) > 1:
        raise InvalidInput(_("A request for quotation is for one warehouse."), field="others")
    open_lines = _lines_to_ask(requests)
    if not open_lines:
        raise InvalidInput(_("All of it is ordered or being asked for already."))
    warehouse = Warehouse.objects.select_related("company").get(pk=requests[0].warehouse_id)
    rfq = create_rfq(
        warehouse=warehouse,
        lines=[_row(line) for line in open_lines],
        suppliers=suppliers,
        due_on=due_on,
        subject=requests[0].reason[:120],
        request=request,
        actor=actor,
        at=at,
    )
    served = {line.request_id for line in open_lines}
    for each in requests:
        if each.pk in served:
            link_documents(each, rfq)
    return rfq


def _lines_to_ask(requests: Collection[PurchaseRequest]) -> list[PurchaseRequestLine]:
    lines = (
        PurchaseRequestLine.objects.filter(request__in=requests)
        .exclude(rfq_lines__rfq__status__in=LIVE_REQUESTS)
        .select_related("item__base_unit", "request")
        .order_by("request_id", "position")
    )
    return [line for line in lines if line.open_quantity > 0]


def _row(line: PurchaseRequestLine) -> Row:
    return {
        "item": line.item,
        "quantity": line.open_quantity,
        "unit": line.item.base_unit,
        "needed_on": line.needed_on or line.request.needed_on,
        "request_line": line,
    }


@transaction.atomic
def send_rfq(*, rfq: RequestForQuotation, actor: User, at: datetime) -> RequestForQuotation:
    """
    Ask the suppliers: from now on their quotes are entered.

    :raises WrongState: unless it is a draft.
    :raises InvalidInput: without suppliers.
    """
    rfq = RequestForQuotation.objects.lock(rfq)
    if not rfq.invitations.exists():
        raise InvalidInput(_("Choose the suppliers to ask first."))
    return rfq.become(RequestStatus.SENT, actor=actor, at=at)


@transaction.atomic
def compare_rfq(*, rfq: RequestForQuotation, actor: User, at: datetime) -> RequestForQuotation:
    """
    Begin to compare: enough suppliers have answered.

    :raises WrongState: unless it was sent.
    :raises InvalidInput: before there is a quote.
    """
    rfq = RequestForQuotation.objects.lock(rfq)
    if not rfq.quotes.exists():
        raise InvalidInput(_("There is no quote to compare yet."))
    return rfq.become(RequestStatus.COMPARED, actor=actor, at=at)


@transaction.atomic
def cancel_rfq(*, rfq: RequestForQuotation, reason: str, actor: User, at: datetime) -> RequestForQuotation:
    """
    Give up a request; its requisitions can be asked for again.

    :raises WrongState: when it was awarded, or cancelled before.
    """
    rfq = RequestForQuotation.objects.lock(rfq)
    return rfq.become(RequestStatus.CANCELLED, actor=actor, at=at, reason=reason)


@transaction.atomic
def close_rfq(*, rfq: RequestForQuotation, actor: User, at: datetime) -> RequestForQuotation:
    """
    Close a request that was awarded.

    :raises WrongState: unless it was awarded.
    """
    rfq = RequestForQuotation.objects.lock(rfq)
    return rfq.become(RequestStatus.CLOSED, actor=actor, at=at)


def _write(rfq: RequestForQuotation, rows: Sequence[Row], suppliers: Iterable[Party]) -> None:
    parties = list(suppliers)
    for party in parties:
        if not party.is_supplier:
            raise InvalidInput(_("%(party)s is no supplier.") % {"party": party}, field="suppliers")
    goods = [row["item"] for row in rows if row.get("item")]
    prefetch_related_objects(goods, "base_unit")
    factors = Factors(goods)

    def prepared(row: Row) -> Row:
        item, quantity = row.get("item"), row.get("quantity")
        if item is None or not quantity:
            return row
        base = Fraction(quantity) * factors.of(item, row.get("unit"))
        return {**row, "base_quantity": round_exact(base, item.base_unit.decimals)}

    write_rows(rfq, "rfq", [prepared(row) for row in rows], _quantity_faults)
    rfq.suppliers.set(parties)


def _quantity_faults(row: Row) -> Faults:
    quantity = row.get("quantity")
    unit = row.get("unit") or row["item"].base_unit
    if not quantity or quantity <= 0 or row.get("base_quantity", 1) <= 0:
        return {"quantity": _("Enter a quantity.")}
    if quantity != round(quantity, unit.decimals):
        return {
            "quantity": _("%(unit)s is counted with at most %(decimals)s decimals.")
            % {"unit": unit, "decimals": unit.decimals}
        }
    return {}


# -- answers -----------------------------------------------------------------------------------


@transaction.atomic
def record_quote(
    *,
    rfq: RequestForQuotation,
    supplier: Party,
    lines: Sequence[Row],
    request: UUID,
    actor: User,
    at: datetime,
    currency: Currency | None = None,
    price_includes_tax: bool = False,
    **details: Any,
) -> SupplierQuote:
    """
    Record what an invited supplier quotes, once for each request; a quote it gave before is replaced and kept.

    With the last of those who were asked the comparison begins.

    :param lines: ``rfq_line``, ``unit_price``, and if known ``minimum_quantity``, ``lead_time_days``, ``tax_rate``
        (else the item's) and ``remark``; several tiers of a line are several rows.
    :raises WrongState: unless the request was sent and is not awarded yet.
    :raises InvalidInput: when the supplier is not invited, or a line is of another request.
    :raises LineErrors: with what is wrong, for each line.
    """
    known = SupplierQuote.objects.filter(request=request).first()
    if known is not None:
        if (known.rfq_id, known.supplier_id) != (rfq.pk, supplier.pk):
            raise InvalidInput(_("This was posted for another document already. Reload the page."))
        return known
    rfq = RequestForQuotation.objects.lock(rfq)
    _refuse_closed(rfq)
    if not rfq.invitations.filter(supplier=supplier).exists():
        raise InvalidInput(_("%(party)s was not asked.") % {"party": supplier}, field="supplier")
    day = timezone.localdate(at)
    currency = currency or supplier.currency or rfq.company.base_currency
    quote = SupplierQuote(
        company=rfq.company,
        rfq=rfq,
        supplier=supplier,
        currency=currency,
        price_includes_tax=price_includes_tax,
        exchange_rate=Decimal(1) if currency.pk == rfq.company.base_currency_id else rate_on(currency, day),
        owner=rfq.owner,
        created_by=actor,
        created_at=at,
        request=request,
        **{"quoted_on": day, **details},
    )
    before = quotes_that_count(rfq).filter(supplier=supplier).select_for_update(of=("self",)).first()
    if before is not None:
        before.become(QuoteStatus.REPLACED, actor=actor, at=at)
    quote.full_clean(exclude=["status", "number"])
    quote.number = next_number(rfq.company, QUOTE_NUMBERS, day)
    quote.save()
    SupplierQuoteLine.objects.bulk_create(_quote_lines(quote, lines, day))
    link_documents(rfq, quote)
    if before is not None:
        link_documents(before, quote, LinkKind.REPLACES)
    _compare_when_all_answered(rfq, actor, at)
    return quote


def _compare_when_all_answered(rfq: RequestForQuotation, actor: User, at: datetime) -> None:
    silent = rfq.invitations.exclude(supplier__in=quotes_that_count(rfq).values("supplier"))
    if rfq.status == RequestStatus.SENT and not silent.exists():
        rfq.become(RequestStatus.COMPARED, actor=actor, at=at)


def _refuse_closed(rfq: RequestForQuotation) -> None:
    if rfq.status not in OPEN_REQUESTS:
        raise WrongState(
            _("%(number)s is “%(status)s”; quotes are entered once it was sent and until it is awarded.")
            % {"number": rfq, "status": rfq.get_status_display()}
        )


def _quote_lines(quote: SupplierQuote, rows: Sequence[Row], day: date) -> list[SupplierQuoteLine]:
    asked = {line.pk: line for line in quote.rfq.lines.select_related("item__tax_code")}
    if not rows:
        raise InvalidInput(_("Enter the price of at least one line."))
    if {row["rfq_line"].pk for row in rows} - asked.keys():
        raise InvalidInput(_("This line belongs to another request for quotation."))
    seen: set[tuple[int, Decimal]] = set()
    faults = {place: found for place, row in enumerate(rows) if (found := _quote_faults(row, seen))}
    refuse_rows(faults)
    rates = tax_rates_on({line.item.tax_code.code for line in asked.values() if line.item.tax_code}, day)
    return [_quote_line(quote, asked[row["rfq_line"].pk], row, rates) for row in rows]


def _quote_line(quote: SupplierQuote, asked: RequestLine, row: Row, rates: Mapping[str, Decimal]) -> SupplierQuoteLine:
    tax = row.get("tax_rate")
    if tax is None:
        tax = rates.get(asked.item.tax_code.code if asked.item.tax_code is not None else "", Decimal(0))
    return SupplierQuoteLine(
        quote=quote,
        rfq_line=asked,
        unit_price=row["unit_price"],
        minimum_quantity=row.get("minimum_quantity") or Decimal(0),
        lead_time_days=row.get("lead_time_days"),
        tax_rate=tax,
        remark=row.get("remark") or "",
    )


def _quote_faults(row: Row, seen: set[tuple[int, Decimal]]) -> Faults:
    tier = (row["rfq_line"].pk, row.get("minimum_quantity") or Decimal(0))
    if tier in seen:
        return {"minimum_quantity": _("This quantity has a price already.")}
    seen.add(tier)
    if row.get("unit_price") is None or row["unit_price"] < 0:
        return {"unit_price": _("Enter a price that is not negative.")}
    if tier[1] < 0:
        return {"minimum_quantity": _("Enter a quantity that is not negative.")}
    if not 0 <= (row.get("tax_rate") or 0) <= 100:
        return {"tax_rate": _("Enter a percentage from 0 to 100.")}
    return {}
