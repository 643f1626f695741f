"""What the standard roles are offered works for them: every form opens, and every picker in it answers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.test import Client

from crm.backfill import prepare_crm
from hrm.org.default_roles import create_default_roles, role_titles
from suite.modules import state
from suite.modules.models import ModuleState
from suite.modules.registry import registry
from suite.pages.registry import pagesets
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
PICKER = re.compile(r'data-async="([^"]+)"')


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(role_titles()))
def test_forms_and_their_pickers_answer(role: str, client: Client) -> None:
    CompanyFactory(is_default=True)
    ModuleState.objects.bulk_create(
        (ModuleState(code=code, is_enabled=True) for code in registry.modules),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["is_enabled"],
    )
    state.forget()
    prepare_crm(actor=None, at=AT)
    user = UserFactory()
    user.groups.add(create_default_roles(actor=None, at=AT)[role])
    client.force_login(user)
    pages = [pageset.url("list") for pageset in pagesets() if pageset.is_available(user)]
    pages += [
        pageset.url("create")
        for pageset in pagesets()
        if pageset.is_available(user) and pageset.may(user, "add") and (pageset.fields or pageset.create_service)
    ]
    pickers: dict[str, str] = {}
    for url in pages:
        answer = client.get(url)
        assert answer.status_code == 200, url
        pickers.update((unescape(each), url) for each in PICKER.findall(answer.content.decode()))

    refused = {picker: url for picker, url in pickers.items() if client.get(picker).status_code != 200}

    assert refused == {}
