"""Every model of CRM, for Django to find; import from the slice that owns it."""

from crm.contracts.models import Contract, ContractLine, PaymentPlan, Quotation, QuotationLine, Receipt
from crm.customers.models import Contact, Customer, CustomerShare, FollowUp, Lead, OwnerChange, Pool, Source
from crm.duplicates.models import DuplicateDecision, DuplicatePair, DuplicateRule, MergeRecord
from crm.pipeline.models import LostReason, Opportunity, Pipeline, Stage, StageChange

__all__ = [
    "Contact",
    "Contract",
    "ContractLine",
    "Customer",
    "CustomerShare",
    "DuplicateDecision",
    "DuplicatePair",
    "DuplicateRule",
    "FollowUp",
    "Lead",
    "LostReason",
    "MergeRecord",
    "Opportunity",
    "OwnerChange",
    "PaymentPlan",
    "Pipeline",
    "Pool",
    "Quotation",
    "QuotationLine",
    "Receipt",
    "Source",
    "Stage",
    "StageChange",
]
