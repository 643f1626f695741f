"""Factories of handovers."""

from __future__ import annotations

from datetime import date

import factory
from factory.django import DjangoModelFactory

from hrm.handover.models import Handover, HandoverLine
from tests.factories.hrm import EmployeeFactory, UserFactory


class HandoverFactory(DjangoModelFactory[Handover]):
    """A handover in preparation between two people of one company, both with an account."""

    class Meta:
        model = Handover

    employee = factory.SubFactory(EmployeeFactory, user=factory.SubFactory(UserFactory))
    successor = factory.SubFactory(
        EmployeeFactory,
        company=factory.SelfAttribute("..employee.company"),
        user=factory.SubFactory(UserFactory),
    )
    leave_on = date(2026, 11, 30)


class HandoverLineFactory(DjangoModelFactory[HandoverLine]):
    """Three departments to be given away."""

    class Meta:
        model = HandoverLine

    handover = factory.SubFactory(HandoverFactory)
    code = "hrm.Department"
    found = 3
    left = 3
