"""URLs of the pages of sales targets."""

from django.urls import path

from crm.targets import views

urlpatterns = [
    path("sales-targets/", views.targets_page, name="sales-targets"),
    path("sales-targets/copy/", views.copy_page, name="sales-targets-copy"),
    path("sales-targets/spread/", views.spread_page, name="sales-targets-spread"),
]
