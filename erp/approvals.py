"""Which documents of trade are approved."""

from erp.counting.choices import CountStatus
from erp.counting.models import CountSheet
from erp.counting.posting import approve_count, reject_count
from erp.landed.choices import LandedStatus
from erp.landed.models import LandedCost
from erp.landed.services import post_landed_cost, reject_landed_cost
from erp.pricing.choices import AgreementStatus
from erp.pricing.models import PriceAgreement
from erp.pricing.services import approve_agreement, reject_agreement
from erp.purchasing import choices as purchasing
from erp.purchasing.models import PurchaseOrder, PurchaseRequest
from erp.purchasing.requests import approve_request, reject_request
from erp.purchasing.services import reject_order as reject_purchase
from erp.purchasing.services import release_order
from erp.sales.choices import OrderStatus
from erp.sales.models import SalesOrder
from erp.sales.services import approve_order, reject_order
from suite.documents.approvables import declare_approvable

declare_approvable(
    SalesOrder,
    approve=approve_order,
    reject=reject_order,
    waiting=OrderStatus.APPROVING,
    outcomes={OrderStatus.CONFIRMED, OrderStatus.DRAFT},
    amount="gross_total",
)
declare_approvable(
    PurchaseRequest,
    approve=approve_request,
    reject=reject_request,
    argument="request",
    waiting=purchasing.RequestStatus.APPROVING,
    outcomes={purchasing.RequestStatus.APPROVED, purchasing.RequestStatus.DRAFT},
)
declare_approvable(
    PurchaseOrder,
    approve=release_order,
    reject=reject_purchase,
    argument="order",
    waiting=purchasing.OrderStatus.APPROVING,
    outcomes={purchasing.OrderStatus.RELEASED, purchasing.OrderStatus.DRAFT},
    amount="gross_total",
)
declare_approvable(
    PriceAgreement,
    approve=approve_agreement,
    reject=reject_agreement,
    argument="agreement",
    waiting=AgreementStatus.APPROVING,
    outcomes={AgreementStatus.ACTIVE, AgreementStatus.DRAFT},
)
declare_approvable(
    CountSheet,
    approve=approve_count,
    reject=reject_count,
    waiting=CountStatus.APPROVING,
    outcomes={CountStatus.POSTED, CountStatus.REVIEWING},
)
declare_approvable(
    LandedCost,
    approve=post_landed_cost,
    reject=reject_landed_cost,
    waiting=LandedStatus.APPROVING,
    outcomes={LandedStatus.POSTED, LandedStatus.DRAFT},
    amount="total",
)
