"""What the adoption path answers to the kernel."""

from __future__ import annotations

from rollout.selectors import menu_notes
from suite.modules.registry import Module
from suite.pages.shell import stage_note


@stage_note.provide
def note_beside_locked_system(module: Module) -> str:
    """How many of the conditions for opening a system held when they were last measured."""
    return menu_notes().get(module.code, "")
