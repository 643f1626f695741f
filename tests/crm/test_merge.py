"""Merging customers, and leads, and the way back: page, API, permission, everything that moves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from crm.contracts.models import Contract, Receipt
from crm.customers.choices import CustomerStage, LeadStatus
from crm.customers.models import Contact, Customer, CustomerShare, FollowUp, Lead, OwnerChange
from crm.customers.ownership import share_customer
from crm.customers.services import convert_lead, create_contact, create_customer, create_lead, record_follow_up
from crm.duplicates.errors import CannotMerge, CannotUndo
from crm.duplicates.merging import merge_customers, merge_leads, undo_merge
from crm.duplicates.models import DuplicatePair, MergeRecord
from crm.duplicates.nightly import find_pairs
from suite.activity.models import Comment, Reminder
from suite.activity.services import add_comment
from suite.core.errors import WrongState
from suite.masters.merging import references
from suite.masters.models import Party, PartyContact
from tests.crm.kit import Sales, open_crm, signed_in, with_token
from tests.factories.crm import ContractFactory, LeadFactory, OpportunityFactory, QuotationFactory, ReceiptFactory
from tests.factories.masters import PartyAddressFactory

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


@pytest.fixture
def sales(db: None) -> Sales:
    return open_crm(AT)


@pytest.fixture
def kept(sales: Sales) -> Customer:
    customer = create_customer(name="深圳市蓝拓电子有限公司", tags=["老客户"], actor=sales.seller, at=AT)
    create_contact(customer=customer, name="方可心", mobile="13800138000", actor=sales.seller, at=AT)
    return customer


@pytest.fixture
def gone(sales: Sales) -> Customer:
    """A customer with everything that one can have."""
    customer = create_customer(
        name="深圳蓝拓电子有限公司（东莞）",
        uscc="91440300MA5DA17X0C",
        phone="0755-2345678",
        tags=["老客户", "重点"],
        tier="A",
        actor=sales.colleague,
        at=AT,
    )
    contact = create_contact(customer=customer, name="王敏", mobile="13900139000", actor=sales.colleague, at=AT)
    opportunity = OpportunityFactory(customer=customer, contact=contact)
    QuotationFactory(customer=customer, opportunity=opportunity, contact=contact)
    contract = ContractFactory(customer=customer, contact=contact)
    ReceiptFactory(contract=contract)
    record_follow_up(
        customer=customer,
        body="寄样",
        happened_at=AT,
        next_contact_at=datetime(2099, 1, 1, tzinfo=UTC),
        actor=sales.colleague,
        at=timezone.now(),
    )
    lead = create_lead(name="李", mobile="13600136000", actor=sales.colleague, at=AT)
    convert_lead(lead=lead, customer=customer, actor=sales.colleague, at=AT)
    share_customer(customer=customer, user=sales.administrator, can_change=False, actor=sales.colleague, at=AT)
    add_comment(obj=customer, body="月结60天", actor=sales.colleague, at=AT)
    PartyAddressFactory(party=customer.party, is_default=True)
    return Customer.objects.select_related("party").get(pk=customer.pk)


def merge(kept: Customer, gone: Customer, sales: Sales, *take: str) -> MergeRecord:
    return merge_customers(survivor=kept, loser=gone, take=take, reason="同一家", actor=sales.manager, at=LATER)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of everything that a merge touches, without what each save changes."""
    models = {Customer, Party, Lead}
    models |= {reference.model for target in (Customer, Party, Lead) for reference in references(target)}
    technical = {"version", "updated_at"}
    return {
        model._meta.label: [
            {name: value for name, value in row.items() if name not in technical}
            for row in model._base_manager.order_by("pk").values()
        ]
        for model in models
    }


def still_referring(customer_pk: int, party_pk: int) -> list[str]:
    """What refers to rows that are gone."""
    pairs = ((Customer, customer_pk), (Party, party_pk))
    return [
        reference.name
        for target, pk in pairs
        for reference in references(target)
        if not reference.following.reason and reference.rows(target, pk).exists()
    ]


# -- customers ---------------------------------------------------------------------------------


