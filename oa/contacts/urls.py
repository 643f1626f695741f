"""URLs of the contacts."""

from django.urls import path

from oa.contacts import views

urlpatterns = [path("contacts/", views.contacts_page, name="contacts")]
