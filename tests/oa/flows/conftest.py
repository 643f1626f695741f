"""Office collaboration is on where a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from suite.modules import state
from suite.modules.models import ModuleState


@pytest.fixture
def oa_on(db: None) -> Iterator[None]:
    """Office collaboration and what it stands on are on."""
    for code in ("hrm", "oa"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()
