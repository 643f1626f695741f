"""Operations on labour contracts, within what the Labour Contract Law allows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hrm.org.models import Employee
from hrm.people import contract_rules as rules
from hrm.people.choices import ContractKind
from hrm.people.models import LaborContract
from hrm.people.selectors import fixed_terms_before, minimum_wage
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.numbering import next_number, register_kind

NUMBERS = register_kind(
    "hrm.laborcontract", pattern="LC-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("labour contract")
)
ONE_DAY = timedelta(days=1)
OPEN_ENDED = {
    rules.OpenEnded.TEN_YEARS: gettext_lazy(
        "After ten years with the company the contract is open-ended unless the person asks for a fixed term "
        "(Labour Contract Law, article 14). Record how they asked for it."
    ),
    rules.OpenEnded.TWO_FIXED_TERMS: gettext_lazy(
        "After two fixed terms the contract is open-ended unless the person asks for a fixed term "
        "(Labour Contract Law, article 14). Record how they asked for it."
    ),
    rules.OpenEnded.UNWRITTEN_YEAR: gettext_lazy(
        "After a year without a written contract an open-ended one counts as agreed (Labour Contract Law, article 14), "
        "unless the person asks for a fixed term. Record how they asked for it."
    ),
}


@transaction.atomic
def create_contract(
    *, employee: Employee, kind: str, starts_on: date, actor: User | None, at: datetime, **fields: Any
) -> LaborContract:
    """
    Draw up a labour contract; it counts once it is signed.

    :param fields: ends_on, probation_ends_on, job_title, work_place, monthly_wage, probation_wage, fixed_term_reason,
        note, renews.
    :raises InvalidInput: where 劳动合同法 14, 19 or 20 do not allow it.
    :raises ValidationError: when its dates do not fit its kind, or another contract of the person.
    """
    locked = Employee.objects.lock(employee)
    contract = LaborContract(employee=locked, company=locked.company, kind=kind, starts_on=starts_on, **fields)
    if not contract.job_title and locked.position is not None:
        contract.job_title = locked.position.name
    _check(contract)
    contract.number = next_number(locked.company, NUMBERS, timezone.localdate(at))
    contract.save()
    return contract


@transaction.atomic
def update_contract(
    *,
    laborcontract: LaborContract,
    actor: User | None,
    at: datetime,
    expected_version: int | None = None,
    **changes: Any,
) -> LaborContract:
    """
    Change a contract that is not signed yet; see :func:`create_contract`.

    :raises WrongState: once it was signed.
    """
    people = {laborcontract.employee_id, getattr(changes.get("employee"), "pk", laborcontract.employee_id)}
    Employee.objects.lock_many(sorted(people))
    contract = _unsigned(laborcontract).check_version(expected_version)
    for name, value in changes.items():
        setattr(contract, name, value)
    contract.company = contract.employee.company
    _check(contract)
    contract.save()
    return contract


@transaction.atomic
def sign_contract(*, contract: LaborContract, signed_on: date, actor: User, at: datetime) -> LaborContract:
    """
    Record that both sides signed.

    :raises WrongState: when it is signed already.
    :raises InvalidInput: without the agreed wage, which the contract has to name (劳动合同法 17), for a day to come,
        for a fixed term after a year without any contract (14), or where the law does not allow the contract.
    """
    locked = _unsigned(contract)
    if locked.monthly_wage is None:
        raise InvalidInput(_("Enter the monthly wage first; the contract has to name it."))
    if signed_on > timezone.localdate(at):
        raise InvalidInput(_("That day is still to come."), field="signed_on")
    _check(locked)
    _refuse_unwritten_year(locked, signed_on)
    locked.signed_on = signed_on
    locked.save(update_fields=["signed_on"])
    return locked


@transaction.atomic
def renew_contract(
    *,
    contract: LaborContract,
    kind: str,
    actor: User,
    at: datetime,
    ends_on: date | None = None,
    fixed_term_reason: str = "",
) -> LaborContract:
    """
    Draw up the contract that follows a signed one, from the day after its end, without probation.

    :returns: the new contract, with work, place and wage of the one before.
    :raises WrongState: when it is not signed, has no last day, ended early, or is followed by one already.
    :raises InvalidInput: for a fixed term where an open-ended one is due and nobody asked for it.
    """
    employee = Employee.objects.lock(contract.employee)
    before = LaborContract.objects.lock(contract)
    if before.signed_on is None or before.ends_on is None or before.ended_on is not None:
        raise WrongState(_("Only a signed fixed term that was not ended early is renewed."))
    if LaborContract.objects.filter(renews=before).exists():
        raise WrongState(_("It is renewed already."))
    return create_contract(
        employee=employee,
        kind=kind,
        starts_on=before.ends_on + ONE_DAY,
        ends_on=ends_on,
        job_title=before.job_title,
        work_place=before.work_place,
        monthly_wage=before.monthly_wage,
        fixed_term_reason=fixed_term_reason,
        renews=before,
        actor=actor,
        at=at,
    )


@transaction.atomic
def end_contract(
    *, contract: LaborContract, ended_on: date, end_reason: str, actor: User | None, at: datetime
) -> LaborContract:
    """
    End a signed contract before its last day, or one without a last day.

    :raises WrongState: when it is not signed or ended already.
    :raises InvalidInput: for a day before it begins or after it ends anyway.
    """
    locked = LaborContract.objects.lock(contract)
    if locked.signed_on is None or locked.ended_on is not None:
        raise WrongState(_("Only a signed contract that was not ended yet is ended."))
    if ended_on < locked.starts_on or (locked.ends_on is not None and ended_on > locked.ends_on):
        raise InvalidInput(_("The day lies outside the contract."), field="ended_on")
    locked.ended_on, locked.end_reason = ended_on, end_reason
    locked.save(update_fields=["ended_on", "end_reason"])
    return locked


@transaction.atomic
def delete_contract(*, laborcontract: LaborContract, actor: User, at: datetime) -> None:
    """
    Delete a contract that was never signed.

    :raises WrongState: once it was signed.
    """
    _unsigned(laborcontract).delete()


def end_contracts_of(employee_pk: int, leave_date: date, *, at: datetime) -> None:
    """
    End what runs beyond the last day of somebody who left, and drop what was never signed.

    What was signed and would begin later ends on its first day: it stays on record, and never runs.
    """
    contracts = LaborContract.objects.filter(employee=employee_pk)
    contracts.filter(signed_on__isnull=True).delete()
    running = contracts.select_for_update(of=("self",)).filter(ended_on__isnull=True).order_by("pk")
    for contract in running.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=leave_date)):
        contract.ended_on, contract.end_reason = max(leave_date, contract.starts_on), _("The person left.")
        contract.save(update_fields=["ended_on", "end_reason"])


def signed_late(contract: LaborContract) -> bool:
    """Whether the first contract of somebody was signed after the month that the law leaves; 劳动合同法 10."""
    first = contract.renews_id is None
    return first and contract.signed_on is not None and contract.signed_on > rules.written_by(contract.starts_on)


def _unsigned(contract: LaborContract) -> LaborContract:
    locked = LaborContract.objects.lock(contract)
    if locked.signed_on is not None:
        raise WrongState(_("It is signed; end it or renew it instead."))
    return locked


def _check(contract: LaborContract) -> None:
    if contract.kind == ContractKind.FIXED and contract.ends_on is None:
        raise InvalidInput(_("A fixed term needs its last day."), field="ends_on")
    contract.full_clean(exclude=["number"])
    _check_probation(contract)
    _check_wages(contract)
    if contract.kind == ContractKind.FIXED and not contract.fixed_term_reason:
        reason = rules.open_ended_reason(
            hired_on=contract.employee.hire_date,
            on=contract.starts_on,
            fixed_terms=fixed_terms_before(contract.employee, contract.company_id, contract.starts_on),
        )
        if reason is not None:
            raise InvalidInput(str(OPEN_ENDED[reason]), field="fixed_term_reason")


def _refuse_unwritten_year(contract: LaborContract, signed_on: date) -> None:
    if contract.kind != ContractKind.FIXED or contract.fixed_term_reason:
        return
    hired_on = contract.employee.hire_date
    signed = LaborContract.objects.filter(employee=contract.employee, signed_on__isnull=False)
    # One that begins after the first year follows others that may be on paper only.
    follows = contract.starts_on >= rules.add_months(hired_on, 12) or signed.exclude(pk=contract.pk).exists()
    reason = rules.open_ended_reason(hired_on=hired_on, on=signed_on, fixed_terms=0, has_contract=follows)
    if reason == rules.OpenEnded.UNWRITTEN_YEAR:
        raise InvalidInput(str(OPEN_ENDED[reason]))


def _check_probation(contract: LaborContract) -> None:
    if contract.probation_ends_on is None:
        return
    latest = rules.latest_probation_end(rules.Term(contract.kind), contract.starts_on, contract.ends_on)
    if latest is None:
        raise InvalidInput(
            _("No probation is allowed under three months or until a task is done (Labour Contract Law, article 19)."),
            field="probation_ends_on",
        )
    if contract.probation_ends_on < contract.starts_on:
        raise InvalidInput(_("Probation ends before the contract begins."), field="probation_ends_on")
    if contract.probation_ends_on > latest:
        raise InvalidInput(
            _("For this term probation ends on %(day)s at the latest (Labour Contract Law, article 19).")
            % {"day": date_format(latest)},
            field="probation_ends_on",
        )
    others = LaborContract.objects.filter(employee=contract.employee, company=contract.company_id)
    if others.exclude(pk=contract.pk).filter(probation_ends_on__isnull=False).exists():
        raise InvalidInput(
            _("Probation is agreed on once with the same person (Labour Contract Law, article 19)."),
            field="probation_ends_on",
        )


def _check_wages(contract: LaborContract) -> None:
    agreed = contract.monthly_wage
    if agreed is None:
        if contract.probation_wage is not None:
            raise InvalidInput(_("Enter the monthly wage after probation as well."), field="monthly_wage")
        return
    minimum = minimum_wage(contract.company_id, contract.starts_on)
    if minimum is not None and agreed < minimum:
        raise InvalidInput(_below(minimum), field="monthly_wage")
    if contract.probation_wage is None:
        return
    if contract.probation_ends_on is None:
        raise InvalidInput(_("There is no probation."), field="probation_wage")
    lowest = rules.lowest_probation_wage(agreed, minimum)
    if contract.probation_wage < lowest:
        raise InvalidInput(
            _(
                "During probation at least 80%% of the agreed wage and the local minimum wage are paid: %(amount)s "
                "(Labour Contract Law, article 20)."
            )
            % {"amount": f"{lowest:,.2f}"},
            field="probation_wage",
        )


def _below(minimum: Decimal) -> str:
    return _("The local minimum wage is %(amount)s a month.") % {"amount": f"{minimum:,.2f}"}
