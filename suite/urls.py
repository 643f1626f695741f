"""Every URL of the project."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from suite.pages.api import api_urls
from suite.pages.urls import app_urls
from suite.pages.views.lookup import lookup

# Bespoke API routes of the systems, closed with their module like every other route.
API_MODULES = (
    "crm.contracts.api_urls",
    "crm.duplicates.api_urls",
    "crm.insights.api_urls",
    "crm.intake.urls",
    "crm.pipeline.api_urls",
    "crm.pool.api_urls",
    "crm.targets.api",
    "rollout.api_urls",
)

urlpatterns = [
    path("", include("suite.metrics.urls")),
    path("accounts/", include("allauth.urls")),
    path("me/", include("suite.accounts.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("lookup/<str:label>/", lookup, name="lookup"),
    path("search/", include("suite.search.urls")),
    path("activity/", include("suite.activity.urls")),
    path("notifications/", include("suite.activity.notification_urls")),
    path("jobs/", include("suite.jobs.urls")),
    path("webhooks/", include("suite.webhooks.urls")),
    path("org/", include("hrm.org.urls")),
    path("access/", include("hrm.org.access_urls")),
    path("rollout/", include("rollout.urls")),
    path("api/", include(api_urls())),
    *[path("api/", include(name)) for name in API_MODULES],
    path("api/", include("suite.metrics.api_urls")),
    path("api/", include("suite.jobs.api_urls")),
    path("api/", include("suite.webhooks.api_urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("", include("suite.operations")),
    *app_urls(),
]
