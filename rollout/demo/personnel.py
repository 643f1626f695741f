"""What the demo company enters when it turns on personnel: papers of people, labour contracts, pay."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from hrm.identity import check_character
from hrm.org.models import Employee
from hrm.org.selectors import active_employees
from hrm.payroll.archives import create_archive, create_scheme
from hrm.payroll.choices import ClaimKind, Household, ProjectKind, RoundingKind
from hrm.payroll.models import PayGroup, PayItem, PayRun, SocialEnrolment, SpecialDeductionClaim
from hrm.payroll.services import (
    approve_run,
    calculate_run,
    create_run,
    mark_paid,
    publish_payslips,
    submit_run,
)
from hrm.people.choices import ContractKind
from hrm.people.contracts import create_contract, sign_contract
from hrm.people.models import MinimumWage
from hrm.services import update_personnel_file
from rollout.demo.dice import Dice
from rollout.demo.timeline import Story
from rollout.demo.world import World

CITY = "深圳（示例）"
REGIONS = ("440305", "441900", "430426", "360730", "450481", "422823", "511028", "430121")
FEMALE = frozenset("敏婷雨晴雅怡涵丽兰花露玲燕梅珍娟菊红华芳慧田仪")
# Monthly wage by what somebody does; others earn what the department pays.
WAGES = {
    "总经理": 38_000,
    "总经理助理": 12_500,
    "销售总监": 23_000,
    "高级客户经理": 11_500,
    "工艺工程师": 12_000,
    "测试工程师": 11_000,
    "组装线长": 7_800,
    "注塑技工": 7_200,
}
MANAGER_WAGE = 15_000
DEPARTMENT_WAGES = {"PR": 5_200, "WH": 5_400, "QA": 5_900, "S1": 8_200, "S2": 8_200, "FI": 8_000, "HR": 7_500}
USUAL_WAGE = 7_000


class Project(NamedTuple):
    """One project of the insurance scheme, in percent."""

    kind: ProjectKind
    floor: int
    employer: str
    employee: str
    rounding: RoundingKind = RoundingKind.CENT


# Figures that only show how a scheme looks.
PROJECTS = (
    Project(ProjectKind.PENSION, 4_492, "16", "8"),
    Project(ProjectKind.MEDICAL, 6_727, "5", "2"),
    Project(ProjectKind.UNEMPLOYMENT, 2_360, "0.8", "0.2"),
    Project(ProjectKind.INJURY, 2_360, "0.2", "0"),
    Project(ProjectKind.HOUSING_FUND, 2_360, "5", "5", RoundingKind.YUAN),
)
CAP = 38_892


def keep_personnel(world: World, at: datetime) -> Story:
    """Enter what is known of everybody, then pay them every month."""
    group = _pay_group(world, at)
    first = timezone.localtime(at).date().replace(day=1)
    _scheme(world, at)
    for employee in active_employees().select_related("position", "department").order_by("pk"):
        _papers(world, employee, at)
        _contract(world, employee, at)
        _pay(world, employee, group, first, at)
    while True:
        # The month that is over is paid on the tenth: calculated four days before, then checked and approved.
        at = _next_month(at).replace(day=6, hour=10)
        yield at
        run = _calculated(world, group, at)
        at += timedelta(days=1)
        yield at
        submit_run(payrun=run, actor=world.users["xiewanting"], at=at)
        at += timedelta(hours=3)
        yield at
        approve_run(payrun=PayRun.objects.get(pk=run.pk), actor=world.users["linzhiyuan"], at=at)
        at += timedelta(days=3)
        yield at
        run = PayRun.objects.get(pk=run.pk)
        publish_payslips(payrun=run, actor=world.users["xiewanting"], at=at)
        mark_paid(payrun=PayRun.objects.get(pk=run.pk), actor=world.users["suwanqing"], at=at)


def _next_month(at: datetime) -> datetime:
    return (at.replace(day=1) + timedelta(days=32)).replace(day=1)


def _calculated(world: World, group: PayGroup, at: datetime) -> PayRun:
    month = (timezone.localtime(at).date().replace(day=1) - timedelta(days=1)).replace(day=1)
    run = create_run(pay_group=group, month=month, actor=world.users["xiewanting"], at=at)
    return calculate_run(payrun=run, actor=world.users["xiewanting"], at=at)


def wage_of(employee: Employee) -> Decimal:
    """Return what somebody earns a month, in yuan."""
    dice = Dice(f"wage of {employee.name}")
    post = employee.position.name if employee.position is not None else ""
    usual = WAGES.get(post)
    if usual is None:
        is_manager = post.endswith(("经理", "主管")) and "客户" not in post
        code = employee.department.code if employee.department is not None else ""
        usual = MANAGER_WAGE if is_manager else DEPARTMENT_WAGES.get(code, USUAL_WAGE)
    return Decimal(round(dice.around(usual, 12), -2))


def _papers(world: World, employee: Employee, at: datetime) -> None:
    """ID card and bank account, made up but well formed."""
    dice = Dice(f"papers of {employee.name}")
    born = date(1972, 1, 1) + timedelta(days=dice.number(0, 29 * 365))
    parity = 2 * dice.number(0, 49) + (0 if employee.name[-1] in FEMALE else 1)
    first17 = f"{dice.one_of(REGIONS)}{born:%Y%m%d}{dice.number(0, 9)}{parity:02}"
    account = "6217" + "".join(str(dice.number(0, 9)) for _digit in range(15))
    update_personnel_file(
        employee=employee,
        id_number=first17 + check_character(first17),
        bank_account=account,
        birth_date=born,
        actor=world.users["xiewanting"],
        at=at,
    )


def _contract(world: World, employee: Employee, at: datetime) -> None:
    """The contract that is in force: the first for three years, then one more, then an open-ended one."""
    today = timezone.localtime(at).date()
    served = (today - employee.hire_date).days // 365
    rounds = min(served // 3, 2)
    begins = _years_later(employee.hire_date, 3 * rounds)
    is_open = rounds == 2
    contract = create_contract(
        employee=employee,
        kind=ContractKind.OPEN if is_open else ContractKind.FIXED,
        starts_on=begins,
        ends_on=None if is_open else _years_later(begins, 3) - timedelta(days=1),
        monthly_wage=wage_of(employee),
        work_place=world.company.address,
        actor=world.users["xiewanting"],
        at=at,
    )
    sign_contract(contract=contract, signed_on=begins, actor=world.users["xiewanting"], at=at)


def _years_later(day: date, years: int) -> date:
    return date(day.year + years, day.month, min(day.day, 28))


def _pay_group(world: World, at: datetime) -> PayGroup:
    group = PayGroup.objects.create(company=world.company, code="ALL", name="全员月薪", pay_day=10)
    group.items.set(PayItem.objects.all())
    return group


def _scheme(world: World, at: datetime) -> None:
    lines = [
        {
            "project": project.kind,
            "floor": Decimal(project.floor),
            "cap": Decimal(CAP),
            "employer_rate": Decimal(project.employer),
            "employee_rate": Decimal(project.employee),
            "rounding": project.rounding,
        }
        for project in PROJECTS
    ]
    create_scheme(
        city=CITY,
        household=Household.ANY,
        valid_from=date(2025, 1, 1),
        average_wage=Decimal(12_964),
        source="示例数据，使用前请按当地最新规定核对",
        lines=lines,
        actor=world.users["xiewanting"],
        at=at,
    )
    MinimumWage.objects.get_or_create(
        company=world.company,
        valid_from=date(2025, 1, 1),
        defaults={"monthly": Decimal(2_360), "source": "示例数据，使用前请按当地最新规定核对"},
    )


def _pay(world: World, employee: Employee, group: PayGroup, first: date, at: datetime) -> None:
    """Archive, insurance and, for some, what they may deduct."""
    dice = Dice(f"pay of {employee.name}")
    items = {item.code: item for item in PayItem.objects.filter(code__in=("BASE", "POST", "ALLOWANCE"))}
    wage = wage_of(employee)
    base = (wage * Decimal("0.6")).quantize(Decimal(100))
    amounts = {"BASE": base, "POST": wage - base, "ALLOWANCE": Decimal(dice.one_of((0, 200, 300, 400)))}
    create_archive(
        employee=employee,
        pay_group=group,
        valid_from=max(first, employee.hire_date),
        lines=[{"item": items[code], "amount": amount} for code, amount in amounts.items() if amount],
        reason="人力系统启用时建档",
        actor=world.users["xiewanting"],
        at=at,
    )
    SocialEnrolment.objects.create(
        employee=employee, city=CITY, social_wage=wage, fund_wage=wage, valid_from=max(first, employee.hire_date)
    )
    kinds = [kind for kind, chance in ((ClaimKind.EDUCATION, 0.35), (ClaimKind.ELDERLY, 0.3)) if dice.happens(chance)]
    for kind in kinds:
        SpecialDeductionClaim.objects.create(employee=employee, kind=kind, valid_from=first, share=Decimal(1))
