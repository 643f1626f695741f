"""Conditions for opening HRM that CRM's own data show (spec: readiness HRM ← CRM)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import TruncWeek
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.contracts.choices import ContractStatus
from crm.contracts.models import Contract, PaymentPlan
from crm.customers.models import Customer, FollowUp, OwnerChange
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity
from suite.access.models import User
from suite.modules.registry import CheckValue, check

WEEKS = 4
STALE_DAYS = 14
SOURCE = "S0 客户流程理顺"


def sales_staff() -> Any:
    """Active colleagues who may record follow-ups: those the sales process lives on."""
    may_sell = Q(groups__permissions__codename="add_followup", groups__permissions__content_type__app_label="crm")
    return User.objects.filter(may_sell, is_active=True, is_superuser=False).distinct()


@check(opens="hrm", title=_("Sales staff active in each of the last 4 weeks"), threshold=80, source=SOURCE)
def active_sales_staff(at: datetime) -> CheckValue:
    """Share of the sales staff who recorded a follow-up in every one of the last four weeks."""
    staff = set(sales_staff().values_list("pk", flat=True))
    start = at - timedelta(weeks=WEEKS)
    weeks = (
        FollowUp.objects.filter(owner__in=staff, happened_at__gt=start, happened_at__lte=at)
        .order_by()
        .annotate(week=TruncWeek("happened_at"))
        .values("owner")
        .annotate(weeks=Count("week", distinct=True))
    )
    active = sum(1 for row in weeks if row["weeks"] >= WEEKS)
    return CheckValue.share(active, len(staff), reverse("crm:followup-list"))


@check(
    opens="hrm",
    title=_("Customers owned or in a pool, with owner history"),
    threshold=95,
    minimum_sample=20,
    source=SOURCE,
)
def owned_customers(at: datetime) -> CheckValue:
    """Share of the customers that have an active owner or lie in a pool, with their owner history kept."""
    history = OwnerChange.objects.filter(customer=OuterRef("pk"))
    good = Customer.objects.filter(Q(owner__is_active=True) | Q(pool__is_active=True)).filter(Exists(history))
    return CheckValue.share(good.count(), Customer.objects.count(), reverse("crm:customer-list"))


@check(
    opens="hrm", title=_("Open opportunities touched within 14 days"), threshold=80, minimum_sample=10, source=SOURCE
)
def touched_opportunities(at: datetime) -> CheckValue:
    """Share of the open opportunities that were contacted, moved or created within fourteen days."""
    since = at - timedelta(days=STALE_DAYS)
    rows = Opportunity.objects.filter(status=OpportunityStatus.OPEN)
    touched = rows.filter(Q(last_contact_at__gte=since) | Q(stage_since__gte=since) | Q(created_at__gte=since))
    url = f"{reverse('crm:opportunity-list')}?as=list&status=OPEN"
    return CheckValue.share(touched.count(), rows.count(), url)


@check(
    opens="hrm",
    title=_("Contracts tied to an opportunity and a payment plan"),
    threshold=90,
    minimum_sample=10,
    source=SOURCE,
)
def planned_contracts(at: datetime) -> CheckValue:
    """Share of the signed contracts that have an opportunity and a payment plan."""
    rows = Contract.objects.filter(status__in=(ContractStatus.EXECUTING, ContractStatus.CLOSED))
    plan = PaymentPlan.objects.filter(contract=OuterRef("pk"))
    good = rows.filter(Exists(plan), opportunity__isnull=False)
    return CheckValue.share(good.count(), rows.count(), reverse("crm:contract-list"))


@check(
    opens="hrm",
    title=_("Customers recorded twice"),
    threshold=2,
    is_hard=False,
    at_least=False,
    minimum_sample=20,
    source=SOURCE,
)
def duplicate_customers(at: datetime) -> CheckValue:
    """Share of the customers whose name is, after normalising, that of another one."""
    total = Customer.objects.count()
    groups = Customer.objects.order_by().values("party__name_norm").annotate(n=Count("pk")).filter(n__gt=1)
    double = sum(row["n"] - 1 for row in groups)
    return CheckValue.share(double, total, reverse("crm:customer-list"), _t("%(number)d entries") % {"number": double})


@check(
    opens="hrm", title=_("People in the company"), threshold=50, unit=_("people"), is_hard=False, source="S0 五六十人"
)
def headcount(at: datetime) -> CheckValue:
    """Employees on the roll; from about fifty people on, personnel work needs a system."""
    from hrm.org.selectors import active_employees

    number = active_employees().count()
    return CheckValue(Decimal(number) if number else None, number, number, reverse("hrm:employee-list"))
