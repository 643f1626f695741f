"""URLs of leave's own pages."""

from django.urls import path

from hrm.leave import views

urlpatterns = [
    path("leave-balances/", views.balances_page, name="leave-balances"),
    path("leave-balances/grant/", views.grant, name="leave-grant"),
]
