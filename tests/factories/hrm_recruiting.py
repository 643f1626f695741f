"""Factories of recruiting: requests for people, candidates, interviews, offers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import factory
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from hrm.recruiting.choices import CandidateStatus, RequisitionStatus
from hrm.recruiting.models import Candidate, Interview, Offer, Requisition
from tests.factories.hrm import DepartmentFactory, PositionFactory, UserFactory


class RequisitionFactory(DjangoModelFactory[Requisition]):
    """One person wanted, approved or of another ``status``."""

    class Meta:
        model = Requisition

    department = factory.SubFactory(DepartmentFactory)
    company = factory.SelfAttribute("department.company")
    position = factory.SubFactory(PositionFactory, planned_headcount=5)
    number = factory.Sequence(lambda n: f"HR-T-{n:04}")
    due_on = date(2026, 6, 30)
    reason = "业务增长"
    owner = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class: type[Requisition], *args: Any, **kwargs: Any) -> Requisition:
        status = kwargs.pop("status", RequisitionStatus.APPROVED)
        row = super()._create(model_class, *args, **kwargs)
        way = {
            RequisitionStatus.SUBMITTED: (RequisitionStatus.SUBMITTED,),
            RequisitionStatus.APPROVED: (RequisitionStatus.SUBMITTED, RequisitionStatus.APPROVED),
        }
        with transaction.atomic():
            for step in way.get(status, ()):
                row.become(step, actor=None, at=timezone.now())
        return row


class CandidateFactory(DjangoModelFactory[Candidate]):
    """Somebody new who applies for a place."""

    class Meta:
        model = Candidate

    name = factory.Sequence(lambda n: f"应聘者{n}")
    requisition = factory.SubFactory(RequisitionFactory)
    phone = factory.Sequence(lambda n: f"139{n:08}")
    owner = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class: type[Candidate], *args: Any, **kwargs: Any) -> Candidate:
        status = kwargs.pop("status", CandidateStatus.NEW)
        row = super()._create(model_class, *args, **kwargs)
        way = {
            CandidateStatus.INTERVIEW: (CandidateStatus.INTERVIEW,),
            CandidateStatus.OFFER: (CandidateStatus.INTERVIEW, CandidateStatus.OFFER),
        }
        with transaction.atomic():
            for step in way.get(status, ()):
                row.become(step, actor=None, at=timezone.now())
        return row


class InterviewFactory(DjangoModelFactory[Interview]):
    """A planned interview."""

    class Meta:
        model = Interview

    candidate = factory.SubFactory(CandidateFactory)
    held_at = datetime(2026, 3, 5, 14, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    interviewer = factory.SubFactory(UserFactory)


class OfferFactory(DjangoModelFactory[Offer]):
    """A draft: three years from 1 April 2026 at 9,000 yuan, with six months of probation."""

    class Meta:
        model = Offer

    candidate = factory.SubFactory(CandidateFactory, status=CandidateStatus.OFFER)
    company = factory.SelfAttribute("candidate.requisition.company")
    number = factory.Sequence(lambda n: f"OF-T-{n:04}")
    starts_on = date(2026, 4, 1)
    contract_months = 36
    probation_months = 6
    monthly_wage = Decimal("9000.00")
