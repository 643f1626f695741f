"""Human resources is on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from suite.modules import state
from suite.modules.models import ModuleState


@pytest.fixture(autouse=True)
def hrm_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """Turn the module on, so that its receivers and hooks answer."""
    request.getfixturevalue("transactional_db" if _is_transactional(request) else "db")
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return marker is not None and bool(marker.kwargs.get("transaction"))
