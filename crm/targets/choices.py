"""Figures that sales targets are set for."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TargetFigure(TextChoices):
    """The figure of :mod:`crm.metrics.figures` that a target is held against."""

    RECEIPTS = "crm.receipts", _("Money received")
    SALES = "crm.sales", _("Contract amount")
    NEW_CUSTOMERS = "crm.new_customers", _("New customers")
