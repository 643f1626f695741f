"""The demo company before its story begins: organisation, accounts, goods, the way of selling, and old customers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from crm.customers.importing import import_customers
from crm.customers.models import Customer, Source
from crm.pipeline.models import LostReason, Stage
from hrm.org.accounts import create_staff_user, link_employee_user
from hrm.org.choices import EmployeeStatus
from hrm.org.default_roles import create_default_roles
from hrm.org.models import Department, Employee, Position
from hrm.org.services import create_department, hire_employee, set_department_head, update_employee
from rollout.choices import BusinessType, Frequency, MoneyLost, Pain, Severity
from rollout.demo.dice import Dice
from rollout.demo.goods import CATEGORIES, GOODS
from rollout.demo.identity import make_mobile, make_uscc
from rollout.demo.people import DEPARTMENTS, PEOPLE
from rollout.demo.timeline import Timeline
from rollout.demo.world import World
from rollout.services import advance_stage, name_people, open_stage, save_profile
from suite.access.models import User
from suite.activity.services import set_mail_preferences
from suite.masters.models import Company, Currency, Item, ItemCategory, PaymentTerms, TaxCode, Unit
from suite.masters.services import load_reference_data

OLD_CUSTOMERS = 84


def found_company(*, now: datetime, start: datetime, password: str, progress: Callable[[int], Any] | None) -> World:
    """Make the company as it was when it turned on CRM."""
    load_reference_data()
    company = Company.objects.create(
        code="LT",
        name="深圳市澜拓电子配件有限公司",
        short_name="澜拓电子",
        uscc=make_uscc("440300", 88_888),
        legal_representative="林志远",
        base_currency=Currency.objects.get(code="CNY"),
        address="广东省深圳市宝安区福海街道展城工业园 6 栋",
        phone="0755-2788 6600",
        bank_name="招商银行深圳宝安支行",
        bank_account="755936842110801",
    )
    admin = User.objects.create_superuser("admin", "admin@lantuo.example", password, full_name="邓志强")
    _open_crm(admin, start - timedelta(days=30))
    users = _staff(company, admin, start)
    _choose_path(admin, users, now)
    return World(
        timeline=Timeline(start, now, progress),
        company=company,
        admin=admin,
        users=users,
        items=_goods(),
        stages=list(Stage.objects.select_related("pipeline").order_by("position")),
        sources={source.code: source for source in Source.objects.all()},
        reasons={reason.code: reason for reason in LostReason.objects.all()},
        terms={terms.code: terms for terms in PaymentTerms.objects.all()},
    )


def _open_crm(admin: User, at: datetime) -> None:
    open_stage(code="crm", actor=admin, at=at, reason="客户资料都在业务员手机里，先把客户管起来")
    advance_stage(code="crm", actor=admin, at=at + timedelta(days=7), reason="客户资料导入完成")
    advance_stage(code="crm", actor=admin, at=at + timedelta(days=21), reason="销售部全员上线")


def _choose_path(admin: User, users: dict[str, User], now: datetime) -> None:
    """Say what the company is like, and who is to introduce the next system."""
    pains = {
        Pain.CUSTOMERS_IN_HEADS: (Severity.HEAVY, Frequency.WEEKLY, MoneyLost.MUCH),
        Pain.STOCK_WRONG: (Severity.CLEAR, Frequency.WEEKLY, MoneyLost.SOME),
        Pain.PEOPLE_CHAOS: (Severity.NOTICEABLE, Frequency.MONTHLY, MoneyLost.LITTLE),
        Pain.SUPPLIER_DELAYS: (Severity.NOTICEABLE, Frequency.MONTHLY, MoneyLost.SOME),
    }
    save_profile(
        staff=len(PEOPLE),
        revenue=Decimal(26_000_000),
        business_type=BusinessType.MANUFACTURING,
        purchase_ratio=Decimal(42),
        item_count=len(GOODS),
        pains={
            pain: {"severity": severity, "frequency": frequency, "money": money}
            for pain, (severity, frequency, money) in pains.items()
        },
        actor=admin,
        at=now - timedelta(days=60),
    )
    owner = Employee.objects.get(user=users["xiewanting"])
    sponsor = Employee.objects.get(user=users["linzhiyuan"])
    name_people(code="hrm", owner=owner, sponsor=sponsor, actor=admin, at=now - timedelta(days=45))


# -- people ------------------------------------------------------------------------------------


def _staff(company: Company, admin: User, start: datetime) -> dict[str, User]:
    common: dict[str, Any] = {"actor": admin, "at": start - timedelta(days=40)}
    roles = create_default_roles(**common)
    departments = _departments(company, common)
    employees = _employees(company, departments, start, common)
    for person in PEOPLE:
        for code in person.heads:
            set_department_head(department=departments[code], head=employees[person.name], **common)
    for person in PEOPLE:
        if person.login == admin.username:
            link_employee_user(employee=employees[person.name], user=admin, **common)
            admin.groups.add(roles[person.role])
        elif person.login:
            create_staff_user(
                employee=employees[person.name],
                username=person.login,
                roles=[roles[person.role]],
                **common,
            )
    accounts = User.objects.filter(username__in=[person.login for person in PEOPLE if person.login])
    # The same password for all: hashed once, since a good hash takes its time.
    accounts.update(password=admin.password)
    users = {user.username: user for user in accounts}
    for user in users.values():
        set_mail_preferences(user=user, kinds=())
    return users


def _departments(company: Company, common: dict[str, Any]) -> dict[str, Department]:
    root = create_department(company=company, code="LT", name="澜拓电子", **common)
    return {
        unit.code: create_department(
            company=company, code=unit.code, name=unit.name, parent=root, sort_order=order, **common
        )
        for order, unit in enumerate(DEPARTMENTS, start=1)
    }


def _employees(
    company: Company, departments: dict[str, Department], start: datetime, common: dict[str, Any]
) -> dict[str, Employee]:
    positions: dict[tuple[str, str], Position] = {}
    employees: dict[str, Employee] = {}
    heads = {code: person.name for person in PEOPLE for code in person.heads}
    for number, person in enumerate(PEOPLE, start=1):
        dice = Dice(f"employee {number}")
        key = person.department, person.position
        if key not in positions:
            positions[key] = Position.objects.create(
                code=f"P{len(positions) + 1:02}",
                name=person.position,
                department=departments[person.department],
                planned_headcount=sum((p.department, p.position) == key for p in PEOPLE),
            )
        employees[person.name] = hire_employee(
            company=company,
            number=f"LT{number:03}",
            name=person.name,
            department=departments[person.department],
            position=positions[key],
            hire_date=(start - timedelta(days=dice.number(90, 2600))).date(),
            status=EmployeeStatus.REGULAR,
            phone=make_mobile(dice, 900_000 + number),
            email=f"{person.login}@lantuo.example" if person.login else "",
            **common,
        )
    boss = employees[PEOPLE[0].name]
    for person in PEOPLE[1:]:
        head = employees[heads[person.department]]
        manager = boss if head == employees[person.name] else head
        update_employee(employee=employees[person.name], manager=manager, **common)
    return employees


# -- goods and customers -----------------------------------------------------------------------


def _goods() -> dict[str, Item]:
    units = {unit.code: unit for unit in Unit.objects.all()}
    tax = TaxCode.objects.get(code="VAT-STANDARD")
    categories = {code: ItemCategory.objects.create(code=code, name=name) for code, name in CATEGORIES.items()}
    items = Item.objects.bulk_create(
        Item(
            code=good.code,
            name=good.name,
            spec=good.spec,
            category=categories[good.code[:2]],
            base_unit=units[good.unit],
            list_price=Decimal(good.price),
            tax_code=tax,
        )
        for good in GOODS
    )
    return {item.code: item for item in items}


def take_over_customers(world: World, at: datetime) -> list[Customer]:
    """Import the customers of the time before, as they stood in the sellers' lists."""
    rows = []
    for number in range(1, OLD_CUSTOMERS + 1):
        dice = Dice(f"old customer {number}")
        firm = world.next_firm(dice)
        rows.append(
            {
                "_row": number + 1,
                "name": firm.name,
                "short_name": firm.short_name,
                "uscc": firm.uscc,
                "phone": firm.phone,
                "region": firm.place.province,
                "city": firm.place.city,
                "industry": firm.industry,
                "tier": dice.by_weight({"A": 16, "B": 32, "C": 42, "D": 10}),
                "tags": dice.some_of(("年框", "重点项目", "价格敏感", "账期长", "贴牌", "出口"), dice.number(0, 2)),
                "source": world.source(dice),
                "payment_terms": world.terms_of_name(firm.name),
                "owner": world.seller(dice),
                "contact_name": firm.person,
                "contact_title": firm.title,
                "contact_mobile": firm.mobile,
            }
        )
    import_customers(rows=rows, actor=world.admin, at=at)
    return list(Customer.objects.select_related("party", "owner", "source").order_by("pk"))
