"""URLs of the pages of insights."""

from django.urls import path

from crm.insights import views

urlpatterns = [
    path("rfm/", views.rfm_matrix, name="rfm"),
]
