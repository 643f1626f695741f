"""Quotations: versions, approval by discount and margin, comparison, copies, and paper in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone, translation

from crm.contracts.approving import (
    ApprovalNeeded,
    approve_quotation,
    reasons_for_approval,
    return_quotation,
    submit_quotation,
)
from crm.contracts.choices import QuotationStatus
from crm.contracts.comparing import Difference, LineValues, compare_lines
from crm.contracts.models import Quotation, QuotationLimit
from crm.contracts.quotations import (
    accept_quotation,
    copy_quotation,
    create_quotation,
    create_quotation_from_opportunity,
    expire_quotations,
    reject_quotation,
    revise_quotation,
    send_quotation,
    update_quotation,
)
from crm.customers.models import Customer
from crm.pipeline.models import Opportunity
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.models import DocumentLink
from suite.masters.models import Item
from tests.factories.crm import ContactFactory, CustomerFactory, OpportunityFactory, QuotationFactory
from tests.factories.crm_pipeline import OpportunityLineFactory, QuotationLimitFactory, RoleFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, TaxRateFactory
from tests.oa.kit import allow, browser

AT = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)
DRAFT, APPROVING = QuotationStatus.DRAFT, QuotationStatus.APPROVING
APPROVED, SENT = QuotationStatus.APPROVED, QuotationStatus.SENT
WORK = ["view", "add", "change", "export"]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Refusals are compared in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def seller(crm_on: None) -> User:
    user = allow(UserFactory(language="en"), Quotation, WORK, ScopeLevel.OWN)
    user = allow(allow(user, Customer, ["view"], ScopeLevel.OWN), Item, ["view"], ScopeLevel.ALL)
    return allow(user, Opportunity, ["view", "change"], ScopeLevel.OWN)


@pytest.fixture
def manager(crm_on: None) -> User:
    return allow(UserFactory(language="en"), Quotation, [*WORK, "approve", "view_margin"], ScopeLevel.ALL)


@pytest.fixture
def item(db: None) -> Item:
    made: Item = ItemFactory(
        name="65W 充电器",
        list_price=Decimal(100),
        reference_cost=Decimal(70),
        tax_code=TaxRateFactory().tax_code,
    )
    return made


def offer(seller: User, item: Item, discount: str = "0", **values: Any) -> Quotation:
    row = {"item": item, "quantity": Decimal(10), "discount_percent": Decimal(discount), **values}
    return create_quotation(customer=CustomerFactory(owner=seller), lines=[row], actor=seller, at=AT)


def status(quotation: Quotation) -> str:
    return Quotation.objects.get(pk=quotation.pk).status


# -- discount and margin -----------------------------------------------------------------------


def test_discount_and_margin_are_known_from_the_first_save(seller: User, item: Item) -> None:
    quotation = offer(seller, item, "12")

    row = Quotation.objects.get()
    # 880 without tax against 700
    assert quotation.cost_total == row.cost_total == Decimal("700.00")
    assert (row.max_discount_percent, row.margin_percent) == (Decimal(12), Decimal("20.45"))


def test_a_price_below_the_list_is_a_discount_too(seller: User, item: Item) -> None:
    quotation = offer(seller, item, "10", unit_price=Decimal(90))

    assert quotation.max_discount_percent == Decimal("19.00")


def test_the_discount_on_the_whole_counts_on_every_line(seller: User, item: Item) -> None:
    lines = [{"item": item, "quantity": Decimal(1)}, {"item": item, "discount_percent": Decimal(50)}]

    quotation = create_quotation(
        customer=CustomerFactory(owner=seller),
        discount_amount=Decimal("16.95"),
        lines=lines,
        actor=seller,
        at=AT,
    )

    # 16.95 of 169.50 are a tenth; half of nine tenths is left
    assert quotation.max_discount_percent == Decimal("55.00")
    assert (quotation.net_total, quotation.cost_total) == (Decimal("135.00"), Decimal("140.00"))
    assert quotation.margin_percent == Decimal("-3.70")


def test_without_a_cost_the_margin_is_unknown(seller: User, item: Item) -> None:
    other = ItemFactory(list_price=Decimal(10), reference_cost=None)
    lines = [{"item": item}, {"item": other}]

    quotation = create_quotation(customer=CustomerFactory(owner=seller), lines=lines, actor=seller, at=AT)

    assert (quotation.cost_total, quotation.margin_percent) == (None, None)


# -- limits ------------------------------------------------------------------------------------


def test_without_limits_nobody_is_asked(seller: User, item: Item) -> None:
    quotation = send_quotation(quotation=offer(seller, item, "90"), actor=seller, at=AT)

    assert quotation.status == SENT


def test_within_the_limits_it_is_sent_at_once(seller: User, item: Item) -> None:
    QuotationLimitFactory(role=None, max_discount_percent=Decimal(10), min_margin_percent=Decimal(15))

    assert send_quotation(quotation=offer(seller, item, "10"), actor=seller, at=AT).status == SENT


@pytest.mark.parametrize(
    ("discount", "reason"),
    [("11", "the discount of 11 % is more than 10 %"), ("9", "the margin is too small")],
)
def test_beyond_a_limit_it_is_not_sent(discount: str, reason: str, seller: User, item: Item) -> None:
    least = "15" if discount == "11" else "30"
    QuotationLimitFactory(role=None, max_discount_percent=Decimal(10), min_margin_percent=Decimal(least))
    quotation = offer(seller, item, discount)

    with pytest.raises(ApprovalNeeded, match=reason):
        send_quotation(quotation=quotation, actor=seller, at=AT)

    assert status(quotation) == DRAFT


def test_an_unknown_margin_needs_approval_unless_the_limit_lets_it_pass(seller: User) -> None:
    limit = QuotationLimitFactory(role=None, max_discount_percent=None, min_margin_percent=Decimal(15))
    quotation = offer(seller, ItemFactory(list_price=Decimal(100), reference_cost=None))

    strict = reasons_for_approval(quotation, seller)
    QuotationLimit.objects.filter(pk=limit.pk).update(is_unknown_margin_enough=True)

    assert strict == ["the margin is not known"]
    assert reasons_for_approval(quotation, seller) == []


def test_the_most_generous_of_several_roles_counts_before_that_of_everybody(seller: User, item: Item) -> None:
    roles = [RoleFactory(), RoleFactory()]
    QuotationLimitFactory(role=None, max_discount_percent=Decimal(90))
    QuotationLimitFactory(role=roles[0], max_discount_percent=Decimal(5))
    quotation = offer(seller, item, "20")

    general = reasons_for_approval(quotation, seller)
    seller.groups.add(roles[0])
    narrow = reasons_for_approval(quotation, seller)
    seller.groups.add(roles[1])
    QuotationLimitFactory(role=roles[1], max_discount_percent=Decimal(20))

    assert (general, narrow) == ([], ["the discount of 20 % is more than 5 %"])
    assert reasons_for_approval(quotation, seller) == []


def test_the_margin_is_named_only_to_those_who_may_see_it(manager: User, seller: User, item: Item) -> None:
    QuotationLimitFactory(role=None, max_discount_percent=None, min_margin_percent=Decimal(50))
    quotation = offer(seller, item)

    assert reasons_for_approval(quotation, seller) == ["the margin is too small"]
    assert reasons_for_approval(quotation, manager) == ["the margin of 30 % is less than 50 %"]


def test_limits_are_kept_on_pages_with_permission_only(seller: User) -> None:
    keeper = allow(UserFactory(language="en"), QuotationLimit, ["view", "add", "change"], ScopeLevel.ALL)
    client = browser(keeper)
    data = {"max_discount_percent": "10", "is_active": "on"}

    made = client.post("/crm/quotation-limits/new/", data)
    twice = client.post("/crm/quotation-limits/new/", data)
    empty = client.post("/crm/quotation-limits/new/", {"is_active": "on"})
    refused = browser(seller).get("/crm/quotation-limits/")

    assert (made.status_code, twice.status_code, empty.status_code, refused.status_code) == (302, 422, 422, 403)
    assert "This role has limits already." in twice.content.decode()
    assert "Enter a discount or a margin." in empty.content.decode()
    assert QuotationLimit.objects.get().max_discount_percent == Decimal(10)
    assert client.get("/api/crm/quotation-limits/").json()["results"][0]["max_discount_percent"] == "10.0000"


# -- approval ----------------------------------------------------------------------------------


@pytest.fixture
def beyond(seller: User, item: Item) -> Quotation:
    """A draft that goes beyond the limits."""
    QuotationLimitFactory(role=None, max_discount_percent=Decimal(10))
    return offer(seller, item, "20")


def test_submitted_waits_for_somebody_who_may_approve(beyond: Quotation, seller: User, manager: User) -> None:
    submit_quotation(quotation=beyond, actor=seller, at=AT)
    waiting = status(beyond)
    approve_quotation(quotation=beyond, actor=manager, at=AT)

    assert (waiting, status(beyond)) == (APPROVING, APPROVED)
    assert send_quotation(quotation=beyond, actor=seller, at=AT).status == SENT


def test_whoever_may_approve_needs_nobody_else(beyond: Quotation, manager: User) -> None:
    assert submit_quotation(quotation=beyond, actor=manager, at=AT).status == APPROVED


def test_within_the_limits_submitting_approves(seller: User, item: Item) -> None:
    QuotationLimitFactory(role=None, max_discount_percent=Decimal(10))

    assert submit_quotation(quotation=offer(seller, item), actor=seller, at=AT).status == APPROVED


def test_a_change_after_approval_asks_again(beyond: Quotation, seller: User, manager: User) -> None:
    submit_quotation(quotation=beyond, actor=seller, at=AT)
    approve_quotation(quotation=beyond, actor=manager, at=AT)
    line = beyond.lines.get()

    update_quotation(quotation=beyond, lines=[{"id": line.pk, "discount_percent": Decimal(30)}], actor=seller, at=AT)

    row = Quotation.objects.get()
    assert (row.status, row.max_discount_percent) == (DRAFT, Decimal(30))
    with pytest.raises(ApprovalNeeded):
        send_quotation(quotation=row, actor=seller, at=AT)


def test_while_somebody_decides_nothing_changes(beyond: Quotation, seller: User) -> None:
    submit_quotation(quotation=beyond, actor=seller, at=AT)
    row = {"id": beyond.lines.get().pk, "discount_percent": Decimal(0)}

    with pytest.raises(WrongState):
        update_quotation(quotation=beyond, lines=[row], actor=seller, at=AT)
    with pytest.raises(WrongState):
        revise_quotation(quotation=beyond, actor=seller, at=AT)
    with pytest.raises(WrongState):
        send_quotation(quotation=beyond, actor=seller, at=AT)

    assert (status(beyond), beyond.lines.get().discount_percent) == (APPROVING, Decimal(20))
    assert Quotation.objects.count() == 1


def test_sent_back_it_is_a_draft(beyond: Quotation, seller: User, manager: User) -> None:
    submit_quotation(quotation=beyond, actor=seller, at=AT)

    return_quotation(quotation=beyond, reason="折扣太大", actor=manager, at=AT)

    assert status(beyond) == DRAFT


def test_limits_and_costs_count_as_they_are_when_it_is_sent(seller: User, item: Item) -> None:
    QuotationLimitFactory(role=None, max_discount_percent=None, min_margin_percent=Decimal(15))
    quotation = offer(seller, item)
    Item.objects.update(reference_cost=Decimal(90))

    with pytest.raises(ApprovalNeeded):
        send_quotation(quotation=quotation, actor=seller, at=AT)

    assert status(quotation) == DRAFT


def test_page_and_api_refuse_what_is_not_approved(beyond: Quotation, seller: User, manager: User) -> None:
    selling, managing = browser(seller), browser(manager)
    page, api = f"/crm/quotations/{beyond.pk}/actions", f"/api/crm/quotations/{beyond.pk}"

    selling.post(f"{page}/send/")
    route = selling.post(f"{api}/send/")
    shown = selling.get(f"/crm/quotations/{beyond.pk}/").content.decode()
    approved_by_seller = selling.post(f"{api}/approve/")

    assert (route.status_code, status(beyond)) == (409, DRAFT)
    assert "Needs approval: the discount of 20 % is more than 10 %." in shown
    assert approved_by_seller.status_code == 403

    assert selling.post(f"{api}/submit/").json()["status"] == "APPROVING"
    assert managing.post(f"{api}/approve/").json()["status"] == "APPROVED"
    assert selling.post(f"{api}/send/").json()["status"] == "SENT"


# -- cost and margin are closed ----------------------------------------------------------------


def test_cost_and_margin_are_absent_without_the_permission(seller: User, manager: User, item: Item) -> None:
    quotation = offer(seller, item, "12")
    base = f"/crm/quotations/{quotation.pk}"

    def seen(user: User) -> dict[str, bool]:
        client = browser(user)
        client.post("/crm/quotations/columns/", {"columns": ["number", "cost_total", "margin_percent"]})
        file = client.get("/crm/quotations/export/?format=csv")
        texts = {
            "page": client.get(f"{base}/").content.decode(),
            "list": client.get("/crm/quotations/").content.decode(),
            "api": client.get(f"/api/crm/quotations/{quotation.pk}/").content.decode(),
            "file": b"".join(file.streaming_content).decode("utf-8-sig"),  # type: ignore[attr-defined]
            "paper": client.get(f"{base}/print/").content.decode(),
            "both": client.get(f"{base}/print/bilingual/").content.decode(),
            "history": client.get(f"{base}/history/").content.decode(),
        }
        found = {name: "700.00" in text or "20.45" in text for name, text in texts.items()}
        return {**found, "api": found["api"] or "margin_percent" in texts["api"]}

    assert seen(seller) == dict.fromkeys(("page", "list", "api", "file", "paper", "both", "history"), False)
    closed = {"paper": False, "both": False, "history": False}
    assert seen(manager) == {"page": True, "list": True, "api": True, "file": True, **closed}


# -- versions and copies -----------------------------------------------------------------------


def test_a_new_version_supersedes_the_present_one(seller: User, item: Item) -> None:
    first = send_quotation(quotation=offer(seller, item), actor=seller, at=AT)

    second = revise_quotation(quotation=first, actor=seller, at=AT)
    third = revise_quotation(quotation=second, actor=seller, at=AT)

    assert [status(each) for each in (first, second, third)] == ["SUPERSEDED", "SUPERSEDED", "DRAFT"]
    assert [each.revision for each in (second, third)] == [2, 3]
    assert {each.root_id for each in (second, third)} == {first.pk}
    assert (third.gross_total, third.margin_percent) == (Decimal("1130.00"), Decimal("30.00"))
    with pytest.raises(WrongState):
        revise_quotation(quotation=first, actor=seller, at=AT)
    assert Quotation.objects.count() == 3


def test_a_copy_is_an_offer_of_its_own(seller: User, item: Item) -> None:
    original = offer(seller, item, "5")
    Quotation.objects.update(contact=ContactFactory(customer=original.customer), title="充电器")
    other = CustomerFactory(owner=seller)

    same = copy_quotation(quotation=Quotation.objects.get(), actor=seller, at=AT)
    moved = copy_quotation(quotation=Quotation.objects.get(pk=original.pk), customer=other, actor=seller, at=AT)

    assert (same.root_id, same.revision, same.status, same.title) == (same.pk, 1, DRAFT, "充电器")
    assert (same.contact_id is not None, moved.contact_id) == (True, None)
    assert moved.customer == other
    assert [line.discount_percent for line in moved.lines.all()] == [Decimal(5)]
    assert status(original) == DRAFT


def test_expired_offers(seller: User, item: Item) -> None:
    sent = send_quotation(quotation=offer(seller, item), actor=seller, at=AT)
    late = AT + timedelta(days=31)
    draft = offer(seller, item)

    with pytest.raises(InvalidInput, match="expired"):
        send_quotation(quotation=draft, actor=seller, at=late)
    count = expire_quotations(at=late)

    assert sent.valid_until == date(2026, 12, 10)
    assert (count, status(sent), status(draft)) == (1, "EXPIRED", "DRAFT")


def test_accepted_and_declined(seller: User, item: Item) -> None:
    yes, no = (send_quotation(quotation=offer(seller, item), actor=seller, at=AT) for _n in range(2))

    accept_quotation(quotation=yes, actor=seller, at=AT)
    reject_quotation(quotation=no, reason="价格", actor=seller, at=AT)

    assert (status(yes), status(no)) == ("ACCEPTED", "REJECTED")
    with pytest.raises(WrongState):
        revise_quotation(quotation=yes, actor=seller, at=AT)


# -- from an opportunity -----------------------------------------------------------------------


def test_drawn_up_from_an_opportunity_with_its_products(seller: User, item: Item) -> None:
    opportunity = OpportunityFactory(customer=CustomerFactory(owner=seller), name="首单")
    OpportunityLineFactory(
        opportunity=opportunity, item=item, unit=item.base_unit, quantity=Decimal(4), unit_price=Decimal(95)
    )

    quotation = create_quotation_from_opportunity(opportunity=opportunity, actor=seller, at=AT)

    line = quotation.lines.get()
    assert (quotation.customer, quotation.opportunity, quotation.title) == (opportunity.customer, opportunity, "首单")
    assert (line.item, line.quantity, line.unit_price, line.tax_rate) == (item, Decimal(4), Decimal(95), Decimal(13))
    assert quotation.gross_total == Decimal("429.40")
    assert DocumentLink.objects.count() == 1


def test_without_products_or_after_the_end_nothing_is_drawn_up(seller: User) -> None:
    bare = OpportunityFactory(customer=CustomerFactory(owner=seller))

    with pytest.raises(InvalidInput, match="products"):
        create_quotation_from_opportunity(opportunity=bare, actor=seller, at=AT)

    assert not Quotation.objects.exists()


def test_button_and_form_begin_with_the_products(seller: User, item: Item) -> None:
    opportunity = OpportunityFactory(customer=CustomerFactory(owner=seller))
    OpportunityLineFactory(opportunity=opportunity, item=item, unit=item.base_unit, unit_price=Decimal("87.5"))
    client = browser(seller)

    form = client.get(f"/crm/quotations/new/?opportunity={opportunity.pk}").content.decode()
    posted = client.post(f"/crm/opportunities/{opportunity.pk}/actions/quotation/")

    quotation = Quotation.objects.get()
    assert "87.5" in form
    assert posted["Location"] == f"/crm/quotations/{quotation.pk}/"
    assert quotation.net_total == Decimal("87.50")


# -- versions side by side ---------------------------------------------------------------------


def values(key: str, quantity: str = "1", price: str = "10") -> LineValues:
    net = Decimal(quantity) * Decimal(price)
    zero = Decimal(0)
    return LineValues(key, key, key, Decimal(quantity), "PCS", Decimal(price), zero, zero, net)


def test_lines_are_compared_by_what_they_are_about() -> None:
    old = [values("A"), values("B", "2"), values("A", "5"), values("C")]
    new = [values("B", "2", "9"), values("A"), values("D"), values("A", "6")]

    found = compare_lines(old, new)

    assert [(each.kind, each.shown.key, each.change) for each in found] == [
        (Difference.CHANGED, "B", Decimal(-2)),
        (Difference.SAME, "A", Decimal(0)),
        (Difference.ADDED, "D", Decimal(10)),
        (Difference.CHANGED, "A", Decimal(10)),
        (Difference.REMOVED, "C", Decimal(-10)),
    ]
    assert found[0].changed == {"unit_price", "net_amount"}


@pytest.fixture
def two_versions(seller: User, item: Item) -> tuple[Quotation, Quotation]:
    first = offer(seller, item)
    second = revise_quotation(quotation=first, actor=seller, at=AT)
    line = second.lines.get()
    rows = [{"id": line.pk, "unit_price": Decimal(95)}, {"description": "模具费", "unit_price": Decimal(300)}]
    second = update_quotation(quotation=second, lines=rows, valid_until=date(2026, 12, 31), actor=seller, at=AT)
    return first, second


def test_versions_on_the_page(two_versions: tuple[Quotation, Quotation], seller: User) -> None:
    first, second = two_versions
    client = browser(seller)

    detail = client.get(f"/crm/quotations/{second.pk}/").content.decode()
    html = client.get(f"/crm/quotations/{second.pk}/compare/").content.decode()

    assert f"/crm/quotations/{second.pk}/compare/?with={first.pk}" in detail
    assert "Version 1 and version 2" in html
    assert "<b>95</b>" in html
    assert "模具费" in html
    assert "+250.00" in html


def test_versions_in_the_api(two_versions: tuple[Quotation, Quotation], seller: User) -> None:
    first, second = two_versions

    body = browser(seller).get(f"/api/crm/quotation-versions/{first.pk}/?with={second.pk}").json()

    assert (body["old"]["revision"], body["new"]["revision"]) == (1, 2)
    assert [(line["kind"], line["change"]) for line in body["lines"]] == [("CHANGED", "-50.00"), ("ADDED", "300.00")]
    assert body["changed_terms"] == ["valid_until"]
    assert body["totals"]["net_total"] == {"old": "1000.00", "new": "1250.00", "change": "250.00"}


def test_versions_of_others_are_hidden(two_versions: tuple[Quotation, Quotation], seller: User) -> None:
    second = two_versions[1]
    stranger = browser(allow(UserFactory(), Quotation, ["view"], ScopeLevel.OWN))
    nobody = browser(UserFactory())
    alien = QuotationFactory(owner=seller)

    urls = [f"/crm/quotations/{second.pk}/compare/", f"/api/crm/quotation-versions/{second.pk}/"]
    assert [stranger.get(url).status_code for url in urls] == [404, 404]
    assert [nobody.get(url).status_code for url in urls] == [403, 403]
    assert browser(seller).get(f"{urls[0]}?with={alien.pk}").status_code == 404


# -- paper -------------------------------------------------------------------------------------


def test_paper_in_each_language(seller: User, item: Item) -> None:
    quotation = offer(seller, item)
    client = browser(seller)
    url = f"/crm/quotations/{quotation.pk}/print/"

    chinese = client.get(f"{url}?language=zh-hans").content.decode()
    english = client.get(f"{url}?language=en").content.decode()

    assert "人民币壹仟壹佰叁拾元整" in chinese
    assert "人民币" not in english
    assert "This offer holds until 2026-12-10." in english
    assert "Unit prices are without tax." in english
    assert "Draft, not released yet" not in english


def test_paper_in_both_languages(seller: User, item: Item) -> None:
    quotation = offer(seller, item)
    client = browser(seller)

    html = client.get(f"/crm/quotations/{quotation.pk}/print/bilingual/").content.decode()
    detail = client.get(f"/crm/quotations/{quotation.pk}/").content.decode()

    assert "人民币壹仟壹佰叁拾元整" in html
    assert '<span class="t-2" lang="en">Valid until</span>' in html
    assert '<span lang="zh-Hans">有效期至</span>' in html
    assert "This offer holds until 2026-12-10." in html
    assert f"/crm/quotations/{quotation.pk}/print/bilingual/" in detail


def test_paper_of_what_is_not_approved_says_so(beyond: Quotation, seller: User, manager: User) -> None:
    client = browser(seller)
    urls = [f"/crm/quotations/{beyond.pk}/print/{tail}?language=en" for tail in ("", "bilingual/")]

    drafts = [client.get(url).content.decode() for url in urls]
    submit_quotation(quotation=beyond, actor=manager, at=timezone.now())
    released = [client.get(url).content.decode() for url in urls]

    assert ["Draft, not released yet" in html for html in (*drafts, *released)] == [True, True, False, False]
