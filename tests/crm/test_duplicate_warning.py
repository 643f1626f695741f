"""Duplicate warning on entry 查重: page, API, permission, conversion, import, looking somebody up."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import models, transaction
from django.urls import reverse

from crm.customers.importing import import_customers, import_leads
from crm.customers.models import Contact, Customer, Lead
from crm.customers.services import convert_lead, create_contact, create_customer, create_lead, update_lead
from crm.duplicates.choices import MatchEffect, MatchField, PairStatus, RecordKind
from crm.duplicates.errors import DuplicateBlocked, DuplicateSuspected
from crm.duplicates.lookalikes import lookalikes
from crm.duplicates.models import DuplicateDecision, DuplicatePair, DuplicateRule
from crm.duplicates.nightly import fill_missing_keys, find_pairs
from crm.duplicates.rules import Entered, keys_of, mask
from crm.duplicates.services import dismiss_pair
from suite.core.errors import InvalidInput, WrongState
from suite.masters.models import Party
from suite.masters.normalize import core_name, name_similarity
from suite.pages.exchange.errors import RowErrors
from tests.crm.kit import Sales, open_crm, signed_in, with_token
from tests.factories.crm import CustomerFactory, LeadFactory

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LANTUO = "深圳市蓝拓电子科技有限公司"
ALIKE = "深圳蓝拓电子科持股份有限公司"


@pytest.fixture
def sales(db: None) -> Sales:
    return open_crm(AT)


@pytest.fixture
def known(sales: Sales) -> Customer:
    """A customer of the colleague that the seller does not see."""
    return create_customer(name=LANTUO, phone="138 0013 8000", actor=sales.colleague, at=AT)


# -- what is compared --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("广东省深圳市蓝拓电子有限公司", "深圳蓝拓电子"),
        ("深圳蓝拓电子股份有限公司（东莞）", "深圳蓝拓电子"),
        ("深圳市蓝拓电子有限责任公司(苹果专用)", "深圳蓝拓电子苹果专用"),
        ("ＡＢＣ　Ｅｌｅｃｔｒｏｎｉｃｓ（ＨＫ）Ｌｉｍｉｔｅｄ", "abcelectronics"),
        ("蓝拓·集团", "蓝拓"),
        ("有限公司", "有限"),
        ("深圳市", "深圳市"),
        ("", ""),
    ],
)
def test_what_is_left_of_a_name(name: str, core: str) -> None:
    assert core_name(name) == core
    assert core_name(core) == core


@pytest.mark.parametrize(
    ("one", "other", "percent"),
    [
        (LANTUO, "深圳蓝拓电子科技集团", 100),
        (LANTUO, ALIKE, 87),
        ("深圳蓝拓电子", "深圳兰拓电子", 83),
        ("蓝拓", "汇联", 0),
        ("", "", 0),
    ],
)
def test_similarity_of_names(one: str, other: str, percent: int) -> None:
    assert name_similarity(one, other) == percent
    assert name_similarity(other, one) == percent


@pytest.mark.django_db
@pytest.mark.parametrize("threshold", [75, 85, 100])
def test_the_database_finds_what_the_definition_says(threshold: int) -> None:
    names = [
        LANTUO,
        ALIKE,
        "深圳蓝拓电子",
        "东莞蓝拓电子科技",
        "蓝拓",
        "Lantuo Electronics Ltd",
        "Lantuo Elektronics",
        "汇联科技",
    ]
    parties = [CustomerFactory(party__name=name).party for name in names]

    with transaction.atomic():
        found = lookalikes(Party, [core_name(name) for name in names], threshold=threshold)

    expected = {
        (core_name(name), party.pk, percent)
        for name in names
        for party in parties
        if (percent := name_similarity(name, party.name)) >= threshold
    }
    assert {(each.name, each.pk, each.similarity) for each in found} == expected


def test_keys_of_an_entry() -> None:
    entered = Entered(
        RecordKind.LEAD,
        name=LANTUO,
        uscc=" 91440300ma5f 1234x7 ",
        phones=("+86 138-0013-8000", "0086 13900139000", "0755-2345678", ""),
        emails=("Fang@Example.COM",),
    )

    assert keys_of(entered) == {
        MatchField.USCC: {"91440300MA5F1234X7"},
        MatchField.MOBILE: {"13800138000", "13900139000"},
        MatchField.PHONE: {"07552345678"},
        MatchField.EMAIL: {"fang@example.com"},
        MatchField.NAME: {"深圳蓝拓电子科技"},
    }


@pytest.mark.parametrize(("name", "masked"), [("深圳市蓝拓电子", "深圳***"), ("蓝拓", "蓝***"), ("王", "王***")])
def test_a_mask_shows_little(name: str, masked: str) -> None:
    assert mask(name) == masked


# -- services ----------------------------------------------------------------------------------


def test_a_known_mobile_number_is_refused(sales: Sales, known: Customer) -> None:
    with pytest.raises(DuplicateBlocked) as refusal:
        create_lead(name="方可心", mobile="0086-13800138000", actor=sales.seller, at=AT, duplicate_reason="就要")

    assert Lead.objects.count() == 0
    (candidate,) = refusal.value.details["candidates"]
    assert candidate.pop("matches")
    assert candidate == {
        "kind": "customer",
        "name": "深圳***",
        "owner": str(sales.colleague),
        "department": "销售一部",
        "similarity": 100,
        "effect": "BLOCK",
        "is_masked": True,
        "id": None,
        "url": None,
    }
    assert refusal.value.details["confirm_with"] is None
    assert "13800138000" not in str(refusal.value)


def test_who_may_override_says_why(sales: Sales, known: Customer) -> None:
    with pytest.raises(DuplicateBlocked) as refusal:
        create_lead(name="方可心", mobile="13800138000", actor=sales.manager, at=AT, duplicate_reason="")

    lead = create_lead(
        name="方可心", mobile="13800138000", actor=sales.manager, at=AT, duplicate_reason="分公司的另一位采购"
    )

    assert refusal.value.details["confirm_with"] == "duplicate_reason"
    decision = DuplicateDecision.objects.get()
    assert (decision.kind, decision.object_id, decision.effect) == (RecordKind.LEAD, lead.pk, MatchEffect.BLOCK)
    assert (decision.reason, decision.actor) == ("分公司的另一位采购", sales.manager)
    assert [(each["kind"], each["pk"]) for each in decision.candidates] == [("customer", known.pk)]


def test_a_similar_name_is_warned_of_and_confirmed(sales: Sales, known: Customer) -> None:
    with pytest.raises(DuplicateSuspected):
        create_customer(name=ALIKE, actor=sales.seller, at=AT, duplicate_reason="")
    before = Customer.objects.count()

    made = create_customer(name=ALIKE, actor=sales.seller, at=AT, duplicate_reason="名字像，不是一家")

    assert before == 1
    assert made.party.name == ALIKE
    assert DuplicateDecision.objects.get().effect == MatchEffect.WARN


def test_where_nobody_can_be_asked_only_blocks_refuse(sales: Sales, known: Customer) -> None:
    create_customer(name=ALIKE, actor=sales.seller, at=AT)

    with pytest.raises(DuplicateBlocked):
        create_customer(name="汇联科技", phone="13800138000", actor=sales.seller, at=AT)

    assert Customer.objects.count() == 2
    assert DuplicateDecision.objects.count() == 0


def test_a_change_is_compared_only_in_what_is_new(sales: Sales, known: Customer) -> None:
    lead = LeadFactory(name="方可心", mobile="13800138000", owner=sales.seller)

    update_lead(lead=lead, city="深圳", actor=sales.seller, at=AT, duplicate_reason="")
    with pytest.raises(DuplicateSuspected):
        update_lead(lead=lead, company_name=ALIKE, actor=sales.seller, at=AT, duplicate_reason="")

    lead.refresh_from_db()
    assert (lead.city, lead.company_name) == ("深圳", "")


def test_leads_put_aside_do_not_count(sales: Sales) -> None:
    from crm.customers.services import invalidate_lead

    first = create_lead(name="方可心", mobile="13800138000", actor=sales.colleague, at=AT)
    invalidate_lead(lead=first, reason="空号", actor=sales.colleague, at=AT)

    create_lead(name="方可心", mobile="13800138000", actor=sales.seller, at=AT, duplicate_reason="")

    assert Lead.objects.count() == 2


def test_people_of_one_customer_share_a_mailbox_but_not_a_mobile(sales: Sales, known: Customer) -> None:
    create_contact(
        customer=known, name="方可心", mobile="13800138000", email="buy@lantuo.cn", actor=sales.colleague, at=AT
    )
    create_contact(customer=known, name="王", mobile="13700137000", email="buy@lantuo.cn", actor=sales.colleague, at=AT)

    with pytest.raises(DuplicateBlocked):
        create_contact(customer=known, name="方小姐", mobile="13800138000", actor=sales.colleague, at=AT)

    assert Contact.objects.filter(customer=known).count() == 2


def test_a_conversion_is_compared_but_not_with_its_own_lead(sales: Sales, known: Customer) -> None:
    own = create_lead(name="方可心", company_name="汇联科技", mobile="13900139000", actor=sales.seller, at=AT)
    other = create_lead(
        name="王", company_name=ALIKE, mobile="13700137000", actor=sales.seller, at=AT, duplicate_reason="展会"
    )

    customer = convert_lead(lead=own, actor=sales.seller, at=AT, duplicate_reason="")
    with pytest.raises(DuplicateSuspected):
        convert_lead(lead=other, actor=sales.seller, at=AT, duplicate_reason="")
    other.refresh_from_db()

    assert customer.party.name == "汇联科技"
    assert other.customer is None


def test_converting_into_a_customer_does_not_enter_its_contact_twice(sales: Sales, known: Customer) -> None:
    contact = create_contact(customer=known, name="方可心", mobile="13600136000", actor=sales.colleague, at=AT)
    lead = LeadFactory(name="方小姐", mobile="136 0013 6000", owner=sales.colleague, company=known.company)

    convert_lead(lead=lead, customer=known, actor=sales.colleague, at=AT, duplicate_reason="")

    assert list(Contact.objects.filter(customer=known)) == [contact]


# -- rules -------------------------------------------------------------------------------------


def test_the_administrator_decides_what_is_refused(sales: Sales, known: Customer) -> None:
    client = signed_in(sales.administrator)
    rule = DuplicateRule.objects.get(field=MatchField.MOBILE)
    url = reverse("crm:duplicaterule-edit", args=(rule.pk,))
    values = {"field": "MOBILE", "effect": "IGNORE", "threshold": 85, "in_leads": "on", "version": rule.version}

    answer = client.post(url, values)

    assert answer.status_code == 302
    create_lead(name="方可心", mobile="13800138000", actor=sales.seller, at=AT, duplicate_reason="")
    assert Lead.objects.count() == 1
    assert signed_in(sales.seller).get(url).status_code == 403


def test_a_threshold_and_where_to_look_are_kept(sales: Sales, known: Customer) -> None:
    DuplicateRule.objects.filter(field=MatchField.NAME).update(threshold=90)
    create_customer(name=ALIKE, actor=sales.seller, at=AT, duplicate_reason="")
    DuplicateRule.objects.filter(field=MatchField.NAME).update(threshold=85, in_customers=False)

    create_customer(name="深圳蓝拓电子科技集团", actor=sales.seller, at=AT, duplicate_reason="")

    assert Customer.objects.count() == 3


# -- page and API ------------------------------------------------------------------------------


def test_the_form_warns_masks_and_takes_a_reason(sales: Sales, known: Customer) -> None:
    client = signed_in(sales.seller)
    url = reverse("crm:lead-create")
    values = {"name": "方可心", "company_name": ALIKE, "owner": sales.seller.pk, "form_token": "a"}

    warned = client.post(url, values)
    made = client.post(url, {**values, "form_token": "b", "duplicate_reason": "不是一家"})

    assert warned.status_code == 422
    page = warned.content.decode()
    assert "深圳***" in page
    assert LANTUO not in page
    assert '<textarea name="duplicate_reason"' in page
    assert made.status_code == 302
    assert Lead.objects.get().company_name == ALIKE
    assert DuplicateDecision.objects.get().reason == "不是一家"


def test_possible_duplicates_show_while_one_types(sales: Sales, known: Customer) -> None:
    url = reverse("crm:possible-duplicates", args=("lead",))
    values = {"name": "方可心", "company_name": ALIKE, "mobile": "13800138000"}

    stranger = signed_in(sales.seller).post(url, values).content.decode()
    owner = signed_in(sales.colleague).post(url, values).content.decode()
    nobody = signed_in(sales.administrator).post(url, values)

    assert "深圳***" in stranger
    assert str(sales.colleague) in stranger
    assert "销售一部" in stranger
    assert known.get_absolute_url() not in stranger
    assert "13800138000" not in stranger
    assert LANTUO in owner
    assert known.get_absolute_url() in owner
    assert nobody.status_code == 403


def test_the_form_of_a_known_row_does_not_resemble_itself(sales: Sales, known: Customer) -> None:
    client = signed_in(sales.colleague)
    values = {"name": LANTUO, "phone": "13800138000"}
    url = reverse("crm:possible-duplicates", args=("customer",))

    assert client.post(f"{url}?pk={known.pk}", values).content.strip() == b""
    assert LANTUO in client.post(url, values).content.decode()


def test_the_api_answers_a_problem_with_masked_candidates(sales: Sales, known: Customer, client: Any) -> None:
    headers = with_token(sales.seller)
    body = {"name": "方可心", "company_name": ALIKE, "owner": sales.seller.pk}

    warned = client.post("/api/crm/leads/", body, content_type="application/json", headers=headers)
    blocked = client.post(
        "/api/crm/leads/", {**body, "mobile": "13800138000"}, content_type="application/json", headers=headers
    )
    made = client.post(
        "/api/crm/leads/", {**body, "duplicate_reason": "不是一家"}, content_type="application/json", headers=headers
    )

    assert (warned.status_code, warned.json()["code"]) == (409, "duplicate-suspected")
    assert warned["Content-Type"] == "application/problem+json"
    assert warned.json()["confirm_with"] == "duplicate_reason"
    assert [(each["name"], each["id"]) for each in warned.json()["candidates"]] == [("深圳***", None)]
    assert (blocked.status_code, blocked.json()["code"]) == (409, "duplicate-blocked")
    assert "confirm_with" not in blocked.json()
    assert made.status_code == 201
    assert Lead.objects.count() == 1


def test_the_api_checks_before_anything_is_entered(sales: Sales, known: Customer, client: Any) -> None:
    url = reverse("duplicate-check")
    body = {"kind": "customer", "name": ALIKE, "phone": "13800138000"}

    found = client.post(url, body, content_type="application/json", headers=with_token(sales.colleague)).json()
    refused = client.post(url, body, content_type="application/json", headers=with_token(sales.administrator))

    assert [(each["id"], each["effect"], each["similarity"]) for each in found["results"]] == [(known.pk, "BLOCK", 100)]
    assert refused.status_code == 403


@pytest.mark.parametrize("text", ["蓝拓电子", "13800138000", "+86 138 0013 8000"])
def test_anybody_in_sales_looks_up_who_has_somebody(sales: Sales, known: Customer, text: str) -> None:
    url = reverse("crm:duplicate-search")

    page = signed_in(sales.seller).get(url, {"q": text}).content.decode()

    (table,) = re.findall(r"<tbody>.*?</tbody>", page, re.DOTALL)
    assert "深圳***" in table
    assert str(sales.colleague) in table
    assert "href" not in table
    assert "138" not in table


def test_looking_up_needs_a_job_in_sales_and_more_than_one_character(sales: Sales, known: Customer) -> None:
    url = reverse("crm:duplicate-search")

    assert "深圳***" not in signed_in(sales.seller).get(url, {"q": "深"}).content.decode()
    assert "深圳***" not in signed_in(sales.seller).get(url, {"q": "138"}).content.decode()
    assert signed_in(sales.administrator).get(url, {"q": "蓝拓"}).status_code == 403


# -- import ------------------------------------------------------------------------------------


def test_an_import_warns_by_row_and_refuses_blocked_rows(sales: Sales, known: Customer) -> None:
    rows = [{"_row": 2, "name": ALIKE}, {"_row": 3, "name": "汇联科技"}]
    bad = [{"_row": 2, "name": "某人", "mobile": "13800138000"}, {"_row": 3, "name": "另一人"}]
    create_contact(customer=known, name="方可心", mobile="13800138000", actor=sales.colleague, at=AT)

    result = import_customers(rows=rows, actor=sales.seller, at=AT)
    with pytest.raises(RowErrors) as refusal:
        import_leads(rows=bad, actor=sales.seller, at=AT)

    assert result["created"] == 2
    assert list(result["warnings"]) == [2]
    assert "87" in result["warnings"][2][0]
    assert list(refusal.value.rows) == [2]
    assert Lead.objects.count() == 0


def test_an_import_follows_the_rules(sales: Sales, known: Customer) -> None:
    DuplicateRule.objects.filter(field=MatchField.NAME).update(effect=MatchEffect.BLOCK)

    with pytest.raises(RowErrors) as refusal:
        import_customers(rows=[{"_row": 2, "name": ALIKE}], actor=sales.seller, at=AT)

    assert [name for name, _text in refusal.value.rows[2]] == ["name"]
    assert Customer.objects.count() == 1


# -- by night ----------------------------------------------------------------------------------


def test_pairs_are_found_by_night_and_decided_once(sales: Sales, known: Customer) -> None:
    alike = create_customer(name=ALIKE, actor=sales.colleague, at=AT)
    CustomerFactory(party__name="汇联科技", owner=sales.colleague)
    one, two = (LeadFactory(name=name, email="same@example.com", owner=sales.colleague) for name in "甲乙")

    found = find_pairs(at=AT)
    pair = DuplicatePair.objects.get(customer=known)
    dismiss_pair(pair=pair, reason="两家公司", actor=sales.colleague, at=AT)
    again = find_pairs(at=AT)

    assert found == 2
    assert again == 0
    assert (pair.other_customer, pair.field, pair.similarity) == (alike, MatchField.NAME, 87)
    assert DuplicatePair.objects.filter(lead=one, other_lead=two, field=MatchField.EMAIL).exists()
    pair.refresh_from_db()
    assert (pair.status, pair.reason, pair.decided_by) == (PairStatus.DISMISSED, "两家公司", sales.colleague)
    with pytest.raises(WrongState):
        dismiss_pair(pair=pair, reason="再来", actor=sales.colleague, at=AT)
    with pytest.raises(InvalidInput):
        dismiss_pair(pair=DuplicatePair.objects.get(lead=one), reason=" ", actor=sales.colleague, at=AT)


def test_a_number_that_many_share_makes_no_pairs(sales: Sales) -> None:
    for n in range(6):
        CustomerFactory(party__name=f"公司{'甲乙丙丁戊己'[n] * 4}", party__phone="0755-2345678")

    assert find_pairs(at=AT) == 0


def test_rows_from_before_get_their_keys(sales: Sales, known: Customer) -> None:
    lead = LeadFactory(company_name=LANTUO)
    models.QuerySet(Party).filter(pk=known.party_id).update(name_core="")
    models.QuerySet(Lead).filter(pk=lead.pk).update(name_core="")

    filled = [fill_missing_keys(), fill_missing_keys()]

    assert filled == [2, 0]
    assert Party.objects.get(pk=known.party_id).name_core == Lead.objects.get().name_core == "深圳蓝拓电子科技"


def test_pairs_are_shown_to_who_sees_both(sales: Sales, known: Customer) -> None:
    create_customer(name=ALIKE, actor=sales.seller, at=AT)
    find_pairs(at=AT)
    url = reverse("crm:duplicatepair-list")

    assert LANTUO in signed_in(sales.manager).get(url).content.decode()
    assert signed_in(sales.seller).get(url).status_code == 403
