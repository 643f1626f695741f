"""Manifest of the system."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.backfill import carry_over
from suite.modules.registry import MenuItem, Module, registry

SALES = pgettext_lazy("menu", "Sales")
PURCHASING = pgettext_lazy("menu", "Purchasing")
STOCK = pgettext_lazy("menu", "Stock")
REPLENISHMENT = pgettext_lazy("menu", "Replenishment")
SETTINGS = pgettext_lazy("menu", "Settings")

registry.add(
    Module(
        code="erp",
        title=_("Business operations"),
        short="ERP",
        icon="building-store",
        stage=3,
        needs=("crm",),
        menu=(
            MenuItem("erp.SalesOrder", group=SALES),
            MenuItem("erp.SalesOrderLine", group=SALES),
            MenuItem(
                "erp:order-tracking",
                title=_("Where is my order"),
                permission="erp.view_salesorder",
                icon="map-search",
                group=SALES,
            ),
            MenuItem("erp.Delivery", group=SALES),
            MenuItem("erp.CustomerReturn", group=SALES),
            MenuItem("erp.PriceList", group=SALES),
            MenuItem("erp.PriceListLine", group=SALES),
            MenuItem("erp.PurchaseRequest", group=PURCHASING),
            MenuItem("erp.RequestForQuotation", group=PURCHASING),
            MenuItem("erp.SupplierQuote", group=PURCHASING),
            MenuItem("erp.PurchaseOrder", group=PURCHASING),
            MenuItem("erp.GoodsReceipt", group=PURCHASING),
            MenuItem("erp.SupplierReturn", group=PURCHASING),
            MenuItem("erp.PriceAgreement", group=PURCHASING),
            MenuItem("erp.BlanketOrder", group=PURCHASING),
            MenuItem("erp.LandedCost", group=PURCHASING),
            MenuItem(
                "erp.GoodsReceiptLine",
                title=_("Three-way match"),
                permission="erp.view_invoicematch",
                group=PURCHASING,
            ),
            MenuItem("erp.InvoiceMatch", group=PURCHASING),
            MenuItem("erp.StockQuant", group=STOCK),
            MenuItem("erp.StockMove", group=STOCK),
            MenuItem("erp.Lot", group=STOCK),
            MenuItem("erp.TransferOrder", group=STOCK),
            MenuItem("erp.CountSheet", group=STOCK),
            MenuItem("erp.StockValue", group=STOCK),
            MenuItem("erp.ReplenishmentSuggestion", group=REPLENISHMENT),
            MenuItem("erp.StockAlert", group=REPLENISHMENT),
            MenuItem("erp.ReplenishmentRun", group=REPLENISHMENT),
            MenuItem("erp.ItemClass", group=REPLENISHMENT),
            MenuItem("erp.PlanningRule", group=REPLENISHMENT),
            MenuItem("erp.Warehouse", group=SETTINGS),
            MenuItem("erp.StockItem", group=SETTINGS),
            MenuItem("erp.StockLimit", group=SETTINGS),
        ),
        description=_("Orders, purchasing and stock in one set of books."),
        backfill=carry_over,
    )
)
