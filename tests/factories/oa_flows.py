"""Approval flows."""

from __future__ import annotations

from typing import Any

import factory
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from oa.flows.choices import DefinitionStatus, EventKind, TaskKind, TaskStatus
from oa.flows.models import Deputy, FlowBinding, FlowDefinition, FlowLog, FlowRun, FlowTask, FlowVersion
from oa.flows.state import STATE, beginning
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory, PartyFactory


class FlowDefinitionFactory(DjangoModelFactory[FlowDefinition]):
    """A flow without versions."""

    class Meta:
        model = FlowDefinition

    code = factory.Sequence(lambda n: f"FLOW-{n:03}")
    name = factory.Sequence(lambda n: f"审批流程{n}")
    admin = factory.SubFactory(UserFactory)


class FlowVersionFactory(DjangoModelFactory[FlowVersion]):
    """A published version whose one step the administrator of the flow decides."""

    class Meta:
        model = FlowVersion
        skip_postgeneration_save = True

    definition = factory.SubFactory(FlowDefinitionFactory)
    number = 1
    published_by = factory.SelfAttribute("definition.admin")
    graph = factory.LazyAttribute(
        lambda version: {
            "nodes": [
                {
                    "kind": "approve",
                    "key": "n1",
                    "title": "审批",
                    "resolvers": [{"kind": "PERSON", "values": [str(version.definition.admin.pk)]}],
                }
            ]
        }
    )

    @factory.post_generation
    def publish(version: FlowVersion, create: bool, extracted: Any, **_kwargs: Any) -> None:
        """Publish it, unless a draft is wanted."""
        if create and extracted is not False:
            with transaction.atomic():
                version.become(DefinitionStatus.PUBLISHED, actor=version.published_by, at=timezone.now())


class FlowBindingFactory(DjangoModelFactory[FlowBinding]):
    """A flow for partners, of which nothing is approved."""

    class Meta:
        model = FlowBinding

    definition = factory.SubFactory(FlowDefinitionFactory)
    subject = factory.LazyFunction(lambda: ContentType.objects.get(app_label="suite", model="party"))


class FlowRunFactory(DjangoModelFactory[FlowRun]):
    """A run to which nothing happened yet."""

    class Meta:
        model = FlowRun

    flow_version = factory.SubFactory(FlowVersionFactory)
    definition = factory.SelfAttribute("flow_version.definition")
    subject = factory.SubFactory(PartyFactory)
    title = factory.Sequence(lambda n: f"申请{n}")
    initiator = factory.SubFactory(UserFactory)
    company = factory.SubFactory(CompanyFactory)
    state = factory.LazyFunction(lambda: STATE.dump_python(beginning(), mode="json"))
    started_at = factory.LazyFunction(timezone.now)


class FlowTaskFactory(DjangoModelFactory[FlowTask]):
    """A task to be decided."""

    class Meta:
        model = FlowTask

    run = factory.SubFactory(FlowRunFactory)
    key = factory.Sequence(lambda n: n + 1)
    node = "n1"
    title = "审批"
    round = 1
    kind = TaskKind.NORMAL
    status = TaskStatus.PENDING
    person = factory.SubFactory(UserFactory)
    opened_at = factory.LazyFunction(timezone.now)


class FlowLogFactory(DjangoModelFactory[FlowLog]):
    """An entry that changed nothing."""

    class Meta:
        model = FlowLog

    run = factory.SubFactory(FlowRunFactory)
    kind = EventKind.URGE
    at = factory.LazyFunction(timezone.now)


class DeputyFactory(DjangoModelFactory[Deputy]):
    """Somebody is away today."""

    class Meta:
        model = Deputy

    person = factory.SubFactory(UserFactory)
    deputy = factory.SubFactory(UserFactory)
    first_day = factory.LazyFunction(timezone.localdate)
    last_day = factory.SelfAttribute("first_day")


def publish(*nodes: dict[str, Any], **values: Any) -> FlowVersion:
    """Return a published flow of some nodes."""
    definition = FlowDefinitionFactory.create(**values)
    return FlowVersionFactory.create(definition=definition, graph={"nodes": list(nodes)})


def asks(key: str, *people: Any, **values: Any) -> dict[str, Any]:
    """A node at which people decide."""
    resolver = {"kind": "PERSON", "values": [str(person.pk) for person in people]}
    return {"kind": "approve", "key": key, "title": key, "resolvers": [resolver], **values}
