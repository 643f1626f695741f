"""API routes of the web hooks beside those of their pages."""

from django.urls import path

from suite.webhooks.views import SecretView

urlpatterns = [path("webhooks/<int:pk>/secret/", SecretView.as_view(), name="api-webhook-secret")]
