"""URLs of sales' own pages, in the name space ``crm``."""

from crm.contracts.urls import urlpatterns as contracts
from crm.pipeline.urls import urlpatterns as pipeline

urlpatterns = [*pipeline, *contracts]
