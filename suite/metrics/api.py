"""The figures for other programs: the same definitions, restriction and modules as the boards."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from suite.metrics.asking import ask
from suite.metrics.choices import Trust, Unit
from suite.metrics.readings import read
from suite.metrics.registry import Metric, all_metrics, metrics_for
from suite.metrics.values import Change, Comparison, Fact, Goal, Reading
from suite.modules.services import ModuleDisabled

DECIMAL: dict[str, Any] = {"max_digits": 30, "decimal_places": 6, "allow_null": True, "read_only": True}


class MetricDefinitionSerializer(serializers.Serializer[Any]):
    """What a figure means."""

    code = serializers.CharField()
    title = serializers.CharField()
    unit = serializers.ChoiceField(Unit.choices)
    counter = serializers.CharField(help_text="Word for what is counted.")
    grain = serializers.CharField()
    direction = serializers.CharField(allow_null=True, help_text="up: more is better; down: less is better.")
    formula = serializers.CharField()
    computed_from = serializers.ListField(child=serializers.CharField())
    owner = serializers.CharField()
    module = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Any]):
    """A figure of an earlier period; without change it is not comparable."""

    against = serializers.CharField(help_text="previous or last_year")
    value = serializers.DecimalField(**DECIMAL)
    change = serializers.DecimalField(**DECIMAL)
    change_unit = serializers.CharField(help_text="% or points")
    is_part = serializers.BooleanField(help_text="Only as many days as have passed of the running period.")


class FactSerializer(serializers.Serializer[Any]):
    """A second figure."""

    title = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    unit = serializers.CharField()


class MetricReadingSerializer(serializers.Serializer[Any]):
    """A figure of one period."""

    definition = MetricDefinitionSerializer()
    period = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()
    value = serializers.DecimalField(**DECIMAL)
    numerator = serializers.DecimalField(**DECIMAL)
    denominator = serializers.DecimalField(**DECIMAL)
    comparisons = ChangeSerializer(many=True)
    target = serializers.DecimalField(**DECIMAL)
    target_reached = serializers.DecimalField(**DECIMAL)
    facts = FactSerializer(many=True)
    series = serializers.ListField(child=serializers.DecimalField(**DECIMAL))
    trust = serializers.ChoiceField(Trust.choices)
    doubt = serializers.CharField()
    computed_at = serializers.DateTimeField()
    rows_url = serializers.CharField(help_text="List page of the rows behind the figure.")


class MetricListView(APIView):
    """The figures that exist for the user."""

    @extend_schema(responses=MetricDefinitionSerializer(many=True), operation_id="metrics_list")
    def get(self, request: Request) -> Response:
        """List the definitions of all figures the user may see."""
        found = [_definition(metric) for metric in metrics_for(request.user)]
        return Response({"results": MetricDefinitionSerializer(found, many=True).data})


class MetricView(APIView):
    """One figure."""

    @extend_schema(
        responses=MetricReadingSerializer,
        operation_id="metrics_read",
        parameters=[
            OpenApiParameter("period", str, enum=["month", "quarter", "year", "90d", "custom"]),
            OpenApiParameter("on", str, description="A day within the period; by default today."),
            OpenApiParameter("from", str, description="First day of a custom period."),
            OpenApiParameter("to", str, description="Last day of a custom period."),
            OpenApiParameter("company", int, description="Only of this company."),
        ],
    )
    def get(self, request: Request, code: str) -> Response:
        """
        Compute one figure.

        :raises Http404: when there is none.
        :raises ModuleDisabled: when its system is off.
        :raises PermissionDenied: when the user may not see it.
        """
        metric = next((each for each in all_metrics() if each.code == code), None)
        if metric is None:
            raise Http404
        if not metric.exists():
            raise ModuleDisabled(_("%(module)s is not turned on.") % {"module": metric.module})
        if not metric.is_available(request.user):
            raise PermissionDenied
        reading = read(metric, ask(request.user, request.query_params))
        return Response(MetricReadingSerializer(_body(reading)).data)


def _definition(metric: Metric) -> dict[str, Any]:
    return {
        "code": metric.code,
        "title": str(metric.title),
        "unit": metric.unit,
        "counter": str(metric.counter),
        "grain": metric.grain,
        "direction": metric.direction,
        "formula": str(metric.formula),
        "computed_from": [model._meta.label for model in metric.source],
        "owner": str(metric.owner),
        "module": metric.module.code,
    }


def _body(reading: Reading) -> dict[str, Any]:
    value, period = reading.value, reading.context.period
    return {
        "definition": _definition(reading.metric),
        "period": period.kind,
        "start": period.start,
        "end": period.end,
        "value": value.value,
        "numerator": value.numerator,
        "denominator": value.denominator,
        "comparisons": [_comparison(each) for each in reading.comparisons],
        **_goal(reading.goal),
        "facts": [_fact(each) for each in value.facts],
        "series": list(reading.series),
        "trust": reading.trust,
        "doubt": reading.doubt,
        "computed_at": reading.computed_at,
        "rows_url": reading.url,
    }


def _comparison(each: Comparison) -> dict[str, Any]:
    moved: Change | None = each.change
    return {
        "against": each.code,
        "value": each.value,
        "change": None if moved is None else moved.amount,
        "change_unit": "points" if moved is not None and moved.is_points else "%",
        "is_part": each.is_part,
    }


def _goal(goal: Goal | None) -> dict[str, Any]:
    return {"target": goal.value if goal else None, "target_reached": goal.reached if goal else None}


def _fact(each: Fact) -> dict[str, Any]:
    return {"title": str(each.label), "value": None if each.value is None else str(each.value), "unit": each.unit}
