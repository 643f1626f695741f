"""Two people set targets, or add members to a campaign, at the same moment: with real threads and real commits."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as D

import pytest
from django.utils import timezone

from crm.campaigns.models import CampaignMember
from crm.campaigns.services import add_members
from crm.targets.choices import TargetFigure
from crm.targets.services import Entry, set_targets
from suite.metrics.models import Target
from suite.modules import state
from suite.modules.models import ModuleState
from tests.concurrency.test_crm import at_once, winners
from tests.factories.crm import LeadFactory
from tests.factories.crm_campaigns import CampaignFactory
from tests.factories.hrm import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def crm_on() -> Iterator[None]:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()


def test_two_people_set_the_same_months() -> None:
    """Both are done; each month has one target, of the later one, and none is half of each."""
    boss, seller = UserFactory(is_superuser=True), UserFactory()

    def setting(value: int) -> int:
        entries = [Entry("person", seller.pk, month, D(value)) for month in range(1, 13)]
        return set_targets(figure=TargetFigure.SALES.value, year=2026, entries=entries, actor=boss, at=timezone.now())

    results = at_once(lambda: setting(1), lambda: setting(2))

    assert winners(results) == [12, 12]
    assert Target.objects.count() == 12
    assert len(set(Target.objects.values_list("value", flat=True))) == 1


def test_two_people_add_the_same_leads() -> None:
    campaign = CampaignFactory()
    leads = [LeadFactory(company=campaign.company) for _number in range(5)]

    def adding() -> int:
        return add_members(campaign=campaign, leads=leads, actor=campaign.owner, at=timezone.now())

    results = at_once(adding, adding)

    assert sorted(winners(results)) == [0, 5]
    assert CampaignMember.objects.count() == 5
