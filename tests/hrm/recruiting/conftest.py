"""What tests of recruiting stand on: human resources are on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from suite.modules import state
from suite.modules.models import ModuleState


@pytest.fixture
def hrm_on(db: None) -> Iterator[None]:
    """Human resources are on."""
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()
