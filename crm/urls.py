"""URLs of CRM's own pages, in the name space ``crm``."""

from crm.pool.urls import urlpatterns as pool

urlpatterns = [
    *pool,
]
