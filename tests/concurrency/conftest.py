"""Real commits empty the tables between tests; what was cached of them is forgotten."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType


@pytest.fixture(autouse=True)
def fresh_content_types(transactional_db: None) -> None:
    ContentType.objects.clear_cache()
