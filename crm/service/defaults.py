"""What tickets need to work from the first minute."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from crm.service.choices import Priority
from crm.service.models import ComplaintType, SlaPolicy


def add_service_defaults() -> None:
    """Add complaint types and, where there is none, service levels; idempotent."""
    ComplaintType.objects.bulk_create((ComplaintType(code=c, name=n) for c, n in _types()), ignore_conflicts=True)
    if not SlaPolicy.objects.exists():
        SlaPolicy.objects.bulk_create(
            SlaPolicy(name=name, priority=priority, response_hours=Decimal(answer), resolution_hours=Decimal(solve))
            for name, priority, answer, solve in _levels()
        )


def _types() -> list[tuple[str, str]]:
    return [
        ("QUALITY", _("Quality")),
        ("LATE", _("Late delivery")),
        ("QUANTITY", _("Wrong quantity or article")),
        ("PACKAGING", _("Packaging or transport damage")),
        ("INVOICE", _("Price or invoice")),
        ("SERVICE", _("Service")),
    ]


def _levels() -> list[tuple[str, str, str, str]]:
    return [
        (_("Usual"), "", "4", "24"),
        (_("Urgent"), Priority.URGENT, "1", "8"),
        (_("High"), Priority.HIGH, "2", "16"),
    ]
