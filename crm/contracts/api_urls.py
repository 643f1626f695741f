"""API routes of contracts beside those of its object types."""

from django.urls import path

from crm.contracts.api import CompareView

urlpatterns = [
    path("crm/quotation-versions/<int:pk>/", CompareView.as_view(), name="api-crm-quotation-versions"),
]
