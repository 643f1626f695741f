"""
Two rows become one: everything that refers to the row that goes is led to the row that stays, and can be led back.

Whatever refers to a row, by a foreign key or by object type and key, follows by itself, so that nothing a new app adds
is forgotten. What cannot simply follow is declared by the app that owns it: with :func:`follows` where two rows
may not both refer to one (``once``), where one of several carries a flag, or where a trigger guards the table; with
:func:`stays` what is left alone, and why. A structure test finds references that are neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import Q, QuerySet

from suite.activity.targets import content_type_of
from suite.core.triggers import ignoring_triggers

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Following:
    """
    How rows that refer to a merged row follow it.

    :param once: columns of which the row that stays may have each combination once; what it has already is dropped.
    :param only: the rows to which ``once`` applies.
    :param flags: columns of which one row carries True; the row that stays keeps its own.
    :param ignoring: names of triggers that are passed over.
    :param reason: why the rows stay; empty: they follow.
    """

    once: tuple[str, ...] = ()
    only: Q = field(default_factory=Q)
    flags: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    ignoring: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Reference:
    """One column of one table that refers to rows of another; ``type_column`` where it refers to any table."""

    model: type[models.Model]
    column: str
    type_column: str = ""

    @property
    def name(self) -> str:
        """``crm.Contact.customer``; of a reference to any table the column of the key."""
        return f"{self.model._meta.label}.{self.column}"

    @property
    def following(self) -> Following:
        """How its rows follow."""
        return _declared.get(self.name.lower(), Following())

    def rows(self, target: type[models.Model], pk: int) -> QuerySet[Any]:
        """The rows that refer to one row."""
        own = {self.type_column: content_type_of(target)} if self.type_column else {}
        return self.model._base_manager.filter(**{self.column: pk, **own}).order_by("pk")


@dataclass
class Log:
    """What a merge did, as plain values: enough to undo it."""

    moved: list[dict[str, Any]] = field(default_factory=list)
    cleared: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    removed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def moved_count(self) -> int:
        """How many rows moved."""
        return sum(len(each["pks"]) for each in self.moved)

    def as_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return dict(vars(self))


class Altered(Exception):
    """
    Something that was merged is no longer as the merge left it.

    :param model: what it is.
    :param column: the column that changed, empty when rows were removed or led elsewhere.
    """

    def __init__(self, model: type[models.Model], column: str = "") -> None:
        super().__init__(f"{model._meta.label} {column}")
        self.model, self.column = model, column


_declared: dict[str, Following] = {}


def follows(
    name: str,
    *,
    once: Sequence[str] = (),
    only: Q | None = None,
    flags: Sequence[str] = (),
    within: Sequence[str] = (),
    ignoring: Sequence[str] = (),
) -> None:
    """
    Declare how the rows follow that refer to a merged row by a column, e.g. ``crm.Contact.customer``.

    :param within: columns within which a flag is carried by one row, beside the reference itself.
    :raises RuntimeError: when it is declared twice.
    """
    _declare(name, Following(tuple(once), only or Q(), tuple(flags), tuple(within), tuple(ignoring)))


def stays(name: str, *, reason: str) -> None:
    """
    Declare that rows go on referring to a row that is merged away, and why.

    :raises RuntimeError: when it is declared twice.
    """
    _declare(name, Following(reason=reason))


def _declare(name: str, following: Following) -> None:
    if name.lower() in _declared:
        raise RuntimeError(f"{name} follows in two ways")
    _declared[name.lower()] = following


def declared_names() -> frozenset[str]:
    """Return the references that say how they follow, in lower case."""
    return frozenset(_declared)


def references(target: type[models.Model]) -> Iterator[Reference]:
    """Yield everything that may refer to rows of a table, in a fixed order; the field history does not count."""
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda each: each._meta.label):
        if model._meta.proxy or not model._meta.managed or hasattr(model, "pgh_tracked_model"):
            continue
        for column in model._meta.concrete_fields:
            if column.is_relation and column.related_model is target:
                yield Reference(model, column.name)
        for key, type_column in _generic(model):
            yield Reference(model, key, type_column)


def _generic(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of columns, key and object type, by which a table refers to rows of any other."""
    columns = {each.name: each for each in model._meta.concrete_fields}
    for name, column in columns.items():
        key = "object_id" if name == "content_type" else f"{name.removesuffix('_type')}_id"
        if column.related_model is ContentType and isinstance(columns.get(key), models.IntegerField):
            yield key, name


