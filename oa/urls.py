"""URLs of office collaboration's own pages, in the name space ``oa``."""

from oa.flows.urls import urlpatterns as flows

urlpatterns = [*flows]
