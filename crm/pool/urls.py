"""URLs of the public pool."""

from django.urls import path

from crm.pool import views

urlpatterns = [
    path("recycling/", views.recycling_page, name="recycling"),
]