def move_references(log: Log, target: type[models.Model], *, loser: int, survivor: int) -> None:
    """Lead everything from one row to another and note it; needs a transaction in which both rows are locked."""
    for reference in references(target):
        if reference.following.reason:
            continue
        _drop_repeated(log, reference, target, loser, survivor)
        _clear_flags(log, reference, target, loser, survivor)
        rows = reference.rows(target, loser).select_for_update(of=("self",))
        pks = list(rows.values_list("pk", flat=True))
        if pks:
            _write(reference, pks, survivor)
            log.moved.append({**_named(reference), "pks": pks, "from": loser, "to": survivor})


def _drop_repeated(log: Log, reference: Reference, target: type[models.Model], loser: int, survivor: int) -> None:
    how = reference.following
    if not how.once:
        return
    known = set(reference.rows(target, survivor).filter(how.only).values_list(*how.once))
    for row in reference.rows(target, loser).filter(how.only).select_for_update(of=("self",)):
        values = tuple(getattr(row, _field(reference.model, name).attname) for name in how.once)
        if values in known:
            log.dropped.append(stored(row))
            _delete(reference.model, [row.pk])


def _clear_flags(log: Log, reference: Reference, target: type[models.Model], loser: int, survivor: int) -> None:
    how = reference.following
    for flag in how.flags:
        known = set(reference.rows(target, survivor).filter(**{flag: True}).values_list("pk", *how.within))
        taken = {values[1:] for values in known}
        rows = reference.rows(target, loser).filter(**{flag: True}).select_for_update(of=("self",))
        pks = [values[0] for values in rows.values_list("pk", *how.within) if values[1:] in taken]
        if pks:
            reference.model._base_manager.filter(pk__in=pks).update(**{flag: False})
            log.cleared.append({"model": reference.model._meta.label, "column": flag, "pks": pks})


def _write(reference: Reference, pks: Sequence[Any], value: int) -> None:
    with ExitStack() as stack:
        if reference.following.ignoring:
            stack.enter_context(ignoring_triggers(*reference.following.ignoring))
        column = _field(reference.model, reference.column)
        reference.model._base_manager.filter(pk__in=pks).update(**{column.attname: value})


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _named(reference: Reference) -> dict[str, str]:
    return {"model": reference.model._meta.label, "column": reference.column, "type": reference.type_column}


# -- rows --------------------------------------------------------------------------------------


def stored(row: models.Model) -> dict[str, Any]:
    """Return a row with all its columns as plain values, to the microsecond."""
    columns: Any = row._meta.concrete_fields
    return {"model": row._meta.label, "values": {each.attname: _plain(each, row) for each in columns}}


def _plain(column: models.Field[Any, Any], row: models.Model) -> Any:
    return None if column.value_from_object(row) is None else column.value_to_string(row)


def change_row(log: Log, row: models.Model, values: Mapping[str, Any]) -> None:
    """Save new values of a row and note the old ones."""
    columns = [_field(type(row), name) for name in values]
    before = {each.attname: _plain(each, row) for each in columns}
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean(exclude=["status"])
    row.save()
    after = {each.attname: _plain(each, row) for each in columns}
    differing = [name for name in before if before[name] != after[name]]
    log.changed.append(
        {
            "model": row._meta.label,
            "pk": row.pk,
            "old": {name: before[name] for name in differing},
            "new": {name: after[name] for name in differing},
        }
    )


