"""API route of versions side by side."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.contracts.comparing import COMPARED, ComparedLine, LineValues
from crm.contracts.versions import ComparedFact, compare_versions
from crm.contracts.views import VIEW, chosen_versions


class CompareView(APIView):
    """What changed between two versions of an offer."""

    @extend_schema(
        parameters=[OpenApiParameter("with", int, description="The other version; by default the one before.")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, pk: int) -> Response:
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        old, new, _versions = chosen_versions(request.user, pk, request.query_params.get("with", ""))
        found = compare_versions(old, new)
        return Response(
            {
                "old": {"id": old.pk, "number": old.number, "revision": old.revision},
                "new": {"id": new.pk, "number": new.number, "revision": new.revision},
                "lines": [_line(each) for each in found.lines],
                "changed_terms": [each.name for each in found.terms if each.is_changed],
                "totals": {each.name: _total(each, found.old, found.new) for each in found.totals},
            }
        )


def _line(each: ComparedLine) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "name": each.shown.name,
        "old": _values(each.old),
        "new": _values(each.new),
        "changed": sorted(each.changed),
        "change": str(each.change),
    }


def _values(line: LineValues | None) -> dict[str, str] | None:
    return None if line is None else {name: str(getattr(line, name)) for name in COMPARED}


def _total(each: ComparedFact, old: Any, new: Any) -> dict[str, str]:
    return {"old": str(getattr(old, each.name)), "new": str(getattr(new, each.name)), "change": str(each.change)}
