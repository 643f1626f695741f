"""Labour contracts: what the law refuses, signing, renewing, ending."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from hrm.org.models import Employee
from hrm.org.services import end_employment
from hrm.people import contracts
from hrm.people.choices import ContractState
from hrm.people.models import LaborContract
from hrm.people.selectors import expiring_within, with_state
from suite.core.errors import InvalidInput, WrongState
from tests.factories.hrm import EmployeeFactory, PositionFactory, UserFactory
from tests.factories.hrm_people import LaborContractFactory, MinimumWageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hrm_on")]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = AT.date()
D = Decimal


def draw_up(employee: Employee, **fields: Any) -> LaborContract:
    values: dict[str, Any] = {
        "kind": "FIXED",
        "starts_on": date(2026, 3, 1),
        "ends_on": date(2029, 2, 28),
        "monthly_wage": D("8000"),
    }
    return contracts.create_contract(employee=employee, actor=None, at=AT, **{**values, **fields})


def test_contract_names_the_position_and_gets_a_number() -> None:
    person = EmployeeFactory(position=PositionFactory(name="装配工"))

    contract = draw_up(person, probation_ends_on=date(2026, 8, 31), probation_wage=D("6400"))

    assert (contract.number, contract.job_title, contract.company) == ("LC-2026-0001", "装配工", person.company)
    assert contract.state_on(TODAY) == ContractState.DRAFT


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        # 劳动合同法 19: six months at most for three years, none until a task is done.
        ({"probation_ends_on": date(2026, 9, 1)}, "probation_ends_on"),
        ({"kind": "TASK", "ends_on": None, "probation_ends_on": date(2026, 3, 31)}, "probation_ends_on"),
        ({"probation_ends_on": date(2026, 2, 1)}, "probation_ends_on"),
        # 劳动合同法 20: 80 % of 8,000 is 6,400.
        ({"probation_ends_on": date(2026, 8, 31), "probation_wage": D("6399.99")}, "probation_wage"),
        ({"probation_wage": D("8000")}, "probation_wage"),
        # Below the local minimum wage of the example.
        ({"monthly_wage": D("2489.99")}, "monthly_wage"),
        ({"ends_on": None}, "ends_on"),
    ],
)
def test_what_the_law_does_not_allow_is_refused(fields: dict[str, Any], field: str) -> None:
    """劳动合同法 12, 19, 20."""
    person = EmployeeFactory(hire_date=date(2026, 3, 1))
    MinimumWageFactory(company=person.company)

    with pytest.raises(InvalidInput) as refused:
        draw_up(person, **fields)

    assert refused.value.field == field
    assert not LaborContract.objects.exists()


def test_probation_is_agreed_on_once_with_a_person() -> None:
    """劳动合同法 19: the same employer agrees on probation with the same person once."""
    person = EmployeeFactory()
    LaborContractFactory(employee=person, ends_on=date(2026, 2, 28), probation_ends_on=date(2024, 8, 31))

    with pytest.raises(InvalidInput, match=r"19|十九") as refused:
        draw_up(person, probation_ends_on=date(2026, 3, 31))

    assert refused.value.field == "probation_ends_on"
    assert draw_up(person).probation_ends_on is None


def test_third_fixed_term_needs_the_wish_of_the_person() -> None:
    """劳动合同法 14: after two fixed terms the contract is open-ended unless the employee asks for a fixed one."""
    person = EmployeeFactory(hire_date=date(2022, 3, 1))
    LaborContractFactory(employee=person, starts_on=date(2022, 3, 1), ends_on=date(2024, 2, 29))
    LaborContractFactory(employee=person, starts_on=date(2024, 3, 1), ends_on=date(2026, 2, 28))

    with pytest.raises(InvalidInput) as refused:
        draw_up(person)
    asked = draw_up(person, fixed_term_reason="本人书面提出，2026-02-10")

    assert refused.value.field == "fixed_term_reason"
    assert asked.kind == "FIXED"


def test_open_ended_contract_is_always_allowed() -> None:
    person = EmployeeFactory(hire_date=date(2010, 3, 1))

    contract = draw_up(person, kind="OPEN", ends_on=None)

    assert (contract.ends_on, contract.last_day) == (None, None)


def test_contracts_of_a_person_never_overlap() -> None:
    contract = LaborContractFactory()

    with pytest.raises(ValidationError):
        draw_up(contract.employee, starts_on=date(2027, 2, 28), ends_on=date(2030, 2, 27))

    assert LaborContract.objects.count() == 1


def test_signed_contract_counts_and_is_not_changed_any_more() -> None:
    user = UserFactory()
    contract = draw_up(EmployeeFactory(hire_date=date(2026, 3, 1)))

    signed = contracts.sign_contract(contract=contract, signed_on=TODAY, actor=user, at=AT)

    assert signed.state_on(TODAY) == ContractState.ACTIVE
    assert with_state(LaborContract.objects.all(), TODAY).get().state == "ACTIVE"
    with pytest.raises(WrongState):
        contracts.sign_contract(contract=contract, signed_on=TODAY, actor=user, at=AT)
    with pytest.raises(WrongState):
        contracts.update_contract(laborcontract=contract, monthly_wage=D("1"), actor=user, at=AT)
    with pytest.raises(WrongState):
        contracts.delete_contract(laborcontract=contract, actor=user, at=AT)
    assert LaborContract.objects.get().monthly_wage == D("8000.00")


def test_contract_without_wage_or_of_a_day_to_come_is_not_signed() -> None:
    """劳动合同法 17: a contract names the pay."""
    user = UserFactory()
    without = draw_up(EmployeeFactory(), monthly_wage=None)
    complete = draw_up(EmployeeFactory())

    with pytest.raises(InvalidInput):
        contracts.sign_contract(contract=without, signed_on=TODAY, actor=user, at=AT)
    with pytest.raises(InvalidInput):
        contracts.sign_contract(contract=complete, signed_on=date(2026, 3, 3), actor=user, at=AT)

    assert not LaborContract.objects.filter(signed_on__isnull=False).exists()


@pytest.mark.parametrize(("signed_on", "is_late"), [(date(2026, 3, 31), False), (date(2026, 4, 1), True)])
def test_contract_signed_after_the_month_is_named_late(signed_on: date, is_late: bool) -> None:
    """劳动合同法 10: within one month from the first day of work."""
    contract = LaborContractFactory(starts_on=date(2026, 3, 1), ends_on=date(2029, 2, 28), signed_on=signed_on)

    assert contracts.signed_late(contract) is is_late


def test_renewal_follows_without_a_gap_and_without_probation() -> None:
    user = UserFactory()
    before = LaborContractFactory(
        employee__hire_date=date(2024, 3, 1), ends_on=date(2026, 3, 31), probation_ends_on=date(2024, 4, 30)
    )

    after = contracts.renew_contract(contract=before, kind="FIXED", ends_on=date(2029, 3, 31), actor=user, at=AT)

    assert (after.starts_on, after.renews, after.probation_ends_on) == (date(2026, 4, 1), before, None)
    assert after.monthly_wage == before.monthly_wage
    with pytest.raises(WrongState):
        contracts.renew_contract(contract=before, kind="OPEN", actor=user, at=AT)
    assert LaborContract.objects.count() == 2


def test_only_contracts_that_nothing_follows_are_expiring() -> None:
    soon = LaborContractFactory(ends_on=date(2026, 4, 1))
    LaborContractFactory(ends_on=date(2026, 4, 2))
    renewed = LaborContractFactory(ends_on=date(2026, 3, 31))
    LaborContractFactory(
        employee=renewed.employee, renews=renewed, starts_on=date(2026, 4, 1), ends_on=date(2029, 3, 31)
    )
    LaborContractFactory(ends_on=date(2026, 3, 31), signed_on=None)
    LaborContractFactory(ends_on=date(2026, 3, 1))

    expiring = expiring_within(LaborContract.objects.all(), 30, TODAY)

    assert list(expiring) == [soon]


def test_early_end_lies_within_the_contract() -> None:
    user = UserFactory()
    contract = LaborContractFactory()

    for day in (date(2024, 2, 29), date(2027, 3, 1)):
        with pytest.raises(InvalidInput):
            contracts.end_contract(contract=contract, ended_on=day, end_reason="x", actor=user, at=AT)
    ended = contracts.end_contract(
        contract=contract, ended_on=date(2026, 2, 28), end_reason="协商一致", actor=user, at=AT
    )

    assert ended.state_on(TODAY) == ContractState.ENDED
    with pytest.raises(WrongState):
        contracts.end_contract(contract=contract, ended_on=TODAY, end_reason="x", actor=user, at=AT)


def test_contract_ends_with_the_employment() -> None:
    contract = LaborContractFactory()
    draft = LaborContractFactory(
        employee=contract.employee, starts_on=date(2027, 3, 1), ends_on=date(2030, 2, 28), signed_on=None
    )

    end_employment(employee=contract.employee, leave_date=TODAY, actor=None, at=AT)

    contract.refresh_from_db()
    assert contract.ended_on == TODAY
    assert not LaborContract.objects.filter(pk=draft.pk).exists()


def test_signed_renewal_of_somebody_who_left_before_never_runs() -> None:
    person = EmployeeFactory(hire_date=date(2023, 3, 1))
    running = LaborContractFactory(employee=person, starts_on=date(2023, 3, 1), ends_on=date(2026, 3, 31))
    renewal = LaborContractFactory(employee=person, starts_on=date(2026, 4, 1), ends_on=date(2029, 3, 31))

    end_employment(employee=person, leave_date=TODAY, actor=None, at=AT)

    running.refresh_from_db()
    renewal.refresh_from_db()
    assert (running.ended_on, renewal.ended_on) == (TODAY, date(2026, 4, 1))
    for day in (TODAY, date(2026, 5, 1)):
        assert renewal.state_on(day) == ContractState.ENDED
        assert with_state(LaborContract.objects.filter(pk=renewal.pk), day).get().state == ContractState.ENDED
    assert not expiring_within(LaborContract.objects.all(), 90, date(2029, 3, 1)).exists()


def test_a_year_without_writing_leaves_the_fixed_term_to_the_wish_of_the_person() -> None:
    """劳动合同法 14, last paragraph: after a year without a written contract an open-ended one counts as agreed."""
    user, person = UserFactory(), EmployeeFactory(hire_date=date(2025, 3, 2))
    contract = draw_up(person, starts_on=date(2025, 3, 2))

    with pytest.raises(InvalidInput):
        contracts.sign_contract(contract=contract, signed_on=TODAY, actor=user, at=AT)
    assert LaborContract.objects.get().signed_on is None
    contracts.update_contract(laborcontract=contract, fixed_term_reason="本人书面提出", actor=user, at=AT)
    signed = contracts.sign_contract(contract=contract, signed_on=TODAY, actor=user, at=AT)

    assert signed.signed_on == TODAY


def test_fixed_term_signed_within_the_first_year_or_after_another_one_is_the_employers_to_offer() -> None:
    user, person = UserFactory(), EmployeeFactory(hire_date=date(2024, 3, 2))
    first = draw_up(person, starts_on=date(2024, 3, 2), ends_on=date(2026, 3, 1))
    contracts.sign_contract(contract=first, signed_on=date(2025, 3, 1), actor=user, at=AT)
    second = contracts.renew_contract(contract=first, kind="FIXED", ends_on=date(2028, 3, 1), actor=user, at=AT)

    signed = contracts.sign_contract(contract=second, signed_on=TODAY, actor=user, at=AT)

    assert signed.signed_on == TODAY
