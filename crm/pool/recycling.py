"""Customers that go back to a pool by themselves, and telling their owners before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.customers.choices import OwnerChangeTrigger
from crm.customers.models import Customer
from crm.customers.ownership import set_owner
from crm.pool.choices import Cause
from crm.pool.losses import Loss, losses
from crm.pool.models import RecycleNotice, RecycleRule
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import Draft, notify_each


def active_rules() -> QuerySet[RecycleRule]:
    """Return the rules that are switched on and whose pool is in use."""
    return RecycleRule.objects.filter(is_active=True, pool__is_active=True).select_related("pool")


@transaction.atomic
def recycle_customers(*, at: datetime) -> int:
    """
    Put every customer that an active rule takes into the rule's pool; return how many.

    The history of each says which rule and which clause, and each owner is told how many they lost. The number of
    statements follows the rules, not the customers.
    """
    rules = {rule.pk: rule for rule in active_rules()}
    found = losses(rules=rules.values(), at=at)
    if not found:
        return 0
    rows = {row.pk: row for row in Customer.objects.lock_many([loss.customer for loss in found])}
    # Asked again under the locks: whoever made contact or got an order in the meantime keeps the customer.
    found = losses(rules=rules.values(), at=at, customers=list(rows))
    groups: dict[tuple[int, str], list[Customer]] = defaultdict(list)
    for loss in found:
        groups[loss.rule, loss.cause].append(rows[loss.customer])
    for (rule_pk, cause), customers in sorted(groups.items()):
        rule = rules[rule_pk]
        set_owner(
            customers=customers,
            owner=None,
            pool=rule.pool,
            actor=None,
            at=at,
            reason=reason_of(rule, cause),
            trigger=OwnerChangeTrigger.RECYCLE,
        )
    _tell(found, gettext_noop("%(number)d of your customers went back to the public pool."), at=at)
    return len(found)


@transaction.atomic
def remind_owners(*, at: datetime) -> int:
    """
    Tell owners which customers they lose within the days of notice of each rule; return how many customers.

    Each owner is told once of each customer and moment; a contact or order moves the moment and ends the danger.
    """
    rules = list(active_rules())
    found = losses(rules=rules, at=at, with_notice=True)
    told = RecycleNotice.objects.filter(customer__in=[each.customer for each in found])
    known = set(told.values_list("customer", "owner", "due_at"))
    fresh = [each for each in found if (each.customer, each.owner, each.due_at) not in known]
    RecycleNotice.objects.bulk_create(
        (
            RecycleNotice(
                customer_id=each.customer,
                owner_id=each.owner,
                rule_id=each.rule,
                cause=each.cause,
                due_at=each.due_at,
                at=at,
            )
            for each in fresh
        ),
        ignore_conflicts=True,
    )
    _tell(fresh, gettext_noop("%(number)d of your customers will go back to the public pool soon."), at=at)
    return len(fresh)


def reason_of(rule: RecycleRule, cause: str) -> str:
    """Return why a rule takes a customer, as the history and the preview say it."""
    return _("%(rule)s: %(cause)s") % {"rule": rule.name, "cause": Cause(cause).label}


def _tell(found: Sequence[Loss], title: str, *, at: datetime) -> None:
    """Tell each owner the number of customers, once."""
    numbers: dict[int, int] = defaultdict(int)
    for each in found:
        numbers[each.owner] += 1
    url = reverse("crm:recycling")
    drafts = [
        Draft(
            recipient=owner,
            kind=NotificationKind.REMINDER,
            title=title,
            params={"number": numbers[owner.pk]},
            url=url,
        )
        for owner in _people(numbers)
    ]
    notify_each(drafts=drafts, at=at)


def _people(pks: Iterable[int]) -> list[User]:
    return list(User.objects.filter(pk__in=list(pks), is_active=True).order_by("pk"))
