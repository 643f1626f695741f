"""Digits that are no numbers, such as ², are no keys: they choose nothing, and break nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from suite.modules.services import enable_module
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "url",
    [
        "/hrm/skill-matrix/?department=²",
        "/hrm/reorganisations/new/?department=²",
        "/hrm/employees/?per_page=²",
        "/hrm/productivity/?company=²",
    ],
)
def test_address_with_an_odd_digit_is_answered(client: Client, url: str) -> None:
    CompanyFactory(is_default=True)
    enable_module(code="hrm", actor=None, at=timezone.now())
    client.force_login(UserFactory(is_superuser=True))

    answer = client.get(url)

    assert answer.status_code == 200
