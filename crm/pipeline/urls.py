"""URLs of the pipeline's own pages, in the name space ``crm``."""

from django.urls import path

from crm.pipeline import views

urlpatterns = [
    path("forecast/", views.forecast_page, name="forecast"),
    path("forecast/export/", views.forecast_export, name="forecast-export"),
    path("stage-probabilities/", views.stage_probabilities_page, name="stage-probabilities"),
    path("stage-probabilities/adopt/", views.adopt, name="stage-probabilities-adopt"),
]
