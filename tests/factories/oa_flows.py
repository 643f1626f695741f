"""Factories of approval flows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import factory
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from factory.django import DjangoModelFactory

from hrm.org.models import Department
from oa.flows.choices import DefinitionStatus, EventKind, TaskKind, TaskStatus
from oa.flows.definition import FLOW, Flow, Node
from oa.flows.models import Deputy, FlowBinding, FlowDefinition, FlowLog, FlowRun, FlowTask, FlowVersion
from oa.flows.state import STATE, beginning
from tests.factories.hrm import DepartmentFactory, UserFactory
from tests.factories.masters import CompanyFactory

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def graph_of(*nodes: Node, **values: Any) -> dict[str, Any]:
    """The nodes of a flow as a version keeps them."""
    graph: dict[str, Any] = FLOW.dump_python(Flow(nodes=nodes, **values), mode="json")
    return graph


class FlowDefinitionFactory(DjangoModelFactory[FlowDefinition]):
    """A flow that decides about departments, without any version."""

    class Meta:
        model = FlowDefinition

    code = factory.Sequence(lambda n: f"FLOW{n}")
    name = factory.Sequence(lambda n: f"流程{n}")
    subject = factory.LazyFunction(lambda: ContentType.objects.get_for_model(Department))
    admin = factory.SubFactory(UserFactory)


class FlowVersionFactory(DjangoModelFactory[FlowVersion]):
    """A draft, or with ``status`` a published version; ``nodes`` are those of its flow."""

    class Meta:
        model = FlowVersion

    definition = factory.SubFactory(FlowDefinitionFactory)
    number = factory.LazyAttribute(lambda version: version.definition.versions.count() + 1)
    graph = factory.LazyFunction(graph_of)

    @classmethod
    def _create(cls, model_class: type[FlowVersion], *args: Any, **kwargs: Any) -> FlowVersion:
        status, nodes = kwargs.pop("status", DefinitionStatus.DRAFT), kwargs.pop("nodes", None)
        if nodes is not None:
            kwargs["graph"] = graph_of(*nodes)
        version = super()._create(model_class, *args, **kwargs)
        if status != DefinitionStatus.DRAFT:
            with transaction.atomic():
                version.become(DefinitionStatus.PUBLISHED, actor=None, at=AT)
        return version


class FlowBindingFactory(DjangoModelFactory[FlowBinding]):
    """That departments are approved by a flow."""

    class Meta:
        model = FlowBinding

    definition = factory.SubFactory(FlowDefinitionFactory)
    subject = factory.SelfAttribute("definition.subject")


class FlowRunFactory(DjangoModelFactory[FlowRun]):
    """A run about a department of its own."""

    class Meta:
        model = FlowRun

    flow_version = factory.SubFactory(FlowVersionFactory, status=DefinitionStatus.PUBLISHED)
    definition = factory.SelfAttribute("flow_version.definition")
    subject = factory.SubFactory(DepartmentFactory)
    title = factory.Sequence(lambda n: f"申请{n}")
    initiator = factory.SubFactory(UserFactory)
    company = factory.SubFactory(CompanyFactory)
    state = factory.LazyFunction(lambda: STATE.dump_python(beginning(), mode="json"))
    started_at = AT


class FlowTaskFactory(DjangoModelFactory[FlowTask]):
    """A task that somebody has to decide."""

    class Meta:
        model = FlowTask

    run = factory.SubFactory(FlowRunFactory)
    key = factory.LazyAttribute(lambda task: task.run.tasks.count() + 1)
    node = "a"
    title = "部门经理"
    round = 1
    kind = TaskKind.NORMAL
    status = TaskStatus.PENDING
    person = factory.SubFactory(UserFactory)
    opened_at = AT


class FlowLogFactory(DjangoModelFactory[FlowLog]):
    """That a request was handed in."""

    class Meta:
        model = FlowLog

    run = factory.SubFactory(FlowRunFactory)
    number = factory.LazyAttribute(lambda entry: entry.run.log.count() + 1)
    kind = EventKind.SUBMIT
    actor = factory.SelfAttribute("run.initiator")
    at = AT


class DeputyFactory(DjangoModelFactory[Deputy]):
    """That somebody decides for a colleague in a week of March."""

    class Meta:
        model = Deputy

    person = factory.SubFactory(UserFactory)
    deputy = factory.SubFactory(UserFactory)
    first_day = date(2026, 3, 2)
    last_day = date(2026, 3, 6)


def publish(*nodes: dict[str, Any], **values: Any) -> FlowVersion:
    """Return a published flow of nodes as they stand in JSON, about nothing in particular."""
    definition = FlowDefinitionFactory.create(subject=None, **values)
    graph = {"nodes": list(nodes)}
    return FlowVersionFactory.create(
        definition=definition, graph=graph, status=DefinitionStatus.PUBLISHED, published_by=definition.admin
    )


def asks(key: str, *people: Any, **values: Any) -> dict[str, Any]:
    """A node at which people decide."""
    resolver = {"kind": "PERSON", "values": [str(person.pk) for person in people]}
    return {"kind": "approve", "key": key, "title": key, "resolvers": [resolver], **values}
