"""
The kinds of jobs.

A kind is a function in a slice's ``tasks`` module; it belongs to the module whose folder it stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from suite.modules.registry import Module, registry

if TYPE_CHECKING:
    from suite.jobs.context import JobContext

# Facts that many kinds return, as the result page calls them.
LABELS: dict[str, Any] = {
    "rows": _("Rows"),
    "created": _("Created"),
    "updated": _("Updated"),
    "unchanged": _("Unchanged"),
    "skipped": _("Left out"),
    "rejected": _("Refused"),
    "exported": _("Exported"),
}

Run = Callable[["JobContext"], "dict[str, Any] | None"]


@dataclass(frozen=True)
class JobKind:
    """
    A kind of long work.

    :param run: does the work; gets a JobContext, returns facts for the result page or None. A fact ``url`` is where
        the result can be looked at.
    :param labels: how the result page calls facts that are not among LABELS; one without a label is shown by the name
        it was returned under, which is then a translated text.
    """

    code: str
    title: Any
    run: Run
    labels: Mapping[str, Any] = field(default_factory=dict)

    @property
    def module(self) -> Module:
        """The module without which it does not run."""
        return registry.owner(self.run.__module__)


kinds: dict[str, JobKind] = {}


def facts(kind: str, result: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The facts of a result as a person reads them, also of a kind that no longer exists."""
    found = kinds.get(kind)
    labels = {**LABELS, **(found.labels if found else {})}
    shown = ((name, value) for name, value in result.items() if name != "url" and isinstance(value, str | int | float))
    return [(str(labels.get(name, name)), value) for name, value in shown]


def job(code: str, *, title: Any, labels: Mapping[str, Any] | None = None) -> Callable[[Run], Run]:
    """
    Register the decorated function as a kind of job, e.g. ``@job("crm.import_customers", title=_("…"))``.

    :raises RuntimeError: when the code is taken.
    """

    def register(run: Run) -> Run:
        if code in kinds:
            raise RuntimeError(f"two kinds of jobs are called {code}")
        kinds[code] = JobKind(code, title, run, labels or {})
        return run

    return register
