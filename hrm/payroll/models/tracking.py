"""What the history of pay leaves out."""

from typing import Any

TRACKED: dict[str, Any] = {"exclude": ["version", "updated_at"]}
