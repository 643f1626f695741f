"""Choices of the master data."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TaxpayerType(TextChoices):
    """How a company pays value added tax."""

    GENERAL = "GENERAL", _("General taxpayer")
    SMALL_SCALE = "SMALL_SCALE", _("Small-scale taxpayer")


class PartyKind(TextChoices):
    """What a party is."""

    ORGANISATION = "ORGANISATION", _("Company or institution")
    PERSON = "PERSON", _("Person")


class AddressKind(TextChoices):
    """What an address is for."""

    REGISTERED = "REGISTERED", _("Registered address")
    DELIVERY = "DELIVERY", _("Delivery address")
    INVOICE = "INVOICE", _("Invoice address")


class Dimension(TextChoices):
    """What a unit measures; only units of one dimension convert into each other everywhere."""

    COUNT = "COUNT", _("Pieces")
    MASS = "MASS", _("Mass")
    LENGTH = "LENGTH", _("Length")
    AREA = "AREA", _("Area")
    VOLUME = "VOLUME", _("Volume")
    TIME = "TIME", _("Time")
    ENERGY = "ENERGY", _("Energy")


class ItemKind(TextChoices):
    """What an item is in the business."""

    RAW = "RAW", _("Raw material")
    SEMI = "SEMI", _("Semi-finished product")
    FINISHED = "FINISHED", _("Finished product")
    SERVICE = "SERVICE", _("Service")
    TOOL = "TOOL", _("Tool")
    PHANTOM = "PHANTOM", _("Phantom")


class TaxKind(TextChoices):
    """How value added tax is charged."""

    STANDARD = "STANDARD", _("General method")
    SIMPLIFIED = "SIMPLIFIED", _("Simplified method")
    ZERO = "ZERO", _("Zero-rated")
    EXEMPT = "EXEMPT", _("Exempt")


class PaymentBasis(TextChoices):
    """From which day the days of an instalment count."""

    PREPAID = "PREPAID", _("Prepayment")
    ON_DELIVERY = "ON_DELIVERY", _("On delivery")
    AFTER_INVOICE = "AFTER_INVOICE", _("After invoice")
    MONTH_END = "MONTH_END", _("After the month's end")
