"""URLs of the office's own pages, in the name space ``oa``."""

from oa.contacts.urls import urlpatterns as contacts
from oa.flows.design_urls import urlpatterns as designs
from oa.flows.urls import urlpatterns as flows
from oa.forms.urls import urlpatterns as forms
from oa.library.urls import urlpatterns as library
from oa.meetings.urls import urlpatterns as meetings

urlpatterns = [
    *flows,
    *designs,
    *forms,
    *library,
    *meetings,
    *contacts,
]
