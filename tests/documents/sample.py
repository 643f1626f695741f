"""
A document with lines, and a plain row with states, to test their bases on.

Import it by the ``sample`` fixture only, which makes the tables and forgets the models afterwards.
"""

from django.db import models
from django.db.models import TextChoices

from suite.core.models import Model
from suite.documents.models import Document, LineBase
from suite.documents.status import StatusField, StatusModel


class OfferStatus(TextChoices):
    DRAFT = "DRAFT", "Draft"
    SENT = "SENT", "Sent"
    ACCEPTED = "ACCEPTED", "Accepted"
    VOID = "VOID", "Void"


class SampleOffer(Document):
    """An offer."""

    transitions = {
        OfferStatus.DRAFT: {OfferStatus.SENT, OfferStatus.VOID},
        OfferStatus.SENT: {OfferStatus.ACCEPTED, OfferStatus.DRAFT, OfferStatus.VOID},
        OfferStatus.ACCEPTED: set(),
        OfferStatus.VOID: set(),
    }
    status_tone = {OfferStatus.SENT: "go", OfferStatus.ACCEPTED: "done", OfferStatus.VOID: "void"}
    stepper = (OfferStatus.DRAFT, OfferStatus.SENT, OfferStatus.ACCEPTED)
    editable_states = (OfferStatus.DRAFT,)

    status = StatusField("status", choices=OfferStatus, default=OfferStatus.DRAFT)
    title = models.CharField(max_length=40, blank=True)

    class Meta(Document.Meta):
        app_label = "suite"
        verbose_name = "offer"

    def get_absolute_url(self) -> str:
        return f"/offers/{self.pk}/"


class SampleLine(LineBase):
    """A line of an offer."""

    document = models.ForeignKey(SampleOffer, models.CASCADE, related_name="lines")
    requested_date = models.DateField(null=True, blank=True)

    class Meta(LineBase.Meta):
        app_label = "suite"


class SampleTask(StatusModel):
    """Something with states that is no document."""

    transitions = {"OPEN": {"DONE"}, "DONE": set()}

    status = StatusField("status", choices={"OPEN": "Open", "DONE": "Done"}, default="OPEN")
    name = models.CharField(max_length=40)

    class Meta:
        app_label = "suite"
        verbose_name = "task"

    def __str__(self) -> str:
        return self.name


class SampleNote(Model):
    """Something without states that may still stand in a chain."""

    text = models.CharField(max_length=40)

    class Meta:
        app_label = "suite"
        verbose_name = "note"

    def __str__(self) -> str:
        return self.text


MODELS: tuple[type[Model], ...] = (SampleOffer, SampleLine, SampleTask, SampleNote)
