"""A path of systems and checks of the test's own, so that no system's real checks decide a test of the gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rollout import services
from suite.modules.registry import Check, CheckValue, Module, registry

AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))

AddCheck = Callable[..., Check]


class Path:
    """Lets a test say what is measured and how far the systems are."""

    def check(
        self,
        name: str,
        value: int | str | CheckValue | None,
        *,
        opens: str = "hrm",
        owner: str = "crm",
        threshold: int = 80,
        **options: Any,
    ) -> Check:
        """Register a check that measures ``value`` on the data of the system ``owner``."""
        found = value if isinstance(value, CheckValue) else CheckValue(None if value is None else Decimal(value))

        def measure(at: datetime) -> CheckValue:
            return found

        measure.__module__ = f"{owner}.readiness"
        code = f"{opens}.{name}"
        registry.checks[code] = Check(code, opens, name, measure, Decimal(threshold), **options)
        return registry.checks[code]

    def bring_live(self, *codes: str) -> None:
        """Open systems without looking at their gates, and bring them live."""
        for code in codes:
            services.enable_module(code=code, actor=None, at=AT)


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> Path:
    """All systems have content, need nothing technically, carry nothing over, and nothing is measured yet."""
    modules: dict[str, Module] = {
        code: replace(module, has_content=True, backfill=None, needs=()) for code, module in registry.modules.items()
    }
    monkeypatch.setattr(registry, "modules", modules)
    monkeypatch.setattr(registry, "checks", {})
    return Path()
