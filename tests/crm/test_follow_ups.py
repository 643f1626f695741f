"""Contacts with customers: the log, when to come back, how long nobody called, and calling in one click."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.customers.models import Contact, Customer, FollowUp, Lead
from crm.customers.services import record_follow_up
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.activity.models import Notification, Reminder
from suite.activity.services.reminders import notify_due_reminders
from suite.core.errors import InvalidInput
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import ContactFactory, CustomerFactory, FollowUpFactory, LeadFactory, OpportunityFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import PartyContactFactory

pytestmark = pytest.mark.django_db
REACHED = re.compile(r'<a [^>]*href="((?:tel|mailto):[^"]+)" data-reached="([^"]+)"')


@pytest.fixture
def roles(db: None) -> dict[str, Any]:
    """CRM is on, with its roles."""
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    return create_default_roles(actor=None, at=timezone.now())


@pytest.fixture
def seller(roles: dict[str, Any]) -> User:
    user: User = UserFactory()
    user.groups.add(roles["salesperson"])
    return user


@pytest.fixture
def customer(seller: User) -> Customer:
    return CustomerFactory(owner=seller, party__phone="0755-8666 1234", party__email="office@example.com")


@pytest.fixture
def contact(customer: Customer) -> Contact:
    person = PartyContactFactory(party=customer.party, name="方可心", mobile="138 0013 8000", email="fang@example.com")
    return ContactFactory(customer=customer, person=person)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# -- the log -----------------------------------------------------------------------------------


def test_a_contact_sets_the_last_and_the_next_one(customer: Customer, contact: Contact, seller: User) -> None:
    now = timezone.now()
    back = now + timedelta(days=7)

    follow_up = record_follow_up(
        customer=customer, contact=contact, body=" 要先看样品 ", next_contact_at=back, actor=seller, at=now
    )

    customer.refresh_from_db()
    assert (follow_up.body, follow_up.owner, follow_up.kind) == ("要先看样品", seller, "CALL")
    assert (customer.last_contact_at, customer.next_contact_at, customer.stage) == (now, back, "FOLLOWING")
    assert Reminder.objects.get().due_at == back


def test_when_the_time_comes_the_owner_is_reminded_once(customer: Customer, seller: User) -> None:
    now = timezone.now()
    record_follow_up(customer=customer, body="回访", next_contact_at=now + timedelta(days=7), actor=seller, at=now)

    told = [notify_due_reminders(at=now + timedelta(days=days)) for days in (6, 7, 8)]

    assert told == [0, 1, 0]
    assert Notification.objects.get().recipient == seller


def test_what_is_recorded_later_never_hides_a_newer_contact(customer: Customer, seller: User) -> None:
    now = timezone.now()
    record_follow_up(customer=customer, body="今天打的", actor=seller, at=now)

    record_follow_up(customer=customer, body="补记上周的", happened_at=now - timedelta(days=7), actor=seller, at=now)

    customer.refresh_from_db()
    assert customer.last_contact_at == now


def test_a_contact_on_an_opportunity_counts_for_its_customer(customer: Customer, seller: User) -> None:
    opportunity, now = OpportunityFactory(customer=customer, owner=seller), timezone.now()

    record_follow_up(opportunity=opportunity, body="报价了", actor=seller, at=now)

    customer.refresh_from_db()
    opportunity.refresh_from_db()
    assert (customer.last_contact_at, opportunity.last_contact_at) == (now, now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer": None},
        {"contact": "of another"},
        {"happened_at": timedelta(hours=1)},
        {"next_contact_at": timedelta(0)},
    ],
)
def test_what_makes_no_sense_is_refused(customer: Customer, seller: User, wrong: dict[str, Any]) -> None:
    now = timezone.now()
    values = {name: now + value if isinstance(value, timedelta) else value for name, value in wrong.items()}
    if "contact" in values:
        values["contact"] = ContactFactory()

    with pytest.raises(InvalidInput):
        record_follow_up(**{"customer": customer, "body": "好", "actor": seller, "at": now, **values})

    customer.refresh_from_db()
    assert (FollowUp.objects.count(), Reminder.objects.count(), customer.last_contact_at) == (0, 0, None)


def test_how_long_nobody_called_stands_in_the_list(customer: Customer, seller: User) -> None:
    now = timezone.now()
    Customer.objects.filter(pk=customer.pk).update(
        last_contact_at=now - timedelta(days=40), next_contact_at=now - timedelta(days=1)
    )
    recent = CustomerFactory(owner=seller, last_contact_at=now - timedelta(days=29))
    client = client_of(seller)
    url = reverse("crm:customer-list")

    page = client.get(url, headers={"accept-language": "en"}).content.decode()
    day = timezone.localdate(now - timedelta(days=30)).isoformat()
    silent = client.get(f"/api/crm/customers/?last_contact_at_before={day}").json()["results"]

    assert page.count("days silent") == 1
    assert "40 days silent" in page
    assert [each["id"] for each in silent] == [customer.pk]
    assert recent.pk not in {each["id"] for each in silent}


def test_who_writes_and_who_reads(customer: Customer, seller: User, roles: dict[str, Any]) -> None:
    stranger: User = UserFactory()
    stranger.groups.add(roles["salesperson"])
    FollowUpFactory(customer=customer, owner=seller)
    url = reverse("crm:customer-action", args=[customer.pk, "follow-up"])
    body = {"kind": "CALL", "body": "好"}

    pages = [client_of(user).post(url, body).status_code for user in (seller, stranger, UserFactory())]
    route = client_of(seller).post(
        f"/api/crm/customers/{customer.pk}/follow-up/", body, content_type="application/json"
    )
    created = client_of(seller).post(
        "/api/crm/follow-ups/", {"customer": customer.pk, **body}, content_type="application/json"
    )
    listed = [client_of(user).get("/api/crm/follow-ups/") for user in (seller, stranger)]

    assert pages == [302, 404, 403]
    assert (route.status_code, created.status_code) == (200, 201)
    assert [len(each.json()["results"]) for each in listed] == [4, 0]


# -- calling and writing in one click ----------------------------------------------------------


def reached(page: str) -> dict[str, str]:
    """What a page dials or writes to, with the form that it offers afterwards."""
    return {unescape(href): unescape(form) for href, form in REACHED.findall(page)}


def test_numbers_dial_and_the_form_comes_filled_in(customer: Customer, contact: Contact, seller: User) -> None:
    client = client_of(seller)
    page = client.get(customer.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    found = reached(page)

    form = client.get(found["tel:13800138000"], headers={"accept-language": "en"}).content.decode()

    address = reverse("crm:customer-action", args=[customer.pk, "follow-up"])
    assert found.keys() == {
        "tel:075586661234",
        "mailto:office@example.com",
        "tel:13800138000",
        "mailto:fang@example.com",
    }
    assert {each.split("?")[0] for each in found.values()} == {address}
    # The page offers the action itself, by which its script knows that the form may be opened.
    assert f'href="{address}"' in page
    assert '<option value="CALL" selected>' in form
    assert f'<option value="{contact.pk}" selected>' in form
    assert "Called 方可心." in form


def test_recording_what_was_offered_takes_one_click(customer: Customer, contact: Contact, seller: User) -> None:
    client = client_of(seller)
    page = client.get(contact.get_absolute_url()).content.decode()
    offered = reached(page)["mailto:fang@example.com"]
    form = client.get(offered).context["form"]

    # What the form holds is sent as it is.
    sent = client.post(offered, {"kind": form["kind"].value(), "body": form["body"].value()})

    follow_up = FollowUp.objects.get()
    assert sent.status_code == 302
    assert (follow_up.kind, follow_up.contact, follow_up.customer) == ("EMAIL", contact, customer)
    assert "方可心" in follow_up.body
    customer.refresh_from_db()
    assert customer.last_contact_at == follow_up.happened_at


def test_leads_are_called_too(seller: User) -> None:
    lead: Lead = LeadFactory(owner=seller, name="李先生", mobile="13911112222", email="li@example.com")
    client = client_of(seller)

    found = reached(client.get(lead.get_absolute_url()).content.decode())
    form = client.get(found["tel:13911112222"]).context["form"]
    sent = client.post(found["tel:13911112222"], {"kind": form["kind"].value(), "body": form["body"].value()})

    lead.refresh_from_db()
    assert found.keys() == {"tel:13911112222", "mailto:li@example.com"}
    assert (sent.status_code, lead.status) == (302, "CONTACTED")


def test_a_reader_is_offered_no_form(customer: Customer, contact: Contact, roles: dict[str, Any]) -> None:
    reader: User = UserFactory()
    reader.groups.add(roles["finance"])
    client = client_of(reader)

    page = client.get(customer.get_absolute_url()).content.decode()
    offered = reached(page)["tel:13800138000"]

    assert f'href="{offered.split("?")[0]}"' not in page
    assert client.get(offered).status_code == 403


def test_an_address_cannot_smuggle_anything_in(customer: Customer, seller: User) -> None:
    customer.party.phone = '"><script>alert(1)</script>'
    customer.party.email = 'x"onclick=alert(1)@example.com'
    customer.party.save()

    page = client_of(seller).get(customer.get_absolute_url()).content.decode()

    assert "<script>alert(1)" not in page
    assert '"onclick=' not in page
