"""Office collaboration is on, with all that it decides about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from suite.modules import state
from suite.modules.models import ModuleState


@pytest.fixture
def oa_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """Turn the modules on."""
    marker = request.node.get_closest_marker("django_db")
    is_transactional = marker is not None and bool(marker.kwargs.get("transaction"))
    request.getfixturevalue("transactional_db" if is_transactional else "db")
    for code in ("crm", "hrm", "erp", "oa"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()
