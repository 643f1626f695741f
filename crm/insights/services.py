"""Operations on warned customers: follow up, remind, win back; and on suggested tiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import Permission
from django.db import connection, models, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.customers.models import Customer, CustomerShare, FollowUp
from crm.customers.services import record_follow_up
from crm.insights import statements
from crm.insights.choices import SuggestionStatus, WinBackStatus
from crm.insights.computing import compute_insights, run_over_orders
from crm.insights.models import CustomerInsight, InsightRule, TierSuggestion, WinBack
from suite.access.audit import record
from suite.access.choices import AuditKind
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import notify, set_reminder
from suite.core.errors import InvalidInput, WrongState
from suite.documents.status import become_all

# -- warned customers --------------------------------------------------------------------------


def follow_up_customer(*, insight: CustomerInsight, actor: User, at: datetime, **details: Any) -> FollowUp:
    """
    Record a contact with the customer; see :func:`crm.customers.services.record_follow_up`.

    :raises InvalidInput: for a contact of another customer, or for a wrong time.
    """
    return record_follow_up(customer=insight.customer, actor=actor, at=at, **details)


def remind_of_customer(
    *, insight: CustomerInsight, due_at: datetime, actor: User, at: datetime, note: str = ""
) -> CustomerInsight:
    """
    Make a task of one's own: the customer is to be seen to at a time.

    :raises InvalidInput: when the time has passed.
    """
    set_reminder(obj=insight.customer, due_at=due_at, note=note or insight.explanation, actor=actor, at=at)
    return insight


@transaction.atomic
def start_win_backs(
    *,
    insights: Sequence[CustomerInsight],
    actor: User,
    at: datetime,
    owner: User | None = None,
    due_on: date | None = None,
    reason: str = "",
) -> list[WinBack]:
    """
    Put lost customers on the win-back list; who is to try may see and change them from then on.

    :param owner: who tries; None: the owner of each customer.
    :raises InvalidInput: for a customer without order, or in a pool when nobody is named; when the owner is no active
        colleague or the day has passed.
    :raises WrongState: when somebody tries already.
    """
    if owner is not None and (not owner.is_active or owner.is_portal):
        raise InvalidInput(_("Choose an active colleague."), field="owner")
    today = timezone.localdate(at)
    if due_on is not None and due_on < today:
        raise InvalidInput(_("Choose a day that is still to come."), field="due_on")
    customers = {row.pk: row for row in Customer.objects.lock_many([each.customer_id for each in insights])}
    models.prefetch_related_objects([*customers.values()], "owner")
    taken = WinBack.objects.filter(customer__in=customers, status=WinBackStatus.OPEN).select_related("owner")
    for each in taken.order_by("pk")[:1]:
        raise WrongState(
            _("%(owner)s tries to win %(customer)s back already.") % {"owner": each.owner, "customer": each}
        )
    rows = []
    for insight in insights:
        customer = customers[insight.customer_id]
        if insight.last_order_on is None:
            raise InvalidInput(_("%(customer)s has never ordered.") % {"customer": customer})
        if owner is None and customer.owner_id is None:
            raise InvalidInput(_("Say who is to win %(customer)s back.") % {"customer": customer}, field="owner")
        rows.append(
            WinBack(
                customer=customer,
                company_id=customer.company_id,
                owner=owner or customer.owner,
                reason=reason.strip(),
                started_on=today,
                due_on=due_on,
                last_order_on=insight.last_order_on,
                stake_amount=insight.stake_amount,
                created_by=actor,
            )
        )
    made = WinBack.objects.bulk_create(rows)
    if owner is not None:
        _open_to(owner, [row for row in customers.values() if row.owner_id != owner.pk], actor, at)
        _tell(owner, made, actor, at)
    return made


def start_win_back(*, insight: CustomerInsight, actor: User, at: datetime, **details: Any) -> WinBack:
    """Put one lost customer on the win-back list; see :func:`start_win_backs`."""
    return start_win_backs(insights=[insight], actor=actor, at=at, **details)[0]


def _open_to(user: User, customers: Sequence[Customer], actor: User, at: datetime) -> None:
    """Share customers with whoever is to win them back."""
    if not customers:
        return
    codes = ("view_customer", "change_customer")
    permissions = list(Permission.objects.filter(content_type__app_label="crm", codename__in=codes).order_by("pk"))
    CustomerShare.objects.bulk_create(
        (
            CustomerShare(user=user, permission=permission, content_object=customer)
            for customer in customers
            for permission in permissions
        ),
        ignore_conflicts=True,
    )
    details = {"with": user.username, "permissions": list(codes), "customers": [row.pk for row in customers]}
    record(AuditKind.SHARE, actor=actor, at=at, subject="crm.Customer", details=details)


def _tell(owner: User, made: Sequence[WinBack], actor: User, at: datetime) -> None:
    notify(
        recipients=[owner],
        kind=NotificationKind.ASSIGNMENT,
        title=gettext_noop("%(actor)s asks you to win customers back: %(number)s"),
        params={"actor": actor, "number": len(made)},
        actor=actor,
        url=made[0].get_absolute_url() if len(made) == 1 else f"{reverse('crm:winback-list')}?owner=me&status=OPEN",
        at=at,
    )


@transaction.atomic
def give_up_win_back(*, winback: WinBack, reason: str, actor: User, at: datetime) -> WinBack:
    """
    End an attempt without success.

    :raises WrongState: unless it is in progress.
    """
    winback = WinBack.objects.lock(winback)
    winback.ended_on, winback.result = timezone.localdate(at), reason.strip()[:300]
    winback.save()
    winback.become(WinBackStatus.GIVEN_UP, actor=actor, at=at, reason=reason)
    return winback


@transaction.atomic
def resume_win_back(*, winback: WinBack, actor: User, at: datetime) -> WinBack:
    """
    Try again; only an order after the last one known now counts.

    :raises WrongState: unless it was given up, or when somebody else tries already.
    """
    Customer.objects.lock(winback.customer_id)
    winback = WinBack.objects.lock(winback)
    if WinBack.objects.filter(customer=winback.customer_id, status=WinBackStatus.OPEN).exclude(pk=winback.pk).exists():
        raise WrongState(_("Somebody else tries to win this customer back already."))
    winback.started_on, winback.ended_on, winback.result = timezone.localdate(at), None, ""
    known = CustomerInsight.objects.filter(customer=winback.customer_id).values_list("last_order_on", flat=True).first()
    winback.last_order_on = known or winback.last_order_on
    winback.save()
    winback.become(WinBackStatus.OPEN, actor=actor, at=at)
    return winback


@transaction.atomic
def close_won_back(*, at: datetime, customer_pk: int | None = None) -> int:
    """
    End the attempts whose customers have ordered since as won; return how many.

    :param customer_pk: look at one customer only; None: at all.
    """
    with connection.cursor() as cursor:
        run_over_orders(cursor, statements.WON, {"today": timezone.localdate(at), "customer": customer_pk})
        found = {pk: (day, amount) for pk, day, amount in cursor.fetchall()}
    rows = [row for row in WinBack.objects.lock_many(list(found)) if row.status == WinBackStatus.OPEN]
    for row in rows:
        row.won_order_on, row.won_amount = found[row.pk]
        row.ended_on = timezone.localdate(at)
    WinBack.objects.bulk_update(rows, ["won_order_on", "won_amount", "ended_on"], 500)
    become_all(rows, WinBackStatus.WON_BACK, actor=None, at=at)
    return len(rows)


# -- tiers -------------------------------------------------------------------------------------


@transaction.atomic
def accept_tiers(*, suggestions: Iterable[TierSuggestion], actor: User, at: datetime) -> int:
    """
    Give customers the tier that is suggested; one statement for each tier. Returns how many.

    :raises WrongState: when one of them was decided already, or its customer has another tier by now.
    """
    pks = [each.pk for each in suggestions]
    tiers = dict(TierSuggestion.objects.filter(pk__in=pks).values_list("customer_id", "pk"))
    customers = Customer.objects.lock_many(list(tiers))
    rows = {row.customer_id: row for row in TierSuggestion.objects.lock_many(pks)}
    by_tier: dict[str, list[int]] = {}
    for customer in customers:
        row = rows[customer.pk]
        if row.decision != SuggestionStatus.OPEN or row.current != customer.tier:
            raise WrongState(_("The suggestion for %(customer)s is out of date.") % {"customer": customer})
        by_tier.setdefault(row.suggested, []).append(customer.pk)
    for tier, chosen in sorted(by_tier.items()):
        Customer.objects.filter(pk__in=chosen).update(tier=tier, version=F("version") + 1, updated_at=at)
    _decide(pks, SuggestionStatus.ACCEPTED, actor, at)
    return len(rows)


def accept_tier(*, tiersuggestion: TierSuggestion, actor: User, at: datetime) -> TierSuggestion:
    """Give one customer the tier that is suggested; see :func:`accept_tiers`."""
    accept_tiers(suggestions=[tiersuggestion], actor=actor, at=at)
    return TierSuggestion.objects.get(pk=tiersuggestion.pk)


@transaction.atomic
def dismiss_tiers(*, suggestions: Iterable[TierSuggestion], actor: User, at: datetime) -> int:
    """
    Leave customers in their tier; the same suggestion does not come up again. Returns how many.

    :raises WrongState: when one of them was decided already.
    """
    rows = TierSuggestion.objects.lock_many([each.pk for each in suggestions])
    for row in rows:
        if row.decision != SuggestionStatus.OPEN:
            raise WrongState(_("The suggestion for %(customer)s is out of date.") % {"customer": row.customer})
    _decide([row.pk for row in rows], SuggestionStatus.DISMISSED, actor, at)
    return len(rows)


def dismiss_tier(*, tiersuggestion: TierSuggestion, actor: User, at: datetime) -> TierSuggestion:
    """Leave one customer in its tier; see :func:`dismiss_tiers`."""
    dismiss_tiers(suggestions=[tiersuggestion], actor=actor, at=at)
    return TierSuggestion.objects.get(pk=tiersuggestion.pk)


def _decide(pks: Sequence[int], decision: str, actor: User, at: datetime) -> None:
    TierSuggestion.objects.filter(pk__in=pks).update(
        decision=decision, decided_by=actor, decided_at=at, version=F("version") + 1, updated_at=at
    )


# -- settings ----------------------------------------------------------------------------------


def compute_now(*, insightrule: InsightRule, actor: User, at: datetime) -> InsightRule:
    """Compute the insights of all customers now, as every night."""
    compute_insights(at=at)
    return insightrule
