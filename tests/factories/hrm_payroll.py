"""Factories of pay: parameters, insurance, items, archives, runs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from hrm.payroll.choices import FaultCode, ItemKind, ItemSource, ProjectKind
from hrm.payroll.models import (
    CommissionRule,
    CommissionSettlement,
    PayGroup,
    PayInput,
    PayItem,
    PayRun,
    PayRunFault,
    Payslip,
    PayslipConfirmation,
    PayslipLine,
    SalaryArchive,
    SalaryArchiveItem,
    SocialEnrolment,
    SocialScheme,
    SocialSchemeLine,
    SpecialDeductionClaim,
    StatuteRow,
    YearToDate,
)
from hrm.payroll.parameters import delivered_statutes
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
D = Decimal


def seed_statutes() -> None:
    """Enter the statutory parameters as they are delivered."""
    StatuteRow.objects.bulk_create(
        StatuteRow(
            code=each.code.value,
            valid_from=each.valid_from,
            valid_to=each.valid_to,
            values=dict(each.values),
            article=each.article,
        )
        for each in delivered_statutes()
    )


class StatuteRowFactory(DjangoModelFactory[StatuteRow]):
    """The rule for studies of one day, a day for each row."""

    class Meta:
        model = StatuteRow

    code = "EXIT"
    valid_from = factory.Sequence(lambda n: date.fromordinal(date(1950, 1, 1).toordinal() + n))
    valid_to = factory.SelfAttribute("valid_from")
    values = factory.LazyFunction(lambda: {"transfer_days": "15"})
    article = "劳动合同法 第50条"


class SocialSchemeFactory(DjangoModelFactory[SocialScheme]):
    """A scheme of a city of its own since 2020, without projects."""

    class Meta:
        model = SocialScheme

    city = factory.Sequence(lambda n: f"城市{n}")
    valid_from = date(2020, 1, 1)


class SocialSchemeLineFactory(DjangoModelFactory[SocialSchemeLine]):
    """Pension: 16 % and 8 %, between 4,000 and 30,000."""

    class Meta:
        model = SocialSchemeLine

    scheme = factory.SubFactory(SocialSchemeFactory)
    project = ProjectKind.PENSION
    floor = D(4000)
    cap = D(30000)
    employer_rate = D(16)
    employee_rate = D(8)


class SocialEnrolmentFactory(DjangoModelFactory[SocialEnrolment]):
    """Insured on 10,000 since the hire date; the city has no scheme unless one is made."""

    class Meta:
        model = SocialEnrolment

    employee = factory.SubFactory(EmployeeFactory)
    city = "深圳"
    social_wage = D(10000)
    valid_from = factory.SelfAttribute("employee.hire_date")


class SpecialDeductionClaimFactory(DjangoModelFactory[SpecialDeductionClaim]):
    """Education of one child since 2024."""

    class Meta:
        model = SpecialDeductionClaim

    employee = factory.SubFactory(EmployeeFactory)
    kind = "EDUCATION"
    valid_from = date(2024, 1, 1)


class PayItemFactory(DjangoModelFactory[PayItem]):
    """A taxable earning from the archive."""

    class Meta:
        model = PayItem

    code = factory.Sequence(lambda n: f"ITEM{n}")
    name = factory.Sequence(lambda n: f"工资项{n}")


class PayGroupFactory(DjangoModelFactory[PayGroup]):
    """A group without items, or with those given as ``items``."""

    class Meta:
        model = PayGroup
        skip_postgeneration_save = True

    company = factory.SubFactory(CompanyFactory)
    code = factory.Sequence(lambda n: f"G{n:03}")
    name = factory.Sequence(lambda n: f"薪资组{n}")

    @factory.post_generation
    def items(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted:
            self.items.set(extracted)  # type: ignore[attr-defined]


class SalaryArchiveFactory(DjangoModelFactory[SalaryArchive]):
    """An archive since the hire date, in a group of the person's company; amounts by ``amounts={item: amount}``."""

    class Meta:
        model = SalaryArchive
        skip_postgeneration_save = True

    employee = factory.SubFactory(EmployeeFactory)
    pay_group = factory.SubFactory(PayGroupFactory, company=factory.SelfAttribute("..employee.company"))
    valid_from = factory.SelfAttribute("employee.hire_date")

    @factory.post_generation
    def amounts(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted:
            for item, amount in extracted.items():
                SalaryArchiveItem.objects.create(archive=self, item=item, amount=D(amount))


class SalaryArchiveItemFactory(DjangoModelFactory[SalaryArchiveItem]):
    """8,000 of an item."""

    class Meta:
        model = SalaryArchiveItem

    archive = factory.SubFactory(SalaryArchiveFactory)
    item = factory.SubFactory(PayItemFactory)
    amount = D(8000)


class PayInputFactory(DjangoModelFactory[PayInput]):
    """500 of an item that is entered each month."""

    class Meta:
        model = PayInput

    employee = factory.SubFactory(EmployeeFactory)
    item = factory.SubFactory(PayItemFactory, source=ItemSource.INPUT)
    month = date(2026, 1, 1)
    amount = D(500)


class CommissionRuleFactory(DjangoModelFactory[CommissionRule]):
    """1 % for a pay group."""

    class Meta:
        model = CommissionRule

    pay_group = factory.SubFactory(PayGroupFactory)
    item = factory.SubFactory(PayItemFactory, source=ItemSource.INPUT)
    rate = D(1)
    valid_from = date(2020, 1, 1)


class PayRunFactory(DjangoModelFactory[PayRun]):
    """A draft for January 2026, paid in February."""

    class Meta:
        model = PayRun

    pay_group = factory.SubFactory(PayGroupFactory)
    company = factory.SelfAttribute("pay_group.company")
    number = factory.Sequence(lambda n: f"PAY-T-{n:05}")
    month = date(2026, 1, 1)
    pay_date = date(2026, 2, 10)
    created_by = factory.SubFactory(UserFactory)


class CommissionSettlementFactory(DjangoModelFactory[CommissionSettlement]):
    """1 % of 1,000."""

    class Meta:
        model = CommissionSettlement

    run = factory.SubFactory(PayRunFactory)
    employee = factory.SubFactory(EmployeeFactory, company=factory.SelfAttribute("..run.company"))
    item = factory.SubFactory(PayItemFactory, source=ItemSource.INPUT)
    source = factory.Sequence(lambda n: f"test/{n}")
    number = factory.Sequence(lambda n: f"R-{n:05}")
    received_on = date(2026, 1, 15)
    base = D(1000)
    rate = D(1)
    amount = D(10)


class PayslipFactory(DjangoModelFactory[Payslip]):
    """8,000 gross and net."""

    class Meta:
        model = Payslip

    run = factory.SubFactory(PayRunFactory)
    employee = factory.SubFactory(EmployeeFactory, company=factory.SelfAttribute("..run.company"))
    gross = D(8000)
    net = D(8000)


class PayslipLineFactory(DjangoModelFactory[PayslipLine]):
    """The only line of a payslip."""

    class Meta:
        model = PayslipLine

    payslip = factory.SubFactory(PayslipFactory)
    item = factory.SubFactory(PayItemFactory)
    position = 1
    kind = ItemKind.EARNING
    amount = D(8000)


class PayslipConfirmationFactory(DjangoModelFactory[PayslipConfirmation]):
    """A published payslip that nobody confirmed yet."""

    class Meta:
        model = PayslipConfirmation

    payslip = factory.SubFactory(PayslipFactory)
    published_at = AT


class PayRunFaultFactory(DjangoModelFactory[PayRunFault]):
    """Somebody is not enrolled."""

    class Meta:
        model = PayRunFault

    run = factory.SubFactory(PayRunFactory)
    employee = factory.SubFactory(EmployeeFactory, company=factory.SelfAttribute("..run.company"))
    code = FaultCode.NO_ENROLMENT


class YearToDateFactory(DjangoModelFactory[YearToDate]):
    """What was paid before the suite began."""

    class Meta:
        model = YearToDate

    employee = factory.SubFactory(EmployeeFactory)
    company = factory.SelfAttribute("employee.company")
    year = 2026
    month = 1
    months = 1
    income = D(8000)
