"""API routes of insights beside those of its object types."""

from django.urls import path

from crm.insights.api import PromotionWarningsView

urlpatterns = [path("crm/promotion-warnings/", PromotionWarningsView.as_view(), name="api-promotion-warnings")]
