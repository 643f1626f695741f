"""API routes of duplicates beside those of their pages."""

from django.urls import path

from crm.duplicates.api import DuplicateCheckView

urlpatterns = [path("crm/duplicate-check/", DuplicateCheckView.as_view(), name="duplicate-check")]
