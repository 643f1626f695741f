"""API routes of jobs."""

from django.urls import path

from suite.jobs.api import JobView

urlpatterns = [path("jobs/<uuid:uuid>/", JobView.as_view(), name="api-job")]
