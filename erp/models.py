"""Every model of ERP, for Django to find; import from the slice that owns it."""

from erp.counting.models import CountLine, CountSheet
from erp.inventory.models import (
    CostAdjustment,
    Lot,
    Reservation,
    StockClosing,
    StockFreeze,
    StockMove,
    StockQuant,
    StockValue,
    ValuationEntry,
)
from erp.landed.models import LandedCost, LandedCostLine, LandedCostReceipt, LandedCostShare
from erp.masterdata.models import Location, StockItem, StockLimit, Warehouse
from erp.matching.models import InvoiceMatch
from erp.pricing.models import PriceAgreement, PriceAgreementLine, PriceList, PriceListLine, PriceListParty
from erp.planning.models import ItemClass, PlanningRule, ReplenishmentRun, ReplenishmentSuggestion, StockAlert
from erp.purchasing.models import (
    GoodsReceipt,
    GoodsReceiptLine,
    PromiseChange,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseRequest,
    PurchaseRequestLine,
    SupplierReturn,
)
from erp.sales.models import (
    CustomerReturn,
    CustomerReturnLine,
    Delivery,
    DeliveryLine,
    SalesOrder,
    SalesOrderLine,
)
from erp.transfers.models import TransferLine, TransferOrder, TransferPart, TransferStep

__all__ = [
    "CostAdjustment",
    "CountLine",
    "CountSheet",
    "CustomerReturn",
    "CustomerReturnLine",
    "Delivery",
    "DeliveryLine",
    "GoodsReceipt",
    "GoodsReceiptLine",
    "InvoiceMatch",
    "LandedCost",
    "LandedCostLine",
    "LandedCostReceipt",
    "LandedCostShare",
    "Location",
    "Lot",
    "PriceAgreement",
    "PriceAgreementLine",
    "PriceList",
    "PriceListLine",
    "PriceListParty",
    "ItemClass",
    "Location",
    "Lot",
    "PlanningRule",
    "PromiseChange",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseRequest",
    "PurchaseRequestLine",
    "ReplenishmentRun",
    "ReplenishmentSuggestion",
    "Reservation",
    "SalesOrder",
    "SalesOrderLine",
    "StockAlert",
    "StockClosing",
    "StockFreeze",
    "StockItem",
    "StockLimit",
    "StockMove",
    "StockQuant",
    "StockValue",
    "SupplierReturn",
    "TransferLine",
    "TransferOrder",
    "TransferPart",
    "TransferStep",
    "ValuationEntry",
    "Warehouse",
]
