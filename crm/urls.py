"""URLs of CRM's own pages, in the name space ``crm``."""

from crm.contracts.urls import urlpatterns as contracts
from crm.duplicates.urls import urlpatterns as duplicates
from crm.insights.urls import urlpatterns as insights
from crm.pipeline.urls import urlpatterns as pipeline
from crm.pool.urls import urlpatterns as pool
from crm.service.urls import urlpatterns as service
from crm.targets.urls import urlpatterns as targets

urlpatterns = [*pool, *duplicates, *pipeline, *contracts, *insights, *service, *targets]
