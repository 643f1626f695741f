"""API routes of the public pool beside those of its object types."""

from django.urls import path

from crm.pool.api import AllowanceView, RecyclingView

urlpatterns = [
    path("crm/recycling/", RecyclingView.as_view(), name="api-recycling"),
    path("crm/allowances/", AllowanceView.as_view(), name="api-allowances"),
]
