"""
States: declared transitions, one writer, an audit that cannot be edited.

A model that has states derives from :class:`StatusModel` (documents do by :class:`~suite.documents.models.Document`)
and declares ``status = StatusField(_("status"), choices=…, default=…)``, ``transitions``, ``status_tone`` and
``stepper``. :meth:`StatusModel.become` is the only way to another state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.core import checks
from django.db import connection, models
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext as _

from suite.core.errors import VersionConflict, WrongState
from suite.core.models import Model, QuerySet
from suite.documents.approvables import watch
from suite.documents.choices import TONES
from suite.masters.fields import CharFieldBase

if TYPE_CHECKING:
    from suite.access.models import User

M = TypeVar("M", bound="StatusModel")
UNREAD = object()
BECOME = """
    WITH read AS (
        SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[]) AS r (id, status, version, wanted)
    ), changed AS (
        UPDATE {table} t SET status = read.wanted, version = t.version + 1, updated_at = %s{more}
        FROM read WHERE t.id = read.id AND t.status = read.status AND t.version = read.version
        RETURNING t.id
    )
    INSERT INTO suite_statuschange (object_id, from_status, to_status, content_type_id, actor_id, at, reason)
    SELECT step.id, step.before, step.after, %s, %s, %s, %s
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) WITH ORDINALITY AS step (id, before, after, place)
    JOIN changed ON changed.id = step.id ORDER BY step.place
"""


class StatusBypassedError(RuntimeError):
    """Somebody wrote a status without ``become()``: a fault of the program, not of the user."""


class StatusField(CharFieldBase):
    """The state of a row; a save refuses a state that did not come from the database or ``become()``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs = {"max_length": 20, "editable": False, "db_index": True, **kwargs}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", list(args), dict(kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = str(getattr(model_instance, self.attname))
        known = self.get_default() if add else model_instance.__dict__.get("_stored_status", UNREAD)
        if value != known:
            raise StatusBypassedError(f"{model_instance._meta.label}: only become() may write the status {value}")
        model_instance.__dict__["_stored_status"] = value
        return value


class StatusQuerySet(QuerySet[M]):
    """Query set that leaves the status alone."""

    def update(self, **kwargs: Any) -> int:
        """
        Update the rows by one statement.

        :raises StatusBypassedError: if the status is among the values.
        """
        if "status" in kwargs:
            raise StatusBypassedError(f"{self.model._meta.label}: only become() may write the status")
        return super().update(**kwargs)


