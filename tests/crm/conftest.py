"""What the tests of sales stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from suite.modules import state
from suite.modules.models import ModuleState


@pytest.fixture
def crm_on(db: None) -> Iterator[None]:
    """CRM is on, and nothing above it."""
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()
