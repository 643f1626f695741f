"""Awarding a request for quotation: one purchase order for each supplier that was chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.masterdata.models import Warehouse
from erp.pricing.services import create_agreement
from erp.purchasing.choices import RequestStatus as RequisitionStatus
from erp.purchasing.models import PurchaseOrder, PurchaseRequest, PurchaseRequestLine
from erp.purchasing.services import create_order
from erp.sourcing.choices import OPEN_REQUESTS, QuoteStatus, RequestStatus
from erp.sourcing.engine import needs_reason
from erp.sourcing.models import RequestForQuotation, RequestLine, SupplierQuote, SupplierQuoteLine
from erp.sourcing.selectors import Sheet, compare_quotes
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.services import link_documents
from suite.documents.status import become_all

# The quote line that each line goes to, None for a line that is left out; by key of the line.
Chosen = dict[int, SupplierQuoteLine | None]


@transaction.atomic
def award_rfq(
    *,
    rfq: RequestForQuotation,
    actor: User,
    at: datetime,
    choices: Mapping[int, int | None] | None = None,
    reason: str = "",
    makes_agreements: bool = False,
) -> RequestForQuotation:
    """
    Award the lines to suppliers: a draft order for each of them with the quoted prices; done again it does nothing.

    :param choices: key of the supplier by key of the line, None to leave a line out; a line that is not named goes to
        the cheapest quote that is in time, and is left out when nobody offers it.
    :param reason: needed when a line goes to a supplier that is dearer or later than the best one.
    :param makes_agreements: draw up a price agreement of the awarded prices with each supplier, as a draft.
    :raises WrongState: unless it was sent and is not awarded, or something of a requisition was ordered meanwhile.
    :raises InvalidInput: without a line to award, without a needed reason, or when a chosen quote does not offer the
        line, wants more than is asked for, or is not valid any more.
    """
    rfq = RequestForQuotation.objects.lock(rfq)
    given = dict(choices or {})
    if rfq.status in {RequestStatus.AWARDED, RequestStatus.CLOSED} and _is_same(rfq, given):
        return rfq
    if rfq.status not in OPEN_REQUESTS:
        raise WrongState(
            _("%(number)s is “%(status)s”; only what was sent to suppliers is awarded.")
            % {"number": rfq, "status": rfq.get_status_display()}
        )
    day = timezone.localdate(at)
    sheet = compare_quotes(rfq, day)
    chosen = _choose(sheet, given)
    _refuse_expired(sheet, chosen, day)
    if not reason.strip() and _is_to_be_explained(sheet, chosen):
        raise InvalidInput(_("Say why a line does not go to the cheapest supplier that is in time."), field="reason")
    _refuse_ordered_meanwhile(sheet, chosen)
    _write_award(sheet, chosen, reason.strip(), actor, at)
    for supplier_lines in _by_quote(sheet, chosen).values():
        _order(sheet, supplier_lines, day, actor, at)
        if makes_agreements:
            _agree(sheet, supplier_lines, actor, at)
    return rfq


def _is_same(rfq: RequestForQuotation, given: Mapping[int, int | None]) -> bool:
    """Whether a request was awarded just so before."""
    suppliers = dict(rfq.lines.values_list("pk", "awarded__quote__supplier"))
    return all(suppliers.get(line) == supplier for line, supplier in given.items())


def _choose(sheet: Sheet, given: Mapping[int, int | None]) -> Chosen:
    if given.keys() - {line.pk for line in sheet.lines}:
        raise InvalidInput(_("This line belongs to another request for quotation."))
    chosen: Chosen = {}
    for line in sheet.lines:
        best = sheet.comparison.best.get(line.pk)
        supplier = given[line.pk] if line.pk in given else (best.offer.supplier if best is not None else None)
        if supplier is None:
            chosen[line.pk] = None
            continue
        cell = sheet.comparison.cells.get((line.pk, supplier))
        if cell is None:
            raise InvalidInput(_("The chosen supplier does not offer line %(line)s.") % {"line": line.position})
        if not cell.is_reached:
            raise InvalidInput(
                _("The chosen supplier wants a larger order of line %(line)s than is asked for.")
                % {"line": line.position}
            )
        chosen[line.pk] = sheet.offers[cell.offer.key]
    if not any(chosen.values()):
        raise InvalidInput(_("Choose a supplier for at least one line."))
    return chosen


def _refuse_expired(sheet: Sheet, chosen: Chosen, day: date) -> None:
    used = {offer.quote_id for offer in chosen.values() if offer is not None}
    for quote in sheet.quotes:
        if quote.pk in used and not quote.is_valid_on(day):
            raise InvalidInput(
                _("The quote of %(supplier)s was valid until %(date)s; ask for a new one.")
                % {"supplier": quote.supplier, "date": quote.valid_until}
            )


def _is_to_be_explained(sheet: Sheet, chosen: Chosen) -> bool:
    return any(
        offer is not None and needs_reason(sheet.comparison, line, offer.quote.supplier_id)
        for line, offer in chosen.items()
    )


def _refuse_ordered_meanwhile(sheet: Sheet, chosen: Chosen) -> None:
    """Refuse what was ordered since it was asked for, with the requisitions locked in the order of their keys."""
    served = {line.request_line_id: line for line in sheet.lines if line.request_line_id and chosen[line.pk]}
    wanted = PurchaseRequestLine.objects.filter(pk__in=served)
    locked = PurchaseRequest.objects.lock_many(sorted(set(wanted.values_list("request_id", flat=True))))
    states = {each.pk: each.status for each in locked}
    for need in wanted.order_by("pk"):
        line = served[need.pk]
        is_needed = states[need.request_id] == RequisitionStatus.APPROVED and need.open_quantity > 0
        if not is_needed or (need.ordered_quantity > 0 and need.open_quantity < line.base_quantity):
            raise WrongState(
                _("Line %(line)s was ordered meanwhile or is not needed any more; leave it out.")
                % {"line": line.position}
            )


def _write_award(sheet: Sheet, chosen: Chosen, reason: str, actor: User, at: datetime) -> None:
    for line in sheet.lines:
        line.awarded = chosen[line.pk]
    RequestLine.objects.bulk_update(sheet.lines, ["awarded"])
    rfq = sheet.rfq
    rfq.award_reason = reason
    rfq.save(update_fields=["award_reason"])
    way = (RequestStatus.COMPARED,) if rfq.status == RequestStatus.SENT else ()
    become_all([rfq], RequestStatus.AWARDED, actor=actor, at=at, reason=reason, by_way_of=way)
    winners = {offer.quote_id for offer in chosen.values() if offer is not None}
    won = [quote for quote in sheet.quotes if quote.pk in winners]
    lost = [quote for quote in sheet.quotes if quote.pk not in winners]
    become_all(won, QuoteStatus.AWARDED, actor=actor, at=at)
    become_all(lost, QuoteStatus.DECLINED, actor=actor, at=at)


Awarded = Sequence[tuple[RequestLine, SupplierQuoteLine]]


def _by_quote(sheet: Sheet, chosen: Chosen) -> dict[int, list[tuple[RequestLine, SupplierQuoteLine]]]:
    """Return what was awarded, by key of the quote in their order, each in the order of the lines."""
    found: dict[int, list[tuple[RequestLine, SupplierQuoteLine]]] = defaultdict(list)
    for line in sheet.lines:
        offer = chosen[line.pk]
        if offer is not None:
            found[offer.quote_id].append((line, offer))
    return dict(sorted(found.items()))


def _quote_of(sheet: Sheet, lines: Awarded) -> SupplierQuote:
    return next(quote for quote in sheet.quotes if quote.pk == lines[0][1].quote_id)


def _promised_on(offer: SupplierQuoteLine, day: date) -> date | None:
    """The day that a supplier who is awarded today delivers on, None when the quote does not say."""
    return day + timedelta(days=offer.lead_time_days) if offer.lead_time_days is not None else None


def _order(sheet: Sheet, lines: Awarded, day: date, actor: User, at: datetime) -> PurchaseOrder:
    quote = _quote_of(sheet, lines)
    promises = {line.pk: _promised_on(offer, day) for line, offer in lines}
    days = [known for line, _offer in lines if (known := promises[line.pk] or line.needed_on) is not None]
    order = create_order(
        supplier=quote.supplier,
        warehouse=Warehouse.objects.select_related("company__base_currency").get(pk=sheet.rfq.warehouse_id),
        currency=quote.currency,
        price_includes_tax=quote.price_includes_tax,
        exchange_rate=quote.exchange_rate,
        expected_on=min(days, default=None),
        owner=sheet.rfq.owner,
        lines=[
            {
                "item": line.item,
                "quantity": line.quantity,
                "unit": line.unit,
                "unit_price": offer.unit_price,
                "tax_rate": offer.tax_rate,
                "needed_on": line.needed_on,
                "promised_on": promises[line.pk],
                "request_line": line.request_line,
            }
            for line, offer in lines
        ],
        actor=actor,
        at=at,
    )
    link_documents(quote, order)
    return order


def _agree(sheet: Sheet, lines: Awarded, actor: User, at: datetime) -> None:
    """Draw up an agreement of the awarded prices; of an item that was asked for twice the lower one counts."""
    quote = _quote_of(sheet, lines)
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line, offer in sorted(lines, key=lambda pair: pair[1].unit_price):
        rows.setdefault(
            (line.item_id, line.unit_id, offer.minimum_quantity),
            {
                "item": line.item,
                "unit": line.unit,
                "minimum_quantity": offer.minimum_quantity or Decimal(0),
                "unit_price": offer.unit_price,
                "lead_time_days": offer.lead_time_days,
            },
        )
    agreement = create_agreement(
        supplier=quote.supplier,
        company=sheet.rfq.company,
        currency=quote.currency,
        price_includes_tax=quote.price_includes_tax,
        valid_to=quote.valid_until,
        owner=sheet.rfq.owner,
        lines=list(rows.values()),
        actor=actor,
        at=at,
    )
    link_documents(quote, agreement)
