"""The base of every table: version, times, locking, restriction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import connection, models
from django.db.models.functions import Now
from django.db.transaction import TransactionManagementError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suite.core.errors import VersionConflict

if TYPE_CHECKING:
    from suite.access.scopes import ScopePaths

M = TypeVar("M", bound="Model")


class QuerySet(models.QuerySet[M]):
    """Query set with row locks."""

    def lock(self, obj: M | int) -> M:
        """
        Return the row locked until the end of the transaction (``FOR UPDATE``).

        :raises TransactionManagementError: outside a transaction.
        :raises DoesNotExist: when the row is gone.
        """
        if not connection.in_atomic_block:
            raise TransactionManagementError("lock() needs a transaction")
        pk = obj if isinstance(obj, int) else obj.pk
        return self.select_for_update(of=("self",)).get(pk=pk)

    def lock_many(self, pks: list[int]) -> list[M]:
        """Lock many rows in pk order, so that two callers never wait for each other in a circle."""
        if not connection.in_atomic_block:
            raise TransactionManagementError("lock_many() needs a transaction")
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

    version = models.PositiveIntegerField(_("version"), default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=Now(), editable=False)

    objects = QuerySet.as_manager()

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
        return reverse(f"{self._meta.app_label}:{self._meta.model_name}-detail", args=(self.pk,))

    def check_version(self, expected: int | None) -> Self:
        """
        Refuse when the row is newer than what the caller saw.

        :raises VersionConflict: when ``expected`` is given and differs.
        """
        if expected is not None and expected != self.version:
            raise VersionConflict
        return self
