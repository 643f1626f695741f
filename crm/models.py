"""Every model of CRM, for Django to find; import from the slice that owns it."""

from crm.assignment.models import AssignmentLog, AssignmentMember, AssignmentRule
from crm.contracts.models import Contract, ContractLine, PaymentPlan, Quotation, QuotationLine, Receipt
from crm.customers.models import Contact, Customer, CustomerShare, FollowUp, Lead, OwnerChange, Source
from crm.duplicates.models import DuplicateDecision, DuplicatePair, DuplicateRule, MergeRecord
from crm.insights.models import CustomerInsight, InsightRule, Tag, TierSuggestion, WinBack
from crm.pipeline.models import LostReason, Opportunity, Pipeline, Stage, StageChange
from crm.pool.models import (
    Capacity,
    ParkedReminder,
    Pool,
    PoolCustomer,
    PoolPick,
    RecycleNotice,
    RecycleRule,
    RecycleTier,
)

__all__ = [
    "AssignmentLog",
    "AssignmentMember",
    "AssignmentRule",
    "Capacity",
    "Contact",
    "Contract",
    "ContractLine",
    "Customer",
    "CustomerInsight",
    "CustomerShare",
    "DuplicateDecision",
    "DuplicatePair",
    "DuplicateRule",
    "FollowUp",
    "InsightRule",
    "Lead",
    "LostReason",
    "MergeRecord",
    "Opportunity",
    "OwnerChange",
    "ParkedReminder",
    "PaymentPlan",
    "Pipeline",
    "Pool",
    "PoolCustomer",
    "PoolPick",
    "Quotation",
    "QuotationLine",
    "Receipt",
    "RecycleNotice",
    "RecycleRule",
    "RecycleTier",
    "Source",
    "Stage",
    "StageChange",
    "Tag",
    "TierSuggestion",
    "WinBack",
]
