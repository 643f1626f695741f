"""URLs of operations' own pages, in the name space ``erp``."""

from django.urls import path

from erp.tracking import views as tracking

urlpatterns = [
    path("order-tracking/", tracking.order_tracking, name="order-tracking"),
]
