"""Calling from a phone: the number opens the dialer, and the follow-up is recorded with one tap."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from crm.customers.models import FollowUp
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import ContactFactory, CustomerFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import PartyContactFactory
from tests.kit.browser import PHONE, assert_fits, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seller() -> User:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    user: User = UserFactory()
    user.groups.add(create_default_roles(actor=None, at=timezone.now())["salesperson"])
    return user


def test_a_tap_on_the_number_offers_the_follow_up(seller: User, page: Page) -> None:
    page.set_viewport_size(PHONE)
    customer = CustomerFactory(owner=seller)
    person = PartyContactFactory(party=customer.party, name="方可心", mobile="13800138000")
    contact = ContactFactory(customer=customer, person=person)
    sign_in(page, seller)
    page.goto(customer.get_absolute_url())
    # Nothing here dials; that the number would be dialled is what the address says.
    page.evaluate("document.addEventListener('click', (e) => e.target.closest('a[href^=tel]') && e.preventDefault())")

    page.locator('a[href="tel:13800138000"]').click()
    sheet = page.locator("#sheet")
    expect(sheet.locator("textarea[name=body]")).to_have_value("已致电方可心。")
    sheet.locator("button[type=submit]").click()

    expect(page.locator(".bubble", has_text="已致电方可心。")).to_be_visible()
    follow_up = FollowUp.objects.get()
    assert (follow_up.kind, follow_up.contact, follow_up.owner) == ("CALL", contact, seller)
    assert_fits(page)
