"""URLs of CRM's own pages, in the name space ``crm``."""

from crm.insights.urls import urlpatterns as insights

urlpatterns = [
    *insights,
]
