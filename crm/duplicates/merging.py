"""Two customers, or two leads, become one; and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm.customers.choices import CustomerStage, LeadStatus
from crm.customers.models import Customer, Lead
from crm.duplicates.choices import RecordKind
from crm.duplicates.errors import CannotMerge, CannotUndo
from crm.duplicates.models import DuplicatePair, MergeRecord
from crm.events import CustomersMerged
from suite import events
from suite.access.models import User
from suite.core.errors import WrongState
from suite.masters.entered import PARTY_FIELDS
from suite.masters.merging import Altered, Log, change_row, check_now, move_references, put_back, remove_row, stored
from suite.masters.models import Party
from suite.search.services import reindex_rows_showing

# What people choose field by field; everything else follows from both rows.
PARTY_CHOICES = ("name", *(name for name in PARTY_FIELDS if name != "parent"))
CUSTOMER_CHOICES = ("tier", "industry", "source", "next_contact_at")
LEAD_CHOICES = (
    "name",
    "company_name",
    "title",
    "mobile",
    "email",
    "region",
    "city",
    "address",
    "source",
    "requirement",
    "estimated_amount",
    "next_contact_at",
)
_STAGES = (CustomerStage.NEW, CustomerStage.DORMANT, CustomerStage.FOLLOWING, CustomerStage.DEAL)


@transaction.atomic
def merge_customers(
    *, survivor: Customer, loser: Customer, take: Collection[str], actor: User, at: datetime, reason: str = ""
) -> MergeRecord:
    """
    Make two customers one: everything of the one that goes moves to the one that stays, and a log can bring it back.

    The owner of the one that stays goes on looking after it. Tags are those of both; the last contact is the later,
    the first order the earlier one.

    :param take: names among :data:`PARTY_CHOICES` and :data:`CUSTOMER_CHOICES` that the one that goes gives.
    :raises CannotMerge: for one customer twice, customers of two companies, or when something cannot belong to both.
    """
    survivor, loser = _locked(Customer, survivor, loser)
    if survivor.company_id != loser.company_id:
        raise CannotMerge(_("These customers belong to different companies."))
    party, lost_party = _locked(Party, survivor.party, loser.party)
    log, label = Log(), loser.party.name
    of_party = {name: getattr(lost_party, name) for name in PARTY_CHOICES if name in take}
    of_party |= {"is_supplier": party.is_supplier or lost_party.is_supplier}
    of_customer = {name: getattr(loser, name) for name in CUSTOMER_CHOICES if name in take} | _both(survivor, loser)
    _unlink_parents(log, party, lost_party)
    with _refusing(_two_of_one()):
        _drop_pairs(log, Q(customer=loser.pk) | Q(other_customer=loser.pk))
        move_references(log, Customer, loser=loser.pk, survivor=survivor.pk)
        remove_row(log, loser)
        move_references(log, Party, loser=lost_party.pk, survivor=party.pk)
        remove_row(log, lost_party)
        change_row(log, party, of_party)
        survivor.party = party
        change_row(log, survivor, of_customer)
        check_now()
    _reindex(Party, [party.pk])
    _reindex(Customer, [survivor.pk])
    events.publish(CustomersMerged(survivor_pk=survivor.pk, loser_pk=loser.pk))
    return _record(RecordKind.CUSTOMER, (survivor, party.name), (loser, label), log, reason, actor, at)


@transaction.atomic
def merge_leads(
    *, survivor: Lead, loser: Lead, take: Collection[str], actor: User, at: datetime, reason: str = ""
) -> MergeRecord:
    """
    Make two leads one; see :func:`merge_customers`.

    :param take: names among :data:`LEAD_CHOICES` whose value comes from the one that goes.
    :raises CannotMerge: for one lead twice, leads of two companies, or when the one that goes became a customer.
    """
    survivor, loser = _locked(Lead, survivor, loser)
    if survivor.company_id != loser.company_id:
        raise CannotMerge(_("These leads belong to different companies."))
    if loser.status == LeadStatus.CONVERTED:
        raise CannotMerge(_("A lead that became a customer stays; let the other one go into it."))
    if survivor.status == LeadStatus.CONVERTED and take:
        raise CannotMerge(_("A converted lead keeps its values; change the customer."))
    log = Log()
    values = {name: getattr(loser, name) for name in LEAD_CHOICES if name in take}
    values["last_contact_at"] = _latest(survivor.last_contact_at, loser.last_contact_at)
    if not survivor.external_key and loser.external_key:
        # The file that brought it finds it again.
        values["external_key"] = loser.external_key
    with _refusing(_two_of_one()):
        _drop_pairs(log, Q(lead=loser.pk) | Q(other_lead=loser.pk))
        move_references(log, Lead, loser=loser.pk, survivor=survivor.pk)
        remove_row(log, loser)
        change_row(log, survivor, values)
        check_now()
    _reindex(Lead, [survivor.pk])
    return _record(RecordKind.LEAD, (survivor, str(survivor)), (loser, str(loser)), log, reason, actor, at)


@transaction.atomic
def undo_merge(*, record: MergeRecord, actor: User, at: datetime) -> MergeRecord:
    """
    Bring back what was merged, exactly as it was; what was entered since stays with the one that stayed.

    :raises WrongState: when it was undone already.
    :raises CannotUndo: when something that was merged has changed since.
    """
    record = MergeRecord.objects.lock(record)
    if record.undone_at is not None:
        raise WrongState(_("This merge was undone already."))
    later = MergeRecord.objects.filter(
        Q(survivor_pk__in=(record.survivor_pk, record.loser_pk)) | Q(loser_pk=record.survivor_pk),
        kind=record.kind,
        pk__gt=record.pk,
        undone_at=None,
    ).first()
    if later is not None:
        raise CannotUndo(_("Undo the later merge first: %(merge)s.") % {"merge": later})
    targets = _targets(record)
    for target, pair in targets.items():
        target._default_manager.lock_many(sorted(pair))  # type: ignore[attr-defined]
    try:
        with _refusing(_taken_since()):
            put_back(record.log, targets)
    except Altered as error:
        raise CannotUndo(_why_not(error)) from error
    for target, pair in targets.items():
        _reindex(target, pair)
    record.undone_at, record.undone_by = at, actor
    record.save()
    return record


def _targets(record: MergeRecord) -> dict[type[models.Model], tuple[int, int]]:
    pairs: dict[type[models.Model], tuple[int, int]] = {}
    by_label = {model._meta.label: model for model in (Party, Customer, Lead)}
    stayed = {each["model"]: each["pk"] for each in record.log["changed"]}
    for each in record.log["removed"]:
        pairs[by_label[each["model"]]] = (int(each["values"]["id"]), stayed[each["model"]])
    # In the order in which a merge locks them.
    return {model: pairs[model] for model in (Customer, Party, Lead) if model in pairs}


def _why_not(error: Altered) -> str:
    what = capfirst(str(error.model._meta.verbose_name_plural))
    if error.column:
        name = capfirst(str(error.model._meta.get_field(error.column).verbose_name))  # type: ignore[union-attr]
        return _("“%(field)s” was changed since the merge; set it back first, then undo.") % {"field": name}
    return _("%(what)s that were merged were added to, removed or moved since, so that the merge stays.") % {
        "what": what
    }


@contextmanager
def _refusing(refusal: CannotMerge | CannotUndo) -> Iterator[None]:
    """Turn what only the database refuses into a refusal that says what to do; nothing of the block is kept."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise refusal from error


