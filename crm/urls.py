"""URLs of CRM's own pages, in the name space ``crm``."""

from django.urls import path

from crm.duplicates.urls import urlpatterns as duplicates
from crm.insights import views as insights
from crm.pool.urls import urlpatterns as pool
from crm.service import views as service

urlpatterns = [
    *pool,
    *duplicates,
    path("rfm/", insights.rfm_matrix, name="rfm"),
    path("rate/<str:token>/", service.rate, name="rate"),
]
