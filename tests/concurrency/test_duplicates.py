"""Two people enter the same at once: exactly one is refused or asked."""

from __future__ import annotations

import pytest
from django.utils import timezone

from crm.customers.importing import import_leads
from crm.customers.models import Contact, Customer, Lead
from crm.customers.services import create_contact, create_customer, create_lead, update_customer
from crm.duplicates.errors import CannotMerge, DuplicateBlocked, DuplicateSuspected
from crm.duplicates.merging import merge_customers
from crm.duplicates.models import MergeRecord
from suite.core.errors import DomainError
from suite.masters.models import Party
from suite.pages.exchange.errors import RowErrors
from tests.concurrency.test_crm import at_once, crm_on, winners
from tests.factories.crm import CustomerFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory

__all__ = ["crm_on"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("crm_on")]
USCC = "91440300MA5DA17X0C"
NAMES = ("深圳市蓝拓电子科技有限公司", "蓝拓电子科技（东莞）有限公司")


def errors(results: list[object]) -> list[type]:
    return [type(each) for each in results if isinstance(each, Exception)]


@pytest.mark.parametrize("shared", [{"uscc": USCC}, {"phone": "13800138000"}, {"email": "buy@lantuo.cn"}])
def test_two_customers_with_one_number(shared: dict[str, str]) -> None:
    CompanyFactory(is_default=True)
    users = [UserFactory(), UserFactory()]

    results = at_once(
        *(
            lambda user=user, name=name: create_customer(name=name, actor=user, at=timezone.now(), **shared)
            for user, name in zip(users, ("启岳数码", "汇联科技"), strict=True)
        )
    )

    assert len(winners(results)) == 1
    assert errors(results) == [DuplicateBlocked]
    assert (Customer.objects.count(), Party.objects.count()) == (1, 1)


def test_two_customers_with_one_name() -> None:
    CompanyFactory(is_default=True)
    users = [UserFactory(), UserFactory()]

    results = at_once(
        *(
            lambda user=user: create_customer(name=NAMES[0], actor=user, at=timezone.now(), duplicate_reason="")
            for user in users
        )
    )

    assert errors(results) == [DuplicateSuspected]
    assert Customer.objects.count() == 1


def test_a_lead_and_a_contact_with_one_mobile() -> None:
    customer, user = CustomerFactory(), UserFactory()
    CompanyFactory(is_default=True)

    results = at_once(
        lambda: create_lead(name="方可心", mobile="13800138000", actor=user, at=timezone.now()),
        lambda: create_contact(
            customer=customer, name="方可心", mobile="+86 138 0013 8000", actor=user, at=timezone.now()
        ),
    )

    assert errors(results) == [DuplicateBlocked]
    assert Lead.objects.count() + Contact.objects.count() == 1


def test_an_import_and_an_entry_with_one_mobile() -> None:
    CompanyFactory(is_default=True)
    user = UserFactory()
    rows = [{"_row": 2, "name": "方可心", "mobile": "13800138000"}]

    results = at_once(
        lambda: import_leads(rows=rows, actor=user, at=timezone.now()),
        lambda: create_lead(name="方小姐", mobile="13800138000", actor=user, at=timezone.now()),
    )

    assert len(errors(results)) == 1
    assert errors(results)[0] in {RowErrors, DuplicateBlocked}
    assert Lead.objects.count() == 1


def test_many_different_entries_do_not_stop_each_other() -> None:
    CompanyFactory(is_default=True)
    user = UserFactory()

    results = at_once(
        *(
            lambda n=n: create_lead(name=f"线索{n}", mobile=f"1380013800{n}", actor=user, at=timezone.now())
            for n in range(6)
        )
    )

    assert errors(results) == []
    assert Lead.objects.count() == 6


def test_two_merges_of_the_same_two_in_both_directions() -> None:
    one = CustomerFactory()
    other = CustomerFactory(company=one.company)
    users = [UserFactory(), UserFactory()]

    results = at_once(
        lambda: merge_customers(survivor=one, loser=other, take=(), actor=users[0], at=timezone.now()),
        lambda: merge_customers(survivor=other, loser=one, take=(), actor=users[1], at=timezone.now()),
    )

    assert errors(results) == [CannotMerge]
    assert (Customer.objects.count(), MergeRecord.objects.count()) == (1, 1)


def test_a_contact_for_a_customer_that_is_merged_away() -> None:
    one = CustomerFactory()
    other = CustomerFactory(company=one.company)
    user = UserFactory()

    results = at_once(
        lambda: merge_customers(survivor=one, loser=other, take=(), actor=user, at=timezone.now()),
        lambda: create_contact(customer=other, name="新人", actor=user, at=timezone.now()),
    )

    assert isinstance(results[0], MergeRecord)
    assert Customer.objects.get() == one
    # Either it came first and moved along, or it came too late and was refused.
    assert isinstance(results[1], Contact) == Contact.objects.filter(customer=one).exists()
    assert Contact.objects.exclude(customer=one).count() == 0


def test_a_change_and_an_entry_with_one_number() -> None:
    customer, user = CustomerFactory(), UserFactory()
    CompanyFactory(is_default=True)

    results = at_once(
        lambda: update_customer(customer=customer, phone="13800138000", actor=user, at=timezone.now()),
        lambda: create_customer(name="启岳数码", phone="13800138000", actor=user, at=timezone.now()),
    )

    assert len(errors(results)) == 1
    assert issubclass(errors(results)[0], DomainError)
    assert Party.objects.filter(phone_norm="13800138000").count() == 1