def test_everything_moves_to_the_one_that_stays(sales: Sales, kept: Customer, gone: Customer) -> None:
    record = merge(kept, gone, sales)

    assert not Customer.objects.filter(pk=gone.pk).exists()
    assert not Party.objects.filter(pk=gone.party_id).exists()
    assert still_referring(gone.pk, gone.party_id) == []
    kept.refresh_from_db()
    assert kept.contacts.count() == 3
    assert [kept.opportunities.count(), kept.quotations.count(), kept.contracts.count(), kept.receipts.count()] == [
        1,
        1,
        1,
        1,
    ]
    assert [kept.follow_ups.count(), kept.leads.count(), kept.shares.count()] == [1, 1, 1]
    assert [change.to_owner for change in kept.owner_changes.order_by("pk")] == [sales.seller, sales.colleague]
    assert Comment.objects.get().object_id == kept.pk
    assert Reminder.objects.get().object_id == kept.pk
    assert kept.party.addresses.get().is_default
    assert (record.survivor_pk, record.loser_pk, record.reason) == (kept.pk, gone.pk, "同一家")
    assert record.moved_count == sum(len(each["pks"]) for each in record.log["moved"])


def test_values_are_chosen_field_by_field_and_the_rest_is_of_both(sales: Sales, kept: Customer, gone: Customer) -> None:
    merge(kept, gone, sales, "uscc", "phone", "tier")

    kept = Customer.objects.select_related("party").get(pk=kept.pk)
    assert (kept.party.name, kept.party.uscc) == ("深圳市蓝拓电子有限公司", "91440300MA5DA17X0C")
    assert (kept.party.phone, kept.party.phone_norm, kept.tier) == ("0755-2345678", "07552345678", "A")
    assert (kept.tags, kept.owner) == (["老客户", "重点"], sales.seller)
    assert (kept.last_contact_at, kept.stage) == (gone.last_contact_at, CustomerStage.FOLLOWING)


def test_one_contact_stays_the_primary_one(sales: Sales, kept: Customer, gone: Customer) -> None:
    merge(kept, gone, sales)

    people = PartyContact.objects.filter(party=kept.party_id).order_by("pk")
    assert [(each.name, each.is_primary) for each in people] == [("方可心", True), ("王敏", False), ("李", False)]


def test_what_both_have_once_is_there_once(sales: Sales, kept: Customer, gone: Customer) -> None:
    share_customer(customer=kept, user=sales.administrator, can_change=True, actor=sales.seller, at=AT)

    record = merge(kept, gone, sales)
    undo_merge(record=record, actor=sales.manager, at=LATER)

    assert CustomerShare.objects.filter(content_object=kept.pk).count() == 2
    assert CustomerShare.objects.filter(content_object=gone.pk).count() == 1


def test_orders_and_prices_of_operations_move_too(sales: Sales, kept: Customer, gone: Customer) -> None:
    from tests.factories.erp_pricing import PriceListPartyFactory
    from tests.factories.erp_sales import SalesOrderFactory

    order = SalesOrderFactory(party=gone.party)
    of_both = PriceListPartyFactory(party=kept.party)
    PriceListPartyFactory(party=gone.party, price_list=of_both.price_list)
    before = everything()

    record = merge(kept, gone, sales)
    order.refresh_from_db()
    prices = list(apps.get_model("erp.PriceListParty").objects.values_list("party", flat=True))
    undo_merge(record=record, actor=sales.manager, at=LATER)

    assert order.party_id == kept.party_id
    assert prices == [kept.party_id]
    assert everything() == before


def test_undoing_restores_exactly(sales: Sales, kept: Customer, gone: Customer) -> None:
    find_pairs(at=AT)
    assert DuplicatePair.objects.count() == 1
    before = everything()
    record = merge(kept, gone, sales, "name", "uscc", "phone", "tier")

    undone = undo_merge(record=record, actor=sales.manager, at=LATER)

    assert everything() == before
    assert (undone.undone_at, undone.undone_by) == (LATER, sales.manager)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_what_was_entered_since_stays_with_the_one_that_stayed(sales: Sales, kept: Customer, gone: Customer) -> None:
    record = merge(kept, gone, sales)
    create_contact(customer=kept, name="新人", actor=sales.seller, at=LATER)

    undo_merge(record=record, actor=sales.manager, at=LATER)

    assert list(Contact.objects.filter(customer=kept).values_list("person__name", flat=True).order_by("pk")) == [
        "方可心",
        "新人",
    ]
    assert Contact.objects.filter(customer=gone.pk).count() == 2


