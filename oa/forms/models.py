"""Forms, their versions, and what people ask for with them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Department
from oa.flows.choices import DefinitionStatus
from oa.flows.definition import Step
from oa.flows.models import FlowDefinition
from oa.forms.choices import Audience, Category, RequestStatus
from oa.forms.filling import changeable, missing
from oa.forms.references import flow_values
from oa.forms.schema import SCHEMA, Schema
from suite.access.models import Role
from suite.access.scopes import ScopePaths
from suite.documents.choices import Reset
from suite.documents.patterns import is_sound
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import MoneyField
from suite.masters.models import Company
from suite.search.models import Searchable

# Numbers begin again as often as the pattern tells the times apart.
RESETS = (Reset.DAY, Reset.MONTH, Reset.YEAR, Reset.NEVER)


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class FormTemplate(Searchable):
    """
    A form 表单 that people ask for something with.

    Its fields stand in its versions; the published one is what people fill in. Without a flow of its own its requests
    are decided by the flow that is bound to requests, or by whoever may.
    """

    search_fields = ("code", "name", "description")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    icon = models.CharField(_("icon"), max_length=40, default="file-text", help_text=_("Name of a Tabler icon."))
    description = models.CharField(_("description"), max_length=300, blank=True)
    category = models.CharField(_("category"), max_length=10, choices=Category, default=Category.OTHER)
    flow = models.ForeignKey(
        FlowDefinition,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="forms",
        verbose_name=_("approval flow"),
        help_text=_("Empty: decided by whoever may."),
    )
    number_pattern = models.CharField(
        _("pattern of numbers"),
        max_length=40,
        unique=True,
        help_text=_("For example BX-{yyyy}{mm}-{seq:04}. Places: {yyyy} {yy} {mm} {dd} {company} {seq:04}"),
    )
    audience = models.CharField(_("who may use it"), max_length=10, choices=Audience, default=Audience.EVERYONE)
    roles = models.ManyToManyField(Role, blank=True, related_name="+", verbose_name=_("roles"))
    departments = models.ManyToManyField(
        Department,
        blank=True,
        related_name="+",
        verbose_name=_("departments"),
        help_text=_("With all departments below them."),
    )
    handled_by = models.CharField(
        _("handled by"),
        max_length=60,
        blank=True,
        editable=False,
        help_text=_("Object type of another system that takes the place of this form while that system is on."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("form")
        verbose_name_plural = _("forms")
        ordering = ("category", "name", "pk")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a pattern that could give a number twice."""
        if not is_sound(self.number_pattern, Reset.NEVER):
            raise ValidationError({"number_pattern": _("The pattern needs {seq} once, and no spaces.")})

    @property
    def number_kind(self) -> str:
        """The series that the numbers of its requests come from."""
        return f"oa.form.{self.code}"

    @property
    def number_reset(self) -> str:
        """When its numbers begin again."""
        return next(reset for reset in RESETS if is_sound(self.number_pattern, reset))


class FormVersion(StatusModel):
    """One version of a form. Once published its fields stay as they are: requests keep the version they began with."""

    transitions = {
        DefinitionStatus.DRAFT: {DefinitionStatus.PUBLISHED},
        DefinitionStatus.PUBLISHED: {DefinitionStatus.RETIRED},
        DefinitionStatus.RETIRED: set(),
    }
    status_tone = {DefinitionStatus.PUBLISHED: "done", DefinitionStatus.RETIRED: "void"}
    stepper = (DefinitionStatus.DRAFT, DefinitionStatus.PUBLISHED)

    template = models.ForeignKey(FormTemplate, models.CASCADE, related_name="versions", verbose_name=_("form"))
    number = models.PositiveIntegerField(_("version"), editable=False)
    schema = models.JSONField(_("fields"), default=dict)
    status = StatusField(_("status"), choices=DefinitionStatus, default=DefinitionStatus.DRAFT)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("published by"),
    )

    class Meta:
        verbose_name = _("version of a form")
        verbose_name_plural = _("versions of forms")
        ordering = ("template", "-number")
        constraints = (
            models.UniqueConstraint(F("template"), F("number"), name="formversion_once"),
            models.UniqueConstraint(
                fields=("template",), condition=Q(status=DefinitionStatus.DRAFT), name="formversion_one_draft"
            ),
            models.UniqueConstraint(
                fields=("template",), condition=Q(status=DefinitionStatus.PUBLISHED), name="formversion_one_published"
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="fields_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__schema__df=pgtrigger.F("new__schema")) & ~pgtrigger.Q(old__status="DRAFT"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.template} V{self.number}"

    @cached_property
    def form(self) -> Schema:
        """The fields."""
        return SCHEMA.validate_python(self.schema)


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class FormRequest(StatusModel, Searchable):
    """
    What one person asks for with a form 申请单.

    ``data`` holds what was filled in, as the pinned version of the form judges it; ``amount`` is what its field for
    the amount says.
    """

    scope = ScopePaths(owner="initiator", department="department", company="company")
    search_fields = ("number", "title")
    transitions = {
        RequestStatus.DRAFT: {RequestStatus.APPROVING, RequestStatus.CANCELLED},
        RequestStatus.APPROVING: {RequestStatus.APPROVED, RequestStatus.REJECTED, RequestStatus.CANCELLED},
        RequestStatus.APPROVED: set(),
        RequestStatus.REJECTED: {RequestStatus.DRAFT, RequestStatus.CANCELLED},
        RequestStatus.CANCELLED: set(),
    }
    status_tone = {
        RequestStatus.APPROVING: "wait",
        RequestStatus.APPROVED: "done",
        RequestStatus.REJECTED: "late",
        RequestStatus.CANCELLED: "void",
    }
    stepper = (RequestStatus.DRAFT, RequestStatus.APPROVING, RequestStatus.APPROVED)

    number = models.CharField(_("number"), max_length=60, editable=False)
    template = models.ForeignKey(FormTemplate, models.PROTECT, related_name="requests", verbose_name=_("form"))
    form_version = models.ForeignKey(
        FormVersion, models.PROTECT, related_name="requests", editable=False, verbose_name=_("version of the form")
    )
    title = models.CharField(_("title"), max_length=200)
    data = models.JSONField(_("filled in"), default=dict, blank=True)
    amount = MoneyField(_("amount"), null=True, blank=True, editable=False)
    initiator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=_("asked by")
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("department"),
    )
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", editable=False, verbose_name=_("company"))
    status = StatusField(_("status"), choices=RequestStatus, default=RequestStatus.DRAFT)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True, editable=False)

    class Meta(Searchable.Meta):
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(F("template"), F("company"), F("number"), name="formrequest_number_once"),
        )
        indexes = (
            models.Index(fields=("initiator", "-id"), name="formrequest_initiator"),
            models.Index(fields=("department", "-id"), name="formrequest_department"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def flow_definition(self) -> FlowDefinition | None:
        """The flow that decides about it, whatever is bound to requests."""
        return self.template.flow

    def flow_facts(self) -> dict[str, Any]:
        """What conditions and resolvers of flows see of it: its fields, and the amount."""
        return flow_values(self.form_version.form, self.data)

    def step_url(self, step: Step) -> str:
        """Where whoever decides at a step of the flow changes fields, empty when they cannot."""
        if not changeable(self.form_version.form, step):
            return ""
        return f"{reverse('oa:request-step', args=(self.pk,))}?{urlencode({'node': step.key})}"

    def missing_at_step(self, step: Step) -> list[str]:
        """Return what a step asks for and is not filled in."""
        return missing(self.form_version.form, self.data, step)
