"""Every refusal of the API as problem+json (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from suite.core.errors import DomainError
from suite.pages.views.base import integrity_message


def problem_json(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every refusal as problem+json."""
    if isinstance(error, DomainError):
        body = _problem(error.status, error.code, str(error) or _("This was refused."))
        body |= {k: v for k, v in error.details.items() if v is not None}
        if error.field:
            body["errors"] = {error.field: [str(error)]}
    elif isinstance(error, ValidationError):
        fields = error.message_dict if hasattr(error, "error_dict") else {"non_field_errors": error.messages}
        body = _problem(400, "invalid-input", _("Some fields are wrong.")) | {"errors": fields}
    elif isinstance(error, IntegrityError):
        body = _problem(409, "conflict", integrity_message(error))
    else:
        return _library_problem(error, context)
    return _respond(body)


def _library_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    response = exception_handler(error, context)
    if response is None:
        return None
    code = getattr(getattr(error, "detail", None), "code", None) or getattr(error, "default_code", "error")
    body = _problem(response.status_code, str(code).replace("_", "-"), _detail(error))
    if isinstance(error, exceptions.ValidationError):
        body["errors"] = response.data
    answer = _respond(body)
    for header in ("Retry-After", "WWW-Authenticate"):
        if header in response:
            answer[header] = response[header]
    return answer


def _detail(error: Exception) -> str:
    if isinstance(error, Http404):
        return _("Not found.")
    if isinstance(error, PermissionDenied):
        return str(error) or _("You may not do this.")
    detail = getattr(error, "detail", "")
    return detail if isinstance(detail, str) else _("Some fields are wrong.")


def _problem(status: int, code: str, detail: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": detail, "status": status, "code": code, "detail": detail}


def _respond(body: dict[str, Any]) -> Response:
    return Response(body, status=body["status"], content_type="application/problem+json")
