"""Every model of CRM, for Django to find; import from the slice that owns it."""

from crm.contracts.models import Contract, ContractLine, PaymentPlan, Quotation, QuotationLine, Receipt
from crm.customers.models import Contact, Customer, CustomerShare, FollowUp, Lead, OwnerChange, Pool, Source
from crm.insights.models import CustomerInsight, InsightRule, Tag, TierSuggestion, WinBack
from crm.pipeline.models import LostReason, Opportunity, Pipeline, Stage, StageChange

__all__ = [
    "Contact",
    "Contract",
    "ContractLine",
    "Customer",
    "CustomerInsight",
    "CustomerShare",
    "FollowUp",
    "InsightRule",
    "Lead",
    "LostReason",
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
    "Tag",
    "TierSuggestion",
    "WinBack",
]