def _receipt_on_a_moved_contract(kept: Customer, sales: Sales) -> None:
    ReceiptFactory(contract=Contract.objects.get(), customer=kept)


def _changed_value(kept: Customer, sales: Sales) -> None:
    party = Party.objects.get(pk=kept.party_id)
    party.uscc = ""
    party.save()


def _deleted_row(kept: Customer, sales: Sales) -> None:
    FollowUp.objects.all().delete()


def _code_given_away(kept: Customer, sales: Sales) -> None:
    record = MergeRecord.objects.get()
    code = next(each for each in record.log["removed"] if each["model"] == "suite.Party")["values"]["code"]
    create_customer(name="别人", code=code, actor=sales.seller, at=LATER)


@pytest.mark.parametrize("change", [_receipt_on_a_moved_contract, _changed_value, _deleted_row, _code_given_away])
def test_undoing_is_refused_after_a_change_and_changes_nothing(
    sales: Sales, kept: Customer, gone: Customer, change: Any
) -> None:
    record = merge(kept, gone, sales, "uscc")
    change(kept, sales)
    before = everything()

    with pytest.raises(CannotUndo) as refusal:
        undo_merge(record=record, actor=sales.manager, at=LATER)

    assert str(refusal.value)
    assert everything() == before
    record.refresh_from_db()
    assert record.undone_at is None


def test_merges_are_undone_from_the_last_one(sales: Sales, kept: Customer, gone: Customer) -> None:
    third = create_customer(name="蓝拓", actor=sales.seller, at=AT)
    before = everything()
    first = merge(kept, gone, sales)
    second = merge(third, kept, sales)

    with pytest.raises(CannotUndo):
        undo_merge(record=first, actor=sales.manager, at=LATER)
    undo_merge(record=second, actor=sales.manager, at=LATER)
    undo_merge(record=first, actor=sales.manager, at=LATER)

    assert everything() == before
    with pytest.raises(WrongState):
        undo_merge(record=first, actor=sales.manager, at=LATER)


def test_a_group_and_its_firm_become_one(sales: Sales, kept: Customer, gone: Customer) -> None:
    Party.objects.filter(pk=kept.party_id).update(parent=gone.party_id)
    kept.refresh_from_db()
    before = everything()

    record = merge(kept, gone, sales)
    parent = Party.objects.get(pk=kept.party_id).parent
    undo_merge(record=record, actor=sales.manager, at=LATER)

    assert parent is None
    assert everything() == before


def test_one_customer_is_not_merged_with_itself(sales: Sales, kept: Customer) -> None:
    with pytest.raises(CannotMerge):
        merge(kept, kept, sales)

    assert MergeRecord.objects.count() == 0


# -- leads -------------------------------------------------------------------------------------


def test_leads_become_one_and_two_again(sales: Sales) -> None:
    lead = create_lead(name="方可心", actor=sales.seller, at=AT)
    other = create_lead(name="方小姐", mobile="13800138000", external_key="X-1", actor=sales.colleague, at=AT)
    record_follow_up(lead=other, body="展会见面", happened_at=AT, actor=sales.colleague, at=AT)
    before = everything()

    record = merge_leads(survivor=lead, loser=other, take=("mobile",), actor=sales.manager, at=LATER)
    lead.refresh_from_db()
    merged = (lead.name, lead.mobile_norm, lead.external_key, lead.last_contact_at, lead.follow_ups.count())
    undo_merge(record=record, actor=sales.manager, at=LATER)

    assert merged == ("方可心", "13800138000", "X-1", AT, 1)
    assert everything() == before


def test_a_converted_lead_stays(sales: Sales) -> None:
    lead, other = LeadFactory(owner=sales.seller), LeadFactory(owner=sales.seller)
    Lead.objects.filter(pk=other.pk).update(company=lead.company)
    convert_lead(lead=Lead.objects.get(pk=other.pk), actor=sales.seller, at=AT)
    before = everything()

    with pytest.raises(CannotMerge):
        merge_leads(survivor=lead, loser=Lead.objects.get(pk=other.pk), take=(), actor=sales.manager, at=LATER)

    assert everything() == before
    assert Lead.objects.get(pk=other.pk).status == LeadStatus.CONVERTED


