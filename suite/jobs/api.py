"""The state of a job for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from suite.jobs.models import Job, JobFile
from suite.jobs.selectors import files_of, find_job


class JobFileSerializer(serializers.Serializer[Any]):
    """A file that a job made."""

    purpose = serializers.CharField()
    name = serializers.CharField()
    url = serializers.SerializerMethodField()

    def get_url(self, row: JobFile) -> str:
        return reverse("jobs:download", args=(row.job.uuid, row.pk))


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job."""

    files = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "uuid",
            "kind",
            "title",
            "subject",
            "status",
            "done",
            "total",
            "percent",
            "message",
            "result",
            "errors",
            "files",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(JobFileSerializer(many=True))
    def get_files(self, job: Job) -> Any:
        return JobFileSerializer(files_of(job), many=True).data


class JobView(APIView):
    """One job of the user."""

    @extend_schema(responses=JobSerializer, summary="State of a job")
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return the state of a job; 404 for the job of somebody else."""
        job = find_job(uuid, user=request.user)
        if job is None:
            raise Http404
        return Response(JobSerializer(job).data)
