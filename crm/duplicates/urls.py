"""URLs of the pages of duplicates, in the name space ``crm``."""

from django.urls import path

from crm.duplicates import views

urlpatterns = [
    path("duplicates/search/", views.duplicate_search, name="duplicate-search"),
    path("duplicates/possible/<slug:kind>/", views.possible_duplicates, name="possible-duplicates"),
    path("duplicates/merge/<slug:kind>/<int:first>/<int:second>/", views.merge, name="merge"),
]
