"""What the structure tests stand on: every system is on, also one that nobody can turn on yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from suite.modules import state
from suite.modules.models import ModuleState
from suite.modules.registry import registry


@pytest.fixture
def all_on(db: None) -> Iterator[None]:
    """Every module is on."""
    codes = [m.code for m in registry.switchable()]
    ModuleState.objects.bulk_create(ModuleState(code=code, is_enabled=True) for code in codes)
    state.forget()
    yield
    state.forget()
