"""URLs of CRM's own pages, in the name space ``crm``."""

from django.urls import path

from crm.contracts.urls import urlpatterns as contracts
from crm.duplicates.urls import urlpatterns as duplicates
from crm.insights import views as insights
from crm.pipeline.urls import urlpatterns as pipeline
from crm.pool.urls import urlpatterns as pool
from crm.service import views as service
from crm.targets import views as targets

urlpatterns = [
    *pool,
    *duplicates,
    *pipeline,
    *contracts,
    path("rfm/", insights.rfm_matrix, name="rfm"),
    path("rate/<str:token>/", service.rate, name="rate"),
    path("sales-targets/", targets.targets_page, name="sales-targets"),
    path("sales-targets/copy/", targets.copy_page, name="sales-targets-copy"),
    path("sales-targets/spread/", targets.spread_page, name="sales-targets-spread"),
]
