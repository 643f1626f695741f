"""Conditions for opening operations that contracts and master data show (spec: readiness ERP ← CRM + HRM)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contracts.choices import ContractStatus
from crm.contracts.models import Contract, ContractLine
from crm.customers.models import Customer
from suite.documents.models import StatusChange
from suite.masters.models import Item
from suite.modules.registry import CheckValue, check

SIGNED = (ContractStatus.EXECUTING, ContractStatus.CLOSED)
SOURCE = "S0 前提是"
CHANGED_SOON_DAYS = 7
LOOK_BACK_DAYS = 90
FRIDAY = 4


@check(
    opens="erp",
    title=_("Signed contracts with item, quantity, price and delivery date"),
    threshold=95,
    minimum_sample=10,
    source=SOURCE,
)
def orderable_contracts(at: datetime) -> CheckValue:
    """Share of the signed contracts that an order can be made of without asking anybody."""
    rows = Contract.objects.filter(status__in=SIGNED)
    lines = ContractLine.objects.filter(document=OuterRef("pk"))
    unclear = lines.filter(Q(item__isnull=True) | Q(quantity__lte=0) | Q(unit_price__lte=0))
    good = rows.filter(Exists(lines), ~Exists(unclear), delivery_date__isnull=False)
    return CheckValue.share(good.count(), rows.count(), reverse("crm:contract-list"))


@check(
    opens="erp",
    title=_("Customers with tax number and payment terms"),
    threshold=98,
    minimum_sample=10,
    source=SOURCE,
)
def billable_customers(at: datetime) -> CheckValue:
    """Share of the customers who bought something that can be sent an invoice with a due date."""
    signed = Contract.objects.filter(customer=OuterRef("pk"), status__in=SIGNED)
    rows = Customer.objects.filter(Exists(signed))
    good = rows.filter(party__payment_terms__isnull=False).exclude(party__uscc="", party__tax_number="")
    return CheckValue.share(good.count(), rows.count(), reverse("crm:customer-list"))


@check(
    opens="erp",
    title=_("Contracts given up within 7 days after signing"),
    threshold=10,
    at_least=False,
    minimum_sample=10,
    source=SOURCE,
)
def hasty_contracts(at: datetime) -> CheckValue:
    """A contract cannot be changed once it is signed, only given up; orders made of such would be made in vain."""
    rows = Contract.objects.filter(signed_on__isnull=False)
    voided = StatusChange.objects.filter(
        content_type=ContentType.objects.get_for_model(Contract),
        object_id=OuterRef("pk"),
        to_status=ContractStatus.VOID,
    )
    soon = rows.annotate(voided_on=Subquery(voided.values("at__date")[:1])).filter(
        voided_on__lte=F("signed_on") + timedelta(days=CHANGED_SOON_DAYS)
    )
    url = f"{reverse('crm:contract-list')}?status={ContractStatus.VOID.value}"
    return CheckValue.share(soon.count(), rows.count(), url)


@check(opens="erp", title=_("Items with category, tax and price"), threshold=95, is_hard=False, source=SOURCE)
def complete_items(at: datetime) -> CheckValue:
    """Share of the items in use that need no further question when they are sold."""
    rows = Item.objects.filter(is_active=True)
    good = rows.filter(category__isnull=False, tax_code__isnull=False, list_price__gt=0)
    return CheckValue.share(good.count(), rows.count(), reverse("suite:item-list"))


@check(
    opens="erp",
    title=_("Approvals decided within a working day"),
    threshold=50,
    is_hard=False,
    minimum_sample=10,
    source=SOURCE,
)
def quick_approvals(at: datetime) -> CheckValue:
    """Share of the contracts of three months that were decided by the next working day; half of them: the median."""
    waited = StatusChange.objects.filter(
        content_type=ContentType.objects.get_for_model(Contract),
        from_status=ContractStatus.APPROVING,
        at__gt=at - timedelta(days=LOOK_BACK_DAYS),
        at__lte=at,
    )
    submitted = StatusChange.objects.filter(
        content_type=OuterRef("content_type"),
        object_id=OuterRef("object_id"),
        to_status=ContractStatus.APPROVING,
        at__lte=OuterRef("at"),
    ).order_by("-at")
    pairs = waited.annotate(since=Subquery(submitted.values("at")[:1])).values_list("since", "at")
    quick = [_working_days(since, decided) <= 1 for since, decided in pairs if since is not None]
    return CheckValue.share(sum(quick), len(quick), reverse("crm:contract-list"))


def _working_days(since: datetime, until: datetime) -> int:
    """Mondays to Fridays after one day, up to and with another."""
    first: Any = timezone.localdate(since)
    days = (timezone.localdate(until) - first).days
    return sum((first + timedelta(days=each)).weekday() <= FRIDAY for each in range(1, days + 1))
