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
            MenuItem("erp.SalesOrder"),
            MenuItem("erp.SalesOrderLine"),
            MenuItem(
                "erp:order-tracking",
                title=_("Where is my order"),
                permission="erp.view_salesorder",
                icon="map-search",
            ),
            MenuItem("erp.Delivery"),
            MenuItem("erp.CustomerReturn"),
            MenuItem("erp.PurchaseRequest"),
            MenuItem("erp.PurchaseOrder"),
            MenuItem("erp.GoodsReceipt"),
            MenuItem("erp.StockQuant"),
            MenuItem("erp.StockMove"),
            MenuItem("erp.Lot"),
            MenuItem("erp.StockValue"),
            MenuItem("erp.Warehouse"),
            MenuItem("erp.StockItem"),
            MenuItem("erp.StockLimit"),
        ),
        description=_("Orders, purchasing and stock in one set of books."),
        backfill=carry_over,
    )
)
