"""The designer of flows: a page, and the answers that its script asks for as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hrm.calendar.people import signed_in
from oa.flows import publishing, wording
from oa.flows.choices import DefinitionStatus, ResolverKind
from oa.flows.conditions import comparisons
from oa.flows.definition import Branch, Copy, Flow, Step
from oa.flows.facts import AMOUNT, INITIATOR, FactField, fact_fields, facts_about, facts_of
from oa.flows.fields import fields_for, fields_of_forms
from oa.flows.lint import every_node
from oa.flows.models import FlowBinding, FlowDefinition, FlowVersion
from oa.flows.preview import route
from oa.flows.replaying import AT_ONCE, changes_in_words, names_of, replay_runs, runs_between, steps_in_words
from oa.flows.resolving import People
from oa.flows.tasks import REPLAY_JOB
from suite.access.grants import model_permission
from suite.access.models import User
from suite.access.restrict import restrict
from suite.core.errors import DomainError, InvalidInput
from suite.jobs.selectors import find_job
from suite.jobs.services import start_job
from suite.pages.registry import pageset_of

# So far back past requests are tried.
REPLAYED = timedelta(days=90)
ROLE_LOOKUP = "auth.group"
LOOKUPS = {
    ResolverKind.PERSON: "suite.user",
    ResolverKind.ROLE: ROLE_LOOKUP,
    ResolverKind.POSITION: "hrm.position",
    ResolverKind.HEAD_OF: "hrm.department",
}
Answer = Callable[..., HttpResponse]


def may(user: Any, action: str) -> bool:
    """Whether somebody may do this with flows."""
    return bool(user.has_perm(model_permission(FlowDefinition, action)))


def _needs(action: str) -> Callable[[Answer], Answer]:
    """Let only those in who may do this, and give them the flow."""

    def decorate(view: Answer) -> Answer:
        @login_required
        @wraps(view)
        def wrapped(request: HttpRequest, pk: int) -> HttpResponse:
            if not may(request.user, action):
                raise PermissionDenied
            flows = restrict(FlowDefinition.objects.select_related("subject"), user=request.user, action=action)
            found = flows.filter(pk=pk).first()
            if found is None:
                raise Http404
            return view(request, found)

        return wrapped

    return decorate


def _answers(view: Callable[[HttpRequest, FlowDefinition, dict[str, Any]], dict[str, Any]]) -> Answer:
    """Answer JSON with JSON; a refusal says what to do, and at which nodes."""

    @require_POST
    @wraps(view)
    def wrapped(request: HttpRequest, definition: FlowDefinition) -> HttpResponse:
        try:
            asked = json.loads(request.body or b"{}")
            if not isinstance(asked, dict):
                raise InvalidInput(_("This cannot be read. Reload the page and try again."))
            return JsonResponse(view(request, definition, asked))
        except json.JSONDecodeError:
            return JsonResponse({"detail": _("This cannot be read. Reload the page and try again.")}, status=400)
        except DomainError as error:
            faults = [{"severity": "ERROR", **each} for each in error.details.get("faults", [])]
            return JsonResponse({"detail": str(error), "code": error.code, "faults": faults}, status=error.status)

    return wrapped


# -- the page -------------------------------------------------------------------------------------


@require_GET
@_needs("view")
def design(request: HttpRequest, definition: FlowDefinition) -> HttpResponse:
    """A version of a flow as a tree: the draft, else the published one, or the one that ``version`` names."""
    versions = list(definition.versions.order_by("-number"))
    shown = _shown(versions, request.GET.get("version", ""))
    is_draft = shown is not None and shown.status == DefinitionStatus.DRAFT
    context = {
        "page_title": definition.name,
        "breadcrumbs": [
            (_("Office collaboration"), None),
            (FlowDefinition._meta.verbose_name_plural, "/oa/flows/"),
            (definition.name, definition.get_absolute_url()),
            (_("Design"), None),
        ],
        "definition": definition,
        "shown": shown,
        "versions": versions,
        "has_draft": any(each.status == DefinitionStatus.DRAFT for each in versions),
        "may_change": may(request.user, "change"),
        "may_edit": may(request.user, "change") and is_draft,
        "may_publish": may(request.user, "publish") and is_draft,
        "data": _data(request, definition, shown) if shown is not None else None,
    }
    return render(request, "oa/flows/designer.html", context)


def _shown(versions: list[FlowVersion], asked: str) -> FlowVersion | None:
    if asked:
        named = [each for each in versions if str(each.number) == asked]
        if not named:
            raise Http404
        return named[0]
    order = [DefinitionStatus.DRAFT, DefinitionStatus.PUBLISHED, DefinitionStatus.RETIRED]
    return min(versions, key=lambda each: (order.index(DefinitionStatus(each.status)), -each.number), default=None)


def _data(request: HttpRequest, definition: FlowDefinition, shown: FlowVersion) -> dict[str, Any]:
    model = definition.subject.model_class() if definition.subject else None
    forms = fields_of_forms(definition)
    fields = fields_for(definition, forms)
    pageset = pageset_of(model) if model is not None else None
    others = FlowDefinition.objects.filter(is_active=True).exclude(pk=definition.pk).order_by("name")
    is_draft = shown.status == DefinitionStatus.DRAFT
    return {
        "graph": shown.graph,
        "version": shown.version,
        "fields": fields_as_json(fields, request.user),
        "rights": [[each.name, each.label, each.may_change] for each in forms.keys],
        "flows": [list(each) for each in others.values_list("code", "name")],
        "roles": _roles(),
        "names": _names(shown.flow, fields, request.user),
        "texts": wording.texts(),
        "labels": wording.labels(),
        "operators": wording.operators(),
        "document": str(model._meta.label_lower) if pageset and model and pageset.may(request.user, "view") else "",
        "me": [request.user.pk, str(request.user)],
        "canEdit": may(request.user, "change") and is_draft,
        "replay": request.GET.get("replay", ""),
    }


def _roles() -> list[list[str]]:
    return [[str(pk), name] for pk, name in Group.objects.order_by("name").values_list("pk", "name")]


def fields_as_json(fields: Iterable[FactField], user: Any) -> list[dict[str, Any]]:
    """What can be asked of a request, as the script needs it; roles are few and named here."""
    return [_field(each, user) for each in fields]


def _field(field: FactField, user: Any) -> dict[str, Any]:
    choices = [list(each) for each in field.choices]
    lookup = field.lookup
    if lookup == ROLE_LOOKUP:
        choices, lookup = _roles(), ""
    elif lookup:
        pageset = pageset_of(apps.get_model(lookup))
        lookup = lookup if pageset is not None and pageset.may(user, "view") else ""
    return {"name": field.name, "label": field.label, "kind": field.kind, "choices": choices, "lookup": lookup}


def _names(flow: Flow, fields: Iterable[FactField], user: Any) -> dict[str, dict[str, str]]:
    """What the keys in a flow are called, by object type."""
    lookups = {field.name: field.lookup for field in fields if field.lookup}
    wanted: dict[str, set[str]] = {}
    for lookup, value in _keys(flow, lookups):
        if value.isdecimal():
            wanted.setdefault(lookup, set()).add(value)
    return {lookup: names_in(lookup, keys, user) for lookup, keys in wanted.items()}


def names_in(lookup: str, keys: Iterable[str], user: Any) -> dict[str, str]:
    """What rows of an object type are called, of those that somebody may choose."""
    model = apps.get_model(lookup)
    pageset = pageset_of(model)
    rows = model._default_manager.filter(pk__in=[int(key) for key in keys])
    if pageset is not None:
        rows = pageset.choices(rows, user)
    return {str(row.pk): str(row) for row in rows}


def _keys(flow: Flow, lookups: dict[str, str]) -> Iterator[tuple[str, str]]:
    for node in every_node(flow):
        if isinstance(node, Step | Copy):
            for resolver in node.resolvers:
                for value in resolver.values:
                    yield LOOKUPS.get(ResolverKind(resolver.kind), "suite.user"), value
        if isinstance(node, Step):
            yield "suite.user", node.stand_in
        if isinstance(node, Branch):
            for arm in node.arms:
                for compare in comparisons(arm.condition) if arm.condition is not None else ():
                    values = compare.value if isinstance(compare.value, list) else [compare.value]
                    for each in values if compare.field in lookups else ():
                        yield lookups[compare.field], str(each)


# -- what the script asks for ---------------------------------------------------------------------


@_needs("change")
@_answers
def save(request: HttpRequest, definition: FlowDefinition, asked: dict[str, Any]) -> dict[str, Any]:
    """Save the draft; says what is wrong with it as well."""
    version = asked.get("version")
    draft = publishing.save_draft(
        flow_version=_draft(definition),
        graph=asked.get("graph"),
        expected_version=version if isinstance(version, int) else 0,
        actor=signed_in(request),
        at=timezone.now(),
    )
    return {"version": draft.version, "faults": _faults(definition, draft.flow)}


@_needs("view")
@_answers
def check(request: HttpRequest, definition: FlowDefinition, asked: dict[str, Any]) -> dict[str, Any]:
    """Say what is wrong with nodes that need not be saved yet."""
    return {"faults": _faults(definition, publishing.read_flow(asked.get("graph")))}


@_needs("view")
@_answers
def preview(request: HttpRequest, definition: FlowDefinition, asked: dict[str, Any]) -> dict[str, Any]:
    """Show the route of a request of somebody, about a document or with facts that were entered."""
    flow = publishing.read_flow(asked.get("graph"))
    users = restrict(User.objects.filter(is_active=True), user=request.user)
    initiator = users.filter(pk=_key(asked.get("person"))).first()
    if initiator is None:
        raise InvalidInput(_("Choose who asks."), field="person")
    facts = _sample_facts(request, definition, initiator, asked)
    steps = route(flow, facts, initiator.pk, People(definition, flow, timezone.localdate()))
    names = names_of(pk for step in steps for pk in step.people)
    return {"steps": steps_in_words(steps, names)}


def _sample_facts(
    request: HttpRequest, definition: FlowDefinition, initiator: User, asked: dict[str, Any]
) -> dict[str, Any]:
    model = definition.subject.model_class() if definition.subject else None
    if asked.get("document") and model is not None:
        rows = restrict(model._default_manager.all(), user=request.user)
        document = rows.filter(pk=_key(asked["document"])).first()
        if document is None:
            raise InvalidInput(_("Choose a document that you may see."), field="document")
        return facts_of(document, initiator)
    given = asked.get("facts")
    known = {field.name for field in fields_for(definition)} - {INITIATOR}
    entered = {name: value for name, value in (given if isinstance(given, dict) else {}).items() if name in known}
    return {**entered, **facts_about(initiator), **({AMOUNT: entered[AMOUNT]} if AMOUNT in entered else {})}


@_needs("view")
@_answers
def replay(request: HttpRequest, definition: FlowDefinition, asked: dict[str, Any]) -> dict[str, Any]:
    """Try the saved draft on past requests; many are tried by a job, ``job`` fetches what came of it."""
    user, now = signed_in(request), timezone.now()
    if asked.get("job"):
        done = find_job(_uuid(asked["job"]), user=user)
        if done is None or done.kind != REPLAY_JOB:
            raise InvalidInput(_("This comparison is gone; start it again."))
        return {"total": done.total or 0, "changes": done.result.get("changes", [])}
    draft, since = _draft(definition), now - REPLAYED
    draft.definition = definition
    total = runs_between(definition, since, now, user).count()
    if total > AT_ONCE:
        params = {"flow_version": draft.pk, "since": since.isoformat(), "until": now.isoformat()}
        started = start_job(REPLAY_JOB, owner=user, at=now, params=params, subject=str(draft))
        return {"total": total, "job_url": started.get_absolute_url()}
    return {"total": total, "changes": changes_in_words(replay_runs(draft=draft, since=since, until=now, user=user))}


@_needs("publish")
@_answers
def publish(request: HttpRequest, definition: FlowDefinition, asked: dict[str, Any]) -> dict[str, Any]:
    """Let new requests run by the draft."""
    done = publishing.publish_version(flow_version=_draft(definition), actor=signed_in(request), at=timezone.now())
    messages.success(request, _("Version %(number)d is published.") % {"number": done.number})
    return {"url": definition.get_absolute_url()}


@_needs("change")
@require_POST
def begin_draft(request: HttpRequest, definition: FlowDefinition) -> HttpResponse:
    """Begin a new version of a flow."""
    try:
        publishing.new_draft(flowdefinition=definition, actor=signed_in(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("oa:flow-design", definition.pk)


@_needs("change")
@require_POST
def drop_draft(request: HttpRequest, definition: FlowDefinition) -> HttpResponse:
    """Throw the draft of a flow away."""
    try:
        publishing.delete_draft(flow_version=_draft(definition), actor=signed_in(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    return redirect(definition)


@login_required
@require_GET
def fields_of(request: HttpRequest) -> HttpResponse:
    """What conditions about an object type can ask for, for the form of a binding; ``names`` are those in it."""
    if not request.user.has_perm(model_permission(FlowBinding, "view")):
        raise PermissionDenied
    kind = ContentType.objects.filter(pk=_key(request.GET.get("subject"))).first()
    model = kind.model_class() if kind is not None else None
    if model is None:
        raise Http404
    fields = fact_fields(model)
    binding = FlowBinding.objects.filter(pk=_key(request.GET.get("binding"))).first()
    return JsonResponse(
        {
            "fields": fields_as_json(fields, request.user),
            "names": _binding_names(binding, fields, request.user) if binding is not None else {},
            "operators": wording.operators(),
            "texts": {name: str(text) for name, text in wording.CONDITION_TEXTS.items()},
        }
    )


def _binding_names(binding: FlowBinding, fields: Iterable[FactField], user: Any) -> dict[str, dict[str, str]]:
    if not binding.condition:
        return {}
    arm = {"key": "w", "condition": binding.condition}
    graph = {"nodes": [{"kind": "branch", "key": "b", "arms": [arm]}]}
    return _names(publishing.read_flow(graph), fields, user)


def _draft(definition: FlowDefinition) -> FlowVersion:
    found = definition.versions.filter(status=DefinitionStatus.DRAFT).first()
    if found is None:
        raise InvalidInput(_("There is no draft; begin a new one."))
    return found


def _faults(definition: FlowDefinition, flow: Flow) -> list[dict[str, str]]:
    found = publishing.faults_of(definition, flow)
    return [{"severity": each.severity.value, "node": each.node, "message": each.message} for each in found]


def _uuid(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        return UUID(int=0)


def _key(value: Any) -> int:
    return int(value) if str(value).isdecimal() else 0
