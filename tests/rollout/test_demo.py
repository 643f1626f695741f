"""The demo company: the same every time, believable, and true to every rule."""

from __future__ import annotations

import re
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.db.models import Count, Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from crm.contracts.choices import ContractStatus, ReceiptStatus
from crm.contracts.models import Contract, PaymentPlan, Quotation, Receipt
from crm.customers.models import Contact, Customer, FollowUp, Lead
from crm.pipeline.models import Opportunity
from erp.inventory.models import StockMove
from erp.inventory.proof import faults
from erp.matching.models import InvoiceMatch
from erp.planning.models import ReplenishmentSuggestion, StockAlert
from erp.purchasing.models import PurchaseOrder
from erp.sales.models import CustomerReturn, Delivery, SalesOrder
from erp.sourcing.models import RequestForQuotation
from erp.transfers.models import TransferOrder
from hrm.org.models import Department, Employee
from oa.forms.models import FormRequest
from oa.library.archiving import not_archived
from oa.library.models import ArchiveRule, readable
from rollout.choices import StageStatus
from rollout.demo.company import SignIn, make_demo
from rollout.demo.dice import Dice
from rollout.demo.identity import make_uscc, organisation_check
from rollout.demo.people import PEOPLE
from rollout.demo.timeline import Timeline
from rollout.management.commands.load_demo import write_sign_ins
from rollout.models import GateOverride
from rollout.selectors import stage_views
from rollout.services import evaluate_gate
from suite.access.models import User
from suite.access.restrict import restrict
from suite.activity.models import Attachment, Comment, Notification
from suite.core.errors import WrongState
from suite.masters import uscc
from suite.masters.models import Company, Item, Party, PartyContact
from suite.metrics.models import Target
from suite.modules.state import is_enabled
from suite.pages.registry import pagesets
from tests.factories.masters import CompanyFactory
from tests.kit.crawl import dead_links
from tests.kit.sales import check_sales_invariants

# Also of tests that need no rows of their own: without the mark the test database might not be made.
pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 18, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
SIGNED = [ContractStatus.EXECUTING, ContractStatus.CLOSED]
# What may be said about rows of these kinds belongs to whom they belong to.
OWNED: tuple[Any, ...] = (Lead, Customer, Opportunity, Quotation, Contract)
# One person of each role.
ROLES = [
    "linzhiyuan",
    "heguodong",
    "zhoumin",
    "majianjun",
    "fenglihua",
    "caiwenbin",
    "suwanqing",
    "xiewanting",
    "zhaodeming",
    "yanghaitao",
    "admin",
]
# A board asks for each of its lanes.
MOST_LANES = 6


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[SignIn]]:
    """The company, made once for all tests here and taken back."""
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("zh-hans"):
        yield make_demo(at=AT, password="lantuo-123456")
        transaction.set_rollback(True)


def test_the_company_is_the_same_every_time(demo: list[SignIn]) -> None:
    models = (Customer, Contact, Lead, Opportunity, Quotation, Contract, PaymentPlan, Receipt, FollowUp, Comment)
    counts = {model.__name__: model._default_manager.count() for model in models}
    signed = Contract.objects.filter(status__in=SIGNED)
    received = Receipt.objects.filter(status=ReceiptStatus.CONFIRMED)

    assert counts == {
        "Customer": 167,
        "Contact": 167,
        "Lead": 345,
        "Opportunity": 213,
        "Quotation": 173,
        "Contract": 98,
        "PaymentPlan": 127,
        "Receipt": 111,
        "FollowUp": 1895,
        "Comment": 42,
    }
    assert signed.aggregate(s=Sum("net_total"))["s"] == Decimal("13848070.35")
    assert received.aggregate(s=Sum("amount"))["s"] == Decimal("12953142.74")
    assert Attachment.objects.count() == 9


def test_the_rules_of_sales_hold(demo: list[SignIn]) -> None:
    check_sales_invariants()


def test_fifty_people_work_there(demo: list[SignIn]) -> None:
    assert Company.objects.get().name == "深圳市澜拓电子配件有限公司"
    assert Employee.objects.count() == len(PEOPLE) == 50
    departments = Department.objects.filter(parent__isnull=False)
    assert (departments.count(), departments.filter(head=None).count()) == (11, 0)
    assert Employee.objects.filter(manager=None).get().name == "林志远"
    assert Item.objects.count() == 40
    assert [each.username for each in demo[:3]] == ["linzhiyuan", "heguodong", "zhoumin"]
    assert all(User.objects.get(username=each.username).check_password(each.password) for each in demo[-2:])


def test_everything_has_happened_by_now(demo: list[SignIn]) -> None:
    for model in (Lead, Customer, Opportunity, Contract, Receipt):
        assert not model._default_manager.filter(created_at__gt=AT).exists()
    assert not FollowUp.objects.filter(happened_at__gt=AT).exists()
    assert not Contract.objects.filter(signed_on__gt=AT.date()).exists()
    assert FollowUp.objects.filter(next_contact_at__gt=AT).exists()


