"""Every model of CRM, for Django to find; import from the slice that owns it."""

from crm.assignment.models import AssignmentLog, AssignmentMember, AssignmentRule
from crm.campaigns.models import Campaign, CampaignCost, CampaignMember
from crm.contracts.models import (
    Contract,
    ContractLine,
    PaymentPlan,
    Quotation,
    QuotationLimit,
    QuotationLine,
    Receipt,
)
from crm.customers.models import Contact, Customer, CustomerShare, FollowUp, Lead, OwnerChange, Source
from crm.duplicates.models import DuplicateDecision, DuplicatePair, DuplicateRule, MergeRecord
from crm.insights.models import CustomerInsight, InsightRule, Tag, TierSuggestion, WinBack
from crm.invoicing.models import Invoice
from crm.pipeline.models import LostReason, Opportunity, OpportunityLine, Pipeline, Stage, StageChange, StageCondition
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
from crm.service.models import (
    ComplaintType,
    DispatchRule,
    SlaPolicy,
    Ticket,
    TicketAssignment,
    TicketPause,
    TicketRating,
    TicketReply,
)
from crm.targets.models import TargetPolicy

__all__ = [
    "AssignmentLog",
    "AssignmentMember",
    "AssignmentRule",
    "Campaign",
    "CampaignCost",
    "CampaignMember",
    "Capacity",
    "ComplaintType",
    "Contact",
    "Contract",
    "ContractLine",
    "Customer",
    "CustomerInsight",
    "CustomerShare",
    "DispatchRule",
    "DuplicateDecision",
    "DuplicatePair",
    "DuplicateRule",
    "FollowUp",
    "InsightRule",
    "Invoice",
    "Lead",
    "LostReason",
    "MergeRecord",
    "Opportunity",
    "OpportunityLine",
    "OwnerChange",
    "ParkedReminder",
    "PaymentPlan",
    "Pipeline",
    "Pool",
    "PoolCustomer",
    "PoolPick",
    "Quotation",
    "QuotationLimit",
    "QuotationLine",
    "Receipt",
    "RecycleNotice",
    "RecycleRule",
    "RecycleTier",
    "SlaPolicy",
    "Source",
    "Stage",
    "StageChange",
    "StageCondition",
    "Tag",
    "TargetPolicy",
    "Ticket",
    "TicketAssignment",
    "TicketPause",
    "TicketRating",
    "TicketReply",
    "TierSuggestion",
    "WinBack",
]
