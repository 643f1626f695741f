"""Questions about runs and tasks."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, FilteredRelation, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from oa.flows.choices import InstanceStatus, TaskKind, TaskStatus
from oa.flows.models import FlowRun, FlowTask
from suite.access.models import User
from suite.access.restrict import restrict

# Tasks that somebody has to decide.
PENDING = "SELECT count(*) FROM oa_flowtask WHERE person_id = %(user)s AND status = 'PENDING'"
CLOSED = (TaskStatus.APPROVED, TaskStatus.REJECTED, TaskStatus.RETURNED, TaskStatus.TRANSFERRED)


def _with_runs(tasks: QuerySet[FlowTask]) -> QuerySet[FlowTask]:
    return tasks.select_related("run__definition", "run__initiator", "run__subject_type", "stands_for").defer(
        "run__state"
    )


def to_do(user: User) -> QuerySet[FlowTask]:
    """Return the tasks that somebody has to decide, the longest waiting first."""
    return _with_runs(FlowTask.objects.filter(person=user, status=TaskStatus.PENDING)).order_by("opened_at", "pk")


def done(user: User) -> QuerySet[FlowTask]:
    """Return what somebody has decided, the latest first."""
    found = FlowTask.objects.filter(person=user, status__in=CLOSED).exclude(kind=TaskKind.START)
    return _with_runs(found).order_by("-closed_at", "-pk")


def copies(user: User) -> QuerySet[FlowTask]:
    """Return what somebody was told, the latest first."""
    return _with_runs(FlowTask.objects.filter(person=user, status=TaskStatus.SENT)).order_by("-closed_at", "-pk")


def asked_by(user: User) -> QuerySet[FlowRun]:
    """Return the runs that somebody began, the latest first."""
    runs = FlowRun.objects.filter(initiator=user, parent__isnull=True).select_related("definition", "subject_type")
    return runs.defer("state").order_by("-started_at", "-pk")


def visible_runs(user: User) -> QuerySet[FlowRun]:
    """Return the runs that somebody may see: those within their permission, and those they have to do with."""
    taking_part = FlowTask.objects.filter(run=OuterRef("pk"), person=user)
    within = restrict(FlowRun.objects.all(), user=user, action="view").order_by().values("pk")
    return FlowRun.objects.filter(Q(initiator=user) | Exists(taking_part) | Q(pk__in=within))


def waits_for(subject: Model) -> list[tuple[int, int | None, str]]:
    """
    Return whom the flow that decides about a document waits for: key of the run, of the person, and their name.

    The first flow comes before those that its steps began; one that waits for nobody has a line without person.
    """
    runs = FlowRun.objects.filter(
        subject_type=ContentType.objects.get_for_model(subject), subject_id=subject.pk, status=InstanceStatus.RUNNING
    )
    asked = runs.annotate(
        open_tasks=FilteredRelation("tasks", condition=Q(tasks__status=TaskStatus.PENDING)),
        name=Coalesce(NullIf("open_tasks__person__full_name", Value("")), "open_tasks__person__username"),
    )
    return list(asked.order_by("pk", "open_tasks__key").values_list("pk", "open_tasks__person", "name"))
