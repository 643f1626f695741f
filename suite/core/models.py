"""The base of every table: version, times, locking, restriction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import connection, models
from django.db.models import BaseConstraint, CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now
from django.db.transaction import TransactionManagementError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suite.core.conditions import surely_holds
from suite.core.errors import VersionConflict
from suite.core.reading import asks_for_whole_table, read_where

if TYPE_CHECKING:
    from suite.access.scopes import ScopePaths

M = TypeVar("M", bound="Model")
LOCKED = "WHERE t.{key} = %s FOR UPDATE OF t"
LOCKED_IN_ORDER = "WHERE t.{key} = ANY(%s) ORDER BY t.{key} FOR UPDATE OF t"


class QuerySet(models.QuerySet[M]):
    """Query set with row locks."""

    def lock(self, obj: M | int) -> M:
        """
        Return the row locked until the end of the transaction (``FOR UPDATE``).

        Related rows that ``obj`` has at hand stay at hand, as they were read, wherever the row still leads to them.

        :raises TransactionManagementError: outside a transaction.
        :raises DoesNotExist: when the row is gone.
        """
        if not connection.in_atomic_block:
            raise TransactionManagementError("lock() needs a transaction")
        row = self._locked(obj if isinstance(obj, int) else obj.pk)
        if isinstance(obj, int):
            return row
        for field, related in _relations_at_hand(obj):
            if getattr(row, field.attname) == getattr(obj, field.attname):
                field.set_cached_value(row, related)
        return row

    def _locked(self, pk: Any) -> M:
        if not asks_for_whole_table(self):
            return self.select_for_update(of=("self",)).get(pk=pk)
        rows = read_where(self.model, LOCKED.format(key=_key_of(self.model)), [pk])
        if not rows:
            raise self.model.DoesNotExist
        return rows[0]

    def lock_many(self, pks: list[int]) -> list[M]:
        """Lock many rows in pk order, so that two callers never wait for each other in a circle."""
        if not connection.in_atomic_block:
            raise TransactionManagementError("lock_many() needs a transaction")
        if asks_for_whole_table(self):
            return read_where(self.model, LOCKED_IN_ORDER.format(key=_key_of(self.model)), [list(pks)]) if pks else []
        return list(self.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk"))


class Model(models.Model):
    """
    Base of every table of the suite.

    ``version`` grows by one with each save; :meth:`check_version` refuses a change that started from an older state.
    """

    # Where the owner, department and company of a row are found; None: open to all who have the permission.
    scope: ClassVar[ScopePaths | None] = None
    # Field names that need the permission ``view_sensitive_<model>``.
    sensitive_fields: ClassVar[tuple[str, ...]] = ()
    # Those among them that need a permission of their own instead: field name → action, ``{"phone": "view_phone"}``.
    own_permissions: ClassVar[Mapping[str, str]] = {}

    version = models.PositiveIntegerField(_("version"), default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=Now(), editable=False)

    objects = QuerySet.as_manager()

    # Checks that were found to hold while the row is validated.
    _holding: Collection[BaseConstraint] = ()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, raise the version and the time of the last change."""
        if not self._state.adding:
            self.version = (self.version or 0) + 1
            self.updated_at = timezone.now()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "version", "updated_at"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Address of the row's page."""
        return page_url(self)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """
        Validate the columns.

        A relation to a row at hand is not looked up again: the foreign key refuses one that is gone meanwhile.
        """
        known = {
            field.name
            for field, related in _relations_at_hand(self)
            if not field.get_limit_choices_to() and not related._state.adding
        }
        super().clean_fields(exclude={*(exclude or ()), *known})

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[BaseConstraint]]]:
        """Constraints that are left to validate; see :meth:`validate_constraints`."""
        left = super().get_constraints()
        return [(model, [each for each in found if each not in self._holding]) for model, found in left]

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """
        Validate the constraints.

        Checks that surely hold are not asked for; the others are together first, and one by one only if one fails.
        What must be unique under a condition that this row does not meet is not asked for either.
        """
        excluded = set(exclude or ())
        every = [each for _model, found in super().get_constraints() for each in found]
        unique = (each for each in every if isinstance(each, UniqueConstraint) and each.condition is not None)
        idle = [each for each in unique if surely_holds(~Q(each.condition), self)]
        checks = [(each, Q(each.condition)) for each in every if isinstance(each, CheckConstraint)]
        usable = [(each, condition) for each, condition in checks if not condition.referenced_base_fields & excluded]
        open_ones = [(each, condition) for each, condition in usable if not surely_holds(condition, self)]
        self._holding = [*idle, *(each for each, condition in usable if (each, condition) not in open_ones)]
        together = Q(*(condition for _each, condition in open_ones))
        if open_ones and together.check(self._get_field_expression_map(meta=self._meta, exclude=excluded)):  # type: ignore[attr-defined]
            self._holding = [*idle, *(each for each, _condition in usable)]
        try:
            super().validate_constraints(exclude=excluded)
        finally:
            self._holding = ()

    def check_version(self, expected: int | None) -> Self:
        """
        Refuse when the row is newer than what the caller saw.

        :raises VersionConflict: when ``expected`` is given and differs.
        """
        if expected is not None and expected != self.version:
            raise VersionConflict
        return self


def _key_of(model: type[models.Model]) -> str:
    return str(connection.ops.quote_name(model._meta.pk.column or ""))


def _relations_at_hand(row: models.Model) -> Iterator[tuple[models.ForeignKey[Any, Any], models.Model]]:
    """Yield the foreign keys of a row whose related row is in memory, with that row."""
    for field in row._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and field.is_cached(row):
            related = field.get_cached_value(row)
            if related is not None:
                yield field, related


def page_url(row: models.Model) -> str:
    """
    Address of the page that a page set gives to a row.

    :raises NoReverseMatch: when its object type has none.
    """
    return reverse(f"{row._meta.app_label}:{row._meta.model_name}-detail", args=(row.pk,))
