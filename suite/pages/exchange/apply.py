"""
Writing what was planned: all good rows in one transaction, in batches.

The dry run writes as well and rolls back, so that what only the database or a service can refuse is found and named
with its row before anything is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Model as DjangoModel
from django.utils.translation import gettext as _
from psycopg import sql

from suite.core.bulk import copy_rows, refresh_statistics
from suite.core.errors import DomainError, messages_of
from suite.core.models import Model
from suite.core.triggers import authored
from suite.jobs.errors import JobCancelled, JobLost
from suite.pages.exchange.choices import RowAction
from suite.pages.exchange.errors import RowErrors
from suite.pages.exchange.fields import key_names
from suite.pages.exchange.plan import ImportPlan, Progress, RowPlan
from suite.pages.exchange.unique import violation_message
from suite.search.models import Searchable, dependants, prepare_search
from suite.search.services import reindex_rows

__all__ = ["ENDS_THE_WORK", "Outcome", "RowErrors", "apply_import", "check_import"]

BATCH = 1000
# Each round of a service names further bad rows; a service that does not come to an end is stopped.
SERVICE_ROUNDS = 20
DATABASE_REFUSALS = (IntegrityError, DataError)
# No refusals of the file: they end the job that reports progress.
ENDS_THE_WORK = (JobCancelled, JobLost)


@dataclass(frozen=True)
class Outcome:
    """How many rows an import created and changed, left alone and left out."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    left_out: int = 0


def check_import(plan: ImportPlan, *, at: datetime, progress: Progress | None = None) -> ImportPlan:
    """Write the plan and take it back, noting in the plan what the database or a service refuses."""
    if plan.message or not plan.written_rows:
        return plan
    try:
        with authored(user=plan.user.pk, at=at), transaction.atomic():
            _Writer(plan, at=at, progress=progress).run()
            transaction.set_rollback(True)
    except ENDS_THE_WORK:
        raise
    except DomainError as error:
        plan.message = str(error)
    return plan


def apply_import(
    plan: ImportPlan, *, at: datetime, progress: Progress | None = None, leave_out_bad: bool = False
) -> Outcome:
    """
    Write the plan in one transaction.

    :param leave_out_bad: write the good rows although others are bad; else any bad row refuses all.
    :raises RowErrors: naming the bad rows; nothing is written.
    :raises DomainError: when the file as a whole is refused; nothing is written.
    """
    if plan.message:
        raise DomainError(plan.message)
    with authored(user=plan.user.pk, at=at), transaction.atomic():
        if not leave_out_bad:
            _raise_bad(plan)
        outcome = _Writer(plan, at=at, progress=progress).run()
        if not leave_out_bad:
            _raise_bad(plan)
        refresh_statistics()
    return outcome


