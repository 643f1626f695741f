"""Where related rows lead to, and whom."""

from __future__ import annotations

from typing import Any

import pytest

from crm.customers.models import Customer
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.masters.models import Party
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.links import link_of
from tests.factories.crm import CustomerFactory
from tests.factories.erp import AT
from tests.factories.hrm import UserFactory

VIEW_ALL, VIEW_OWN = (("view",), ScopeLevel.ALL), (("view",), ScopeLevel.OWN)


@pytest.fixture(autouse=True)
def crm_on(db: None) -> None:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()


def user_who(grants: dict[Any, Any]) -> User:
    user: User = UserFactory()
    user.groups.add(define_role(name=f"role {user.pk}", grants=grants, actor=None, at=AT))
    return User.objects.get(pk=user.pk)


def test_a_party_leads_to_its_page_or_to_the_customer_or_nowhere() -> None:
    customer = CustomerFactory()
    party = customer.party

    assert link_of(party, user_who({Party: VIEW_ALL, Customer: VIEW_ALL})) == party.get_absolute_url()
    assert link_of(party, user_who({Customer: VIEW_ALL})) == customer.get_absolute_url()
    assert link_of(party, user_who({Customer: VIEW_OWN})) == ""
    assert link_of(party, user_who({})) == ""
    assert link_of("深圳", UserFactory(is_superuser=True)) == ""
    assert link_of(None, UserFactory(is_superuser=True)) == ""


def test_without_crm_nobody_is_led_to_customers() -> None:
    customer = CustomerFactory()
    seller = user_who({Customer: VIEW_ALL})
    ModuleState.objects.update(is_enabled=False)
    state.forget()

    assert link_of(customer.party, seller) == ""
    assert link_of(customer, seller) == ""
