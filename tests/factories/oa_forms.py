"""Factories of forms."""

from __future__ import annotations

from typing import Any

import factory
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from oa.flows.choices import DefinitionStatus
from oa.forms.choices import FieldKind
from oa.forms.models import FormRequest, FormTemplate, FormVersion
from oa.forms.schema import SCHEMA, Column, FormField, Schema, Section
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory

# Asks for a reason, and for lines whose amounts are added up.
EXPENSE = Schema(
    sections=(
        Section(
            fields=(
                FormField(kind=FieldKind.TEXT, key="reason", label="事由", required=True),
                FormField(
                    kind=FieldKind.TABLE,
                    key="lines",
                    label="明细",
                    columns=(
                        Column(kind=FieldKind.TEXT, key="what", label="内容"),
                        Column(kind=FieldKind.MONEY, key="cost", label="金额"),
                    ),
                ),
                FormField(kind=FieldKind.FORMULA, key="total", label="合计", formula="lines_cost"),
                FormField(kind=FieldKind.ATTACHMENT, key="papers", label="票据"),
            )
        ),
    ),
    amount="total",
)


def as_json(schema: Schema) -> dict[str, Any]:
    """Return a form as it is stored."""
    found: dict[str, Any] = SCHEMA.dump_python(schema, mode="json")
    return found


class FormTemplateFactory(DjangoModelFactory[FormTemplate]):
    """A form that everybody may use; without a version."""

    class Meta:
        model = FormTemplate

    code = factory.Sequence(lambda n: f"form{n}")
    name = factory.Sequence(lambda n: f"表单{n}")
    number_pattern = factory.Sequence(lambda n: f"F{n}-{{yyyy}}-{{seq:04}}")


class FormVersionFactory(DjangoModelFactory[FormVersion]):
    """A published version of a form, or with another ``status``; it is the expense claim above."""

    class Meta:
        model = FormVersion

    template = factory.SubFactory(FormTemplateFactory)
    number = 1
    schema = factory.LazyFunction(lambda: as_json(EXPENSE))

    @classmethod
    def _create(cls, model_class: type[FormVersion], *args: Any, **kwargs: Any) -> FormVersion:
        status = kwargs.pop("status", DefinitionStatus.PUBLISHED)
        version = super()._create(model_class, *args, **kwargs)
        if status != DefinitionStatus.DRAFT:
            with transaction.atomic():
                version.become(DefinitionStatus.PUBLISHED, actor=None, at=timezone.now())
        return version


class FormRequestFactory(DjangoModelFactory[FormRequest]):
    """A draft of a request."""

    class Meta:
        model = FormRequest

    form_version = factory.SubFactory(FormVersionFactory)
    template = factory.SelfAttribute("form_version.template")
    number = factory.Sequence(lambda n: f"F-{n:04}")
    title = factory.Sequence(lambda n: f"申请{n}")
    data = factory.LazyFunction(dict)
    initiator = factory.SubFactory(UserFactory)
    company = factory.SubFactory(CompanyFactory)
