"""URLs of the pages of forms and requests beside those of their page sets."""

from django.urls import path

from oa.forms import design_views, step_views, views
from suite.pages.pageset import PageSet
from suite.pages.registry import pageset_of


def _pages(label: str) -> PageSet:
    found = pageset_of(label)
    if found is None:
        raise LookupError(f"{label} has no PageSet")
    return found


requests, templates = _pages("oa.FormRequest"), _pages("oa.FormTemplate")

urlpatterns = [
    path("requests/new/", views.NewRequestView.bind(requests), name="request-new"),
    path("requests/new/<slug:code>/", views.CreateRequestView.bind(requests), name="request-create"),
    path("requests/compute/<int:pk>/", views.ComputeView.bind(requests), name="request-compute"),
    path("requests/route/<int:pk>/", views.RouteView.bind(requests), name="request-route"),
    path("requests/<int:pk>/step/", step_views.StepView.bind(requests), name="request-step"),
    path("requests/<int:pk>/step/compute/", step_views.StepComputeView.bind(requests), name="request-step-compute"),
    path("requests/<int:pk>/edit/", views.ChangeRequestView.bind(requests), name="request-edit"),
    path("forms/preview/", design_views.PreviewView.bind(templates), name="form-preview"),
    path("forms/<int:pk>/design/", design_views.DesignView.bind(templates), name="form-design"),
]
