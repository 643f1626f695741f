"""API routes of the adoption path."""

from django.urls import path

from rollout.api import RolloutView

urlpatterns = [path("rollout/", RolloutView.as_view(), name="api-rollout")]
