"""Who looked after a customer, since when and why; and with whom it is shared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.customers.models import Customer, OwnerChange
from crm.customers.ownership import share_customer, transfer_customers
from crm.customers.services import convert_lead, create_contact, create_customer
from crm.events import CustomersTransferred
from crm.pipeline.models import Opportunity
from crm.pipeline.services import create_opportunity
from crm.pool.services import claim_customer, return_customer
from hrm.org.default_roles import create_default_roles
from suite import events
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import (
    ContactFactory,
    CustomerFactory,
    LeadFactory,
    OpportunityFactory,
    PipelineFactory,
    PoolFactory,
    StageFactory,
)
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now() - timedelta(days=10)
DAY = timedelta(days=1)


@pytest.fixture
def roles(db: None) -> dict[str, Any]:
    """CRM is on, with its roles, a pool and a sales process."""
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    company = CompanyFactory(is_default=True)
    PoolFactory(company=company)
    StageFactory(pipeline=PipelineFactory(is_default=True))
    return create_default_roles(actor=None, at=timezone.now())


@pytest.fixture
def people(roles: dict[str, Any]) -> tuple[User, User, User]:
    """Two who sell, and who leads them and sees everything."""
    first, second, lead = UserFactory(full_name="周敏"), UserFactory(full_name="何雨桐"), UserFactory(full_name="王总")
    for user, code in ((first, "salesperson"), (second, "salesperson"), (lead, "boss")):
        user.groups.add(roles[code])
    return first, second, lead


def history(customer: Customer) -> list[tuple[Any, ...]]:
    rows = OwnerChange.objects.filter(customer=customer).order_by("pk")
    return list(rows.values_list("from_owner", "to_owner", "trigger", "reason", "actor", "at"))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_change_of_owner_is_one_line(people: tuple[User, User, User]) -> None:
    first, second, lead = people
    customer = create_customer(name="启岳数码", actor=first, at=NOW)

    transfer_customers(customers=[customer], owner=second, reason="调整区域", actor=lead, at=NOW + DAY)
    return_customer(customer=customer, reason="联系不上", actor=second, at=NOW + 2 * DAY)
    claim_customer(customer=customer, actor=first, at=NOW + 3 * DAY)

    assert history(customer) == [
        (None, first.pk, "CREATED", "", first.pk, NOW),
        (first.pk, second.pk, "TRANSFER", "调整区域", lead.pk, NOW + DAY),
        (second.pk, None, "RETURN", "联系不上", second.pk, NOW + 2 * DAY),
        (None, first.pk, "CLAIM", "", first.pk, NOW + 3 * DAY),
    ]
    customer.refresh_from_db()
    assert (customer.owner, customer.pool, customer.owner_since) == (first, None, NOW + 3 * DAY)


def test_a_converted_lead_begins_the_history(people: tuple[User, User, User]) -> None:
    first, _second, _lead = people
    lead = LeadFactory(owner=first, company_name="启岳数码")

    customer = convert_lead(lead=lead, actor=first, at=NOW)

    assert history(customer) == [(None, first.pk, "CONVERTED", "", first.pk, NOW)]


def test_the_line_and_the_owner_are_written_together_or_not_at_all(
    people: tuple[User, User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, lead = people
    customer = create_customer(name="启岳数码", actor=first, at=NOW)
    opportunity = OpportunityFactory(customer=customer, owner=first)

    def fails(event: CustomersTransferred) -> None:
        raise WrongState("another system refuses")

    fails.__module__ = "crm.receivers"
    monkeypatch.setitem(events.receivers, CustomersTransferred, [events.Receiver(fails, 1, False)])

    with pytest.raises(WrongState):
        transfer_customers(customers=[customer], owner=second, actor=lead, at=NOW + DAY)

    assert [line[2] for line in history(customer)] == ["CREATED"]
    assert Customer.objects.get(pk=customer.pk).owner == first
    assert Opportunity.objects.get(pk=opportunity.pk).owner == first


def test_the_history_cannot_be_edited(people: tuple[User, User, User]) -> None:
    first, second, _lead = people
    customer = create_customer(name="启岳数码", actor=first, at=NOW)
    before = history(customer)

    for write in (lambda: OwnerChange.objects.update(to_owner=second), lambda: OwnerChange.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()

    assert history(customer) == before


def test_nobody_owns_it_exactly_while_it_lies_in_a_pool(people: tuple[User, User, User]) -> None:
    first, _second, _lead = people
    customer = create_customer(name="启岳数码", actor=first, at=NOW)

    for wrong in ({"owner": None}, {"pool": PoolFactory(), "entered_pool_at": NOW}, {"owner_since": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Customer.objects.filter(pk=customer.pk).update(**wrong)

    assert Customer.objects.get(pk=customer.pk).owner == first


def test_to_whom_it_is_already_and_to_whom_it_may_not(people: tuple[User, User, User]) -> None:
    first, _second, lead = people
    customer = create_customer(name="启岳数码", actor=first, at=NOW)

    moved = transfer_customers(customers=[customer], owner=first, actor=lead, at=NOW + DAY)
    for wrong in (UserFactory(is_active=False), UserFactory(kind="PORTAL", party=customer.party)):
        with pytest.raises(InvalidInput):
            transfer_customers(customers=[customer], owner=wrong, actor=lead, at=NOW + DAY)

    assert moved == 0
    assert [line[2] for line in history(customer)] == ["CREATED"]


def test_contacts_and_open_opportunities_are_not_left_behind(people: tuple[User, User, User]) -> None:
    """What other systems left with the former owner: contacts belong to the customer and need no owner of their own."""
    first, second, lead = people
    customer = create_customer(name="启岳数码", actor=first, at=NOW)
    contact = create_contact(customer=customer, name="方可心", mobile="13800138000", actor=first, at=NOW)
    opportunity = create_opportunity(name="首单", customer=customer, contact=contact, actor=first, at=NOW)
    seen_before = [client_of(user).get(contact.get_absolute_url()).status_code for user in (first, second)]

    transfer_customers(customers=[customer], owner=second, actor=lead, at=NOW + DAY)

    pages = [
        [client_of(user).get(row.get_absolute_url()).status_code for user in (first, second)]
        for row in (customer, contact, opportunity)
    ]
    found = client_of(second).get("/api/crm/contacts/").json()["results"]
    left = client_of(first).get("/api/crm/contacts/").json()["results"]
    assert seen_before == [200, 404]
    assert pages == [[404, 200]] * 3
    assert ([each["id"] for each in found], left) == ([contact.pk], [])


def test_by_page_and_by_api(people: tuple[User, User, User]) -> None:
    first, second, lead = people
    customer = create_customer(name="启岳数码", actor=first, at=NOW)
    url = reverse("crm:customer-action", args=[customer.pk, "transfer"])

    refused = [
        client_of(first).post(url, {"owner": second.pk}).status_code,
        client_of(first)
        .post(f"/api/crm/customers/{customer.pk}/transfer/", {"owner": second.pk}, content_type="application/json")
        .status_code,
    ]
    nothing_yet = history(customer)
    page = client_of(lead).post(url, {"owner": second.pk, "reason": "调整区域"})
    api = client_of(lead).post(
        f"/api/crm/customers/{customer.pk}/transfer/", {"owner": first.pk}, content_type="application/json"
    )
    shown = client_of(lead).get(customer.get_absolute_url()).content.decode()

    assert (refused, len(nothing_yet)) == ([403, 403], 1)
    assert (page.status_code, api.status_code) == (302, 200)
    assert [line[:3] for line in history(customer)[1:]] == [
        (first.pk, second.pk, "TRANSFER"),
        (second.pk, first.pk, "TRANSFER"),
    ]
    assert "周敏 → 何雨桐" in shown


# -- sharing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("can_change", [False, True])
def test_shared_to_read_or_to_change(people: tuple[User, User, User], can_change: bool) -> None:
    first, second, _lead = people
    customer = create_customer(name="启岳数码", actor=first, at=NOW)
    contact = create_contact(customer=customer, name="方可心", actor=first, at=NOW)
    other = ContactFactory(customer=CustomerFactory(owner=first))
    before = client_of(second).get(customer.get_absolute_url()).status_code

    share_customer(customer=customer, user=second, can_change=can_change, actor=first, at=NOW)

    client = client_of(second)
    page = client.get(customer.get_absolute_url())
    noted = client.post(
        reverse("crm:customer-action", args=[customer.pk, "follow-up"]), {"kind": "CALL", "body": "我也联系了"}
    )
    assert (before, page.status_code, noted.status_code) == (404, 200, 302 if can_change else 403)
    assert client.get(reverse("crm:customer-edit", args=[customer.pk])).status_code == (200 if can_change else 403)
    # The people to talk to come with it, those of other customers do not.
    assert "方可心" in page.content.decode()
    assert client.get(contact.get_absolute_url()).status_code == 200
    assert client.get(reverse("crm:contact-edit", args=[contact.pk])).status_code == (200 if can_change else 403)
    assert client.get(other.get_absolute_url()).status_code == 404
    assert Customer.objects.get(pk=customer.pk).owner == first
    assert len(history(customer)) == 1


def test_only_who_may_share_shares(people: tuple[User, User, User]) -> None:
    first, second, _lead = people
    customer = create_customer(name="启岳数码", actor=first, at=NOW)
    url = reverse("crm:customer-action", args=[customer.pk, "share"])

    by_owner = client_of(first).post(url, {"user": second.pk})
    by_reader = client_of(second).post(url, {"user": second.pk, "can_change": "on"})
    by_nobody = client_of(UserFactory()).post(url, {"user": second.pk})

    assert [each.status_code for each in (by_owner, by_reader, by_nobody)] == [302, 403, 403]
    assert sorted(customer.shares.values_list("permission__codename", flat=True)) == ["view_customer"]
