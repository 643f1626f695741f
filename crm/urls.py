"""URLs of CRM's own pages, in the name space ``crm``."""

from django.urls import path

from crm.service import views as service

urlpatterns = [
    path("rate/<str:token>/", service.rate, name="rate"),
]