def test_leads_and_offers_stand_in_every_state(demo: list[SignIn]) -> None:
    assert set(Lead.objects.values_list("status", flat=True)) == {
        "NEW",
        "CONTACTED",
        "QUALIFIED",
        "CONVERTED",
        "INVALID",
    }
    assert set(Opportunity.objects.values_list("status", flat=True)) == {"OPEN", "WON", "LOST", "INVALID"}
    assert {"SENT", "ACCEPTED", "REJECTED", "EXPIRED", "SUPERSEDED"} <= set(
        Quotation.objects.values_list("status", flat=True)
    )
    stages = Opportunity.objects.filter(status="OPEN").values("stage").annotate(n=Count("pk"))
    assert stages.count() == 5


def test_codes_and_numbers_are_valid_and_unique(demo: list[SignIn]) -> None:
    codes = [code for code in Party.objects.values_list("uscc", flat=True) if code]
    mobiles = list(PartyContact.objects.values_list("mobile_norm", flat=True))

    assert len(codes) > 100
    assert all(uscc.is_valid(code) for code in codes)
    assert all(organisation_check(code[8:16]) == code[16] for code in codes)
    assert max(Counter(mobiles).values()) == 1
    assert all(len(mobile) == 11 for mobile in mobiles)


def test_money_is_partly_late(demo: list[SignIn]) -> None:
    paid = PaymentPlan.objects.filter(receipts__status=ReceiptStatus.CONFIRMED).values("pk")
    due = PaymentPlan.objects.filter(due_date__lt=AT.date(), contract__status__in=SIGNED)

    assert due.filter(pk__in=paid).count() > 3 * due.exclude(pk__in=paid).count() > 0


def test_business_grows(demo: list[SignIn]) -> None:
    signed = Contract.objects.filter(status__in=SIGNED)
    middle = datetime(2026, 5, 20, tzinfo=UTC).date()

    before = signed.filter(signed_on__gt=datetime(2025, 11, 20, tzinfo=UTC).date(), signed_on__lte=middle)
    after = signed.filter(signed_on__gt=middle)

    assert after.aggregate(s=Sum("net_total"))["s"] > before.aggregate(s=Sum("net_total"))["s"]
    assert Target.objects.filter(object_id=None, year=2026).count() == 12


def test_a_seller_sees_the_own_rows_only(demo: list[SignIn]) -> None:
    seller = User.objects.get(username="zhoumin")
    for model in OWNED:
        seen = set(restrict(model._default_manager.all(), user=seller).values_list("pk", flat=True))
        assert seen == set(model._default_manager.filter(owner=seller).values_list("pk", flat=True)) != set()
        assert len(seen) < model._default_manager.count()


def test_a_shared_customer_is_seen_but_not_changed(demo: list[SignIn]) -> None:
    colleague = User.objects.get(username="liangsiyuan")
    own = set(Customer.objects.filter(owner=colleague).values_list("pk", flat=True))

    seen = set(restrict(Customer.objects.all(), user=colleague).values_list("pk", flat=True))
    changeable = set(restrict(Customer.objects.all(), user=colleague, action="change").values_list("pk", flat=True))

    assert len(seen - own) == 3
    assert changeable == own


def test_managers_see_their_departments_and_the_boss_everything(demo: list[SignIn]) -> None:
    manager, boss = User.objects.get(username="heguodong"), User.objects.get(username="linzhiyuan")

    for model in OWNED:
        total = model._default_manager.count()
        pool = Customer.objects.filter(owner=None).count() if model is Customer else 0
        assert restrict(model._default_manager.all(), user=boss).count() == total
        assert restrict(model._default_manager.all(), user=manager).count() == total - pool


def test_sales_personnel_operations_and_the_office_are_live_and_warehousing_is_not_ready(demo: list[SignIn]) -> None:
    views = stage_views()
    gate = evaluate_gate("wms", AT)

    assert [views[code].status for code in ("crm", "hrm", "erp", "oa")] == [StageStatus.LIVE] * 4
    assert [is_enabled(code) for code in ("crm", "hrm", "erp", "oa", "wms")] == [True, True, True, True, False]
    assert not gate.is_open
    assert (str(views["oa"].stage.owner), str(views["oa"].stage.sponsor)) == ("谢婉婷", "林志远")
    # Those that were opened after sales were opened with an exception that two people signed.
    assert GateOverride.objects.filter(used_at__isnull=False, signed_by__username="linzhiyuan").count() == 3


def test_goods_and_books_agree(demo: list[SignIn]) -> None:
    assert faults() == []
    assert not StockMove.objects.filter(effective_at__gt=AT).exists()
    assert StockAlert.objects.exists()
    assert ReplenishmentSuggestion.objects.exists()


