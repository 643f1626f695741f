"""Office collaboration is on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from suite.modules import state
from suite.modules.models import ModuleState


@pytest.fixture
def english() -> Iterator[None]:
    """Let texts be read as they stand in the source."""
    with translation.override("en"):
        yield


@pytest.fixture
def oa_on(transactional_db: None) -> Iterator[None]:
    """Turn the module on, with real commits."""
    yield from _turned_on()


@pytest.fixture
def oa(db: None) -> Iterator[None]:
    """Turn the module on."""
    yield from _turned_on()


def _turned_on() -> Iterator[None]:
    for code in ("hrm", "oa"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()
