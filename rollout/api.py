"""The adoption path for programs."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rollout import presenting, selectors
from rollout.services import gate_facts
from rollout.views import LOG_ROWS, VIEW


class RolloutView(APIView):
    """The systems in order of adoption with their state, and the gates of those that could come next."""

    @extend_schema(
        parameters=[OpenApiParameter("system", str, description="Code of a system whose gate is measured as well.")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        page = presenting.path_page(wanted=request.query_params.get("system", ""), at=timezone.now())
        log = presenting.log_rows(limit=LOG_ROWS)
        return Response(
            {
                "stages": [_stage(view, page) for view in page.views.values()],
                "log": [
                    {
                        "at": row["at"],
                        "system": row["code"],
                        "status": row["status"],
                        "reason": row["reason"],
                        "by": str(row["actor"]) if row["actor"] else None,
                    }
                    for row in log
                ],
            }
        )


def _stage(view: selectors.StageView, page: presenting.PathPage) -> dict[str, Any]:
    gate = page.gates.get(view.code)
    return {
        "code": view.code,
        "title": str(view.module.title),
        "stage": view.module.stage,
        "status": str(view.status),
        "since": view.since,
        "is_on": view.is_on,
        "requires": list(view.requires),
        "green_days": page.green.get(view.code),
        "gate": None if gate is None else {"is_open": gate.is_open, **gate_facts(gate)},
    }
