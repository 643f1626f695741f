"""The end of employment: computed from the pay of the year before, shown with articles, taken over into a run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hrm.org.models import Employee
from hrm.payroll.choices import InputSource, ItemKind, ItemSource, LeavingReason, Taxation
from hrm.payroll.leaving import leaving_pay
from hrm.payroll.models import PayInput, PayItem, SalaryArchive
from suite.modules import state
from suite.modules.models import ModuleState
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db
D = Decimal
LAST = date(2026, 3, 31)


@pytest.fixture
def desk(pay: Pay) -> Client:
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()
    client = Client()
    client.force_login(pay.actor)
    return client


@pytest.fixture
def person(pay: Pay) -> Employee:
    """Six years at 10,000 a month; the city's average is 3,000, so three times it 9,000."""
    pay.scheme.average_wage = D(3000)
    pay.scheme.save()
    person = pay.hire(10000, hire_date=date(2020, 4, 1))
    for month in (1, 2):
        pay.lock(date(2026, month, 1))
    return person


@pytest.fixture
def items(pay: Pay) -> tuple[PayItem, PayItem]:
    paid = pay.item("SEVERANCE", source=ItemSource.INPUT, taxation=Taxation.EXEMPT)
    tax = pay.item("SEVERANCE_TAX", source=ItemSource.INPUT, kind=ItemKind.DEDUCTION, taxation=Taxation.NONE)
    return paid, tax


@pytest.mark.parametrize(
    ("reason", "days", "figures"),
    [
        # 劳动合同法 47: 9,000 × 6; 财税〔2018〕164号: 108,000 are exempt.
        ("AGREED", 0, ("54000.00", "0", "0")),
        # 劳动合同法 40: a month more, of the wage of the month before.
        ("NOTICE", 0, ("54000.00", "10000.00", "0")),
        ("NOTICE", 30, ("54000.00", "0", "0")),
        # 劳动合同法 87: twice as much.
        ("UNLAWFUL", 0, ("108000.00", "0", "0")),
        ("RESIGNED", 0, ("0", "0", "0")),
        ("MISCONDUCT", 0, ("0", "0", "0")),
    ],
)
def test_the_reason_decides_what_is_paid(
    pay: Pay, person: Employee, reason: str, days: int, figures: tuple[str, str, str]
) -> None:
    found = leaving_pay(employee=person, leave_date=LAST, reason=reason, notice_days=days)

    assert (found.severance, found.notice, found.tax) == tuple(D(each) for each in figures)


def test_above_three_times_the_average_it_is_taxed_by_itself(pay: Pay, person: Employee) -> None:
    """财税〔2018〕164号: three times the average of a year is exempt, here 72,000."""
    pay.scheme.average_wage = D(2000)
    pay.scheme.save()
    Employee.objects.filter(pk=person.pk).update(hire_date=date(2016, 4, 1))
    person.refresh_from_db()

    found = leaving_pay(employee=person, leave_date=LAST, reason=LeavingReason.UNLAWFUL)

    # 6,000 × 10 × 2; (120,000 − 72,000) × 10 % − 2,520.
    assert (found.severance, found.tax) == (D("120000.00"), D("2280.00"))


def values(person: Employee, items: tuple[PayItem, PayItem], **more: Any) -> dict[str, Any]:
    archive = SalaryArchive.objects.get(employee=person)
    return {
        "salaryarchive": archive.pk,
        "leave_date": LAST.isoformat(),
        "reason": "NOTICE",
        "notice_days": 0,
        "item": items[0].pk,
        "tax_item": items[1].pk,
        **more,
    }


def test_the_page_shows_and_takes_over(
    pay: Pay, person: Employee, items: tuple[PayItem, PayItem], desk: Client
) -> None:
    url = reverse("hrm:severance")

    empty = desk.get(url)
    shown = desk.get(url, values(person, items))
    before = PayInput.objects.count()
    taken = desk.post(url, values(person, items))

    assert (empty.status_code, shown.status_code, before, taken.status_code) == (200, 200, 0, 302)
    page = shown.content.decode()
    assert "54,000.00" in page
    assert "劳动合同法 第40条" in page
    entry = PayInput.objects.get()
    assert (entry.month, entry.item, entry.source, entry.amount) == (
        date(2026, 3, 1),
        items[0],
        InputSource.SEVERANCE,
        D("64000.00"),
    )
    slip = pay.slip(pay.calculate(date(2026, 3, 1)), person)
    assert (slip.gross, slip.exempt) == (D("74000.00"), D("64000.00"))


def test_the_api_takes_over_and_refuses_a_settled_month(
    pay: Pay, person: Employee, items: tuple[PayItem, PayItem], desk: Client
) -> None:
    archive = SalaryArchive.objects.get(employee=person)
    url = f"/api/hrm/salary-archives/{archive.pk}/take/"

    settled = desk.post(url, values(person, items, leave_date="2026-02-28"), "application/json")
    nothing = desk.post(url, values(person, items, reason="RESIGNED"), "application/json")
    count = PayInput.objects.count()
    taken = desk.post(url, values(person, items), "application/json")

    assert (settled.status_code, nothing.status_code, count) == (409, 400, 0)
    assert taken.status_code == 200, taken.content.decode()
    assert PayInput.objects.get().amount == D("64000.00")
