"""Every model of CRM, for Django to find; import from the slice that owns it."""

from crm.campaigns.models import Campaign, CampaignCost, CampaignMember
from crm.contracts.models import Contract, ContractLine, PaymentPlan, Quotation, QuotationLine, Receipt
from crm.customers.models import Contact, Customer, CustomerShare, FollowUp, Lead, OwnerChange, Pool, Source
from crm.pipeline.models import LostReason, Opportunity, Pipeline, Stage, StageChange
from crm.targets.models import TargetPolicy

__all__ = [
    "Campaign",
    "CampaignCost",
    "CampaignMember",
    "Contact",
    "Contract",
    "ContractLine",
    "Customer",
    "CustomerShare",
    "FollowUp",
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
    "TargetPolicy",
]
