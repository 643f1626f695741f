"""What comes with the suite, insurance schemes, salary archives and deductions: dated, checked, with history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hrm.payroll import archives, services
from hrm.payroll.backfill import prepare_payroll
from hrm.payroll.choices import FaultCode
from hrm.payroll.errors import InvalidFigure
from hrm.payroll.models import (
    PayItem,
    SalaryArchive,
    SocialEnrolment,
    SocialScheme,
    SpecialDeductionClaim,
    StatuteRow,
)
from hrm.payroll.parameters import Code, Statute, checked, delivered_statutes
from suite.core.errors import InvalidInput, WrongState
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.hrm_payroll import (
    AT,
    PayGroupFactory,
    SocialEnrolmentFactory,
    SocialSchemeFactory,
    SocialSchemeLineFactory,
    StatuteRowFactory,
)
from tests.hrm.payroll.conftest import CITY, Pay

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def desk(pay: Pay) -> Client:
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()
    client = Client()
    client.force_login(pay.actor)
    return client


# What comes with the suite


def later_version(monkeypatch: pytest.MonkeyPatch) -> Statute:
    """Let a later version of the suite deliver that pay days of the month are others from 2028 on."""
    (present,) = [row for row in delivered_statutes() if row.code is Code.WORKING_TIME and row.valid_to is None]
    ended = replace(present, valid_to=date(2027, 12, 31))
    new = replace(present, valid_from=date(2028, 1, 1), values={**present.values, "pay_days": "20.83"}, article="新")
    rows = checked([*(row for row in delivered_statutes() if row is not present), ended, new])
    monkeypatch.setattr("hrm.payroll.backfill.delivered_statutes", lambda: rows)
    return new


def test_a_later_version_ends_the_rows_of_the_earlier_one(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_payroll(actor=None, at=AT)
    new = later_version(monkeypatch)

    added = prepare_payroll(actor=None, at=AT)

    assert added["statutes"] == 1
    rows = StatuteRow.objects.filter(code=new.code.value).order_by("-valid_from")
    ends = rows.values_list("valid_to", flat=True)[:2]
    assert list(ends) == [None, date(2027, 12, 31)]
    assert prepare_payroll(actor=None, at=AT)["statutes"] == 0


def test_a_row_that_somebody_changed_is_not_ended_by_a_later_version(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_payroll(actor=None, at=AT)
    new = later_version(monkeypatch)
    own = StatuteRow.objects.filter(code=new.code.value, valid_to=None)
    own.update(article="本公司")

    added = prepare_payroll(actor=None, at=AT)

    assert added["statutes"] == 0
    assert own.get().article == "本公司"


def test_delivered_rules_are_entered_once() -> None:
    first = prepare_payroll(actor=None, at=AT)
    again = prepare_payroll(actor=None, at=AT)

    assert first["statutes"] == len(delivered_statutes()) == StatuteRow.objects.count()
    assert again == {"statutes": 0, "pay_items": 0, "insurance_schemes": 0}
    assert checked(row.as_statute() for row in StatuteRow.objects.all()) == delivered_statutes()


def test_what_people_changed_stays() -> None:
    StatuteRow.objects.create(
        code="BASIC_DEDUCTION", valid_from=date(2025, 1, 1), values={"monthly": "6000"}, article="自定"
    )
    prepare_payroll(actor=None, at=AT)

    rows = StatuteRow.objects.filter(code="BASIC_DEDUCTION").values_list("valid_from", "article")

    assert list(rows) == [(date(2025, 1, 1), "自定")]


def test_every_delivered_pay_item_and_scheme_passes_its_own_checks() -> None:
    prepare_payroll(actor=None, at=AT)

    for item in PayItem.objects.all():
        item.full_clean()
    for scheme in SocialScheme.objects.all():
        scheme.full_clean()
    assert set(SocialScheme.objects.values_list("is_example", flat=True)) == {True}


# Periods


@pytest.mark.parametrize("make", ["statute", "scheme", "enrolment", "archive"])
def test_periods_of_one_thing_never_overlap(pay: Pay, make: str) -> None:
    person = pay.hire(5000)
    makers: dict[str, Any] = {
        "statute": lambda first: StatuteRowFactory(code="BASIC_DEDUCTION", valid_from=first, valid_to=None),
        "scheme": lambda first: SocialSchemeFactory(city=CITY, valid_from=first),
        "enrolment": lambda first: SocialEnrolmentFactory(employee=person, valid_from=first),
        "archive": lambda first: SalaryArchive.objects.create(employee=person, pay_group=pay.group, valid_from=first),
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        makers[make](date(2026, 1, 1))


def test_the_scheme_of_the_month_counts_between_floor_and_cap(pay: Pay) -> None:
    """社会保险法 12; the base is the wage between floor and cap, of the scheme in force in the month."""
    pay.insure(employee_rate=8, employer_rate=16, floor=D(4000), cap=D(20000))
    pay.scheme.valid_to = date(2026, 6, 30)
    pay.scheme.save()
    pay.scheme = SocialSchemeFactory(city=CITY, valid_from=date(2026, 7, 1))
    pay.insure(employee_rate=10, employer_rate=16, floor=D(5000), cap=D(25000))
    low, high = pay.hire(3000, social_wage=3000), pay.hire(30000, social_wage=30000)

    june, july = pay.lock(date(2026, 6, 1)), pay.calculate(date(2026, 7, 1))

    found = [pay.slip(run, person).social for run in (june, july) for person in (low, high)]
    assert found == [D(320), D(1600), D(500), D(2500)]


def test_the_housing_fund_has_a_wage_of_its_own(pay: Pay) -> None:
    pay.insure(employee_rate=8, employer_rate=16)
    SocialSchemeLineFactory(
        scheme=pay.scheme, project="HOUSING_FUND", floor=None, cap=None, employer_rate=D(7), employee_rate=D(7)
    )
    person = pay.hire(10000, social_wage=10000)
    without = pay.slip(pay.calculate(), person).social
    SocialEnrolment.objects.filter(employee=person).update(fund_wage=D(6000))

    slip = pay.slip(pay.calculate(date(2026, 2, 1)), person)

    assert (without, slip.social) == (D(800), D(1220))
    assert [each["project"] for each in slip.contributions] == ["PENSION", "HOUSING_FUND"]


def test_an_example_scheme_and_a_missing_one_are_named(pay: Pay) -> None:
    person, other = pay.hire(5000), pay.hire(5000)
    pay.scheme.is_example = True
    pay.scheme.save()
    SocialEnrolment.objects.filter(employee=other).update(city="无此城市")

    run = pay.calculate()

    found = set(run.faults.values_list("employee", "code", "is_blocking"))
    assert found == {(person.pk, FaultCode.EXAMPLE_SCHEME, False), (other.pk, FaultCode.NO_SCHEME, True)}


def test_a_scheme_that_the_law_does_not_allow_is_refused(pay: Pay) -> None:
    """社会保险法 33: nobody pays for work injury but the employer; 住房公积金管理条例 18: 5 % at least."""
    before = SocialScheme.objects.count()
    wrong = [
        {"project": "INJURY", "employer_rate": D("0.2"), "employee_rate": D("0.1")},
        {"project": "HOUSING_FUND", "employer_rate": D("4.99"), "employee_rate": D(5)},
    ]

    for line in wrong:
        with pytest.raises(InvalidFigure):
            archives.create_scheme(
                city="东莞", household="ANY", valid_from=date(2026, 1, 1), lines=[line], actor=pay.actor, at=AT
            )

    assert SocialScheme.objects.count() == before


def test_a_scheme_is_entered_with_its_projects_on_the_page(pay: Pay, desk: Client) -> None:
    values = {
        "city": "东莞",
        "household": "ANY",
        "valid_from": "2026-01-01",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-project": "PENSION",
        "lines-0-floor": "4000",
        "lines-0-cap": "20000",
        "lines-0-employer_rate": "16",
        "lines-0-employee_rate": "8",
        "lines-0-employer_fixed": "0",
        "lines-0-employee_fixed": "0",
        "lines-0-rounding": "CENT",
    }

    answer = desk.post(reverse("hrm:socialscheme-create"), values)

    line = SocialScheme.objects.get(city="东莞").lines.get()
    assert answer.status_code == 302
    assert (line.project, line.cap, line.as_rate().employer_rate) == ("PENSION", D("20000.00"), D("0.16"))


# Salary archives


def test_a_new_archive_ends_the_one_before(pay: Pay, desk: Client) -> None:
    person = pay.hire(10000)
    values = {
        "employee": person.pk,
        "pay_group": pay.group.pk,
        "valid_from": "2026-02-01",
        "reason": "晋升",
        "lines": [{"item": pay.base.pk, "amount": "12000"}],
    }

    answer = desk.post("/api/hrm/salary-archives/", values, "application/json")

    rows = SalaryArchive.objects.order_by("valid_from").values_list("valid_to", "reason", "amounts__amount")
    assert answer.status_code == 201, answer.content.decode()
    assert list(rows) == [(date(2026, 1, 31), "", D("10000.00")), (None, "晋升", D("12000.00"))]


def test_adjusting_a_salary_keeps_its_history(pay: Pay, desk: Client) -> None:
    archive = SalaryArchive.objects.get(employee=pay.hire(10000))
    url = reverse("hrm:salaryarchive-action", args=[archive.pk, "adjust"])
    values = {"valid_from": "2026-02-01", "reason": "年度调薪", f"amount_{pay.base.pk}": "11000"}

    form = desk.get(url)
    first = desk.post(url, values)
    second = desk.post(url, values)

    assert (form.status_code, first.status_code, second.status_code) == (200, 302, 422)
    amounts = SalaryArchive.objects.order_by("valid_from").values_list("amounts__amount", flat=True)
    assert list(amounts) == [D("10000.00"), D("11000.00")]


def test_an_archive_that_paid_somebody_is_not_rewritten(pay: Pay) -> None:
    archive = SalaryArchive.objects.get(employee=pay.hire(10000))
    pay.lock()
    lines = [{"id": archive.amounts.get().pk, "item": pay.base, "amount": D(9000)}]

    with pytest.raises(WrongState):
        archives.update_archive(salaryarchive=archive, lines=lines, actor=pay.actor, at=AT)
    lines[0]["amount"] = D(10000)
    archives.update_archive(
        salaryarchive=archive, lines=lines, valid_to=date(2026, 1, 31), reason="", actor=pay.actor, at=AT
    )

    archive.refresh_from_db()
    assert (archive.valid_to, archive.amounts.get().amount) == (date(2026, 1, 31), D("10000.00"))


DAYS = pytest.mark.parametrize("day", [date(2025, 12, 1), date(2026, 1, 31)])


@DAYS
def test_no_archive_begins_before_the_end_of_the_last_locked_month(pay: Pay, day: date) -> None:
    person = pay.hire(10000)
    archive = SalaryArchive.objects.get(employee=person)
    pay.lock()
    common = {"valid_from": day, "reason": "补", "actor": pay.actor, "at": AT}

    with pytest.raises(InvalidInput):
        archives.create_archive(employee=person, pay_group=pay.group, lines=[], **common)
    with pytest.raises(InvalidInput):
        archives.adjust_salary(salaryarchive=archive, amounts={pay.base.pk: D(11000)}, **common)

    row = SalaryArchive.objects.get()
    assert (row.valid_to, row.amounts.get().amount) == (None, D("10000.00"))


@DAYS
def test_no_archive_ends_within_a_locked_month_afterwards(pay: Pay, day: date) -> None:
    archive = SalaryArchive.objects.get(employee=pay.hire(10000))
    pay.lock(date(2026, 2, 1))
    lines = [{"id": archive.amounts.get().pk, "item": pay.base, "amount": D(10000)}]

    with pytest.raises(InvalidInput):
        archives.update_archive(salaryarchive=archive, lines=lines, valid_to=day, actor=pay.actor, at=AT)
    archives.adjust_salary(
        salaryarchive=archive,
        valid_from=date(2026, 3, 1),
        amounts={pay.base.pk: D(11000)},
        reason="",
        actor=pay.actor,
        at=AT,
    )

    ends = SalaryArchive.objects.order_by("valid_from").values_list("valid_to", flat=True)
    assert list(ends) == [date(2026, 2, 28), None]


def test_an_end_within_a_locked_month_is_not_taken_back(pay: Pay) -> None:
    archive = SalaryArchive.objects.get(employee=pay.hire(10000))
    SalaryArchive.objects.update(valid_to=date(2026, 1, 16))
    archive.refresh_from_db()
    run = pay.calculate()
    for fault in run.faults.all():
        services.accept_fault(fault=fault, reason="停薪", actor=pay.actor, at=AT)
    services.submit_run(payrun=run, actor=pay.actor, at=AT)
    lines = [{"id": archive.amounts.get().pk, "item": pay.base, "amount": D(10000)}]

    with pytest.raises(InvalidInput):
        archives.update_archive(salaryarchive=archive, lines=lines, valid_to=None, actor=pay.actor, at=AT)

    archive.refresh_from_db()
    assert archive.valid_to == date(2026, 1, 16)


def test_the_person_is_locked_before_the_archive(pay: Pay) -> None:
    archive = SalaryArchive.objects.get(employee=pay.hire(10000))

    with CaptureQueriesContext(connection) as captured:
        archives.adjust_salary(
            salaryarchive=archive,
            valid_from=date(2026, 3, 1),
            amounts={},
            reason="",
            actor=pay.actor,
            at=AT,
        )

    locks = [query["sql"] for query in captured if " FOR " in query["sql"]]
    assert [next(t for t in ("hrm_employee", "hrm_salaryarchive") if f'FROM "{t}"' in sql) for sql in locks[:2]] == [
        "hrm_employee",
        "hrm_salaryarchive",
    ]


def test_an_archive_belongs_to_a_group_of_the_same_company(pay: Pay) -> None:
    person = pay.hire(10000)

    with pytest.raises(InvalidInput):
        archives.create_archive(
            employee=person,
            pay_group=PayGroupFactory(),
            valid_from=date(2026, 2, 1),
            lines=[],
            actor=pay.actor,
            at=AT,
        )

    assert SalaryArchive.objects.get().valid_to is None


# Special additional deductions


def claim(person: Any, **values: Any) -> SpecialDeductionClaim:
    row = SpecialDeductionClaim(employee=person, **{"valid_from": date(2026, 1, 1), **values})
    row.full_clean()
    row.save()
    return row


def test_claims_are_checked_together_when_they_are_saved(pay: Pay) -> None:
    """国发〔2018〕41号 20: never rent and interest in one year; 国发〔2023〕13号 3: 1,500 for one of several."""
    person = pay.hire(10000)
    claim(person, kind="RENT", tier="A")

    for wrong in (
        {"kind": "INTEREST"},
        {"kind": "RENT", "tier": "B"},
        {"kind": "ELDERLY", "shared_amount": D(1501)},
        {"kind": "EDUCATION", "share": D("0.3")},
    ):
        with pytest.raises(ValidationError):
            claim(person, **wrong)

    assert SpecialDeductionClaim.objects.count() == 1


def test_a_claim_of_one_tax_year_ends_with_it(pay: Pay) -> None:
    person = pay.hire(10000)
    claim(person, kind="EDUCATION", tax_year=2026)

    first = pay.slip(pay.lock(date(2026, 12, 1)), person)
    second = pay.slip(pay.lock(date(2027, 1, 1)), person)

    assert (first.tax_snapshot["special"], second.tax_snapshot["special"]) == ("24000.00", "0")


def test_what_was_claimed_late_is_made_up_for(pay: Pay) -> None:
    """国家税务总局公告2022年第7号: what was not deducted is made up for in later months of the year."""
    person = pay.hire(30000)
    pay.lock(date(2026, 1, 1))
    claim(person, kind="EDUCATION")

    slip = pay.slip(pay.lock(date(2026, 2, 1)), person)

    # 60,000 − 10,000 − 4,000 = 46,000: 2,080 to date, of which 750 are withheld.
    assert (slip.tax_snapshot["special"], slip.tax) == ("4000.00", D("1330.00"))
