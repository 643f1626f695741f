"""API routes of the forecast and of win rates from history."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.pipeline import presenting
from crm.pipeline.calibrating import adopt_win_rates
from crm.pipeline.engine import Calibration
from crm.pipeline.models import Stage
from crm.pipeline.selectors import back_test, stage_rates
from crm.pipeline.views import CALIBRATE, VIEW


class ForecastView(APIView):
    """The weighted forecast of the open opportunities that the user may see."""

    @extend_schema(
        parameters=[
            OpenApiParameter("by", str, enum=presenting.GROUPINGS),
            OpenApiParameter("rates", str, enum=["configured", "history"]),
            OpenApiParameter("pipeline", int, description="Only of this sales process."),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        user: Any = request.user
        if not user.has_perm(VIEW):
            raise PermissionDenied
        found = presenting.asked_forecast(user, request.query_params, at=timezone.now())
        whole = presenting.Row("", found.total)
        rates = "history" if found.is_learned else "configured"
        return Response({"by": found.by, "rates": rates, "total": _row(whole), "rows": [_row(r) for r in found.rows]})


def _row(row: presenting.Row) -> dict[str, Any]:
    bucket = row.bucket
    return {
        "key": str(bucket.key),
        "label": row.label,
        "count": bucket.count,
        "amount": str(bucket.amount),
        "weighted": str(bucket.weighted),
        "variance": str(bucket.variance),
        "low": str(row.low),
        "high": str(row.high),
        "target": None if row.target is None else str(row.target),
        "rows_url": row.url,
    }


class AdoptSerializer(serializers.Serializer[Any]):
    """The stages whose win rates are taken over."""

    stages = serializers.PrimaryKeyRelatedField(queryset=Stage.objects.all(), many=True)


class StageProbabilitiesView(APIView):
    """Configured win rates beside those of history, and the back-test of the forecast."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        user: Any = request.user
        if not user.has_perm(VIEW):
            raise PermissionDenied
        now = timezone.now()
        tested = back_test(user, at=now)
        months = [
            {
                "month": each.month,
                "forecast_configured": str(each.configured.weighted),
                "forecast_history": str(each.learned.weighted),
                "won": str(each.came),
                "won_as_expected": str(each.came_as_expected),
            }
            for each in tested.months
        ]
        return Response(
            {
                "stages": _stages(user, now),
                "months": months,
                "configured": _calibration(tested.configured),
                "history": _calibration(tested.learned),
            }
        )

    @extend_schema(request=AdoptSerializer, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> Response:
        """
        Take win rates over into stages.

        :raises PermissionDenied: without the permission to do so.
        """
        user: Any = request.user
        if not (user.has_perm(VIEW) and user.has_perm(CALIBRATE)):
            raise PermissionDenied
        entered = AdoptSerializer(data=request.data)
        entered.is_valid(raise_exception=True)
        now = timezone.now()
        changed = adopt_win_rates(stages=entered.validated_data["stages"], actor=user, at=now)
        return Response({"changed": [stage.pk for stage in changed], "stages": _stages(user, now)})


def _stages(user: Any, at: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": each.stage.pk,
            "name": each.stage.name,
            "pipeline": each.stage.pipeline_id,
            "configured": each.stage.win_percent,
            "won": each.rate.won,
            "ended": each.rate.total,
            "percent": None if each.rate.percent is None else str(each.rate.percent),
            "interval": [str(limit) for limit in each.rate.interval or ()],
            "proposed": each.proposed,
        }
        for each in stage_rates(user, as_of=at)
    ]


def _calibration(found: Calibration) -> dict[str, Any]:
    return {
        "forecasts": found.count,
        "brier": None if found.brier is None else str(found.brier),
        "bins": [
            {
                "from": each.low,
                "to": each.high,
                "count": each.count,
                "forecast": None if each.forecast is None else str(each.forecast),
                "won": None if each.came is None else str(each.came),
            }
            for each in found.bins
        ],
    }