def test_what_was_sold_is_ordered_bought_and_delivered(demo: list[SignIn]) -> None:
    executing = Contract.objects.filter(status=ContractStatus.EXECUTING)
    orders = SalesOrder.objects.filter(contract__in=executing)

    assert orders.count() == executing.count()
    assert {"CONFIRMED", "DELIVERED"} <= set(SalesOrder.objects.values_list("status", flat=True))
    assert set(Delivery.objects.values_list("status", flat=True)) == {"SHIPPED", "SIGNED"}
    assert "RECEIVED" in set(PurchaseOrder.objects.values_list("status", flat=True))
    assert {"MATCHED", "BLOCKED"} == set(InvoiceMatch.objects.values_list("status", flat=True))
    assert {"DONE", "SHIPPED"} == set(TransferOrder.objects.values_list("status", flat=True))
    assert CustomerReturn.objects.exists()
    assert RequestForQuotation.objects.filter(status="AWARDED").exists()
    assert not PurchaseOrder.objects.filter(created_at__gt=AT).exists()


def test_approved_contracts_and_requests_go_into_folders_by_themselves(demo: list[SignIn]) -> None:
    rules = ArchiveRule.objects.select_related("folder", "subject").order_by("pk")
    finance, seller = (User.objects.get(username=name) for name in ("suwanqing", "zhoumin"))

    assert [(str(rule.folder), rule.subject.model_class(), rule.is_active) for rule in rules] == [
        ("合同档案", Contract, True),
        ("申请档案", FormRequest, True),
    ]
    assert set(readable(finance)) == {rule.folder for rule in rules}
    assert not readable(seller).exists()
    assert [run.status for run in not_archived()] == ["APPROVED"]


def test_no_list_asks_again_for_each_of_its_rows(demo: list[SignIn]) -> None:
    client = Client()
    client.force_login(User.objects.get(username="admin"))
    asked_again = {}

    for address in [f"{prefix}{pageset.url('list')}" for pageset in pagesets() for prefix in ("", "/api")]:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address, {"size": 25})
        assert response.status_code == 200, address
        alike = Counter(re.sub(r"'[^']*'|\b\d+\b", "?", query["sql"]) for query in captured)
        if (times := max(alike.values())) > MOST_LANES:
            asked_again[address] = times

    assert asked_again == {}


@pytest.mark.parametrize("username", ROLES)
def test_nobody_is_led_to_a_page_that_is_closed(demo: list[SignIn], username: str) -> None:
    user, client = User.objects.get(username=username), Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    told = Notification.objects.filter(recipient=user).exclude(url="").order_by("-pk").values_list("url", flat=True)

    assert dead_links(client, starts=["/", *told[:20]], most=150) == []


def test_a_company_that_exists_is_left_alone() -> None:
    CompanyFactory()
    before = Company.objects.count(), User.objects.count(), Item.objects.count()

    with pytest.raises(WrongState):
        make_demo(at=AT, password="lantuo-123456")

    assert (Company.objects.count(), User.objects.count(), Item.objects.count()) == before


def test_sign_ins_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    target = tmp_path / "var" / "sign-ins.txt"

    write_sign_ins([SignIn("zhoumin", "lantuo-123456", "周敏 客户经理（销售员）")], target)

    assert target.read_text(encoding="utf-8") == "zhoumin       lantuo-123456   周敏 客户经理（销售员）\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_dice_throw_the_same_and_fairly() -> None:
    first = [Dice("a").number(1, 6) for _each in range(3)]
    dice = Dice("b")
    throws = Counter(dice.number(1, 6) for _each in range(6000))

    assert len(set(first)) == 1
    assert set(throws) == {1, 2, 3, 4, 5, 6}
    assert all(850 < count < 1150 for count in throws.values())
    assert Dice("c").some_of("abc", 5) in [list(order) for order in ("abc", "acb", "bac", "bca", "cab", "cba")]


def test_stories_are_told_in_order_and_until_now() -> None:
    start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 10, tzinfo=UTC)
    told: list[tuple[str, int]] = []

    def story(name: str, days: list[int]) -> Iterator[datetime]:
        for day, following in zip(days, [*days[1:], 31], strict=True):
            told.append((name, day))
            yield datetime(2026, 1, following, tzinfo=UTC)

    timeline = Timeline(start, now)
    timeline.begin(datetime(2026, 1, 2, tzinfo=UTC), story("a", [2, 6, 12]))  # type: ignore[arg-type]
    timeline.begin(datetime(2026, 1, 3, tzinfo=UTC), story("b", [3, 5]))  # type: ignore[arg-type]
    timeline.run()

    assert told == [("a", 2), ("b", 3), ("b", 5), ("a", 6)]


def test_codes_follow_the_standards() -> None:
    # GB 11714-1997, and the example of GB 32100-2015.
    assert organisation_check("D2143569") == "X"
    assert uscc.is_valid(make_uscc("440300", 1))
    assert len({make_uscc("440300", number) for number in range(1000)}) == 1000
