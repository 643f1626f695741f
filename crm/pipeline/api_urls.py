"""API routes of the pipeline beside those of its object types."""

from django.urls import path

from crm.pipeline.api import ForecastView, StageProbabilitiesView

urlpatterns = [
    path("crm/forecast/", ForecastView.as_view(), name="api-crm-forecast"),
    path("crm/stage-probabilities/", StageProbabilitiesView.as_view(), name="api-crm-stage-probabilities"),
]
