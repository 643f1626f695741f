"""Pages, files and API of pay, and who sees the pay of whom."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import translation

from hrm.org.default_roles import create_default_roles
from hrm.org.models import Employee
from hrm.payroll import services
from hrm.payroll.choices import FaultCode, ItemKind, ItemSource, RunStatus, Taxation
from hrm.payroll.explain import Step, StepCode
from hrm.payroll.models import (
    CommissionRule,
    PayGroup,
    PayInput,
    PayItem,
    PayRun,
    PayRunFault,
    Payslip,
    PayslipConfirmation,
    SalaryArchive,
    SocialEnrolment,
    SpecialDeductionClaim,
    StatuteRow,
    YearToDate,
)
from hrm.payroll.presenting import try_rules
from hrm.payroll.wording import STEPS, step_in_words
from suite.access.choices import ScopeLevel
from suite.access.models import AuditEntry, User
from suite.access.services import set_role_grant
from suite.core.errors import WrongState
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.registry import pageset_of
from tests.factories.hrm import DepartmentFactory, UserFactory
from tests.factories.hrm_payroll import AT, PayInputFactory, SpecialDeductionClaimFactory
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db
D = Decimal
PAY_MODELS = (
    SalaryArchive,
    PayInput,
    PayRun,
    PayRunFault,
    Payslip,
    YearToDate,
    SocialEnrolment,
    SpecialDeductionClaim,
    CommissionRule,
    PayGroup,
    PayItem,
    StatuteRow,
)
SECRET = "31,234.00"


@pytest.fixture(autouse=True)
def hrm_on(db: None) -> None:
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def roles() -> dict[str, Group]:
    with translation.override("en"):
        return create_default_roles(actor=None, at=AT)


def sign_in(user: User) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user)
    return client


@pytest.fixture
def desk(pay: Pay) -> Client:
    return sign_in(pay.actor)


def in_role(role: Group, **values: Any) -> User:
    user: User = UserFactory(**values)
    user.groups.add(role)
    return user


def text(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text(answer).removeprefix("\ufeff"))))


# From the draft to the payment, in the browser


def test_a_run_goes_from_draft_to_paid_by_buttons(
    pay: Pay, desk: Client, django_capture_on_commit_callbacks: Any
) -> None:
    # Paid in February: two months of basic deduction, 55,000 − 10,000 leave 45,000, 1,980 of tax.
    pay.hire(55000)

    created = desk.post(
        reverse("hrm:payrun-create"), {"pay_group": pay.group.pk, "month": "2026-01-31", "pay_date": "", "note": ""}
    )
    run = PayRun.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(reverse("hrm:payrun-action", args=[run.pk, "calculate"]))
    for action in ("submit", "publish", "paid"):
        desk.post(reverse("hrm:payrun-action", args=[run.pk, action]))

    run.refresh_from_db()
    assert created.status_code == 302
    assert (run.month, run.pay_date) == (date(2026, 1, 1), date(2026, 2, 10))
    assert (run.status, run.net_total, run.job.status) == (RunStatus.PAID, D("53020.00"), "DONE")
    assert PayslipConfirmation.objects.count() == 1


def test_the_page_of_a_run_names_its_faults_and_lets_them_be_accepted(pay: Pay, desk: Client) -> None:
    pay.hire(10000, insured=False, name="王小明")
    run = pay.calculate()
    fault = run.faults.get()

    page = text(desk.get(run.get_absolute_url()))
    desk.post(reverse("hrm:payrunfault-action", args=[fault.pk, "accept"]), {"reason": "退休返聘"})

    fault.refresh_from_db()
    assert "王小明" in page
    assert (fault.is_blocking, fault.reason, fault.accepted_by) == (False, "退休返聘", pay.actor)


def test_a_payslip_explains_every_figure_with_its_article(pay: Pay, desk: Client) -> None:
    pay.insure(employee_rate=8, employer_rate=16, floor=D(4000), cap=D(30000))
    pay.formula("SENIORITY", "50 * SERVICE_YEARS", sort_order=9)
    person = pay.hire(30000, social_wage=36000, hire_date=date(2023, 1, 1))
    SpecialDeductionClaimFactory(employee=person)
    run = pay.calculate()

    page = text(desk.get(pay.slip(run, person).get_absolute_url()))

    for words in (
        "国家税务总局公告2018年第61号 第6条",
        "社会保险法 第12条",
        "国发〔2023〕13号 第2条",
        "50 * SERVICE_YEARS",
        "30,000.00 × 8 %",
        "36,000.00",
    ):
        assert words in page


@pytest.mark.parametrize("code", list(StepCode))
def test_every_step_has_words_in_both_languages(code: StepCode) -> None:
    names = (
        "before month to_date monthly months last_year limit taxable rate quick tax carried bonus without edge until"
    )
    names += " loss wage floor cap base fixed amount standard share served counted minimum years exempt"
    step = Step(code, {name: D("0.5") for name in names.split()}, "第1条", "PENSION")

    sentences = []
    for language in ("en", "zh-hans"):
        with translation.override(language):
            sentences.append(step_in_words(step))

    assert all(each.text and "%(" not in each.text and each.article == "第1条" for each in sentences)
    assert len(STEPS) == len(StepCode)


def test_comparison_shows_who_differs_and_by_what(pay: Pay, desk: Client) -> None:
    item = pay.item("PERFORMANCE", source=ItemSource.INPUT)
    steady, raised = pay.hire(5000, name="平稳"), pay.hire(5000, name="增长")
    pay.lock(date(2026, 1, 1))
    PayInputFactory(employee=raised, item=item, month=date(2026, 2, 1), amount=D("777.00"))
    newcomer = pay.hire(4000, name="新来", hire_date=date(2026, 2, 1))
    run = pay.calculate(date(2026, 2, 1))

    page = text(desk.get(reverse("hrm:pay-run-comparison", args=[run.pk])))

    assert raised.name in page
    assert newcomer.name in page
    assert "777.00" in page
    assert steady.name not in page


def test_statutes_of_another_date_are_tried_without_writing(pay: Pay, desk: Client) -> None:
    pay.hire(50000)
    run = pay.calculate()
    row = StatuteRow.objects.get(code="BASIC_DEDUCTION")
    row.valid_to = date(2026, 12, 31)
    row.save()
    StatuteRow.objects.create(
        code="BASIC_DEDUCTION", valid_from=date(2027, 1, 1), values={"monthly": "8000"}, article="设想"
    )
    before = list(Payslip.objects.values())

    page = text(desk.get(reverse("hrm:pay-run-comparison", args=[run.pk]), {"on": "2027-01-01"}))
    missing = text(desk.get(reverse("hrm:pay-run-comparison", args=[run.pk]), {"on": "1990-01-01"}))

    # 45,000 × 10 % − 2,520 = 1,980 against 42,000 × 10 % − 2,520 = 1,680.
    assert "1,680.00" in page
    assert "300.00" in page
    assert "1990-01-01" in missing
    assert list(Payslip.objects.values()) == before


def test_statutes_are_not_tried_with_a_settled_run(pay: Pay, desk: Client) -> None:
    """What was locked continues the year: computed once more it would be taxed on top of itself."""
    pay.hire(50000)
    run = pay.lock()
    url = reverse("hrm:pay-run-comparison", args=[run.pk])

    plain = text(desk.get(url))
    tried = text(desk.get(url, {"on": "2026-01-25"}))

    assert 'name="on"' not in plain
    assert "50,000.00" not in tried
    with pytest.raises(WrongState):
        try_rules(run, date(2026, 1, 25), Payslip.objects.all())


# Files


def test_bank_file_has_account_numbers_and_is_audited(pay: Pay, desk: Client) -> None:
    pay.hire(5000, name="张三", bank_account="6222020200011112222")
    run = pay.lock()

    rows = rows_of(desk.get(reverse("hrm:pay-run-file", args=[run.pk, "bank"]), {"format": "csv"}))

    assert rows[1] == ["1", "张三", "6222020200011112222", "5000.00", rows[1][4]]
    assert "2026-01" in rows[1][4]
    assert AuditEntry.objects.filter(kind="EXPORT", subject=run.number, actor=pay.actor).count() == 1


@pytest.mark.parametrize("is_locked", [False, True])
def test_no_bank_file_before_locking_or_without_accounts(pay: Pay, desk: Client, is_locked: bool) -> None:
    pay.hire(5000)
    run = pay.lock() if is_locked else pay.calculate()

    answer = desk.get(reverse("hrm:pay-run-file", args=[run.pk, "bank"]))

    assert (answer.status_code, answer["Location"]) == (302, run.get_absolute_url())
    assert not AuditEntry.objects.filter(kind="EXPORT").exists()


def test_tax_declaration_and_insurance_list(pay: Pay, desk: Client) -> None:
    pay.insure(employee_rate=8, employer_rate=16)
    person = pay.hire(30000, social_wage=30000)
    SpecialDeductionClaimFactory(employee=person)
    pay.lock(date(2026, 1, 1))
    run = pay.lock(date(2026, 2, 1))

    tax = rows_of(desk.get(reverse("hrm:pay-run-file", args=[run.pk, "tax"]), {"format": "csv"}))
    insurance = rows_of(desk.get(reverse("hrm:pay-run-file", args=[run.pk, "insurance"]), {"format": "csv"}))

    # Wages, exempt, pension, medical, unemployment, fund; then to date: wages … taxable, tax, before, now, bonus.
    assert tax[1][3:9] == ["30000.00", "0.00", "2400.00", "0", "0", "0"]
    assert [D(cell) for cell in tax[1][9:19]] == [60000, 0, 10000, 4800, 4000, 0, 41200, 1600, 618, 982]
    assert insurance[1][3:6] == ["30000.00", "4800.00", "2400.00"]
    assert insurance[1][-2:] == ["4800.00", "2400.00"]


# Who sees what


def test_everybody_sees_and_confirms_only_the_own_published_payslip(pay: Pay, roles: dict[str, Group]) -> None:
    me, colleague = in_role(roles["planner"]), in_role(roles["planner"])
    mine, theirs = pay.hire(31234, user=me), pay.hire(20001, user=colleague)
    run = pay.lock()
    slips = {person.pk: pay.slip(run, person) for person in (mine, theirs)}
    client = sign_in(me)
    own, other = (reverse("hrm:my-payslip", args=[slips[person.pk].pk]) for person in (mine, theirs))
    early = [client.get(own).status_code, client.get(f"/api/hrm/payslips/{slips[mine.pk].pk}/").status_code]
    services.publish_payslips(payrun=run, actor=pay.actor, at=AT)

    listed = text(client.get(reverse("hrm:my-payslips")))
    page = text(client.get(own))
    api = client.get("/api/hrm/payslips/").json()["results"]
    client.post(reverse("hrm:my-payslip-confirm", args=[slips[mine.pk].pk]))
    answers = [
        client.get(other).status_code,
        client.post(reverse("hrm:my-payslip-confirm", args=[slips[theirs.pk].pk])).status_code,
        client.get(f"/api/hrm/payslips/{slips[theirs.pk].pk}/").status_code,
        client.post(f"/api/hrm/payslips/{slips[theirs.pk].pk}/confirm/", {}, "application/json").status_code,
        client.get(reverse("hrm:payslip-detail", args=[slips[theirs.pk].pk])).status_code,
    ]

    assert early == [404, 404]
    assert SECRET in listed
    assert SECRET in page
    assert [row["id"] for row in api] == [slips[mine.pk].pk]
    assert answers == [404, 404, 404, 404, 404]
    confirmed = dict(PayslipConfirmation.objects.values_list("payslip", "confirmed_at"))
    assert confirmed[slips[mine.pk].pk] is not None
    assert confirmed[slips[theirs.pk].pk] is None


def test_items_that_are_not_on_the_payslip_stay_with_the_payroll(pay: Pay, roles: dict[str, Group]) -> None:
    me = in_role(roles["planner"])
    pay.formula(
        "RESERVE", "BASE * 0.01", kind=ItemKind.EMPLOYER, taxation=Taxation.NONE, is_printed=False, sort_order=5
    )
    person = pay.hire(10000, user=me)
    run = pay.lock()
    services.publish_payslips(payrun=run, actor=pay.actor, at=AT)
    slip = pay.slip(run, person)

    pages = [
        text(sign_in(me).get(reverse("hrm:my-payslip", args=[slip.pk]))),
        text(sign_in(me).get(slip.get_absolute_url())),
        text(sign_in(pay.actor).get(slip.get_absolute_url())),
    ]

    assert ["RESERVE" in page for page in pages] == [False, False, True]
    assert slip.employer_cost == D("10100.00")


def test_a_manager_of_a_department_sees_no_salary_anywhere(pay: Pay, roles: dict[str, Group]) -> None:
    """The scope department-and-below reaches the people, not their pay: pages, API, exports, history, comparison."""
    manager = in_role(roles["sales_manager"])
    department = DepartmentFactory(company=pay.company)
    head = pay.hire(1000, department=department, user=manager)
    department.head = head
    department.save()
    role = Group.objects.create(name="主管")
    set_role_grant(
        role=role,
        model=Employee,
        actions=("view", "change", "export"),
        level=ScopeLevel.DEPARTMENT_TREE,
        actor=None,
        at=AT,
    )
    manager.groups.add(role)
    person = pay.hire(31234, department=department, user=UserFactory(), bank_account="6222020200011112222")
    PayInputFactory(employee=person, item=pay.item("X", source=ItemSource.INPUT), amount=D(0))
    run = pay.lock()
    services.publish_payslips(payrun=run, actor=pay.actor, at=AT)
    client = sign_in(manager)

    answers: dict[str, set[int]] = {}
    leaks = []
    for model in PAY_MODELS:
        pages = pageset_of(model)
        assert pages is not None
        row = model.objects.exclude(pk__in=own_rows(model, head)).order_by("pk").first()
        urls = [pages.url("list"), pages.url("export"), f"/api/hrm/{pages.path}/"]
        if row is not None:
            urls += [pages.url("detail", row.pk), pages.url("history", row.pk), f"/api/hrm/{pages.path}/{row.pk}/"]
        for url in urls:
            answer = client.get(url)
            answers.setdefault(model.__name__, set()).add(answer.status_code)
            leaks += [url for figure in ("31234", SECRET) if figure in text(answer)]
    shared = [
        reverse("hrm:employee-list"),
        reverse("hrm:employee-detail", args=[person.pk]),
        reverse("hrm:employee-history", args=[person.pk]),
        f"{reverse('hrm:employee-export')}?format=csv",
        f"/api/hrm/employees/{person.pk}/",
        reverse("hrm:my-payslips"),
    ]
    seen = [client.get(url) for url in shared]
    files = [client.get(reverse("hrm:pay-run-file", args=[run.pk, name])).status_code for name in ("bank", "tax")]
    compared = client.get(reverse("hrm:pay-run-comparison", args=[run.pk])).status_code

    assert leaks == []
    # Only the door to payslips is open, and nothing of others lies behind it.
    assert answers.pop("Payslip") == {200, 403, 404}
    assert set.union(*answers.values()) == {403}
    assert [answer.status_code for answer in seen] == [200] * len(shared)
    assert not [1 for answer in seen if "31234" in text(answer) or "6222020200011112222" in text(answer)]
    assert (files, compared) == ([403, 403], 403)
    assert [row["id"] for row in client.get("/api/hrm/payslips/").json()["results"]] == [pay.slip(run, head).pk]


def own_rows(model: Any, person: Employee) -> Any:
    """Rows about a person themselves."""
    has_person = any(field.name == "employee" for field in model._meta.fields)
    return model.objects.filter(employee=person).values("pk") if has_person else []


def test_finance_sees_totals_and_pays_but_no_payslip(pay: Pay, roles: dict[str, Group]) -> None:
    person = pay.hire(31234, name="李四", bank_account="6222020200011112222")
    run = pay.lock()
    client = sign_in(in_role(roles["finance"]))

    page = text(client.get(run.get_absolute_url()))
    answers = {
        "payslip": client.get(pay.slip(run, person).get_absolute_url()).status_code,
        "archives": client.get(reverse("hrm:salaryarchive-list")).status_code,
        "comparison": client.get(reverse("hrm:pay-run-comparison", args=[run.pk])).status_code,
        "bank": client.get(reverse("hrm:pay-run-file", args=[run.pk, "bank"])).status_code,
        "tax": client.get(reverse("hrm:pay-run-file", args=[run.pk, "tax"])).status_code,
        "paid": client.post(reverse("hrm:payrun-action", args=[run.pk, "paid"])).status_code,
    }

    assert SECRET in page
    assert "李四" not in page
    assert answers == {"payslip": 404, "archives": 403, "comparison": 403, "bank": 200, "tax": 403, "paid": 302}
    assert PayRun.objects.get().status == RunStatus.PAID


def test_hr_prepares_and_the_boss_approves(pay: Pay, roles: dict[str, Group]) -> None:
    pay.hire(10000)
    run = pay.calculate()
    hr, boss = sign_in(in_role(roles["hr"])), sign_in(in_role(roles["boss"]))

    hr.post(reverse("hrm:payrun-action", args=[run.pk, "submit"]))
    refused = hr.post(reverse("hrm:payrun-action", args=[run.pk, "approve"])).status_code
    run.refresh_from_db()
    waiting = run.status
    boss.post(reverse("hrm:payrun-action", args=[run.pk, "approve"]))

    run.refresh_from_db()
    assert (waiting, refused, run.status) == (RunStatus.APPROVING, 403, RunStatus.LOCKED)


def test_with_hrm_off_nothing_of_pay_is_there(pay: Pay) -> None:
    ModuleState.objects.filter(code="hrm").update(is_enabled=False)
    state.forget()
    client = sign_in(pay.actor)

    answers = [client.get(reverse(name)).status_code for name in ("hrm:my-payslips", "hrm:payrun-list")]

    assert answers == [404, 404]


# Rules


def test_formulas_are_checked_when_an_item_is_saved(pay: Pay, desk: Client) -> None:
    values = {"name": "测试", "kind": "EARNING", "taxation": "TAXABLE", "source": "FORMULA", "sort_order": 1}
    wrong = [("A", "BASE +"), ("A", "UNKNOWN * 2"), ("A", "A + 1"), ("PAY_DAYS", "BASE"), ("if", "BASE")]

    statuses = [
        desk.post(reverse("hrm:payitem-create"), {**values, "code": code, "formula": formula}).status_code
        for code, formula in wrong
    ]
    right = desk.post(reverse("hrm:payitem-create"), {**values, "code": "A", "formula": "BASE * 0.05"})

    assert statuses == [422] * len(wrong)
    assert right.status_code == 302
    assert PayItem.objects.get(code="A").formula == "BASE * 0.05"


def test_a_statute_is_entered_with_its_source_and_not_twice(pay: Pay, desk: Client) -> None:
    url = reverse("hrm:statuterow-create")
    row = {"code": "BASIC_DEDUCTION", "valid_from": "2026-06-01", "values": '{"monthly": "6000"}', "article": "设想"}

    overlapping = desk.post(url, row).status_code
    StatuteRow.objects.filter(code="BASIC_DEDUCTION").update(valid_to=date(2026, 5, 31))
    broken = desk.post(url, {**row, "code": "IIT_MONTHLY", "values": '{"brackets": []}'}).status_code
    created = desk.post(url, row).status_code

    assert (overlapping, broken, created) == (422, 422, 302)
    pay.hire(11000)
    run = pay.calculate(date(2026, 6, 1), date(2026, 6, 25))
    steps = {step["code"]: step for step in run.payslips.get().explanation}
    assert (steps["BASIC_EMPLOYED"]["amounts"]["to_date"], steps["BASIC_EMPLOYED"]["article"]) == ("36000", "设想")


def test_accepting_needs_a_reason(pay: Pay, desk: Client) -> None:
    pay.hire(10000, insured=False)
    fault = pay.calculate().faults.get(code=FaultCode.NO_ENROLMENT)

    answer = desk.post(reverse("hrm:payrunfault-action", args=[fault.pk, "accept"]), {"reason": " "})

    fault.refresh_from_db()
    assert answer.status_code == 422
    assert fault.is_blocking
