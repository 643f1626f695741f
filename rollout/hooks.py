"""What the adoption path answers to the kernel."""

from __future__ import annotations

from rollout.selectors import menu_notes
from suite.pages.shell import stage_notes


@stage_notes.provide
def notes_beside_locked_systems() -> dict[str, str]:
    """How many of the conditions for opening a system held when they were last measured."""
    return menu_notes()
