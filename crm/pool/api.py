"""For programs: what will be recycled, and what somebody may still claim."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.pool.preview import PAGE, preview, rules_for
from crm.pool.selectors import allowances
from crm.pool.views import asked_days, asked_number


class EndangeredSerializer(serializers.Serializer[Any]):
    """One customer that a rule takes."""

    customer = serializers.IntegerField(source="customer.pk")
    customer_name = serializers.CharField(source="customer.party.name")
    owner = serializers.IntegerField(source="customer.owner_id")
    rule = serializers.IntegerField(source="rule.pk")
    pool = serializers.IntegerField(source="rule.pool_id")
    cause = serializers.CharField()
    cause_display = serializers.CharField(source="cause.label")
    due_at = serializers.DateTimeField()
    taken_at = serializers.DateTimeField()


class RecyclingSerializer(serializers.Serializer[Any]):
    """One page of what is taken."""

    total = serializers.IntegerField()
    page_size = serializers.IntegerField()
    results = EndangeredSerializer(many=True, source="rows")


class RecyclingView(APIView):
    """The customers that the user may see and that will be recycled within some nights."""

    @extend_schema(
        parameters=[OpenApiParameter(name, int) for name in ("days", "owner", "rule", "page")],
        responses=RecyclingSerializer,
    )
    def get(self, request: Request) -> Response:
        user: Any = request.user
        if not user.has_perm("crm.view_customer"):
            raise PermissionDenied
        asked = {name: asked_number(request.query_params.get(name)) for name in ("owner", "rule", "page")}
        found = preview(
            user=user,
            now=timezone.now(),
            days=asked_days(request.query_params.get("days")),
            rules=rules_for(user, asked["rule"]),
            owner=asked["owner"],
            page=asked["page"] or 1,
        )
        rows = EndangeredSerializer(found.rows, many=True).data
        return Response({"total": found.total, "page_size": PAGE, "results": rows})


class AllowanceSerializer(serializers.Serializer[Any]):
    """What may still be claimed from one pool today; null: without limit."""

    pool = serializers.IntegerField(source="pool.pk")
    pool_name = serializers.CharField(source="pool.name")
    quota_left = serializers.IntegerField(source="quota", allow_null=True)
    capacity_left = serializers.IntegerField(source="capacity", allow_null=True)


class AllowanceView(APIView):
    """What the user may still claim."""

    @extend_schema(responses=AllowanceSerializer(many=True))
    def get(self, request: Request) -> Response:
        user: Any = request.user
        if not user.has_perm("crm.claim_poolcustomer"):
            raise PermissionDenied
        return Response(AllowanceSerializer(allowances(user, timezone.now()), many=True).data)
