"""Campaigns: costs, members, what they brought, and who may see what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.campaigns import services
from crm.campaigns.attribution import CAMPAIGN, credited_to
from crm.campaigns.choices import CampaignStatus, Response
from crm.campaigns.models import Campaign, CampaignCost, CampaignMember
from crm.campaigns.selectors import result_of, warned_items
from crm.contracts.models import Contract, Receipt
from crm.customers.importing import import_leads
from crm.customers.models import Lead
from crm.customers.services import convert_lead, create_lead, update_lead
from crm.insights import stock
from crm.pipeline.models import Opportunity
from suite.core.errors import InvalidInput, WrongState
from tests.factories.crm import ContactFactory, CustomerFactory, LeadFactory, OpportunityFactory, SourceFactory
from tests.factories.crm_campaigns import CampaignCostFactory, CampaignFactory, CampaignMemberFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory
from tests.kit.selling import AT, Team, ask, assert_rows_make_figures, make_team, pay, sign, table

pytestmark = pytest.mark.django_db
YEAR = {"period": "year", "on": "2026-03-15"}


@pytest.fixture
def team(monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.setattr(timezone, "now", lambda: AT)
    return make_team()


def day(number: int) -> datetime:
    """A moment of March 2026."""
    return datetime(2026, 3, 1, 2, tzinfo=UTC) + timedelta(days=number - 1)


def fair(team: Team, name: str = "广交会", cost: int = 0, **more: Any) -> Campaign:
    found: Campaign = CampaignFactory(name=name, company=team.company, owner=team.mei, **more)
    if cost:
        CampaignCostFactory(campaign=found, amount=D(cost))
    return found


def reached(campaign: Campaign, owner: Any, at: datetime, **more: Any) -> Any:
    """A customer that a campaign reached."""
    customer = CustomerFactory(owner=owner, company=campaign.company)
    CampaignMemberFactory(campaign=campaign, customer=customer, account=customer, joined_at=at, **more)
    return customer


def chance(customer: Any, at: datetime, **more: Any) -> Opportunity:
    found: Opportunity = OpportunityFactory(customer=customer, created_at=at, **more)
    return found


# -- planning ------------------------------------------------------------------------------------


def test_a_campaign_with_costs_and_items(team: Team) -> None:
    item = ItemFactory()

    campaign = services.create_campaign(
        name=" 春季展 ",
        kind="EXHIBITION",
        starts_on=date(2026, 4, 1),
        ends_on=date(2026, 4, 3),
        budget=D(30000),
        expected_leads=50,
        items=[item],
        lines=[{"id": None, "spent_on": date(2026, 3, 20), "kind": "VENUE", "description": "展位", "amount": D(12000)}],
        actor=team.mei,
        at=AT,
    )

    assert campaign.number.startswith("MA2026")
    assert (campaign.name, campaign.owner, campaign.status) == ("春季展", team.mei, CampaignStatus.PLANNED)
    assert list(campaign.items.all()) == [item]
    assert [(cost.kind, cost.amount) for cost in campaign.costs.all()] == [("VENUE", D(12000))]


def test_costs_are_changed_added_and_removed(team: Team) -> None:
    campaign = fair(team)
    kept, gone = CampaignCostFactory(campaign=campaign), CampaignCostFactory(campaign=campaign)
    new = {"id": None, "spent_on": date(2026, 3, 2), "kind": "GIFT", "description": "礼品", "amount": D(80)}

    services.update_campaign(
        campaign=campaign, lines=[{"id": kept.pk, "amount": D(500)}, new], name="改名", actor=team.mei, at=AT
    )

    assert [(cost.pk == kept.pk, cost.amount) for cost in campaign.costs.all()] == [(True, D(500)), (False, D(80))]
    assert not CampaignCost.objects.filter(pk=gone.pk).exists()
    assert Campaign.objects.get(pk=campaign.pk).name == "改名"


def test_a_campaign_does_not_end_before_it_starts(team: Team) -> None:
    with pytest.raises(ValidationError):
        services.create_campaign(
            name="倒错", starts_on=date(2026, 4, 3), ends_on=date(2026, 4, 1), actor=team.mei, at=AT
        )

    assert not Campaign.objects.exists()


def test_states_follow_each_other(team: Team) -> None:
    campaign = fair(team)

    services.start_campaign(campaign=campaign, actor=team.mei, at=AT)
    services.finish_campaign(campaign=campaign, actor=team.mei, at=AT)
    services.reopen_campaign(campaign=campaign, actor=team.mei, at=AT)
    services.cancel_campaign(campaign=campaign, reason="停办", actor=team.mei, at=AT)

    with pytest.raises(WrongState):
        services.start_campaign(campaign=campaign, actor=team.mei, at=AT)
    with pytest.raises(WrongState):
        services.update_campaign(campaign=campaign, name="新名", actor=team.mei, at=AT)
    assert (Campaign.objects.get().status, Campaign.objects.get().name) == ("CANCELLED", "广交会")


# -- members -------------------------------------------------------------------------------------


def test_members_are_added_once(team: Team) -> None:
    campaign, lead, contact = fair(team), LeadFactory(owner=team.ann), ContactFactory()
    customer = CustomerFactory(owner=team.ann)

    def add() -> int:
        return services.add_members(
            campaign=campaign, leads=[lead], customers=[customer], contacts=[contact], actor=team.mei, at=AT
        )

    assert (add(), add()) == (3, 0)
    assert {(str(m), m.account) for m in campaign.members.all()} == {
        (str(lead), None),
        (str(customer), customer),
        (str(contact), contact.customer),
    }


def test_a_member_is_one_of_three(team: Team) -> None:
    campaign, lead, customer = fair(team), LeadFactory(), CustomerFactory()

    for named in ({}, {"lead": lead, "customer": customer}):
        with pytest.raises(InvalidInput):
            services.create_member(campaign=campaign, **named, actor=team.mei, at=AT)
    services.create_member(campaign=campaign, lead=lead, note="老客介绍", actor=team.mei, at=AT)
    with pytest.raises(InvalidInput):
        services.create_member(campaign=campaign, lead=lead, actor=team.mei, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        CampaignMember.objects.create(campaign=campaign, lead=lead, customer=customer, account=customer)

    assert [m.note for m in campaign.members.all()] == ["老客介绍"]


def test_the_first_answer_keeps_its_day(team: Team) -> None:
    member = CampaignMemberFactory(campaign=fair(team))

    services.record_response(campaignmember=member, response=Response.RESPONDED, actor=team.mei, at=day(3))
    services.record_response(campaignmember=member, response=Response.ATTENDED, actor=team.mei, at=day(9))

    found = CampaignMember.objects.get()
    assert (found.response, found.responded_at) == ("ATTENDED", day(3))


def test_nobody_joins_a_cancelled_campaign(team: Team) -> None:
    campaign = services.cancel_campaign(campaign=fair(team), reason="停办", actor=team.mei, at=AT)

    with pytest.raises(WrongState):
        services.add_members(campaign=campaign, leads=[LeadFactory()], actor=team.mei, at=AT)
    with pytest.raises(WrongState):
        create_lead(name="王先生", campaign=campaign, actor=team.ann, at=AT)

    assert (CampaignMember.objects.count(), Lead.objects.filter(name="王先生").count()) == (0, 0)


def test_a_lead_with_campaign_is_a_member_and_has_its_source(team: Team) -> None:
    source = SourceFactory()
    campaign = fair(team, source=source)

    lead = create_lead(name="王先生", campaign=campaign, actor=team.ann, at=AT)
    late = create_lead(name="李女士", actor=team.ann, at=AT)
    update_lead(lead=late, campaign=campaign, actor=team.ann, at=AT)

    assert lead.source == source
    assert {(m.lead, m.response) for m in campaign.members.all()} == {(lead, "RESPONDED"), (late, "RESPONDED")}


def test_imported_leads_join_their_campaign(team: Team) -> None:
    source = SourceFactory()
    campaign = fair(team, source=source)
    rows = [
        {"_row": 2, "name": "赵一", "mobile": "13800000001", "campaign": campaign},
        {"_row": 3, "name": "钱二", "mobile": "13800000002"},
    ]

    import_leads(rows=rows, actor=team.ann, at=AT)

    assert [str(m) for m in campaign.members.all()] == ["赵一"]
    assert Lead.objects.get(name="赵一").source == source


def test_web_leads_name_their_campaign(team: Team, settings: Any, client: Any) -> None:
    settings.WEB_LEAD_KEY, settings.WEB_LEAD_OWNER = "secret", team.ann.username
    campaign = fair(team)
    body = {"name": "孙三", "mobile": "13800000003", "campaign": campaign.number}
    headers = {"X-Lead-Key": "secret"}

    answer = client.post("/api/crm/web-leads/", body, content_type="application/json", headers=headers)
    unknown = client.post(
        "/api/crm/web-leads/",
        {**body, "mobile": "13800000004", "campaign": "MA0"},
        content_type="application/json",
        headers=headers,
    )

    assert (answer.status_code, unknown.status_code) == (201, 201)
    assert [lead.campaign for lead in Lead.objects.order_by("pk")] == [campaign, None]


def test_conversion_lets_the_member_stand_for_the_customer(team: Team) -> None:
    campaign = fair(team)
    lead = create_lead(name="王先生", campaign=campaign, actor=team.ann, at=day(2))

    customer = convert_lead(lead=lead, opportunity_name="首单", actor=team.ann, at=day(4))

    assert campaign.members.get().account == customer
    assert credited_to(Opportunity.objects.all(), Campaign.objects.all()).get().name == "首单"


# -- what is credited ----------------------------------------------------------------------------


def test_the_last_campaign_before_the_opportunity_is_credited(team: Team) -> None:
    first, second, third = fair(team, "一"), fair(team, "二"), fair(team, "三")
    customer = reached(first, team.ann, day(1))
    for campaign, at in ((second, day(5)), (third, day(9))):
        CampaignMemberFactory(campaign=campaign, customer=customer, account=customer, joined_at=at)
    early, middle = chance(customer, day(1)), chance(customer, day(7))
    unreached = chance(CustomerFactory(owner=team.ann), day(7))

    found = credited_to(Opportunity.objects.all(), Campaign.objects.all())

    assert set(found.values_list("pk", CAMPAIGN)) == {(early.pk, first.pk), (middle.pk, second.pk)}
    assert unreached not in found


def test_joining_after_the_opportunity_or_declining_earns_nothing(team: Team) -> None:
    late = reached(fair(team, "晚"), team.ann, day(8))
    declined = reached(fair(team, "拒"), team.ann, day(1), response=Response.DECLINED)
    chance(late, day(7))
    chance(declined, day(7))

    assert not credited_to(Opportunity.objects.all(), Campaign.objects.all()).exists()


def test_each_amount_is_credited_once(team: Team) -> None:
    """A contract follows its opportunity, a receipt its contract; without opportunity its own beginning counts."""
    first, second = fair(team, "一"), fair(team, "二")
    customer = reached(first, team.ann, day(1))
    CampaignMemberFactory(campaign=second, customer=customer, account=customer, joined_at=day(5))
    contact = ContactFactory(customer=customer)
    CampaignMemberFactory(campaign=second, customer=None, contact=contact, account=customer, joined_at=day(6))
    of_first = sign(team.ann, customer, 700, date(2026, 3, 9), opportunity=chance(customer, day(3)))
    of_second = sign(team.ann, customer, 300, date(2026, 3, 9), created_at=day(8))
    money = pay(of_first, 100, date(2026, 3, 10))

    contracts = credited_to(Contract.objects.all(), Campaign.objects.all())
    receipts = credited_to(Receipt.objects.all(), Campaign.objects.all())

    assert sorted(contracts.values_list("pk", CAMPAIGN)) == [(of_first.pk, first.pk), (of_second.pk, second.pk)]
    assert list(receipts.values_list("pk", CAMPAIGN)) == [(money.pk, first.pk)]


def test_result_and_report_say_the_same(team: Team) -> None:
    campaign = fair(team, cost=2000)
    CampaignCostFactory(campaign=campaign, amount=D(500))
    other = fair(team, "另一场", cost=100)
    lead = create_lead(name="王先生", campaign=campaign, owner=team.ann, actor=team.mei, at=day(2))
    create_lead(name="李女士", campaign=campaign, owner=team.ann, actor=team.mei, at=day(2))
    customer = convert_lead(lead=lead, opportunity_name="首单", actor=team.ann, at=day(3))
    contract = sign(team.ann, customer, 10000, date(2026, 3, 9), opportunity=Opportunity.objects.get())
    pay(contract, 4000, date(2026, 3, 10))

    result = result_of(campaign, user=team.boss)
    _report, _asked, answer = ask("crm.campaign_roi", team.boss, **YEAR)

    assert (result.won, result.cost, result.roi, result.cost_per_lead) == (10000, 2500, D(300), D(1250))
    columns = ("cost", "leads", "converted", "conversion", "cost_per_lead", "won", "receipts", "roi")
    assert table(answer, *columns) == {
        campaign.name: (D(2500), 2, 1, D(50), D(1250), D(10000), D(4000), D(300)),
        other.name: (D(100), 0, 0, None, None, D(0), D(0), D(-100)),
    }
    assert answer.totals["roi"] == (D(10000) - D(2600)) / D(2600) * 100
    assert assert_rows_make_figures("crm.campaign_roi", team.boss, **YEAR) > 10


def test_report_of_one_kind(team: Team) -> None:
    fair(team, "展会", cost=1)
    fair(team, "直邮", cost=2, kind="MAILING")
    fair(team, "去年", cost=3, starts_on=date(2025, 3, 1), ends_on=date(2025, 3, 2))

    _report, _asked, answer = ask("crm.campaign_roi", team.boss, **YEAR, kind="MAILING")

    assert table(answer, "cost") == {"直邮": (D(2),)}


def test_costs_of_campaigns_stand_in_the_report_of_sources(team: Team) -> None:
    source = SourceFactory(name="展会")
    campaign = fair(team, cost=900, source=source)
    create_lead(name="王先生", campaign=campaign, actor=team.ann, at=day(2))

    _report, _asked, answer = ask("crm.sources", team.boss, period="month", on="2026-03-15")

    assert table(answer, "leads", "cost", "cost_per_lead") == {"展会": (1, D(900), D(900))}


def test_promoted_items_carry_the_warning_of_stock(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    short, plenty = ItemFactory(), ItemFactory()
    campaign = fair(team)
    campaign.items.set([short, plenty])
    monkeypatch.setattr(stock, "promotion_warnings", lambda items, company, at: {short.pk: "别再大力促销"})

    page = team.as_user(team.mei).get(campaign.get_absolute_url()).content.decode()

    assert dict(warned_items(campaign)) == {short: "别再大力促销", plenty: ""}
    assert page.count("别再大力促销") == 1


# -- pages, routes, permissions ------------------------------------------------------------------


def test_page_creates_a_campaign_with_costs(team: Team) -> None:
    data = {
        "name": "春季展", "kind": "EXHIBITION", "starts_on": "2026-04-01", "ends_on": "2026-04-03", "budget": "30000",
        "expected_leads": "50", "owner": team.mei.pk, "costs-TOTAL_FORMS": "1",
        "costs-INITIAL_FORMS": "0", "costs-0-spent_on": "2026-03-20", "costs-0-kind": "VENUE", "costs-0-amount": "9000",
    }  # fmt: skip

    created = team.as_user(team.mei).post("/crm/campaigns/new/", data)
    refused = team.as_user(team.ann).post("/crm/campaigns/new/", data)

    assert (created.status_code, refused.status_code) == (302, 403)
    assert Campaign.objects.get().costs.get().amount == 9000


def test_selected_leads_join_from_their_list_and_by_the_api(team: Team) -> None:
    campaign = fair(team)
    leads = [LeadFactory(owner=team.ann, company=team.company) for _number in range(3)]
    client = team.as_user(team.ann)
    answer = {"campaign": campaign.pk, "response": "ATTENDED"}

    one = client.post(f"/api/crm/leads/{leads[0].pk}/campaign/", answer, content_type="application/json")
    foreign = LeadFactory(owner=team.eve, company=team.company)
    refused = client.post(f"/api/crm/leads/{foreign.pk}/campaign/", answer, content_type="application/json")

    assert (one.status_code, refused.status_code) == (200, 404)
    assert [(m.lead, m.response) for m in campaign.members.all()] == [(leads[0], "ATTENDED")]


def test_api_lists_campaigns_and_creates_leads_with_one(team: Team) -> None:
    campaign = fair(team)
    client = team.as_user(team.ann)

    listed = client.get("/api/crm/campaigns/").json()
    lead = client.post(
        "/api/crm/leads/",
        {"name": "王先生", "owner": team.ann.pk, "campaign": campaign.pk},
        content_type="application/json",
    )

    assert [row["id"] for row in listed["results"]] == [campaign.pk]
    assert lead.status_code == 201, lead.content
    assert campaign.members.get().lead.name == "王先生"


def test_costs_are_not_for_everybody(team: Team) -> None:
    campaign = fair(team, cost=12321)
    ann, nobody = team.as_user(team.ann), team.as_user(UserFactory())

    page = ann.get(campaign.get_absolute_url())

    assert page.status_code == 200
    assert "12,321" not in page.content.decode()
    assert result_of(campaign, user=team.ann).cost is None
    assert ann.get("/reports/crm.campaign_roi/").status_code == 403
    assert ann.get("/api/reports/crm.campaign_roi/").status_code == 403
    assert ann.get("/api/crm/campaign-costs/").status_code == 403
    assert nobody.get("/crm/campaigns/").status_code == 403
    assert nobody.get("/api/crm/campaigns/").status_code == 403
