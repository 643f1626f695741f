"""Every model of CRM, for Django to find; import from the slice that owns it."""

from crm.contracts.models import Contract, ContractLine, PaymentPlan, Quotation, QuotationLine, Receipt
from crm.customers.models import Contact, Customer, CustomerShare, FollowUp, Lead, OwnerChange, Pool, Source
from crm.invoicing.models import Invoice
from crm.pipeline.models import LostReason, Opportunity, Pipeline, Stage, StageChange
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

__all__ = [
    "ComplaintType",
    "Contact",
    "Contract",
    "ContractLine",
    "Customer",
    "CustomerShare",
    "DispatchRule",
    "FollowUp",
    "Invoice",
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
    "SlaPolicy",
    "Source",
    "Stage",
    "StageChange",
    "Ticket",
    "TicketAssignment",
    "TicketPause",
    "TicketRating",
    "TicketReply",
]
