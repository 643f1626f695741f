"""What people ask for about their working time, and how it is decided."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hrm.calendar.choices import RequestStatus
from hrm.org.models import Employee
from hrm.org.scopes import OF_PERSON
from suite.access.models import User
from suite.core.errors import NotAllowed
from suite.documents.approvables import is_decided_by_flow
from suite.documents.status import StatusField, StatusModel
from suite.search.models import Searchable


class TimeRequest(StatusModel, Searchable):
    """Something that one person asks for and another decides."""

    scope = OF_PERSON
    search_fields = ("employee__name", "employee__number", "reason")
    transitions = {
        RequestStatus.DRAFT: {RequestStatus.APPROVING, RequestStatus.CANCELLED},
        RequestStatus.APPROVING: {RequestStatus.APPROVED, RequestStatus.REJECTED, RequestStatus.CANCELLED},
        RequestStatus.APPROVED: {RequestStatus.CANCELLED},
        RequestStatus.REJECTED: {RequestStatus.DRAFT},
        RequestStatus.CANCELLED: set(),
    }
    status_tone = {
        RequestStatus.APPROVING: "wait",
        RequestStatus.APPROVED: "done",
        RequestStatus.REJECTED: "late",
        RequestStatus.CANCELLED: "void",
    }
    stepper = (RequestStatus.DRAFT, RequestStatus.APPROVING, RequestStatus.APPROVED)

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="%(class)ss", verbose_name=_("employee"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    status = StatusField(_("status"), choices=RequestStatus, default=RequestStatus.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=_("made by")
    )

    class Meta(Searchable.Meta):
        abstract = True

    def is_own(self, user: User) -> bool:
        """Whether it is about the working time of a user themselves."""
        return self.employee.user_id == user.pk


R = TypeVar("R", bound=TimeRequest)


def refuse_own(employee: Employee, actor: User, request: TimeRequest | None = None) -> None:
    """
    Let nobody decide about their own working time.

    :param request: about which is decided; an approval flow has looked already who may.
    :raises NotAllowed: for the own one.
    """
    if employee.user_id == actor.pk and not (request is not None and is_decided_by_flow(request)):
        raise NotAllowed(_t("Somebody else decides about your own working time."))


def to_draft(request: R, *, actor: User, at: datetime) -> R:
    """Take a refused request back to be changed; it must be locked."""
    request.become(RequestStatus.DRAFT, actor=actor, at=at)
    return request
