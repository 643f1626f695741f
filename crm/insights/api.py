"""For programs: which items not to promote now."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.insights.stock import promotion_warnings
from suite.access.restrict import restrict
from suite.masters.models import Company, Item
from suite.masters.selectors import default_company

MOST_ITEMS = 500


class PromotionWarningSerializer(serializers.Serializer[Any]):
    """Why one item should not be promoted now."""

    item = serializers.IntegerField()
    warning = serializers.CharField()


class PromotionWarningsView(APIView):
    """The items among those asked for that are short; what may be promoted is left out."""

    @extend_schema(
        parameters=[
            OpenApiParameter("item", int, many=True, description="Keys of items, at most 500."),
            OpenApiParameter("company", int, description="Whose stock; without it that of the default company."),
        ],
        responses=PromotionWarningSerializer(many=True),
        summary="Items not to be promoted now",
    )
    def get(self, request: Request) -> Response:
        """Answer for items that the user may see; 403 without the permission to see campaigns."""
        user: Any = request.user
        if not user.has_perm("crm.view_campaign"):
            raise PermissionDenied
        asked = request.query_params.getlist("item")
        if not asked or len(asked) > MOST_ITEMS or not all(each.isdecimal() for each in asked):
            raise ValidationError({"item": [f"1–{MOST_ITEMS}"]})
        items = restrict(Item.objects.filter(pk__in=[int(each) for each in asked]), user=user)
        warnings = promotion_warnings(items, _company(request), timezone.now())
        rows = [{"item": pk, "warning": text} for pk, text in sorted(warnings.items())]
        return Response(PromotionWarningSerializer(rows, many=True).data)


def _company(request: Request) -> Company:
    asked = request.query_params.get("company", "")
    if not asked:
        return default_company()
    company = Company.objects.filter(pk=int(asked) if asked.isdecimal() else 0).first()
    if company is None:
        raise ValidationError({"company": [asked]})
    return company
