"""An action: one service offered as a button, a bulk action and an API route."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from suite.access.grants import model_permission
from suite.documents.approvables import decision_about, is_decision
from suite.modules import state


@dataclass(frozen=True)
class Action:
    """
    One service as a button.

    The service is called as ``service(<model name>=row, actor=…, at=…, **form.cleaned_data)``.

    :param service: the operation; its first keyword names the row.
    :param label: text of the button.
    :param permission: action part of the permission, e.g. ``convert`` → ``crm.convert_lead``.
    :param states: statuses from which it can be done; None: any.
    :param form: an ActionForm that asks for the further arguments of the service; gets ``row`` and ``user``.
    :param refusal: why it cannot be done to this row now; None: it can.
    :param bulk: offered for selected rows of the list too.
    :param batch: service for all selected rows at once, instead of one call for each; its first keyword names the rows.
    :param primary_in: statuses in which it is the next sensible step; ``is_primary``: always.
    :param name: name in URLs; empty: the verb of the service.
    :param row_name: keyword under which the service takes the row; empty: its first parameter.
    :param opens_result: go on to the page of what the service returns.
    """

    service: Callable[..., Any]
    label: Any
    permission: str
    icon: str = "player-play"
    states: frozenset[str] | set[str] | None = None
    form: type[Any] | None = None
    refusal: Callable[[Any, Any], Any] | None = None
    bulk: bool = False
    batch: Callable[..., Any] | None = None
    primary_in: frozenset[str] | set[str] = field(default_factory=frozenset)
    confirm: Any = ""
    is_danger: bool = False
    name: str = ""
    row_name: str = ""
    opens_result: bool = False
    is_primary: bool = False

    @cached_property
    def slug(self) -> str:
        """Name in URLs: the verb of the service unless given."""
        return self.name or str(self.service.__name__).split("_", 1)[0]

    @cached_property
    def row_argument(self) -> str:
        """Keyword under which the service takes the row."""
        return self.row_name or next(iter(inspect.signature(self.service).parameters))

    def is_offered(self, model: type[models.Model], user: Any) -> bool:
        """Whether its system is on and the user has its permission."""
        return state.owner_is_enabled(self.service.__module__) and user.has_perm(
            model_permission(model, self.permission)
        )

    def why_not(self, row: Any, user: Any) -> str:
        """Why it cannot be done to this row now, empty when it can."""
        if self.states is not None and getattr(row, "status", None) not in self.states:
            return _("Not possible in the state “%(state)s”.") % {"state": row.get_status_display()}
        if is_decision(self.service, row) and decision_about(row, user) is not None:
            return _("Its approval flow decides about it.")
        return str(self.refusal(row, user) or "") if self.refusal else ""

    def run(self, row: Any, *, actor: Any, at: Any, **arguments: Any) -> Any:
        """Call the service for one row."""
        return self.service(**{self.row_argument: row}, actor=actor, at=at, **arguments)

    def run_batch(self, rows: Sequence[Any], *, actor: Any, at: Any, **arguments: Any) -> Any:
        """Call the service for many rows once."""
        if self.batch is None:
            raise TypeError(f"{self.slug} takes one row at a time")
        name = next(iter(inspect.signature(self.batch).parameters))
        return self.batch(**{name: rows}, actor=actor, at=at, **arguments)
