"""Choices of invoices."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class InvoiceKind(TextChoices):
    """Kinds of invoices of the tax system."""

    SPECIAL = "SPECIAL", _("Special VAT invoice")
    ORDINARY = "ORDINARY", _("Ordinary invoice")


class InvoiceStatus(TextChoices):
    """States of an invoice 发票; what was reversed with a red one is void."""

    ISSUED = "ISSUED", pgettext_lazy("invoice", "Issued")
    VOID = "VOID", _("Void")


class InvoiceState(TextChoices):
    """How far a contract is invoiced 开票状态."""

    NONE = "NONE", _("Not invoiced")
    PARTLY = "PARTLY", _("Partly invoiced")
    FULLY = "FULLY", _("Fully invoiced")
