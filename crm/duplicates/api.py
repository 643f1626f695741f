"""Asking, before something is entered, what is there already."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.duplicates.choices import RecordKind
from crm.duplicates.selectors import find_candidates, show
from crm.duplicates.views import entered_of, may_look_up


class DuplicateCheckSerializer(serializers.Serializer[Any]):
    """What is about to be entered; for a lead ``company_name`` is compared, for a customer ``name``."""

    kind = serializers.ChoiceField(choices=RecordKind.choices, default=RecordKind.LEAD)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    company_name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    uscc = serializers.CharField(max_length=40, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    mobile = serializers.CharField(max_length=40, required=False, allow_blank=True)
    email = serializers.CharField(max_length=254, required=False, allow_blank=True)
    customer = serializers.IntegerField(required=False)


class CandidateSerializer(serializers.Serializer[Any]):
    """One entry that it may be the double of; ``id`` and ``url`` only where the asker may see it."""

    kind = serializers.ChoiceField(choices=RecordKind.choices)
    name = serializers.CharField()
    owner = serializers.CharField()
    department = serializers.CharField()
    matches = serializers.CharField()
    similarity = serializers.IntegerField()
    effect = serializers.CharField()
    is_masked = serializers.BooleanField()
    id = serializers.IntegerField(allow_null=True)
    url = serializers.CharField(allow_null=True)


class DuplicateCheckResultSerializer(serializers.Serializer[Any]):
    """Everything that was found, what would refuse the entry first."""

    results = CandidateSerializer(many=True)


class DuplicateCheckView(APIView):
    """What an entry looks like, by the rules that hold for entering it; masked across data scopes."""

    @extend_schema(request=DuplicateCheckSerializer, responses={200: DuplicateCheckResultSerializer})
    def post(self, request: Request) -> Response:
        if not may_look_up(request.user):
            raise PermissionDenied
        asked = DuplicateCheckSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        found = find_candidates(entered_of(RecordKind(values["kind"]), values, None))
        user: Any = request.user
        return Response({"results": [each.as_json() for each in show(found, user=user)]})
