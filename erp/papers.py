"""What ERP's numbered papers without amounts share: requisitions, receipts, deliveries, returns."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection, models
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from suite.access.scopes import ScopePaths
from suite.core.errors import InvalidInput
from suite.documents.status import StatusModel
from suite.masters.models import Company
from suite.search.models import Searchable

P = TypeVar("P", bound="PostedPaper")


class NumberedPaper(StatusModel, Searchable):
    """A numbered paper without amounts: of a company, with who is responsible and who made it."""

    scope = ScopePaths(owner="owner", company="company")

    company = models.ForeignKey(Company, models.PROTECT, editable=False, related_name="+", verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=40, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("responsible"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )

    class Meta(Searchable.Meta):
        abstract = True
        constraints = (
            models.UniqueConstraint(fields=("company", "number"), name="%(app_label)s_%(class)s_number_once"),
        )

    def __str__(self) -> str:
        return self.number


class PostedPaper(NumberedPaper):
    """What exists by being posted into the stock ledger, once for each ``request``."""

    request = models.UUIDField(_("posted for"), unique=True, editable=False)

    class Meta(NumberedPaper.Meta):
        abstract = True


def posted_already(paper: type[P], request: UUID, **of: models.Model) -> P | None:
    """
    Return what a request posted before, None for a new one.

    :param of: what the paper must be about, by its foreign key.
    :raises InvalidInput: when the request was for something else.
    """
    with connection.cursor() as cursor:
        # Nearly always it is new: the least question that can say so.
        table = connection.ops.quote_name(paper._meta.db_table)
        cursor.execute(f"SELECT id FROM {table} WHERE request = %s", [request])  # noqa: S608
        found = cursor.fetchone()
    if found is None:
        return None
    known: P = paper._default_manager.get(pk=found[0])  # type: ignore[assignment]
    if any(getattr(known, f"{name}_id") != row.pk for name, row in of.items()):
        raise InvalidInput(_t("This was posted for another document already. Reload the page."))
    return known
