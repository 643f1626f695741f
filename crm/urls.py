"""URLs of customers' own pages, in the name space ``crm``."""

from crm.duplicates.urls import urlpatterns as duplicates

urlpatterns = [
    *duplicates,
]
