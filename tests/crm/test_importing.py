"""Customers and leads out of files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.customers.choices import LeadStatus, OwnerChangeTrigger
from crm.customers.importing import import_customers, import_leads
from crm.customers.models import Contact, Customer, Lead, OwnerChange
from crm.customers.services import convert_lead, create_customer, create_lead
from crm.pipeline.models import Opportunity, Pipeline, Stage
from crm.pipeline.services import create_opportunity
from crm.pool.models import Pool
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.masters.models import Company, Party, PartyContact
from suite.pages.exchange.errors import RowErrors
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory, uscc

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
Rows = list[dict[str, Any]]


@pytest.fixture
def company() -> Company:
    return CompanyFactory()


@pytest.fixture
def admin(company: Company) -> User:
    return UserFactory(full_name="管理员", is_superuser=True)


@pytest.fixture
def seller(company: Company) -> User:
    user = UserFactory(full_name="周敏")
    actions = ("view", "add", "change")
    grants = dict.fromkeys((Customer, Contact, Lead), (actions, ScopeLevel.OWN))
    user.groups.add(define_role(name="销售", grants=grants, actor=None, at=AT))
    return User.objects.get(pk=user.pk)


def numbered(*rows: dict[str, Any]) -> Rows:
    """Rows as the importer hands them over: the heading is row 1."""
    return [{"_row": number, "_existing": None, **row} for number, row in enumerate(rows, start=2)]


def count_queries(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        work()
    return len(queries)


# -- customers ---------------------------------------------------------------------------------


def test_customers_come_with_party_owner_history_and_contact(admin: User, seller: User) -> None:
    rows = numbered(
        {
            "code": "K-1",
            "name": "深圳市启岳数码有限公司",
            "uscc": uscc(1).lower(),
            "region": "广东省",
            "tier": "A",
            "tags": ["快充"],
            "owner": seller,
            "contact_name": "方可心",
            "contact_mobile": "138 0013 8000",
        },
        {"name": "东莞市恒拓电子厂", "phone": "0769-8531 2266"},
    )

    result = import_customers(rows=rows, actor=admin, at=AT)

    assert result == {"created": 2, "updated": 0, "warnings": {}}
    first, second = Customer.objects.select_related("party").order_by("pk")
    assert (first.party.code, first.party.uscc, first.party.name_norm) == ("K-1", uscc(1), "深圳市启岳数码")
    assert (first.owner, first.owner_since, first.tier, first.tags, first.created_at) == (seller, AT, "A", ["快充"], AT)
    assert (second.party.code, second.owner, second.party.phone_norm) == ("C00001", admin, "076985312266")
    person = first.contacts.get().person
    assert (person.name, person.mobile_norm, person.is_primary) == ("方可心", "13800138000", True)
    history = list(OwnerChange.objects.order_by("customer").values_list("customer", "to_owner", "trigger", "at"))
    assert history == [
        (first.pk, seller.pk, OwnerChangeTrigger.IMPORT, AT),
        (second.pk, admin.pk, OwnerChangeTrigger.IMPORT, AT),
    ]
    assert " qiyueshuma " not in first.search_text
    assert "启岳" in first.search_text
    assert "13800138000" in first.contacts.get().search_text


def test_customers_named_for_the_pool_have_no_owner(admin: User, company: Company) -> None:
    pool = Pool.objects.create(code="MAIN", name="公海", company=company)

    import_customers(rows=numbered({"name": "佛山市顺和电器", "pool": pool}), actor=admin, at=AT)

    customer = Customer.objects.get()
    assert (customer.owner, customer.pool, customer.owner_since, customer.entered_pool_at) == (None, pool, None, AT)
    assert not OwnerChange.objects.exists()


def test_numbers_pass_over_codes_that_the_file_or_a_person_used(admin: User) -> None:
    create_customer(name="先到的公司", code="C00002", actor=admin, at=AT)
    rows = numbered({"name": "甲"}, {"name": "乙", "code": "C00001"}, {"name": "丙"})

    import_customers(rows=rows, actor=admin, at=AT)

    codes = dict(Party.objects.filter(name__in=["甲", "乙", "丙"]).values_list("name", "code"))
    assert codes == {"甲": "C00003", "乙": "C00001", "丙": "C00004"}


def test_known_codes_change_what_is_filled_in_and_leave_the_rest(admin: User) -> None:
    customer = create_customer(
        name="深圳市启岳数码有限公司", code="K-1", phone="0755-2345678", tier="B", industry="数码", actor=admin, at=AT
    )
    rows = numbered({"code": "K-1", "name": "深圳市启岳科技有限公司", "phone": "", "tier": "A", "industry": None})

    result = import_customers(rows=rows, actor=admin, at=AT)

    assert result == {"created": 0, "updated": 1, "warnings": {}}
    changed = Customer.objects.select_related("party").get(pk=customer.pk)
    assert (changed.party.name, changed.party.name_norm) == ("深圳市启岳科技有限公司", "深圳市启岳科技")
    assert (changed.party.phone, changed.tier, changed.industry) == ("0755-2345678", "A", "数码")
    assert (changed.version, changed.party.version) == (customer.version + 1, customer.party.version + 1)
    assert "启岳科技" in changed.search_text


def test_a_new_name_reaches_the_search_text_of_what_shows_it(admin: User) -> None:
    pipeline = Pipeline.objects.create(code="S", name="标准", is_default=True)
    Stage.objects.create(pipeline=pipeline, name="初步接触", position=1, win_percent=10)
    customer = create_customer(name="旧名电子", code="K-1", actor=admin, at=AT)
    opportunity = create_opportunity(name="充电器", customer=customer, actor=admin, at=AT)

    import_customers(rows=numbered({"code": "K-1", "name": "新名电子"}), actor=admin, at=AT)

    assert "新名电子" in Opportunity.objects.get(pk=opportunity.pk).search_text


def test_contacts_of_known_customers_are_found_by_name_or_mobile(admin: User) -> None:
    create_customer(name="启岳数码", code="K-1", actor=admin, at=AT)
    import_customers(
        rows=numbered({"code": "K-1", "contact_name": "方可心", "contact_mobile": "13800138000"}), actor=admin, at=AT
    )

    import_customers(
        rows=numbered({"code": "K-1", "contact_name": "方可心", "contact_title": "采购"}), actor=admin, at=AT
    )
    import_customers(
        rows=numbered({"code": "K-1", "contact_name": "方小姐", "contact_mobile": "13800138000"}), actor=admin, at=AT
    )
    import_customers(rows=numbered({"code": "K-1", "contact_name": "许工"}), actor=admin, at=AT)

    people = PartyContact.objects.order_by("pk").values_list("name", "title", "mobile_norm", "is_primary")
    assert list(people) == [("方小姐", "采购", "13800138000", True), ("许工", "", "", False)]
    assert Contact.objects.count() == 2


def test_what_identifies_a_company_or_person_is_refused_twice(admin: User) -> None:
    create_customer(name="已有公司", code="K-9", uscc=uscc(9), actor=admin, at=AT)
    before = Party.objects.count()
    rows = numbered(
        {"name": "甲", "code": "K-1", "uscc": uscc(1), "contact_name": "王", "contact_mobile": "13800138000"},
        {"name": "乙", "code": "K-1"},
        {"name": "丙", "uscc": uscc(1)},
        {"name": "丁", "contact_name": "王", "contact_mobile": "+86 138 0013 8000"},
        {"name": "戊", "uscc": uscc(9)},
        {"name": "己", "uscc": "91440300MA0000000X"},
        {"code": "K-2"},
    )

    with pytest.raises(RowErrors) as refusal:
        import_customers(rows=rows, actor=admin, at=AT)

    assert {number: [name for name, _text in errors] for number, errors in refusal.value.rows.items()} == {
        3: ["code"],
        4: ["uscc"],
        5: ["contact_mobile"],
        6: ["uscc"],
        7: ["uscc"],
        8: ["name"],
    }
    assert "K-9 已有公司" in refusal.value.rows[6][0][1]
    assert Party.objects.count() == before


def test_a_shared_landline_or_name_is_no_error(admin: User) -> None:
    create_customer(name="恒达贸易有限公司", actor=admin, at=AT)
    rows = numbered(
        {"name": "恒达贸易有限公司", "contact_name": "甲", "contact_mobile": "0755-2345678"},
        {"name": "恒达贸易（深圳）", "contact_name": "乙", "contact_mobile": "0755-2345678"},
    )

    result = import_customers(rows=rows, actor=admin, at=AT)

    assert result["created"] == 2
    assert list(result["warnings"]) == [2, 3]


def test_customers_of_a_colleague_are_not_changed_and_not_named(admin: User, seller: User) -> None:
    create_customer(name="同事的客户", code="K-1", uscc=uscc(1), actor=admin, at=AT)
    rows = numbered({"code": "K-1", "name": "我改"}, {"name": "同一家", "uscc": uscc(1)})

    with pytest.raises(RowErrors) as refusal:
        import_customers(rows=rows, actor=seller, at=AT)

    texts = " ".join(text for errors in refusal.value.rows.values() for _name, text in errors)
    assert sorted(refusal.value.rows) == [2, 3]
    assert "同事的客户" not in texts
    assert "管理员" in texts
    assert Party.objects.get().name == "同事的客户"


def test_the_owner_of_a_known_customer_changes_by_transfer_only(admin: User, seller: User) -> None:
    customer = create_customer(name="启岳数码", code="K-1", actor=admin, at=AT)

    with pytest.raises(RowErrors) as refusal:
        import_customers(rows=numbered({"code": "K-1", "owner": seller}), actor=admin, at=AT)

    assert [name for name, _text in refusal.value.rows[2]] == ["owner"]
    customer.refresh_from_db()
    assert customer.owner == admin


def test_statements_do_not_grow_with_the_rows(admin: User) -> None:
    def create(prefix: str, count: int) -> Rows:
        return numbered(
            *(
                {
                    "code": f"{prefix}{n}",
                    "name": f"公司{prefix}{n}",
                    "contact_name": "王",
                    "contact_mobile": f"+1{prefix}{n:06}",
                }
                for n in range(count)
            )
        )

    few = count_queries(lambda: import_customers(rows=create("1", 3), actor=admin, at=AT))
    many = count_queries(lambda: import_customers(rows=create("2", 60), actor=admin, at=AT))
    few_changed = count_queries(
        lambda: import_customers(rows=[{**row, "tier": "A"} for row in create("1", 3)], actor=admin, at=AT)
    )
    many_changed = count_queries(
        lambda: import_customers(rows=[{**row, "tier": "A"} for row in create("2", 60)], actor=admin, at=AT)
    )

    assert many == few
    assert many_changed == few_changed
    assert Customer.objects.filter(tier="A").count() == 63


def test_progress_counts_every_row(admin: User) -> None:
    seen: list[tuple[int, int]] = []

    import_customers(
        rows=numbered({"name": "甲"}, {"name": "乙"}),
        actor=admin,
        at=AT,
        progress=lambda done, total: seen.append((done, total)),
    )

    assert seen == [(2, 2)]


# -- leads -------------------------------------------------------------------------------------


def test_leads_are_numbered_and_belong_to_somebody(admin: User, seller: User) -> None:
    rows = numbered(
        {"external_key": "X-1", "name": "许明", "mobile": "13800138000", "owner": seller},
        {"name": "陈静", "email": "Chen@Example.com", "company_name": "汇联科技"},
    )

    result = import_leads(rows=rows, actor=admin, at=AT)

    assert result == {"created": 2, "updated": 0, "warnings": {}}
    first, second = Lead.objects.order_by("pk")
    assert (first.number, first.owner, first.status, first.created_at) == ("L202600001", seller, LeadStatus.NEW, AT)
    assert (second.number, second.owner, second.email_norm) == ("L202600002", admin, "chen@example.com")
    assert "汇联" in second.search_text


def test_leads_with_a_known_key_are_changed(admin: User) -> None:
    import_leads(rows=numbered({"external_key": "X-1", "name": "许明", "mobile": "13800138000"}), actor=admin, at=AT)

    result = import_leads(
        rows=numbered({"external_key": "X-1", "name": "许明", "mobile": "13900139000", "city": "深圳"}),
        actor=admin,
        at=AT,
    )

    lead = Lead.objects.get()
    assert result == {"created": 0, "updated": 1, "warnings": {}}
    assert (lead.mobile_norm, lead.city, lead.number) == ("13900139000", "深圳", "L202600001")
    assert "13900139000" in lead.search_text


def test_duplicate_leads_are_refused_naming_the_first(admin: User) -> None:
    create_lead(name="在库", email="known@example.com", actor=admin, at=AT)
    customer = create_customer(name="启岳数码", code="K-1", actor=admin, at=AT)
    import_customers(
        rows=numbered({"code": "K-1", "contact_name": "方可心", "contact_mobile": "13700137000"}), actor=admin, at=AT
    )
    rows = numbered(
        {"name": "甲", "mobile": "13800138000", "email": "a@example.com"},
        {"name": "乙", "mobile": "+86 13800138000"},
        {"name": "丙", "email": "A@EXAMPLE.com "},
        {"name": "丁", "email": "known@example.com"},
        {"name": "戊", "mobile": "137-0013-7000"},
        {"name": "己", "mobile": "0755-2345678"},
        {"name": "庚", "mobile": "0755-2345678"},
        {"name": "庚", "mobile": "07552345678"},
    )

    with pytest.raises(RowErrors) as refusal:
        import_leads(rows=rows, actor=admin, at=AT)

    errors = {number: errors[0] for number, errors in refusal.value.rows.items()}
    assert {number: name for number, (name, _text) in errors.items()} == {
        3: "mobile",
        4: "email",
        5: "email",
        6: "mobile",
        9: "mobile",
    }
    assert "2" in errors[3][1]
    assert "L202600001" in errors[5][1]
    assert "启岳数码" in errors[6][1]
    assert "8" in errors[9][1]
    assert Lead.objects.count() == 1
    assert customer.contacts.count() == 1


def test_converted_leads_are_not_changed(admin: User) -> None:
    import_leads(rows=numbered({"external_key": "X-1", "name": "许明"}), actor=admin, at=AT)
    convert_lead(lead=Lead.objects.get(), actor=admin, at=AT)

    with pytest.raises(RowErrors) as refusal:
        import_leads(rows=numbered({"external_key": "X-1", "name": "另名"}), actor=admin, at=AT)

    assert list(refusal.value.rows) == [2]
    assert Lead.objects.get().name == "许明"


def test_leads_of_a_colleague_are_not_changed_and_not_named(admin: User, seller: User) -> None:
    import_leads(
        rows=numbered({"external_key": "X-1", "name": "保密线索", "mobile": "13800138000"}), actor=admin, at=AT
    )
    rows = numbered({"external_key": "X-1", "name": "我改"}, {"name": "同号", "mobile": "13800138000"})

    with pytest.raises(RowErrors) as refusal:
        import_leads(rows=rows, actor=seller, at=AT)

    texts = " ".join(text for errors in refusal.value.rows.values() for _name, text in errors)
    assert sorted(refusal.value.rows) == [2, 3]
    assert "保密线索" not in texts
    assert "管理员" in texts
    assert Lead.objects.get().name == "保密线索"


def test_statements_of_leads_do_not_grow_with_the_rows(admin: User) -> None:
    def leads(prefix: str, count: int) -> Rows:
        return numbered(
            *({"external_key": f"{prefix}{n}", "name": f"线索{n}", "email": f"{prefix}{n}@a.cn"} for n in range(count))
        )

    few = count_queries(lambda: import_leads(rows=leads("a", 3), actor=admin, at=AT))
    many = count_queries(lambda: import_leads(rows=leads("b", 60), actor=admin, at=AT))

    assert many == few
    assert Lead.objects.count() == 63
