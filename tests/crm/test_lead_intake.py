"""Lead with source, import, conversion exactly once: page, API, permission, web site."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from crm.customers.choices import LeadStatus
from crm.customers.importing import import_leads
from crm.customers.models import Contact, Customer, FollowUp, Lead, Source
from crm.customers.services import convert_lead, create_customer, create_lead, record_follow_up
from crm.events import LeadsCreated
from crm.pipeline.models import Opportunity
from suite import events
from suite.activity.models import Notification
from suite.core.errors import WrongState
from tests.crm.kit import Sales, open_crm, signed_in, with_token
from tests.factories.crm import LeadFactory

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
WEB = "/api/crm/web-leads/"


@pytest.fixture
def sales(db: None) -> Sales:
    return open_crm(AT)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[LeadsCreated]:
    """What other systems are told of leads."""
    heard: list[LeadsCreated] = []

    def listen(event: LeadsCreated) -> None:
        heard.append(event)

    listen.__module__ = "crm.receivers"
    monkeypatch.setitem(events.receivers, LeadsCreated, [events.Receiver(listen, 1, False)])
    return heard


@pytest.fixture
def site(sales: Sales, settings: Any) -> dict[str, str]:
    settings.WEB_LEAD_KEY, settings.WEB_LEAD_OWNER = "key-of-the-site", sales.seller.username
    return {"X-Lead-Key": "key-of-the-site"}


# -- page and API ------------------------------------------------------------------------------


def test_a_lead_is_entered_on_the_page_with_its_source(sales: Sales, told: list[LeadsCreated]) -> None:
    source = Source.objects.get(code="FAIR")
    values = {"name": "方可心", "mobile": "13800138000", "source": source.pk, "owner": sales.seller.pk}

    answer = signed_in(sales.seller).post(reverse("crm:lead-create"), values)

    lead = Lead.objects.get()
    assert answer.status_code == 302
    assert (lead.source, lead.owner, lead.status) == (source, sales.seller, LeadStatus.NEW)
    assert told == [LeadsCreated(lead_pks=(lead.pk,))]


def test_a_program_enters_a_lead_with_a_token_once(sales: Sales, client: Any) -> None:
    headers = {**with_token(sales.seller), "Idempotency-Key": "site-1"}
    body = {"name": "方可心", "mobile": "13800138000", "owner": sales.seller.pk, "estimated_amount": "1200.50"}

    made = client.post("/api/crm/leads/", body, content_type="application/json", headers=headers)
    again = client.post("/api/crm/leads/", body, content_type="application/json", headers=headers)
    anonymous = client.post("/api/crm/leads/", body, content_type="application/json")

    assert (made.status_code, again.status_code, anonymous.status_code) == (201, 201, 401)
    assert again["Idempotent-Replay"] == "true"
    assert made.json()["number"] == Lead.objects.get().number
    assert Lead.objects.get().estimated_amount == Decimal("1200.50")


def test_leads_of_colleagues_are_hidden(sales: Sales, client: Any) -> None:
    lead = LeadFactory(owner=sales.colleague)

    page = signed_in(sales.seller).get(lead.get_absolute_url())
    by_api = client.get(f"/api/crm/leads/{lead.pk}/", headers=with_token(sales.seller))
    entering = signed_in(sales.administrator).get(reverse("crm:lead-create"))

    assert (page.status_code, by_api.status_code, entering.status_code) == (404, 404, 403)


def test_an_import_tells_of_all_its_leads_at_once(sales: Sales, told: list[LeadsCreated]) -> None:
    source = Source.objects.get(code="IMPORT")
    rows = [{"_row": n, "name": f"线索{n}", "mobile": f"1380013800{n}", "source": source} for n in (2, 3)]

    result = import_leads(rows=rows, actor=sales.seller, at=AT)

    assert (result["created"], result["warnings"]) == (2, {})
    assert list(Lead.objects.values_list("source__code", flat=True)) == ["IMPORT", "IMPORT"]
    assert told == [LeadsCreated(lead_pks=tuple(Lead.objects.order_by("pk").values_list("pk", flat=True)))]


# -- conversion --------------------------------------------------------------------------------


def test_a_conversion_takes_everything_along_once(sales: Sales) -> None:
    source = Source.objects.get(code="WEB")
    lead = create_lead(
        name="方可心", company_name="启岳数码", mobile="13800138000", source=source, actor=sales.seller, at=AT
    )
    record_follow_up(lead=lead, body="要样品", happened_at=AT, actor=sales.seller, at=AT)

    customer = convert_lead(lead=lead, opportunity_name="首单", amount=Decimal(5000), actor=sales.seller, at=AT)
    with pytest.raises(WrongState):
        convert_lead(lead=lead, actor=sales.seller, at=AT)

    lead.refresh_from_db()
    assert (lead.status, lead.customer, lead.converted_at) == (LeadStatus.CONVERTED, customer, AT)
    assert (customer.party.name, customer.source, customer.owner) == ("启岳数码", source, sales.seller)
    assert Contact.objects.get().person.mobile_norm == "13800138000"
    assert Opportunity.objects.get().amount == Decimal("5000.00")
    assert FollowUp.objects.get().customer == customer
    assert Customer.objects.count() == 1


def test_a_conversion_is_a_page_and_a_route(sales: Sales, client: Any) -> None:
    first, second = (LeadFactory(owner=sales.seller, company_name=name) for name in ("启岳数码", "汇联科技"))
    page = reverse("crm:lead-action", args=(first.pk, "convert"))

    by_page = signed_in(sales.seller).post(page, {"customer_name": "启岳数码"})
    by_api = client.post(
        f"/api/crm/leads/{second.pk}/convert/",
        {"customer_name": "汇联科技"},
        content_type="application/json",
        headers=with_token(sales.seller),
    )
    twice = client.post(
        f"/api/crm/leads/{second.pk}/convert/",
        {},
        content_type="application/json",
        headers=with_token(sales.seller),
    )

    assert (by_page.status_code, by_api.status_code, twice.status_code) == (302, 200, 409)
    assert sorted(Customer.objects.values_list("party__name", flat=True)) == ["启岳数码", "汇联科技"]


def test_a_conversion_warns_of_a_customer_that_is_there(sales: Sales) -> None:
    create_customer(name="启岳数码有限公司", actor=sales.colleague, at=AT)
    lead = LeadFactory(owner=sales.seller, company_name="启岳数码")
    url = reverse("crm:lead-action", args=(lead.pk, "convert"))

    warned = signed_in(sales.seller).post(url, {"customer_name": "启岳数码"})
    made = signed_in(sales.seller).post(url, {"customer_name": "启岳数码", "duplicate_reason": "另一家"})

    assert warned.status_code == 422
    assert '<textarea name="duplicate_reason"' in warned.content.decode()
    assert made.status_code == 302
    assert Customer.objects.count() == 2


# -- the web site ------------------------------------------------------------------------------


def test_the_web_site_brings_a_lead(site: dict[str, str], sales: Sales, client: Any, told: list[LeadsCreated]) -> None:
    body = {"name": "访客", "mobile": "13800138000", "requirement": "65W 充电器 5000 个"}

    answer = client.post(WEB, body, content_type="application/json", headers=site)

    lead = Lead.objects.get()
    assert (answer.status_code, answer.json()) == (201, {"number": lead.number})
    assert (lead.owner, lead.source.code, lead.created_by) == (sales.seller, "WEB", None)
    assert told == [LeadsCreated(lead_pks=(lead.pk,))]


def test_who_asks_again_makes_no_second_lead_but_is_heard(site: dict[str, str], sales: Sales, client: Any) -> None:
    customer = create_customer(name="启岳数码", phone="13800138000", actor=sales.colleague, at=AT)
    body = {"name": "访客", "mobile": "+86 138-0013-8000", "requirement": "还要 2000 个"}

    answer = client.post(WEB, body, content_type="application/json", headers=site)

    assert (answer.status_code, answer.json()) == (202, {"number": None})
    assert Lead.objects.count() == 0
    notice = Notification.objects.get()
    assert (notice.recipient, notice.url) == (sales.colleague, customer.get_absolute_url())
    assert "还要 2000 个" in notice.body


def test_a_similar_name_from_the_web_site_is_kept_as_a_lead(site: dict[str, str], sales: Sales, client: Any) -> None:
    create_customer(name="启岳数码有限公司", actor=sales.colleague, at=AT)
    body = {"name": "访客", "company_name": "启岳数码", "email": "new@example.com"}

    answer = client.post(WEB, body, content_type="application/json", headers=site)

    assert answer.status_code == 201
    assert Lead.objects.get().company_name == "启岳数码"


@pytest.mark.parametrize(
    ("key", "extra", "status"),
    [("wrong", {}, 403), ("key-of-the-site", {"mobile": ""}, 400), ("key-of-the-site", {"website": "spam"}, 201)],
)
def test_what_the_web_site_must_not_bring(
    site: dict[str, str], client: Any, key: str, extra: dict[str, str], status: int
) -> None:
    body = {"name": "访客", "mobile": "13800138000", **extra}

    answer = client.post(WEB, body, content_type="application/json", headers={"X-Lead-Key": key})

    assert answer.status_code == status
    assert Lead.objects.count() == 0