class StatusModel(Model):
    """A row that has a state and changes it by declared transitions only."""

    # From each state the states that may follow; every state is a key.
    transitions: ClassVar[Mapping[str, Collection[str]]] = {}
    # The colour of each state, one of suite.documents.choices.TONES; not named: grey.
    status_tone: ClassVar[Mapping[str, str]] = {}
    # The states of the usual way from first to last.
    stepper: ClassVar[tuple[str, ...]] = ()

    status = StatusField()

    if TYPE_CHECKING:

        def get_status_display(self) -> str: ...

    objects = StatusQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **kwargs: Any) -> Self:
        """Make the row, and remember its state as stored."""
        row = super().from_db(db, field_names, values, **kwargs)
        row._remember_status()
        return row

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Read the row again, and remember its state as stored."""
        super().refresh_from_db(*args, **kwargs)
        fields = args[1] if len(args) > 1 else kwargs.get("fields")
        if fields is None or "status" in fields:
            self._remember_status()

    def _remember_status(self) -> None:
        if "status" in self.__dict__:
            self.__dict__["_stored_status"] = self.__dict__["status"]

    @property
    def tone(self) -> str:
        """The colour of the state: ``wait``, ``go``, ``done`` …; empty for grey."""
        return self.status_tone.get(self.status, "")

    def can_become(self, status: str) -> bool:
        """Whether the transition is declared."""
        return status in self.transitions.get(self.status, ())

    def become(
        self,
        status: str,
        *,
        actor: User | None,
        at: datetime,
        reason: str = "",
        values: Mapping[str, Any] | None = None,
    ) -> Self:
        """
        Change the state, in the database and here, and record who did it.

        Other changed columns are not written; save them before. Returns the row itself.

        :param actor: None: the system itself.
        :param values: of columns that are written with the state.
        :raises WrongState: if the transition is not declared.
        :raises VersionConflict: if the row changed since it was read.
        :raises TransactionManagementError: outside a transaction.
        """
        become_all([self], status, actor=actor, at=at, reason=reason, values=values)
        return self

    @classmethod
    def check(cls, **kwargs: Any) -> list[checks.CheckMessage]:
        """Refuse to start with states that the declarations do not know."""
        return [*super().check(**kwargs), *_check_declarations(cls)]


def become_all(
    rows: Collection[StatusModel],
    status: str,
    *,
    actor: User | None,
    at: datetime,
    reason: str = "",
    by_way_of: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
) -> None:
    """
    Change the state of many rows of one model by one statement; see :meth:`StatusModel.become`.

    All change, or it raises: roll the transaction back.

    :param by_way_of: states that the rows pass on the way, each recorded like the last one.
    :param values: of columns that all rows get with the state.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A state changes in a transaction only")
    if not rows:
        return
    model = type(next(iter(rows)))
    ways = [[str(state) for state in (row.status, *by_way_of, status)] for row in rows]
    for row, way in zip(rows, ways, strict=True):
        for before, after in pairwise(way):
            if after not in model.transitions.get(before, ()):
                raise WrongState(_refusal(row, after), status=row.status, wanted=after)
    watch(rows, str(status), actor=actor, at=at)
    columns = dict(values or {})
    _write(model, rows, ways, columns, actor, at, reason)
    for row in rows:
        row.status, row.version, row.updated_at = str(status), row.version + 1, at
        for name, value in columns.items():
            setattr(row, name, value)
        row._remember_status()


def _write(
    model: type[StatusModel],
    rows: Collection[StatusModel],
    ways: Sequence[Sequence[str]],
    columns: Mapping[str, Any],
    actor: User | None,
    at: datetime,
    reason: str,
) -> None:
    """Write states and their record by one statement; rows are known by state and version, as they were read."""
    read = [(row.pk, row.status, row.version, way[-1]) for row, way in zip(rows, ways, strict=True)]
    steps = [(row.pk, *step) for row, way in zip(rows, ways, strict=True) for step in pairwise(way)]
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    more = "".join(f", {connection.ops.quote_name(field.column)} = %s" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            BECOME.format(table=connection.ops.quote_name(model._meta.db_table), more=more),
            [
                *([list(column) for column in zip(*read, strict=True)]),
                at,
                *(
                    field.get_db_prep_save(value, connection)
                    for field, value in zip(fields, columns.values(), strict=True)
                ),
                ContentType.objects.get_for_model(model).pk,
                actor.pk if actor is not None else None,
                at,
                reason,
                *([list(column) for column in zip(*steps, strict=True)]),
            ],
        )
        if cursor.rowcount != len(steps):
            raise VersionConflict


def _refusal(row: StatusModel, status: str) -> str:
    label = dict(row._meta.get_field("status").flatchoices).get(status, status)
    return _("%(name)s is “%(status)s” and cannot become “%(wanted)s”.") % {
        "name": row,
        "status": row.get_status_display(),
        "wanted": label,
    }


def _check_declarations(model: type[StatusModel]) -> Iterable[checks.CheckMessage]:
    states = {str(value) for value, _label in model._meta.get_field("status").flatchoices}
    targets = {str(status) for follow in model.transitions.values() for status in follow}
    named = {str(status) for status in [*model.transitions, *model.status_tone, *model.stepper]} | targets
    faults = []
    if named - states:
        faults.append(f"unknown states {sorted(named - states)}")
    if states - {str(status) for status in model.transitions}:
        faults.append(f"no transitions declared for {sorted(states - {str(s) for s in model.transitions})}")
    if unknown := set(model.status_tone.values()) - TONES:
        faults.append(f"unknown tones {sorted(unknown)}")
    return [checks.Error(f"{model._meta.label}: {fault}", obj=model, id="suite.E100") for fault in faults]
