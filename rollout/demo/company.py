"""Builds the demo company, deterministically, relative to today."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm.contracts.quotations import (
    accept_quotation,
    create_quotation,
    reject_quotation,
    revise_quotation,
    send_quotation,
)
from crm.contracts.services import (
    approve_contract,
    confirm_receipt,
    create_contract_from_quotation,
    record_receipt,
    sign_contract,
    submit_contract,
)
from crm.customers.models import Customer, Source
from crm.customers.services import convert_lead, create_contact, create_customer, create_lead, record_follow_up
from crm.pipeline.models import LostReason, Stage
from crm.pipeline.services import create_opportunity, lose_opportunity, move_opportunity
from hrm.org.accounts import create_staff_user
from hrm.org.choices import EmployeeStatus
from hrm.org.default_roles import create_default_roles
from hrm.org.services import create_department, hire_employee, set_department_head
from rollout.demo import names
from suite.access.models import User
from suite.activity.models import Reminder
from suite.masters.models import Company, Currency, Item, PaymentTerms, TaxCode, Unit
from suite.masters.services import load_reference_data
from suite.metrics.models import Target
from suite.modules.services import enable_module

HEADCOUNT = 50
CUSTOMERS = 120
LEADS = 160
DAYS = 365

Progress = Callable[[int], None]


class Demo:
    """The making of the company; ``random`` is seeded, so that every run gives the same."""

    def __init__(self, progress: Progress) -> None:
        self.random = random.Random(20261108)  # noqa: S311 the same company every time, nothing secret
        self.now = timezone.now().replace(minute=0, second=0, microsecond=0)
        self.progress = progress
        self.password = f"Xunxu-{secrets.token_hex(4)}"
        self.users: dict[str, User] = {}

    @transaction.atomic
    def build(self) -> list[tuple[str, str, str]]:
        """Make everything; returns (user name, password, who) of the accounts."""
        self._found()
        self._staff()
        self._goods()
        customers = [self._customer(n) for n in range(CUSTOMERS)]
        for number in range(LEADS):
            self._lead(number)
        for customer in customers:
            self._business(customer)
        # What was due in the past of the story is done.
        Reminder.objects.filter(due_at__lte=self.now).update(done_at=self.now, notified_at=self.now)
        who = [(login, name) for login, name, _department, _role in names.ACCOUNTS]
        return [(login, self.password, name) for login, name in [*who, ("admin", "系统管理员")]]

    def _found(self) -> None:
        load_reference_data()
        self.company = Company.objects.create(
            code="LT",
            name="深圳市澜拓电子配件有限公司",
            short_name="澜拓电子配件",
            base_currency=Currency.objects.get(code="CNY"),
            address="深圳市宝安区福海街道塘尾社区",
            phone="0755-2788 6600",
        )
        self.admin = User.objects.create_superuser("admin", "admin@example.com", self.password, full_name="系统管理员")
        enable_module(code="crm", actor=self.admin, at=self.now - timedelta(days=DAYS), reason="第一阶段")
        self.roles = create_default_roles(actor=self.admin, at=self.now)

    def _staff(self) -> None:
        start = self.now - timedelta(days=DAYS + 200)
        common: dict[str, Any] = {"actor": self.admin, "at": self.now}
        root = create_department(company=self.company, code="LT", name="澜拓电子", valid_from=start.date(), **common)
        departments = {
            code: create_department(
                company=self.company, code=code, name=name, parent=root, valid_from=start.date(), **common
            )
            for code, name in names.DEPARTMENTS
        }
        headed: set[str] = set()
        for number, (login, name, code, role) in enumerate(names.ACCOUNTS, start=1):
            employee = self._hire(number, name, departments[code], start)
            self.users[login] = create_staff_user(
                employee=employee, username=login, password=self.password, roles=[self.roles[role]], **common
            )
            if code not in headed:
                set_department_head(department=departments[code], head=employee, **common)
                headed.add(code)
        for number in range(len(names.ACCOUNTS) + 1, HEADCOUNT + 1):
            name = self.random.choice(names.SURNAMES) + self.random.choice(names.GIVEN)
            self._hire(number, name, departments[f"D0{4 + number % 4}"], start)
        self.sellers = [self.users[login] for login, _n, _d, role in names.ACCOUNTS if role == "salesperson"]
        self.manager = self.users["heguodong"]
        self.finance = self.users["suwanqing"]

    def _hire(self, number: int, name: str, department: Any, start: datetime) -> Any:
        return hire_employee(
            company=self.company,
            number=f"LT{number:03}",
            name=name,
            department=department,
            hire_date=start.date(),
            status=EmployeeStatus.REGULAR,
            actor=self.admin,
            at=self.now,
        )

    def _goods(self) -> None:
        unit, tax = Unit.objects.get(name="只"), TaxCode.objects.get(code="VAT-STANDARD")
        self.items = [
            Item.objects.create(
                code=code, name=name, spec=spec, base_unit=unit, list_price=Decimal(price), tax_code=tax
            )
            for code, name, spec, price in names.ITEMS
        ]
        self.sources = list(Source.objects.order_by("code"))
        self.stages = list(Stage.objects.order_by("position"))
        self.reasons = list(LostReason.objects.order_by("code"))
        self.terms = list(PaymentTerms.objects.order_by("code"))
        months = {(self.now - timedelta(days=30 * n)).date().replace(day=1) for n in range(13)}
        Target.objects.bulk_create(
            Target(metric="crm.sales", year=m.year, month=m.month, value=Decimal(600_000 + 20_000 * n))
            for n, m in enumerate(sorted(months))
        )

    def _past(self, latest: int = 0) -> datetime:
        days = self.random.randint(latest, DAYS - 5)
        return self.now - timedelta(days=days, hours=self.random.randint(0, 8))

    def _customer(self, number: int) -> Customer:
        self.progress(1)
        region, city = self.random.choice(names.CITIES)
        brand = names.BRANDS[number % len(names.BRANDS)]
        trade = names.TRADES[number // len(names.BRANDS) % len(names.TRADES)]
        seller = self.sellers[number % len(self.sellers)]
        extra = "" if number < 90 else "（分部）"
        customer = create_customer(
            name=f"{city.removesuffix('市')}市{brand}{trade}有限公司{extra}",
            region=region,
            city=city,
            phone=f"0755-{26_000_000 + number * 37}",
            tier="AABBBCCCCD"[number % 10],
            source=self.random.choice(self.sources),
            payment_terms=self.random.choice(self.terms),
            owner=seller,
            actor=seller,
            at=self._past(40),
        )
        name = self.random.choice(names.SURNAMES) + self.random.choice(names.GIVEN)
        create_contact(
            customer=customer,
            name=name,
            title=self.random.choice(("采购经理", "总经理", "产品经理")),
            mobile=f"13{self.random.randint(100_000_000, 999_999_999)}",
            actor=seller,
            at=customer.created_at,
        )
        return customer

    def _lead(self, number: int) -> None:
        self.progress(1)
        seller, at = self.random.choice(self.sellers), self._past()
        name = self.random.choice(names.SURNAMES) + self.random.choice(names.GIVEN)
        lead = create_lead(
            name=name,
            company_name=f"{self.random.choice(names.BRANDS)}{self.random.choice(names.TRADES)}（线索{number + 1}）",
            mobile=f"15{self.random.randint(100_000_000, 999_999_999)}",
            source=self.random.choice(self.sources),
            requirement=self.random.choice(names.NEEDS),
            estimated_amount=Decimal(self.random.randint(2, 40) * 5000),
            owner=seller,
            actor=seller,
            at=at,
        )
        if number % 3:
            later = min(at + timedelta(days=self.random.randint(1, 6)), self.now)
            record_follow_up(lead=lead, body=self.random.choice(names.TALKS), actor=seller, at=later)
        if number % 8 == 0:
            convert_lead(lead=lead, actor=seller, at=self.now, opportunity_name=lead.requirement)

    def _business(self, customer: Customer) -> None:
        self.progress(1)
        seller = customer.owner
        assert seller is not None  # noqa: S101 the demo gave everybody an owner
        for _n in range(self.random.randint(1, 3)):
            begun = min(customer.created_at + timedelta(days=self.random.randint(1, 120)), self.now - timedelta(days=2))
            self._opportunity(customer, seller, begun)
        for _n in range(self.random.randint(2, 8)):
            spoken = self.now - timedelta(days=self.random.randint(0, 45), hours=self.random.randint(0, 9))
            is_last = self.random.random() < 0.3
            following = spoken + timedelta(days=self.random.randint(2, 20)) if is_last else None
            if spoken > customer.created_at:
                body = self.random.choice(names.TALKS)
                record_follow_up(customer=customer, body=body, next_contact_at=following, actor=seller, at=spoken)

    def _opportunity(self, customer: Customer, seller: User, begun: datetime) -> None:
        fate = self.random.random()
        opportunity = create_opportunity(
            name=self.random.choice(names.NEEDS),
            customer=customer,
            contact=customer.contacts.first(),
            amount=Decimal(self.random.randint(4, 60) * 5000),
            expected_close_date=(begun + timedelta(days=self.random.randint(30, 150))).date(),
            source=customer.source,
            actor=seller,
            at=begun,
        )
        moved = begun
        for stage in self.stages[1 : 1 + self.random.randint(0, 4)]:
            moved = min(moved + timedelta(days=self.random.randint(2, 9)), self.now)
            opportunity = move_opportunity(opportunity=opportunity, lane=str(stage.pk), actor=seller, at=moved)
        if fate < 0.2:
            lost_reason = self.random.choice(self.reasons)
            lose_opportunity(opportunity=opportunity, lost_reason=lost_reason, actor=seller, at=moved)
        elif fate < 0.75:
            self._sale(opportunity, seller, moved, is_won=fate < 0.62)

    def _sale(self, opportunity: Any, seller: User, at: datetime, *, is_won: bool) -> None:
        lines = [
            {"item": item, "quantity": Decimal(self.random.randint(2, 20) * 50)}
            for item in self.random.sample(self.items, self.random.randint(1, 3))
        ]
        common: dict[str, Any] = {"actor": seller, "at": at}
        quotation = create_quotation(
            customer=opportunity.customer,
            contact=opportunity.contact,
            opportunity=opportunity,
            title=opportunity.name,
            payment_terms=self.random.choice(self.terms),
            lines=lines,
            **common,
        )
        send_quotation(quotation=quotation, **common)
        if self.random.random() < 0.2:
            quotation = revise_quotation(quotation=quotation, **common)
            send_quotation(quotation=quotation, **common)
        if not is_won:
            if self.random.random() < 0.4:
                reject_quotation(quotation=quotation, reason="价格高于预算", **common)
            return
        accept_quotation(quotation=quotation, **common)
        contract = create_contract_from_quotation(quotation=quotation, **common)
        contract = submit_contract(contract=contract, **common)
        signed = min(at + timedelta(days=self.random.randint(1, 6)), self.now)
        contract = approve_contract(contract=contract, actor=self.manager, at=signed)
        contract = sign_contract(contract=contract, actor=seller, at=signed)
        self._payments(contract)

    def _payments(self, contract: Any) -> None:
        today = timezone.localdate(self.now)
        for plan in contract.plans.all():
            day = plan.due_date + timedelta(days=self.random.randint(-3, 12))
            if day > today or self.random.random() < 0.12:
                continue
            moment = self.now - timedelta(days=(today - day).days)
            part = plan.amount if self.random.random() < 0.9 else (plan.amount / 2).quantize(Decimal("0.01"))
            receipt = record_receipt(
                contract=contract, plan=plan, amount=part, received_on=day, actor=self.finance, at=moment
            )
            if (today - day).days > 3:
                confirm_receipt(receipt=receipt, actor=self.finance, at=moment)