def _check_foreign_keys_at_once() -> None:
    """
    Let foreign keys be checked by each statement until :meth:`check_constraints`, other constraints as late as ever.

    Checks put off to the end of the transaction pile up, and each row that a trigger writes into the history takes
    the longer the more there are: ten thousand customers would take ten times as long. A row is named, too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT DISTINCT conname FROM pg_constraint WHERE condeferred AND contype <> 'f'")
        late = [sql.Identifier(name) for (name,) in cursor.fetchall()]
        if late:
            statement = sql.SQL("SET CONSTRAINTS {} DEFERRED").format(sql.SQL(", ").join(late))
            cursor.execute(statement.as_string(connection.connection))


def _raise_bad(plan: ImportPlan) -> None:
    if plan.bad_rows:
        raise RowErrors({row.number: [message for _label, message in row.errors] for row in plan.bad_rows})


class _Writer:
    """Writes the good rows of a plan inside the caller's transaction; notes in the plan what is refused."""

    def __init__(self, plan: ImportPlan, *, at: datetime, progress: Progress | None) -> None:
        self.plan, self.pageset, self.at, self.progress = plan, plan.pageset, at, progress
        self.model: Any = plan.pageset.model
        self.actor = plan.user
        self.done = 0
        self.versions: dict[int, int] = {}

    def run(self) -> Outcome:
        """
        Write the good rows; rows found bad only afterwards are taken back and the others written again.

        :raises DomainError: when the file as a whole is refused.
        """
        is_settled = False
        while not is_settled:
            self.done = 0
            with transaction.atomic():
                self._write()
                is_settled = self._check_visible()
                if not is_settled:
                    transaction.set_rollback(True)
                    for row in self.plan.rows:
                        _forget_write(row)
        self._reindex()
        counts = self.plan.counts()
        return Outcome(counts["create"], counts["update"], counts["unchanged"], counts["error"])

    def _write(self) -> None:
        cls = type(self.pageset)
        _check_foreign_keys_at_once()
        if cls.import_service is not None:
            self._by_import_service(cls.import_service)
        else:
            creates = [row for row in self.plan.written_rows if row.action == RowAction.CREATE]
            updates = [row for row in self.plan.written_rows if row.action == RowAction.UPDATE]
            self._create(creates, by_service=cls.create_service is not None)
            self._update(updates, by_service=cls.update_service is not None)
        self._check_deferred()

    def _advance(self, number: int) -> None:
        self.done += number
        if self.progress is not None:
            total = len(self.plan.rows)
            self.progress(min(total + self.done, total * 2), total * 2, _("Writing the rows"))

    # -- a set-based service -------------------------------------------------------------------

    def _by_import_service(self, service: Callable[..., Any]) -> None:
        for _round in range(SERVICE_ROUNDS):
            if not self.plan.written_rows:
                return
            rows = self.plan.given_rows
            given = [{**row.values, "_row": row.number, "_existing": row.existing} for row in rows]
            try:
                with transaction.atomic():
                    result = service(rows=given, actor=self.actor, at=self.at, progress=self._service_progress)
                self._note_warnings(rows, result)
                return
            except RowErrors as error:
                if not set(error.rows) & {row.number for row in rows}:
                    raise
                self.plan.refuse(error.rows)
            except ValidationError as error:
                raise DomainError(" ".join(messages_of(error))) from error
            except DATABASE_REFUSALS as error:
                raise DomainError(database_message(self.model, error)) from error
        raise DomainError(_("Too many rows are refused one after the other. Correct the named ones first."))

    def _note_warnings(self, rows: list[RowPlan], result: Any) -> None:
        warnings = result.get("warnings", {}) if isinstance(result, dict) else {}
        unchanged = result.get("unchanged", ()) if isinstance(result, dict) else ()
        for row in rows:
            row.warnings = [str(text) for text in warnings.get(row.number, ())]
            if row.number in unchanged:
                row.action = RowAction.UNCHANGED

    def _service_progress(self, done: int, total: int | None = None, message: Any = "") -> None:
        if self.progress is not None:
            number = len(self.plan.rows)
            share = done * number // total if total else min(done, number)
            self.progress(number + share, number * 2, message or _("Writing the rows"))

    # -- rows by the model ---------------------------------------------------------------------

    def _create(self, rows: list[RowPlan], *, by_service: bool) -> None:
        if by_service:
            self._each(rows, self._create_one)
            return
        for wave in self._waves(rows):
            for batch in _batches(wave):
                self._split_on_refusal(batch, self._insert)
                self._advance(len(batch))

    def _waves(self, rows: list[RowPlan]) -> list[list[RowPlan]]:
        """The rows to create, those above others first."""
        waves: list[list[RowPlan]] = []
        written: set[int] = set()
        left = rows
        while left:
            ready = [row for row in left if all(other.number in written for other in row.above.values())]
            if not ready:
                for row in left:
                    row.refuse(self._why_not_below(row, {each.number for each in left}))
                break
            waves.append(ready)
            written |= {row.number for row in ready}
            left = [row for row in left if row.number not in written]
        return waves

    def _why_not_below(self, row: RowPlan, left: set[int]) -> str:
        other = next(other for other in row.above.values() if other.number in left or not other.is_good)
        if other.number in left:
            return _("Rows stand above each other in a circle.")
        return _("Row %(row)d, which this one refers to, cannot be imported.") % {"row": other.number}

    def _insert(self, rows: Sequence[RowPlan]) -> None:
        copy_rows(self._ready(row) for row in rows)

    def _update(self, rows: list[RowPlan], *, by_service: bool) -> None:
        if by_service:
            self._each(rows, self._update_one)
            return
        for batch in _batches(rows):
            self._split_on_refusal(batch, self._change)
            self._advance(len(batch))

    def _change(self, rows: Sequence[RowPlan]) -> None:
        names = {name for row in rows for name in (*row.values, *row.above)}
        names &= {f.name for f in self.model._meta.concrete_fields if not f.primary_key}
        instances = [self._ready(row) for row in rows]
        if isinstance(instances[0], Model):
            for row, obj in zip(rows, instances, strict=True):
                obj.version = self.versions.setdefault(row.number, obj.version) + 1
                obj.updated_at = self.at
            names |= {"version", "updated_at"}
        if isinstance(instances[0], Searchable):
            names.add("search_text")
        self.model._default_manager.bulk_update(instances, sorted(names), batch_size=BATCH)

    def _ready(self, row: RowPlan) -> Any:
        for name, other in row.above.items():
            setattr(row.instance, name, other.instance)
        return row.instance

    def _split_on_refusal(self, rows: Sequence[RowPlan], write: Callable[[Sequence[RowPlan]], None]) -> None:
        """Write rows at once; where the database refuses, halve until the rows it refuses are known."""
        for row in rows:
            if any(not other.is_good for other in row.above.values()):
                row.refuse(self._why_not_below(row, set()))
        rows = [row for row in rows if row.is_good]
        if not rows:
            return
        if issubclass(self.model, Searchable):
            prepare_search(self._ready(row) for row in rows)
        try:
            with transaction.atomic():
                write(rows)
        except DATABASE_REFUSALS as error:
            for row in rows:
                _forget_write(row)
            if len(rows) == 1:
                rows[0].refuse(database_message(self.model, error))
                return
            middle = len(rows) // 2
            self._split_on_refusal(rows[:middle], write)
            self._split_on_refusal(rows[middle:], write)

    # -- rows by their own service -------------------------------------------------------------

    def _each(self, rows: list[RowPlan], write: Callable[[RowPlan], Any]) -> None:
        if self.pageset.lines is not None:
            raise ImproperlyConfigured(f"{type(self.pageset).__name__} has lines: its import needs an import_service")
        for wave in self._waves(rows):
            for row in wave:
                try:
                    with transaction.atomic():
                        row.instance = write(row)
                except (DomainError, ValidationError) as error:
                    for message in messages_of(error):
                        row.refuse(message, self.plan.labels.get(getattr(error, "field", None) or "", ""))
                except DATABASE_REFUSALS as error:
                    row.refuse(database_message(self.model, error))
                self._advance(1)

    def _create_one(self, row: RowPlan) -> Any:
        form = SimpleNamespace(cleaned_data={**self._defaults(), **self._given(row)})
        return self.pageset.create(form, lines=None, actor=self.actor, at=self.at)

    def _update_one(self, row: RowPlan) -> Any:
        fresh = self.model._default_manager.get(pk=row.existing.pk)
        kept = {name: getattr(fresh, name, None) for name in self.pageset.form_fields()}
        form = SimpleNamespace(cleaned_data={**kept, **self._given(row)})
        return self.pageset.update(fresh, form, lines=None, actor=self.actor, at=self.at)

    def _given(self, row: RowPlan) -> dict[str, Any]:
        return {**row.values, **{name: other.instance for name, other in row.above.items()}}

    def _defaults(self) -> dict[str, Any]:
        own = {f.name: f for f in self.model._meta.concrete_fields}
        return {name: own[name].get_default() if name in own else None for name in self.pageset.form_fields()}

    # -- what holds for all --------------------------------------------------------------------

    def _check_deferred(self) -> None:
        try:
            connection.check_constraints()
        except DATABASE_REFUSALS as error:
            raise DomainError(database_message(self.model, error)) from error

    def _check_visible(self) -> bool:
        """Refuse rows that the actor could not see any more, as a form does; return whether there is none."""
        rows = self.plan.written_rows
        pks = [pk for row in rows if (pk := _pk_of(row)) is not None]
        seen = set(self.pageset.queryset(self.actor).filter(pk__in=pks).values_list("pk", flat=True))
        hidden_keys = self._hidden_keys([row for row in rows if _pk_of(row) is None])
        hidden = [
            row
            for row in rows
            if (pk not in seen if (pk := _pk_of(row)) is not None else self._key(row) in hidden_keys)
        ]
        for row in hidden:
            row.refuse(_("You could not see this any more after saving, so nothing was saved."))
        return not hidden

    def _reindex(self) -> None:
        """Bring the search texts of other rows up to date that show columns of the changed ones."""
        pks = [row.existing.pk for row in self.plan.written_rows if row.existing is not None]
        if pks and issubclass(self.model, Searchable):
            for other, path in dependants(self.model):
                reindex_rows(queryset=other._default_manager.filter(**{f"{path}__in": pks}))

    def _key(self, row: RowPlan) -> Any:
        return row.values.get(key_names(self.pageset)[0]) if key_names(self.pageset) else None

    def _hidden_keys(self, rows: list[RowPlan]) -> set[Any]:
        """Natural keys of rows that a service created and the actor does not see."""
        keys = [each for each in self.plan.fields if each.is_key]
        given = {key for row in rows if (key := self._key(row))}
        if len(keys) != 1 or not given:
            return set()
        of_key = {f"{keys[0].path}__in": given}
        written = set(self.model._base_manager.filter(**of_key).values_list(keys[0].path, flat=True))
        return written - set(self.pageset.queryset(self.actor).filter(**of_key).values_list(keys[0].path, flat=True))


def _pk_of(row: RowPlan) -> Any:
    obj = row.existing if row.existing is not None else row.instance
    return getattr(obj, "pk", None)


def _batches(rows: list[RowPlan]) -> list[list[RowPlan]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def _forget_write(row: RowPlan) -> None:
    """Make a new instance as it was before a write that was taken back."""
    if row.existing is None and row.instance is not None:
        row.instance.pk = None
        row.instance._state.adding = True


def database_message(model: type[DjangoModel], error: Exception) -> str:
    """What the database refused, in the words of the violated constraint."""
    from suite.pages.views.base import integrity_message

    if not isinstance(error, IntegrityError):
        return _("A value is too long or too large.")
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    for constraint in model._meta.constraints:
        if constraint.name == name:
            return violation_message(model, constraint) or integrity_message(error)
    return integrity_message(error)
