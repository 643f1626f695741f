"""Commission on what customers paid: by person, group and day, and none with CRM off."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.contracts.choices import ReceiptStatus
from crm.contracts.models import Receipt
from hrm.org.models import Employee
from hrm.payroll import services
from hrm.payroll.choices import InputSource, ItemSource
from hrm.payroll.commission import settle_commission
from hrm.payroll.hooks import commission_claims
from hrm.payroll.models import CommissionRule, CommissionSettlement, PayInput, PayItem
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import ContractFactory, ReceiptFactory
from tests.factories.hrm import UserFactory
from tests.factories.hrm_payroll import AT, CommissionRuleFactory
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db
D = Decimal
FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)


@pytest.fixture(autouse=True)
def crm_on(db: None) -> None:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def item(pay: Pay) -> PayItem:
    return pay.item("COMMISSION", source=ItemSource.INPUT)


@pytest.fixture
def seller(pay: Pay) -> Employee:
    return pay.hire(5000, user=UserFactory())


def receive(pay: Pay, seller: Employee, amount: Any, day: date = date(2026, 1, 15), **values: Any) -> Receipt:
    """A receipt that is confirmed, unless another status is given."""
    status = values.pop("status", ReceiptStatus.CONFIRMED)
    contract = ContractFactory(company=pay.company, owner=seller.user, **values)
    receipt: Receipt = ReceiptFactory(contract=contract, amount=D(amount), received_on=day)
    if status != ReceiptStatus.SUBMITTED:
        with transaction.atomic():
            receipt.become(status, actor=None, at=timezone.now())
    return receipt


def test_confirmed_receipts_of_the_month_pay_commission(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    first = receive(pay, seller, 10000)
    receive(pay, seller, "333.33")
    receive(pay, seller, 50000, status=ReceiptStatus.SUBMITTED)
    receive(pay, seller, 70000, status=ReceiptStatus.VOID)
    receive(pay, seller, 90000, date(2026, 2, 1))

    run = pay.calculate()

    entry = PayInput.objects.get(source=InputSource.COMMISSION)
    # 2 % of 10,000 and of 333.33, each rounded.
    assert (entry.employee, entry.amount) == (seller, D("206.67"))
    assert first.number in entry.note
    assert pay.slip(run, seller).gross == D("5206.67")


def test_calculating_again_replaces_commission(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    receive(pay, seller, 10000)
    run = pay.calculate()
    receive(pay, seller, 5000)

    services.calculate_run(payrun=run, actor=pay.actor, at=AT)

    assert PayInput.objects.get().amount == D("300.00")


def test_the_rate_of_a_person_comes_before_that_of_the_group(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    CommissionRule.objects.create(employee=seller, item=item, rate=D(5), valid_from=FIRST, valid_to=date(2026, 1, 20))
    receive(pay, seller, 1000, date(2026, 1, 20))
    receive(pay, seller, 1000, date(2026, 1, 21))

    pay.calculate()

    # 5 % until the 20th, 2 % from the 21st on.
    assert PayInput.objects.get().amount == D("70.00")


def test_receipts_in_foreign_currency_count_in_the_base_currency(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(1))
    receive(pay, seller, 1000, exchange_rate=D("7.1"))

    pay.calculate()

    assert PayInput.objects.get().amount == D("71.00")


def test_with_crm_off_there_is_no_commission(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    receive(pay, seller, 10000)
    ModuleState.objects.filter(code="crm").update(is_enabled=False)
    state.forget()

    run = pay.calculate()

    assert commission_claims(pay.company, FIRST, LAST) == []
    assert not PayInput.objects.exists()
    assert pay.slip(run, seller).gross == D("5000.00")


def test_rates_of_one_group_never_overlap_and_belong_to_one(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item)

    for values in ({"pay_group": pay.group}, {"pay_group": pay.group, "employee": seller}, {"pay_group": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CommissionRuleFactory(**{"item": item, **values})

    assert CommissionRule.objects.count() == 1


def test_settling_takes_as_many_statements_for_thirty_sellers_as_for_three(pay: Pay, item: PayItem) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    run = pay.open()
    counts = []
    for number in (3, 27):
        for _n in range(number):
            receive(pay, pay.hire(5000, user=UserFactory()), 1000)
        with transaction.atomic(), CaptureQueriesContext(connection) as captured:
            settle_commission(run)
        counts.append((len(captured), run.commission.count()))

    (few, first), (many, second) = counts
    assert (first, second) == (3, 30)
    assert few >= many - 1


def void(receipt: Receipt) -> None:
    with transaction.atomic():
        receipt.become(ReceiptStatus.VOID, actor=None, at=timezone.now(), reason="重复登记")


def entries() -> list[tuple[date, Decimal]]:
    return list(PayInput.objects.order_by("month").values_list("month", "amount"))


def test_a_receipt_confirmed_after_the_lock_is_paid_by_the_next_run(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    receive(pay, seller, 10000)
    pay.lock()
    late = receive(pay, seller, 5000, date(2026, 1, 31))

    february = pay.lock(date(2026, 2, 1))
    pay.lock(date(2026, 3, 1))

    assert entries() == [(FIRST, D("200.00")), (date(2026, 2, 1), D("100.00"))]
    (row,) = february.commission.all()
    assert (row.number, row.employee, row.base, row.amount) == (late.number, seller, D("5000.00"), D("100.00"))


def test_a_receipt_voided_after_the_lock_is_taken_back_once(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    wrong = receive(pay, seller, "333.33")
    pay.lock()
    CommissionRule.objects.update(rate=D(9))
    void(wrong)

    february = pay.lock(date(2026, 2, 1))
    pay.lock(date(2026, 3, 1))

    # As it was paid, whatever the rate is by now.
    assert entries() == [(FIRST, D("6.67")), (date(2026, 2, 1), D("-6.67"))]
    assert pay.slip(february, seller).gross == D("4993.33")


def test_a_receipt_voided_before_the_lock_makes_the_run_stale(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    wrong = receive(pay, seller, 10000)
    run = pay.calculate()
    void(wrong)

    with pytest.raises(services.NotCalculated):
        services.submit_run(payrun=run, actor=pay.actor, at=AT)

    assert entries() == [(FIRST, D("200.00"))]


def test_two_open_runs_do_not_pay_a_receipt_twice(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    january = pay.open()
    receive(pay, seller, 10000)
    pay.calculate(date(2026, 2, 1))

    services.calculate_run(payrun=january, actor=pay.actor, at=AT)

    assert entries() == [(date(2026, 2, 1), D("200.00"))]


def test_a_removed_run_gives_its_receipts_free(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    receive(pay, seller, 10000)
    run = pay.calculate()

    services.delete_run(payrun=run, actor=pay.actor, at=AT)

    assert (CommissionSettlement.objects.count(), PayInput.objects.count()) == (0, 0)


def test_receipts_before_the_first_run_were_paid_outside(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    receive(pay, seller, 10000, date(2025, 12, 31))

    pay.calculate()

    assert entries() == []


def test_settled_commission_of_a_locked_run_stays(pay: Pay, item: PayItem, seller: Employee) -> None:
    CommissionRuleFactory(pay_group=pay.group, item=item, rate=D(2))
    receive(pay, seller, 10000)
    pay.lock()

    with pytest.raises(IntegrityError), transaction.atomic():
        CommissionSettlement.objects.update(amount=D(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        CommissionSettlement.objects.all().delete()

    assert CommissionSettlement.objects.get().amount == D("200.00")


def test_commission_is_not_entered_by_hand(pay: Pay, item: PayItem, seller: Employee) -> None:
    """The next calculation would take it away without a word."""
    entry = PayInput(employee=seller, item=item, month=FIRST, amount=D(100), source=InputSource.COMMISSION)

    with pytest.raises(ValidationError) as refusal:
        entry.full_clean()

    assert set(refusal.value.message_dict) == {"source"}
