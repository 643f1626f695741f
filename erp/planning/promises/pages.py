"""What stock adds to the pages of items, and of the papers of those who sell."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contracts.choices import ContractStatus, QuotationStatus
from crm.contracts.models import Contract, Quotation
from crm.pipeline.models import Opportunity
from erp.masterdata.models import StockItem, Warehouse
from erp.planning.atp import availability_of
from erp.planning.models import ItemClass, StockAlert
from erp.planning.promises.selectors import LineOutlook, companies_of, line_outlooks, lying_of
from suite.access.grants import model_permission
from suite.access.restrict import restrict
from suite.core.reading import with_related
from suite.masters.models import Item
from suite.pages.registry import tab

# Nothing is promised by a paper that was decided; what came of it is an order with stock of its own.
SELLING: dict[type[Any], set[str]] = {
    Quotation: {QuotationStatus.DRAFT, QuotationStatus.SENT},
    Contract: {ContractStatus.DRAFT, ContractStatus.APPROVING, ContractStatus.APPROVED},
}
SEE_STOCK = "erp.view_stockquant"
DATES = 12


def outlooks_of(paper: Quotation | Contract) -> list[LineOutlook]:
    """What can be promised of the lines of a paper, as long as it is not decided."""
    if paper.status not in SELLING[type(paper)]:
        return []
    wanted_on = paper.delivery_date if isinstance(paper, Contract) else None
    return line_outlooks(paper, today=timezone.localdate(), wanted_on=wanted_on)


def warnings_of(paper: Any, user: Any) -> int:
    """How many lines cannot be promised without a second thought."""
    return sum(outlook.is_warning for outlook in outlooks_of(paper))


@tab(Quotation, title=_("Stock"), permission=SEE_STOCK, code="stock", count=warnings_of)
@tab(Contract, title=_("Stock"), permission=SEE_STOCK, code="stock", count=warnings_of)
def lines_in_stock(request: HttpRequest, paper: Any) -> tuple[str, dict[str, Any]]:
    """What of each line can be had, and when."""
    return "erp/planning/lines_tab.html", {"outlooks": outlooks_of(paper)}


def offer_of(opportunity: Opportunity, user: Any) -> Quotation | None:
    """The newest quotation of an opportunity that is not decided."""
    offers = restrict(Quotation.objects.filter(opportunity=opportunity), user=user)
    return offers.filter(status__in=SELLING[Quotation]).order_by("-pk").first()


def warnings_of_offer(opportunity: Opportunity, user: Any) -> int:
    """How many lines of what was offered last cannot be promised without a second thought."""
    offer = offer_of(opportunity, user)
    return warnings_of(offer, user) if offer is not None else 0


@tab(Opportunity, title=_("Stock"), permission=SEE_STOCK, code="stock", count=warnings_of_offer)
def offer_in_stock(request: HttpRequest, opportunity: Opportunity) -> tuple[str, dict[str, Any]]:
    """What of the lines of the quotation that was made last can be had, and when."""
    offer = offer_of(opportunity, request.user)
    return "erp/planning/lines_tab.html", {"outlooks": outlooks_of(offer) if offer is not None else []}


@tab(Item, title=_("Stock"), permission=SEE_STOCK, code="stock")
def item_in_stock(request: HttpRequest, item: Item) -> tuple[str, dict[str, Any]]:
    """What there is of an item, what can be promised by date, what is wrong."""
    return "erp/planning/item_tab.html", stock_context(request.user, item)


@tab(StockItem, title=_("Stock"), permission=SEE_STOCK, code="stock")
def stocking_in_stock(request: HttpRequest, stocking: StockItem) -> tuple[str, dict[str, Any]]:
    """What there is of the item, and its classes."""
    return "erp/planning/item_tab.html", stock_context(request.user, stocking.item)


def stock_context(user: Any, item: Item) -> dict[str, Any]:
    """What the tab of an item shows to a user."""
    companies = companies_of(restrict(Warehouse.objects.select_related("company"), user=user))
    today = timezone.localdate()
    promises = [(each, availability_of(each, [item.pk], today)[item.pk].points[:DATES]) for each in companies]
    return {
        "item": item,
        "lying": lying_of(item, user=user),
        "promises": [(each, points) for each, points in promises if len(points) > 1 or points[0].projected],
        "has_companies": len(companies) > 1,
        "alerts": _rows(StockAlert, item, user, "warehouse"),
        "classes": _rows(ItemClass, item, user, "company"),
    }


def _rows(model: Any, item: Item, user: Any, *related: str) -> list[Any]:
    """Rows of an item that the user may see."""
    if not user.has_perm(model_permission(model, "view")):
        return []
    return list(with_related(restrict(model.objects.filter(item=item), user=user), related))
