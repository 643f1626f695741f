"""
The REST API of every PageSet.

Reading passes the same restriction and filters as the pages; writing passes the same forms and services, so a
rule stands in one place. Errors are problem+json (RFC 9457); POST takes an ``Idempotency-Key``; a change
names the ``version`` it started from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from suite.access.idempotency import Answer, hash_of, run_once
from suite.core.errors import InvalidInput, WrongState
from suite.core.text import listed
from suite.pages.pageset import PageSet
from suite.pages.registry import pagesets
from suite.pages.views.listing import ListQuery

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="A repeated request with this key is done once."
)


class FormErrors(InvalidInput):
    """The fields that the form refused."""


class Keyset:
    """Paging of API lists: ``?size=&after=`` with a ``next`` cursor; no total is counted."""

    @staticmethod
    def answer(query: ListQuery, serialize: Callable[[Sequence[Any]], Any]) -> dict[str, Any]:
        lines = [query.pageset.lines.related] if query.pageset.lines is not None else []
        page = query.page(read=lambda build: list(build().prefetch_related(*lines)))
        return {
            "next": page.next_cursor if page.has_next else None,
            "previous": page.previous_cursor if page.has_previous else None,
            "results": serialize(page.rows),
        }


class PageSetViewSet(viewsets.GenericViewSet[Any]):
    """List, read, create, change, delete and act, as the PageSet declares."""

    pageset: PageSet = None  # type: ignore[assignment]
    queryset: Any = None
    lookup_value_regex = r"\d+"

    @property
    def user(self) -> Any:
        """Who asks: signed in, as the permission class made sure."""
        return self.request.user

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.pageset.model._default_manager.none()
        return self.pageset.listed(self.request.user)

    def get_serializer_class(self) -> Any:
        return serializer_of(self.pageset, frozenset())

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        needed = {"list": "view", "retrieve": "view", "create": "add", "partial_update": "change", "destroy": "delete"}
        if self.action in needed and not self.pageset.may(request.user, needed[self.action]):
            raise PermissionDenied

    # -- reading -------------------------------------------------------------------------------

    def list(self, request: Request) -> Response:
        query = ListQuery(self.pageset, request.user, request.query_params)
        if not query.filterset.is_valid():
            raise ValidationError(query.filterset.errors.as_data())
        return Response(Keyset.answer(query, lambda rows: self._data(rows, many=True)))

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self._data(self._row(pk, "view")))

    def _data(self, rows: Any, many: bool = False) -> Any:
        kind = serializer_of(self.pageset, self.pageset.hidden_fields(self.request.user))
        return kind(rows, many=many, context={"request": self.request}).data

    def _row(self, pk: str | int, action: str, *, lock: bool = False) -> Any:
        queryset = self.pageset.queryset(self.request.user, action)
        if lock:
            queryset = self.pageset.locked(queryset)
        row = queryset.filter(pk=pk).first()
        if row is None:
            if action != "view" and self.pageset.queryset(self.request.user).filter(pk=pk).exists():
                raise PermissionDenied
            raise Http404
        return row

    # -- writing -------------------------------------------------------------------------------

    @extend_schema(parameters=[IDEMPOTENCY])
    def create(self, request: Request) -> Response:
        return self._once(request, 201, lambda: self._save(None, self._payload(request)))

    def partial_update(self, request: Request, pk: str) -> Response:
        def work() -> Any:
            row = self._row(pk, "change", lock=True)
            why = self.pageset.why_not_editable(row, request.user)
            if why:
                raise WrongState(why)
            payload = self._payload(request)
            version = payload.pop("version", None)
            row.check_version(int(version) if version is not None else None)
            return self._save(row, payload)

        return self._once(request, 200, work)

    def destroy(self, request: Request, pk: str) -> Response:
        with transaction.atomic():
            row = self._row(pk, "delete", lock=True)
            self.pageset.delete(row, actor=request.user, at=timezone.now())
        return Response(status=204)

    @extend_schema(parameters=[IDEMPOTENCY])
    def act(self, request: Request, pk: str, slug: str) -> Response:
        """Carry out one action on one row."""
        action = self.pageset.action_named(slug)
        if action is None:
            raise Http404
        if not action.is_offered(self.pageset.model, request.user):
            raise PermissionDenied

        def work() -> Any:
            row = self._row(pk, action.permission, lock=True)
            why = action.why_not(row, request.user)
            if why:
                raise WrongState(why)
            arguments: dict[str, Any] = {}
            if action.form is not None:
                form = action.form(_form_data(self._payload(request)), row=row, user=request.user)
                _require_valid(form)
                arguments = form.cleaned_data
            result = action.run(row, actor=request.user, at=timezone.now(), **arguments)
            return result if isinstance(result, self.pageset.model) else self.pageset.model._base_manager.get(pk=row.pk)

        return self._once(request, 200, work)

    def _payload(self, request: Request) -> dict[str, Any]:
        if not isinstance(request.data, dict):
            raise InvalidInput(_("A JSON object is expected."))
        return dict(request.data)

    def _save(self, row: Any, payload: dict[str, Any]) -> Any:
        user, spec = self.request.user, self.pageset.lines
        lines = payload.pop("lines", None)
        kind = self.pageset.form_class(user)
        unknown = sorted(payload.keys() - kind.base_fields.keys())
        if unknown:
            raise InvalidInput(_("Unknown fields: %(names)s.") % {"names": listed(unknown)})
        current = _current(kind, row) if row is not None else _defaults(kind)
        form = (
            kind(_form_data({**current, **payload}), instance=row, user=user)
            if row is not None
            else kind(_form_data({**current, **payload}), user=user)
        )
        _require_valid(form)
        rows = None
        if spec is not None:
            rows = self._lines(spec, row, lines)
        if row is None:
            saved = self.pageset.create(form, lines=rows, actor=user, at=timezone.now())
        else:
            saved = self.pageset.update(row, form, lines=rows, actor=user, at=timezone.now())
        if not self.pageset.queryset(user).filter(pk=saved.pk).exists():
            raise PermissionDenied
        return saved

    def _lines(self, spec: Any, row: Any, lines: Any) -> Any:
        user = self.request.user
        existing = list(getattr(row, spec.related).all()) if row is not None else []
        if lines is None:
            return [{"id": line.pk, **{n: getattr(line, n) for n in spec.fields}} for line in existing]
        if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
            raise InvalidInput(_("“lines” must be a list of objects."), field="lines")
        formset = spec.formset(user=user, data=spec.form_data([_flat(line) for line in lines]))
        if not formset.is_valid():
            errors = [dict(e) for e in formset.errors]
            raise FormErrors(_("Some lines are wrong."), errors={"lines": errors or formset.non_form_errors()})
        kept = {line.pk for line in existing}
        rows = spec.cleaned(formset)
        for cleaned, given in zip(rows, lines, strict=False):
            cleaned["id"] = given.get("id") if given.get("id") in kept else None
        return rows

    def _once(self, request: Request, status: int, work: Callable[[], Any]) -> Response:
        def answer() -> Answer:
            row = work()
            fresh = self.pageset.listed(request.user).filter(pk=row.pk).first()
            body = self._data(fresh) if fresh is not None else {"id": row.pk}
            return Answer(status, json.dumps(body, cls=DjangoJSONEncoder))

        given = request.headers.get("Idempotency-Key", "")
        key = f"api:{given}" if given else ""
        fingerprint = hash_of(request.method or "", request.path, json.dumps(request.data, sort_keys=True, default=str))
        done = run_once(user=self.user, key=key, request_hash=fingerprint, work=answer)
        response = Response(json.loads(done.body), status=done.status)
        if done.is_repeated:
            response["Idempotent-Replay"] = "true"
        return response


def _require_valid(form: Any) -> None:
    if not form.is_valid():
        raise FormErrors(_("Some fields are wrong."), errors={k: [str(e) for e in v] for k, v in form.errors.items()})


def _current(kind: Any, row: Any) -> dict[str, Any]:
    from django.forms.models import model_to_dict

    form = kind(instance=row)
    values = {**model_to_dict(row, fields=list(kind.base_fields)), **form.initial}
    return {name: values.get(name) for name in kind.base_fields}


def _defaults(kind: Any) -> dict[str, Any]:
    form = kind()
    return {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}


def _form_data(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in _flat(values).items() if v is not None}


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, models.Model):
            flat[name] = value.pk
        elif isinstance(value, list | tuple | models.QuerySet):
            flat[name] = [v.pk if isinstance(v, models.Model) else v for v in value]
        elif isinstance(value, bool | type(None)):
            flat[name] = value
        elif isinstance(value, dict):
            flat[name] = json.dumps(value, cls=DjangoJSONEncoder)
        else:
            flat[name] = str(value)
    return flat


_serializers: dict[tuple[str, frozenset[str]], type[serializers.ModelSerializer[Any]]] = {}


def serializer_of(pageset: PageSet, hidden: frozenset[str]) -> type[serializers.ModelSerializer[Any]]:
    """The serializer of an object type without its hidden fields."""
    key = (pageset.model._meta.label, hidden)
    if key not in _serializers:
        _serializers[key] = _build_serializer(pageset, hidden)
    return _serializers[key]


def _build_serializer(pageset: PageSet, hidden: frozenset[str]) -> type[serializers.ModelSerializer[Any]]:
    model = pageset.model
    concrete = [f for f in model._meta.fields if f.name not in hidden and f.name not in TECHNICAL]
    names = ["id", "version", "url", *[f.name for f in concrete if f.name not in {"id", "version"}]]
    declared: dict[str, Any] = {
        "url": serializers.CharField(source="get_absolute_url", read_only=True),
    }
    for field in concrete:
        if field.choices:
            display = f"{field.name}_display"
            declared[display] = serializers.CharField(source=f"get_{field.name}_display", read_only=True)
            names.append(display)
    if pageset.lines is not None:
        source: dict[str, Any] = {} if pageset.lines.related == "lines" else {"source": pageset.lines.related}
        declared["lines"] = _line_serializer(pageset)(many=True, required=False, **source)
        names.append("lines")
    writable = set(pageset.form_fields()) | {"lines"}
    meta = type(
        "Meta",
        (),
        {
            "model": model,
            "fields": [n for n in dict.fromkeys(names) if n != "version" or hasattr(model, "version")],
            "read_only_fields": [n for n in names if n not in writable and n not in declared],
            "ref_name": f"{model._meta.app_label.title()}{model.__name__}",
        },
    )
    return type(
        f"{model._meta.app_label.title()}{model.__name__}Serializer",
        (serializers.ModelSerializer,),
        {**declared, "Meta": meta},
    )


TECHNICAL = frozenset({"search_text", "pinyin", "password", "name_norm", "name_core", "sessions_valid_from", "secret"})


def _line_serializer(pageset: PageSet) -> type[serializers.ModelSerializer[Any]]:
    spec = pageset.lines
    assert spec is not None  # noqa: S101 the caller checked
    model: Any = spec.model
    parent = next(f.name for f in model._meta.fields if f.related_model is pageset.model)
    fields = [f.name for f in model._meta.fields if f.name != parent and f.name not in TECHNICAL]
    meta = type(
        "Meta", (), {"model": model, "fields": fields, "read_only_fields": [f for f in fields if f not in spec.fields]}
    )
    # Lines that have routes of their own are described by another serializer there.
    name = f"{model._meta.app_label.title()}{model.__name__}InDocumentSerializer"
    return type(name, (serializers.ModelSerializer,), {"Meta": meta})


def viewset_of(pageset: PageSet) -> type[PageSetViewSet]:
    """The viewset class of one PageSet."""
    body = {"pageset": pageset, "__module__": type(pageset).__module__}
    return type(f"{pageset.model.__name__}ViewSet", (PageSetViewSet,), body)


def api_urls() -> list[Any]:
    """Routes ``/api/<app>/<path>/`` of every PageSet, closed with its module."""
    from django.urls import path

    from suite.pages.urls import PREFIXES

    found = []
    for pageset in pagesets(enabled_only=False):
        kind = viewset_of(pageset)
        base = f"{PREFIXES.get(pageset.app_label, pageset.app_label)}/{pageset.path}/"
        name = f"{pageset.app_label}-{pageset.name}"
        listing: dict[str, Any] = {"get": "list"} | ({"post": "create"} if "add" in pageset.operations else {})
        single: dict[str, Any] = {"get": "retrieve"}
        if "change" in pageset.operations:
            single["patch"] = "partial_update"
        if "delete" in pageset.operations:
            single["delete"] = "destroy"
        found.append(path(base, kind.as_view(listing), name=f"api-{name}-list"))
        found.append(path(f"{base}<int:pk>/", kind.as_view(single), name=f"api-{name}-detail"))
        if pageset.all_actions():
            found.append(path(f"{base}<int:pk>/<slug:slug>/", kind.as_view({"post": "act"}), name=f"api-{name}-act"))
    return found
