"""What CRM knows about customers: for the activity stream (the 360° timeline), and where a party leads to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from crm.contracts.models import Contract, Quotation, Receipt
from crm.customers.models import Customer, FollowUp, Lead, OwnerChange
from crm.pipeline.models import Opportunity, StageChange
from suite.access.grants import model_permission
from suite.access.models import User
from suite.access.restrict import restrict
from suite.activity.stream import StreamEntry, StreamSource, stream_entries
from suite.masters.models import Party
from suite.pages.columns import big_money
from suite.pages.links import stand_ins

ICONS = {
    "CALL": "phone",
    "VISIT": "walk",
    "WECHAT": "brand-wechat",
    "EMAIL": "mail",
    "MEETING": "users",
    "SAMPLE": "package",
    "OTHER": "message",
}


@stand_ins.provide
def customer_of_party(row: Model, user: Any) -> Customer | None:
    """Who sells knows a party as a customer."""
    if not isinstance(row, Party) or not user.has_perm(model_permission(Customer, "view")):
        return None
    return restrict(Customer.objects.filter(party=row), user=user).first()


@stream_entries.provide
def follow_ups(obj: Model, user: User) -> StreamSource | None:
    """Contacts with a lead or customer, those of its opportunities included."""
    rows: QuerySet[FollowUp]
    if isinstance(obj, Customer | Lead | Opportunity):
        # Who may see the customer, lead or opportunity may read what was said to it, whoever wrote it.
        rows = FollowUp.objects.filter(**{type(obj).__name__.lower(): obj}).select_related("owner")
        return StreamSource("follow_up", rows, _each(_follow_up), at="happened_at")
    return None


def _follow_up(row: FollowUp) -> StreamEntry:
    return StreamEntry(
        at=row.happened_at, actor=row.owner, text=row.get_kind_display(), body=row.body, icon=ICONS[row.kind], row=row
    )


@stream_entries.provide
def owner_changes(obj: Model, user: User) -> StreamSource | None:
    """Who looked after a customer."""
    if not isinstance(obj, Customer):
        return None
    rows = obj.owner_changes.select_related("actor", "from_owner", "to_owner")
    return StreamSource("owner_change", rows, _each(_owner_change), at="at")


def _owner_change(row: OwnerChange) -> StreamEntry:
    names = {"from": row.from_owner or _("nobody"), "to": row.to_owner or _("the pool")}
    note = _("%(from)s → %(to)s") % names if row.from_owner_id or row.to_owner_id is None else str(row.to_owner)
    return StreamEntry(at=row.at, actor=row.actor, text=row.get_trigger_display(), note=note, icon="user-share")


@stream_entries.provide
def stage_changes(obj: Model, user: User) -> StreamSource | None:
    """How an opportunity went through its stages."""
    if not isinstance(obj, Opportunity):
        return None
    rows = StageChange.objects.filter(opportunity=obj, from_stage__isnull=False)
    return StreamSource(
        "stage_change", rows.select_related("actor", "from_stage", "to_stage"), _each(_stage_change), at="at"
    )


def _stage_change(row: StageChange) -> StreamEntry:
    note = f"{row.from_stage} → {row.to_stage}"
    return StreamEntry(at=row.at, actor=row.actor, text=_("moved the stage"), note=note, icon="arrow-right")


def _documents(obj: Model, user: User, model: Any, code: str, icon: str) -> StreamSource | None:
    if not isinstance(obj, Customer):
        return None
    rows = restrict(model._default_manager.filter(customer=obj), user=user).select_related("created_by")

    def entry(row: Any) -> StreamEntry:
        amount = row.amount if hasattr(row, "amount") else row.gross_total
        return StreamEntry(
            at=row.created_at,
            actor=row.created_by,
            text=_("created: %(kind)s") % {"kind": row._meta.verbose_name},
            note=f"{row.number} · {big_money(amount)}",
            url=row.get_absolute_url(),
            icon=icon,
        )

    return StreamSource(code, rows, _each(entry))


@stream_entries.provide
def opportunities(obj: Model, user: User) -> StreamSource | None:
    """Opportunities of a customer."""
    return _documents(obj, user, Opportunity, "opportunity", "target-arrow")


@stream_entries.provide
def quotations(obj: Model, user: User) -> StreamSource | None:
    """Quotations to a customer."""
    return _documents(obj, user, Quotation, "quotation", "file-text")


@stream_entries.provide
def contracts(obj: Model, user: User) -> StreamSource | None:
    """Contracts with a customer."""
    return _documents(obj, user, Contract, "contract", "file-certificate")


@stream_entries.provide
def receipts(obj: Model, user: User) -> StreamSource | None:
    """Money of a customer."""
    return _documents(obj, user, Receipt, "receipt", "cash")


def _each(render: Any) -> Any:
    def entries(rows: Sequence[Any]) -> list[StreamEntry | None]:
        return [render(row) for row in rows]

    return entries
