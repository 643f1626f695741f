"""What the structure tests stand on: every system that has something to offer is on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from suite.modules import state
from suite.modules.models import ModuleState
from suite.modules.registry import registry


@pytest.fixture
def all_on(db: None) -> Iterator[None]:
    """Every module with content is on."""
    codes = [m.code for m in registry.switchable() if m.has_content]
    ModuleState.objects.bulk_create(ModuleState(code=code, is_enabled=True) for code in codes)
    state.forget()
    yield
    state.forget()
