"""What customers owe and may owe: an order beyond the credit limit waits for somebody who may decide that."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Case, DecimalField, F, Sum, When
from django.db.models.functions import NullIf
from django.utils.translation import gettext as _

from crm.contracts.choices import ReceiptStatus
from crm.contracts.models import Receipt
from erp.sales.choices import OPEN, OrderStatus
from erp.sales.models import SalesOrder, SalesOrderLine
from suite.access.grants import model_permission
from suite.access.models import User
from suite.core.errors import NotAllowed
from suite.hooks import Hook
from suite.masters.decimals import round_exact
from suite.masters.models import Company, Party

AMOUNT: DecimalField[Decimal, Decimal] = DecimalField(max_digits=38, decimal_places=12)
LIVE = (*OPEN, OrderStatus.DELIVERED, OrderStatus.CLOSED)


class CreditExceeded(NotAllowed):
    """The customer would owe more than the limit, and the actor may not allow that."""

    code = "credit-exceeded"


@Hook
def credit_used(party: Party, company: Company) -> Decimal:
    """
    Return what a customer owes a company and will owe for orders under way, in the company's base currency.

    Without an accounting system: what confirmed orders are worth, of closed ones what was delivered and not returned,
    less what was received on their contracts.
    """
    orders = SalesOrder.objects.filter(party=party, company=company, status__in=LIVE)
    billed = Case(
        When(document__status=OrderStatus.CLOSED, then=F("delivered") - F("returned")),
        default=F("base_quantity") - F("returned"),
        output_field=AMOUNT,
    )
    # A line without stock counts whole.
    share = Case(
        When(base_quantity=0, then=F("gross_amount")),
        default=F("gross_amount") * billed / NullIf(F("base_quantity"), Decimal(0)),
        output_field=AMOUNT,
    )
    rows = (
        SalesOrderLine.objects.filter(document__in=orders)
        .order_by()
        .values("document__exchange_rate", "document__gross_total")
        .annotate(order=F("document"), whole=Sum("gross_amount"), open=Sum(share, output_field=AMOUNT))
    )
    owed = sum(
        (
            row["open"] * row["document__gross_total"] / row["whole"] * row["document__exchange_rate"]
            for row in rows
            if row["whole"]
        ),
        Decimal(0),
    )
    receipts = Receipt.objects.filter(contract__orders__in=orders, status=ReceiptStatus.CONFIRMED)
    paid = receipts.aggregate(s=Sum(F("amount") * F("contract__exchange_rate"), output_field=AMOUNT))["s"]
    return round_exact(owed - (paid or Decimal(0)), 2)


def excess_of(order: SalesOrder, *, lock: bool = True) -> Decimal:
    """
    Return by how much an order would take its customer beyond the credit limit; 0 within it or without one.

    :param lock: keep the customer locked, so that two orders are never measured against the same room.
    """
    if order.party.credit_limit is None:
        return Decimal(0)
    party = Party.objects.lock(order.party_id) if lock else order.party
    limit = party.credit_limit or Decimal(0)
    wanted = round_exact(order.gross_total * order.exchange_rate, 2)
    return max(credit_used(party, order.company) + wanted - limit, Decimal(0))


def may_exceed(user: User) -> bool:
    """Whether somebody may confirm orders beyond the credit limit."""
    return bool(user.has_perm(model_permission(SalesOrder, "exceed_credit")))


def refuse_excess(order: SalesOrder, actor: User) -> None:
    """
    Refuse to confirm an order beyond the credit limit.

    :raises CreditExceeded: unless the actor may allow it.
    """
    excess = excess_of(order)
    if excess and not may_exceed(actor):
        raise CreditExceeded(
            _("%(party)s would owe %(amount)s more than the credit limit. Somebody who may exceed it has to confirm.")
            % {"party": order.party, "amount": f"{order.company.base_currency.symbol}{excess:,.2f}"}
        )