def _two_of_one() -> CannotMerge:
    return CannotMerge(
        _("Both have something of which one may have only one, such as a running approval. Finish one first.")
    )


def _taken_since() -> CannotUndo:
    return CannotUndo(_("A number or code of what went was given to another entry since, so that the merge stays."))


def _locked(model: Any, survivor: Any, loser: Any) -> tuple[Any, Any]:
    if survivor.pk == loser.pk:
        raise CannotMerge(_("Choose two different entries."))
    rows = {row.pk: row for row in model.objects.lock_many([survivor.pk, loser.pk])}
    if len(rows) != 2:
        raise CannotMerge(_("One of the two is gone already."))
    return rows[survivor.pk], rows[loser.pk]


def _unlink_parents(log: Log, party: Party, lost: Party) -> None:
    """Nobody stands above itself: where one is the group of the other, that relation goes."""
    if party.parent_id == lost.pk:
        change_row(log, party, {"parent": lost.parent if lost.parent_id != party.pk else None})


def _both(survivor: Customer, loser: Customer) -> dict[str, Any]:
    """Return what the customer that stays has from both."""
    return {
        "tags": [*survivor.tags, *(tag for tag in loser.tags if tag not in survivor.tags)],
        "last_contact_at": _latest(survivor.last_contact_at, loser.last_contact_at),
        "first_deal_on": min(filter(None, (survivor.first_deal_on, loser.first_deal_on)), default=None),
        "is_locked": survivor.is_locked or loser.is_locked,
        "stage": max(survivor.stage, loser.stage, key=lambda stage: _STAGES.index(CustomerStage(stage))),
    }


def _latest(*times: datetime | None) -> datetime | None:
    return max(filter(None, times), default=None)


def _drop_pairs(log: Log, condition: Q) -> None:
    pairs = DuplicatePair.objects.filter(condition).order_by("pk").select_for_update(of=("self",))
    log.dropped.extend(stored(pair) for pair in pairs)
    DuplicatePair.objects.filter(condition).delete()


def _reindex(model: Any, pks: Iterable[int]) -> None:
    for pk in pks:
        reindex_rows_showing(model=model, pk=pk)


def _record(
    kind: RecordKind,
    survivor: tuple[Any, str],
    loser: tuple[Any, str],
    log: Log,
    reason: str,
    actor: User,
    at: datetime,
) -> MergeRecord:
    kept, gone = survivor, loser
    values: Mapping[str, Any] = log.as_json()
    return MergeRecord.objects.create(
        kind=kind,
        survivor_pk=kept[0].pk,
        survivor_label=kept[1][:200],
        loser_pk=gone[0].pk,
        loser_label=gone[1][:200],
        moved_count=log.moved_count,
        log=values,
        reason=reason[:300],
        actor=actor,
        at=at,
        created_at=at,
    )


def merge_customer(
    *, customer: Customer, loser: Customer, take: Collection[str] = (), reason: str = "", actor: User, at: datetime
) -> Customer:
    """Let another customer go into this one; see :func:`merge_customers`."""
    merge_customers(survivor=customer, loser=loser, take=take, reason=reason, actor=actor, at=at)
    return Customer.objects.get(pk=customer.pk)


def merge_lead(
    *, lead: Lead, loser: Lead, take: Collection[str] = (), reason: str = "", actor: User, at: datetime
) -> Lead:
    """Let another lead go into this one; see :func:`merge_leads`."""
    merge_leads(survivor=lead, loser=loser, take=take, reason=reason, actor=actor, at=at)
    return Lead.objects.get(pk=lead.pk)
