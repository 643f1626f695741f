"""Sales targets for other programs."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.targets.choices import TargetFigure
from crm.targets.selectors import ALL, KINDS, PLAN, VIEW, grid
from crm.targets.services import Entry, set_targets

DECIMAL: dict[str, Any] = {"max_digits": 18, "decimal_places": 2}


class TargetRowSerializer(serializers.Serializer[Any]):
    """The targets of one subject in a year."""

    kind = serializers.ChoiceField(sorted(KINDS))
    id = serializers.IntegerField(allow_null=True)
    title = serializers.CharField()
    months = serializers.DictField(child=serializers.DecimalField(**DECIMAL), help_text="Month, 1 to 12, to target.")
    total = serializers.DecimalField(**DECIMAL)
    people_total = serializers.DecimalField(**DECIMAL, help_text="Of a department: the targets of its people.")


class TargetGridSerializer(serializers.Serializer[Any]):
    """The targets of a year."""

    figure = serializers.ChoiceField(TargetFigure.choices)
    year = serializers.IntegerField()
    rows = TargetRowSerializer(many=True)


class TargetEntrySerializer(serializers.Serializer[Any]):
    """One target; without value it is taken away."""

    kind = serializers.ChoiceField(sorted(KINDS))
    id = serializers.IntegerField(required=False, allow_null=True)
    month = serializers.IntegerField(min_value=1, max_value=12)
    value = serializers.DecimalField(**DECIMAL, min_value=0, allow_null=True)


class TargetEntriesSerializer(serializers.Serializer[Any]):
    """Targets to be set at once, all of them or none."""

    figure = serializers.ChoiceField(TargetFigure.choices)
    year = serializers.IntegerField(min_value=2000, max_value=2100)
    entries = TargetEntrySerializer(many=True)


class SalesTargetsView(APIView):
    """The grid of sales targets."""

    @extend_schema(
        responses=TargetGridSerializer,
        operation_id="crm_sales_targets_read",
        parameters=[
            OpenApiParameter("figure", str, enum=TargetFigure.values),
            OpenApiParameter("year", int),
        ],
    )
    def get(self, request: Request) -> Response:
        """
        List the targets of a year that the user may see.

        :raises PermissionDenied: without the permission to see targets.
        """
        if not request.user.has_perm(VIEW):
            raise PermissionDenied
        figure = request.query_params.get("figure", "")
        year = request.query_params.get("year", "")
        figure = figure if figure in TargetFigure.values else TargetFigure.RECEIPTS.value
        return Response(_body(request.user, figure, int(year) if _is_year(year) else timezone.localdate().year))

    @extend_schema(
        request=TargetEntriesSerializer, responses=TargetGridSerializer, operation_id="crm_sales_targets_set"
    )
    def put(self, request: Request) -> Response:
        """
        Set targets of people, departments and companies within the user's reach.

        :raises PermissionDenied: without the permission to set targets.
        """
        if not request.user.has_perm(PLAN):
            raise PermissionDenied
        entered = TargetEntriesSerializer(data=request.data)
        entered.is_valid(raise_exception=True)
        values: Any = entered.validated_data
        entries = [
            Entry(row["kind"], None if row["kind"] == ALL else row.get("id"), row["month"], row["value"])
            for row in values["entries"]
        ]
        user: Any = request.user
        set_targets(figure=values["figure"], year=values["year"], entries=entries, actor=user, at=timezone.now())
        return Response(_body(request.user, values["figure"], values["year"]))


def _body(user: Any, figure: str, year: int) -> Any:
    rows = [
        {
            "kind": row.kind,
            "id": row.subject.pk if row.subject is not None else None,
            "title": str(row.subject or ""),
            "months": {str(month): value for month, value in sorted(row.values.items())},
            "total": row.total,
            "people_total": row.people_total,
        }
        for row in grid(user=user, figure=figure, year=year)
    ]
    return TargetGridSerializer({"figure": figure, "year": year, "rows": rows}).data


def _is_year(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) == 4


urlpatterns = [path("crm/sales-targets/", SalesTargetsView.as_view(), name="api-sales-targets")]
