"""What is shown of a customer in a pool, less what the pool hides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from crm.customers.models import Contact, FollowUp
from crm.pool.choices import HiddenField
from crm.pool.models import PoolCustomer
from suite.core.reading import with_related
from suite.pages.columns import Column, derive, relations, renderer
from suite.pages.panels import Panel, with_phone_roles


def kept(field: str, path: str) -> Any:
    """The function from a pool customer to a value of its party, None where the pool hides it."""

    def value(row: PoolCustomer) -> Any:
        return None if row.hides(field) else getattr(row.party, path)

    return value


PHONE = Column("party__phone", label=_("Phone"), value=kept(HiddenField.PHONE, "phone"), sort="")
EMAIL = Column("party__email", label=_("E-mail"), value=kept(HiddenField.EMAIL, "email"), sort="")
WEBSITE = Column("party__website", label=_("Web site"), value=kept(HiddenField.WEBSITE, "website"), sort="")
USCC = Column("party__uscc", label=_("Unified social credit code"), value=kept(HiddenField.USCC, "uscc"), sort="")


class PoolRows(Panel):
    """Rows of a pool customer that everybody who sees the customer may read, unless the pool hides them."""

    template = "generic/panels/children.html"
    limit = 100

    def __init__(self, title: Any, hidden_as: str) -> None:
        self.title, self.hidden_as = title, hidden_as

    def columns(self, obj: PoolCustomer) -> Sequence[str | Column]:
        """What is shown of each row."""
        raise NotImplementedError

    def rows(self, obj: PoolCustomer) -> Any:
        """The rows, the newest first."""
        raise NotImplementedError

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        if obj.hides(self.hidden_as):
            return None
        queryset = self.rows(obj)
        model = queryset.model
        columns = with_phone_roles([derive(model, each) for each in self.columns(obj)])
        found = list(with_related(queryset, relations(model, columns))[: self.limit + 1])
        draws = [(column, renderer(column, model)) for column in columns]
        return {
            "title": capfirst(str(self.title)),
            "columns": columns,
            "rows": [
                {"cells": [(column, draw(row)) for column, draw in draws], "url": ""} for row in found[: self.limit]
            ],
            "count": len(found[: self.limit]),
            "is_cut": len(found) > self.limit,
        }


class PoolContacts(PoolRows):
    """Whom one can talk to at the customer."""

    def columns(self, obj: PoolCustomer) -> Sequence[str | Column]:
        shown: list[str | Column] = ["person__name", "person__title"]
        if not obj.hides(HiddenField.EMAIL):
            shown.append("person__email")
        if not obj.hides(HiddenField.PHONE):
            shown.append("person__mobile")
        return shown

    def rows(self, obj: PoolCustomer) -> Any:
        return Contact.objects.filter(customer=obj.pk).order_by("-pk")


class PoolFollowUps(PoolRows):
    """What was said to the customer, and to the lead it came from."""

    def columns(self, obj: PoolCustomer) -> Sequence[str | Column]:
        return ("happened_at", "kind", Column("body", phone="p-full", sort=""), "owner")

    def rows(self, obj: PoolCustomer) -> Any:
        return FollowUp.objects.filter(customer=obj.pk).order_by("-happened_at", "-pk")


def claimable_from(row: PoolCustomer) -> datetime | None:
    """When a customer in a pool may be claimed for the first time."""
    if row.entered_pool_at is None or row.pool is None:
        return None
    return row.entered_pool_at + timedelta(days=row.pool.new_data_days)
