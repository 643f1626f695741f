"""What documents of other slices may offer to flows."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from oa.flows.definition import Step


@runtime_checkable
class ChangesAtSteps(Protocol):
    """A document with a page on which whoever decides at a step changes what may be changed there, and agrees."""

    def step_url(self, step: Step) -> str:
        """Return the address of the page, empty when nothing can be changed at the step."""
        ...

    def missing_at_step(self, step: Step) -> list[str]:
        """Return what the step asks for and is not filled in, as people call it."""
        ...
