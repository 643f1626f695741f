"""Every model of ERP, for Django to find; import from the slice that owns it."""

from erp.aftersales.models import TicketOrder
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
from erp.opening.models import OpeningStock
from erp.planning.models import ItemClass, PlanningRule, ReplenishmentRun, ReplenishmentSuggestion, StockAlert
from erp.pricing.models import PriceAgreement, PriceAgreementLine, PriceList, PriceListLine, PriceListParty
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
from erp.sourcing.models import (
    BlanketLine,
    BlanketOrder,
    BlanketSchedule,
    CallOff,
    Invitation,
    RequestForQuotation,
    RequestLine,
    SupplierQuote,
    SupplierQuoteLine,
)
from erp.transfers.models import TransferLine, TransferOrder, TransferPart, TransferStep

__all__ = [
    "BlanketLine",
    "BlanketOrder",
    "BlanketSchedule",
    "CallOff",
    "CostAdjustment",
    "CountLine",
    "CountSheet",
    "CustomerReturn",
    "CustomerReturnLine",
    "Delivery",
    "DeliveryLine",
    "GoodsReceipt",
    "GoodsReceiptLine",
    "Invitation",
    "InvoiceMatch",
    "ItemClass",
    "LandedCost",
    "LandedCostLine",
    "LandedCostReceipt",
    "LandedCostShare",
    "Location",
    "Lot",
    "OpeningStock",
    "PlanningRule",
    "PriceAgreement",
    "PriceAgreementLine",
    "PriceList",
    "PriceListLine",
    "PriceListParty",
    "PromiseChange",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseRequest",
    "PurchaseRequestLine",
    "ReplenishmentRun",
    "ReplenishmentSuggestion",
    "RequestForQuotation",
    "RequestLine",
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
    "SupplierQuote",
    "SupplierQuoteLine",
    "SupplierReturn",
    "TicketOrder",
    "TransferLine",
    "TransferOrder",
    "TransferPart",
    "TransferStep",
    "ValuationEntry",
    "Warehouse",
]
