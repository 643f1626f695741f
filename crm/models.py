"""Every model of CRM, for Django to find; import from the slice that owns it."""

from crm.contracts.models import (
    Contract,
    ContractLine,
    PaymentPlan,
    Quotation,
    QuotationLimit,
    QuotationLine,
    Receipt,
)
from crm.customers.models import Contact, Customer, CustomerShare, FollowUp, Lead, OwnerChange, Pool, Source
from crm.pipeline.models import (
    LostReason,
    Opportunity,
    OpportunityLine,
    Pipeline,
    Stage,
    StageChange,
    StageCondition,
)

__all__ = [
    "Contact",
    "Contract",
    "ContractLine",
    "Customer",
    "CustomerShare",
    "FollowUp",
    "Lead",
    "LostReason",
    "Opportunity",
    "OpportunityLine",
    "OwnerChange",
    "PaymentPlan",
    "Pipeline",
    "Pool",
    "Quotation",
    "QuotationLimit",
    "QuotationLine",
    "Receipt",
    "Source",
    "Stage",
    "StageChange",
    "StageCondition",
]
