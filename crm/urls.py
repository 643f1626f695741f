"""URLs of CRM's own pages, in the name space ``crm``."""

from django.urls import path

from crm.targets import views as targets

urlpatterns = [
    path("sales-targets/", targets.targets_page, name="sales-targets"),
    path("sales-targets/copy/", targets.copy_page, name="sales-targets-copy"),
    path("sales-targets/spread/", targets.spread_page, name="sales-targets-spread"),
]
