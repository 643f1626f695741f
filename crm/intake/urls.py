"""API routes of the intake of leads."""

from django.urls import path

from crm.intake.views import WebLeadView

urlpatterns = [path("crm/web-leads/", WebLeadView.as_view(), name="web-lead")]