# -- page, API, permission ---------------------------------------------------------------------


def test_the_page_shows_both_and_merges(sales: Sales, kept: Customer, gone: Customer) -> None:
    client = signed_in(sales.manager)
    url = reverse("crm:merge", args=("customer", kept.pk, gone.pk))

    page = client.get(url).content.decode()
    answer = client.post(url, {"take_uscc": "second", "reason": "同一家", "form_token": "once"})
    repeated = client.post(url, {"take_uscc": "second", "reason": "同一家", "form_token": "once"})

    assert "91440300MA5DA17X0C" in page
    assert 'name="take_uscc" value="second" checked' in page
    assert (answer.status_code, answer["Location"]) == (302, kept.get_absolute_url())
    assert repeated.status_code == 404
    assert Party.objects.get(pk=kept.party_id).uscc == "91440300MA5DA17X0C"
    assert MergeRecord.objects.get().actor == sales.manager


def test_the_other_one_may_stay(sales: Sales, kept: Customer, gone: Customer) -> None:
    url = reverse("crm:merge", args=("customer", kept.pk, gone.pk))

    answer = signed_in(sales.manager).post(f"{url}?keep={gone.pk}", {"form_token": "once"})

    assert answer["Location"] == gone.get_absolute_url()
    assert list(Customer.objects.all()) == [gone]


def test_merging_needs_the_permission_and_both_rows(sales: Sales, kept: Customer, gone: Customer) -> None:
    from suite.access.choices import ScopeLevel
    from suite.pages.registry import pageset_of
    from tests.kit.objects import give

    url = reverse("crm:merge", args=("customer", kept.pk, gone.pk))
    own_only = give(sales.seller, pageset_of(Customer), ["view", "merge"], ScopeLevel.OWN)  # type: ignore[arg-type]

    assert signed_in(sales.colleague).post(url).status_code == 403
    assert signed_in(own_only).post(url).status_code == 404
    assert Customer.objects.count() == 2


def test_merge_and_undo_by_the_api(sales: Sales, kept: Customer, gone: Customer, client: Any) -> None:
    headers = with_token(sales.manager)
    before = everything()
    body = {"loser": gone.pk, "take": ["uscc"], "reason": "同一家"}

    merged = client.post(f"/api/crm/customers/{kept.pk}/merge/", body, content_type="application/json", headers=headers)
    uscc = Party.objects.get(pk=kept.party_id).uscc
    record = MergeRecord.objects.get()
    denied = client.post(f"/api/crm/merge-records/{record.pk}/undo/", headers=with_token(sales.colleague))
    MergeRecord.objects.filter(pk=record.pk).update(actor=sales.manager)
    undone = client.post(f"/api/crm/merge-records/{record.pk}/undo/", headers=headers)

    assert (merged.status_code, merged.json()["id"]) == (200, kept.pk)
    assert uscc == "91440300MA5DA17X0C"
    assert denied.status_code == 403
    assert undone.status_code == 200, undone.content
    assert everything() == before


def test_a_customer_of_others_is_not_merged_by_the_api(
    sales: Sales, kept: Customer, gone: Customer, client: Any
) -> None:
    refused = client.post(
        f"/api/crm/customers/{kept.pk}/merge/",
        {"loser": gone.pk},
        content_type="application/json",
        headers=with_token(sales.seller),
    )

    assert refused.status_code == 403
    assert Customer.objects.count() == 2


def test_receipts_add_up_after_a_merge(sales: Sales, kept: Customer, gone: Customer) -> None:
    before = sum(Receipt.objects.values_list("amount", flat=True), Decimal(0))

    merge(kept, gone, sales)

    assert sum(kept.receipts.values_list("amount", flat=True), Decimal(0)) == before == Decimal("10.00")
    assert Receipt.objects.get().received_on == date(2026, 11, 1)
    assert OwnerChange.objects.filter(customer=kept).count() == 2
