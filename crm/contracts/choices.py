"""Choices of quotations, contracts and receipts."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class QuotationStatus(TextChoices):
    """States of a quotation 报价."""

    DRAFT = "DRAFT", _("Draft")
    APPROVING = "APPROVING", _("In approval")
    APPROVED = "APPROVED", _("Approved")
    SENT = "SENT", _("Sent")
    ACCEPTED = "ACCEPTED", _("Accepted")
    REJECTED = "REJECTED", _("Rejected")
    EXPIRED = "EXPIRED", _("Expired")
    SUPERSEDED = "SUPERSEDED", _("Superseded")


class ContractStatus(TextChoices):
    """States of a contract 合同."""

    DRAFT = "DRAFT", _("Draft")
    APPROVING = "APPROVING", _("In approval")
    APPROVED = "APPROVED", _("Approved")
    EXECUTING = "EXECUTING", _("Executing")
    CLOSED = "CLOSED", _("Closed")
    VOID = "VOID", _("Void")


class ReceiptStatus(TextChoices):
    """States of a receipt 回款; submitted ones are in flight and count against the contract like confirmed ones."""

    SUBMITTED = "SUBMITTED", _("To be confirmed")
    CONFIRMED = "CONFIRMED", _("Received")
    VOID = "VOID", _("Void")


class PaymentMethod(TextChoices):
    """How a customer paid."""

    TRANSFER = "TRANSFER", _("Bank transfer")
    ACCEPTANCE = "ACCEPTANCE", _("Acceptance bill")
    CHEQUE = "CHEQUE", _("Cheque")
    CASH = "CASH", _("Cash")
    ONLINE = "ONLINE", _("Online payment")
    OTHER = "OTHER", _("Other")


class DeliveryTerms(TextChoices):
    """Who carries and pays the transport."""

    DELIVERED = "DELIVERED", _("Delivered, freight included")
    PICKUP = "PICKUP", _("Collected by the customer")
    EXW = "EXW", "EXW"
    FOB = "FOB", "FOB"
    CIF = "CIF", "CIF"
    DDP = "DDP", "DDP"
