"""URLs of the contracts' own pages, in the name space ``crm``."""

from django.urls import path

from crm.contracts import views

urlpatterns = [
    path("quotations/<int:pk>/compare/", views.compare_page, name="quotation-compare"),
]
