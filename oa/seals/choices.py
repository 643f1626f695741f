"""Choices of seals."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SealKind(TextChoices):
    """Which seal of a company it is."""

    COMPANY = "COMPANY", _("Company seal")
    CONTRACT = "CONTRACT", _("Contract seal")
    FINANCE = "FINANCE", _("Finance seal")
    LEGAL_REPRESENTATIVE = "LEGAL_REP", _("Seal of the legal representative")
    INVOICE = "INVOICE", _("Invoice seal")
    PERSONNEL = "PERSONNEL", _("Personnel seal")
    OTHER = "OTHER", _("Other seal")


class SealUseStatus(TextChoices):
    """States of the use of a seal."""

    DRAFT = "DRAFT", _("Draft")
    APPROVING = "APPROVING", _("In approval")
    APPROVED = "APPROVED", _("Approved")
    USED = "USED", _("Stamped")
    RETURNED = "RETURNED", _("Seal returned")
    REJECTED = "REJECTED", _("Rejected")
    CANCELLED = "CANCELLED", _("Cancelled")