def remove_row(log: Log, row: models.Model) -> None:
    """
    Delete a row to which nothing refers any more, and note it whole.

    :raises IntegrityError: when something refers to it all the same.
    """
    log.removed.append(stored(row))
    _delete(type(row), [row.pk])


def _delete(model: type[models.Model], pks: Sequence[Any]) -> None:
    rows: Any = model._base_manager.filter(pk__in=pks)
    # Without what Django would delete along: nothing is to go that was not led away before.
    rows._raw_delete(rows.db)


def check_now() -> None:
    """Let the database look at once for references into nothing, not only at the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


# -- back --------------------------------------------------------------------------------------


def put_back(log: Mapping[str, Any], targets: Mapping[type[models.Model], tuple[int, int]]) -> None:
    """
    Undo what a log says, in one transaction.

    :param targets: what was merged: table → key of the row that went and of the row that stayed.
    :raises Altered: when something is no longer as the merge left it; nothing may be kept then.
    :raises IntegrityError: when a row cannot come back, since its number was given to another one.
    """
    for each in reversed(log["changed"]):
        _restore_values(each)
    # In the order in which they may stand: who is referred to was removed last.
    for each in reversed(log["removed"]):
        _insert(each)
    for each in log["moved"]:
        _move_back(each)
    for each in log["cleared"]:
        model = apps.get_model(each["model"])
        model._base_manager.filter(pk__in=each["pks"]).update(**{each["column"]: True})
    for each in log["dropped"]:
        _insert(each)
    _refuse_newcomers(log, targets)
    check_now()


def _refuse_newcomers(log: Mapping[str, Any], targets: Mapping[type[models.Model], tuple[int, int]]) -> None:
    """
    Refuse when rows made since refer to the row that stayed and to something that went back: a receipt on a contract.

    :raises Altered: naming what they are.
    """
    gone_back: dict[type[models.Model], set[int]] = {}
    for each in log["moved"]:
        gone_back.setdefault(apps.get_model(each["model"]), set()).update(each["pks"])
    for target, (_loser, survivor) in targets.items():
        for reference in references(target):
            if reference.following.reason:
                continue
            for column in reference.model._meta.concrete_fields:
                pks = gone_back.get(column.related_model) if column.is_relation else None  # type: ignore[arg-type]
                if pks and reference.rows(target, survivor).filter(**{f"{column.name}__in": pks}).exists():
                    raise Altered(reference.model)


def _restore_values(each: Row) -> None:
    model = apps.get_model(each["model"])
    row = model._base_manager.select_for_update(of=("self",)).filter(pk=each["pk"]).first()
    if row is None:
        raise Altered(model)
    for name, value in each["new"].items():
        column: Any = _column(model, name)
        if _plain(column, row) != value:
            raise Altered(model, column.name)
    for name, value in each["old"].items():
        column = _column(model, name)
        setattr(row, name, None if value is None else column.to_python(value))
    row.save()


def _column(model: type[models.Model], attname: str) -> models.Field[Any, Any]:
    return next(each for each in model._meta.concrete_fields if each.attname == attname)


def _insert(each: Row) -> None:
    model = apps.get_model(each["model"])
    columns = {column.attname: column for column in model._meta.concrete_fields}
    values = {name: None if value is None else columns[name].to_python(value) for name, value in each["values"].items()}
    # As it was: nothing is computed anew, and no default of the database takes its place.
    model(**values).save_base(raw=True, force_insert=True)


def _move_back(each: Row) -> None:
    model = apps.get_model(each["model"])
    reference = Reference(model, each["column"], each["type"])
    still = model._base_manager.filter(pk__in=each["pks"], **{each["column"]: each["to"]})
    if len(still.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)) != len(each["pks"]):
        raise Altered(model)
    _write(reference, each["pks"], each["from"])
