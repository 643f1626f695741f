"""Messages are compared in their source language."""

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Work in English."""
    with translation.override("en"):
        yield
