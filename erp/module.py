"""Manifest of the system."""

from django.utils.translation import gettext_lazy as _

from erp.backfill import carry_over
from suite.modules.registry import MenuItem, Module, registry

registry.add(
    Module(
        code="erp",
        title=_("Business operations"),
        short="ERP",
        icon="building-store",
        stage=3,
        needs=("crm",),
        menu=(
            MenuItem("erp.SalesOrder", group=_("Sales")),
            MenuItem("erp.SalesOrderLine", group=_("Sales")),
            MenuItem(
                "erp:order-tracking",
                title=_("Where is my order"),
                permission="erp.view_salesorder",
                icon="map-search",
                group=_("Sales"),
            ),
            MenuItem("erp.Delivery", group=_("Sales")),
            MenuItem("erp.CustomerReturn", group=_("Sales")),
            MenuItem("erp.PriceList", group=_("Sales")),
            MenuItem("erp.PriceListLine", group=_("Sales")),
            MenuItem("erp.PurchaseRequest", group=_("Purchasing")),
            MenuItem("erp.RequestForQuotation", group=_("Purchasing")),
            MenuItem("erp.SupplierQuote", group=_("Purchasing")),
            MenuItem("erp.PurchaseOrder", group=_("Purchasing")),
            MenuItem("erp.GoodsReceipt", group=_("Purchasing")),
            MenuItem("erp.SupplierReturn", group=_("Purchasing")),
            MenuItem("erp.PriceAgreement", group=_("Purchasing")),
            MenuItem("erp.BlanketOrder", group=_("Purchasing")),
            MenuItem("erp.LandedCost", group=_("Purchasing")),
            MenuItem("erp.GoodsReceiptLine", title=_("Three-way match"), group=_("Purchasing")),
            MenuItem("erp.InvoiceMatch", group=_("Purchasing")),
            MenuItem("erp.StockQuant", group=_("Stock")),
            MenuItem("erp.StockMove", group=_("Stock")),
            MenuItem("erp.Lot", group=_("Stock")),
            MenuItem("erp.TransferOrder", group=_("Stock")),
            MenuItem("erp.CountSheet", group=_("Stock")),
            MenuItem("erp.StockValue", group=_("Stock")),
            MenuItem("erp.ReplenishmentSuggestion", group=_("Replenishment")),
            MenuItem("erp.StockAlert", group=_("Replenishment")),
            MenuItem("erp.ReplenishmentRun", group=_("Replenishment")),
            MenuItem("erp.ItemClass", group=_("Replenishment")),
            MenuItem("erp.PlanningRule", group=_("Replenishment")),
            MenuItem("erp.Warehouse", group=_("Settings")),
            MenuItem("erp.StockItem", group=_("Settings")),
            MenuItem("erp.StockLimit", group=_("Settings")),
        ),
        description=_("Orders, purchasing and stock in one set of books."),
        backfill=carry_over,
    )
)
