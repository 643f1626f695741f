"""
An order with an owner, states, a sensitive field and a history, to test the stream on.

Import it by the ``sample`` fixture only, which makes the tables and forgets the models afterwards.
"""

from decimal import Decimal

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import TextChoices

from suite.access.scopes import ScopePaths
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import DerivedField, MoneyField


class OrderStatus(TextChoices):
    DRAFT = "DRAFT", "Draft"
    DONE = "DONE", "Finished"


class OrderKind(TextChoices):
    STANDARD = "STANDARD", "Standard"
    RUSH = "RUSH", "Rush"


@pghistory.track()
class SampleOrder(StatusModel):
    """An order."""

    scope = ScopePaths(owner="owner", party="customer")
    sensitive_fields = ("cost",)
    transitions = {OrderStatus.DRAFT: {OrderStatus.DONE}, OrderStatus.DONE: set()}
    status_tone = {OrderStatus.DONE: "done"}

    status = StatusField("status", choices=OrderStatus, default=OrderStatus.DRAFT)
    title = models.CharField("subject", max_length=40)
    initials = DerivedField("initials", max_length=40, source=("title",), derive=str.lower)
    kind = models.CharField("kind", max_length=10, choices=OrderKind, default=OrderKind.STANDARD)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", verbose_name="owner")
    customer = models.ForeignKey("suite.Party", models.DO_NOTHING, null=True, related_name="+", verbose_name="customer")
    due_date = models.DateField("due date", null=True)
    is_urgent = models.BooleanField("urgent", default=False)
    cost = MoneyField("cost", default=Decimal(0))

    class Meta:
        app_label = "suite"
        verbose_name = "order"
        permissions = [("view_sensitive_sampleorder", "view sensitive")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/orders/{self.pk}/"


MODELS = (SampleOrder, SampleOrder.pgh_event_model)  # type: ignore[attr-defined]
