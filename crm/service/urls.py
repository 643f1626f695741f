"""URLs of the pages of service."""

from django.urls import path

from crm.service import views

urlpatterns = [
    path("rate/<str:token>/", views.rate, name="rate"),
]
