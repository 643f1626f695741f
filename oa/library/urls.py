"""URLs of files."""

from django.urls import path

from oa.library import views

urlpatterns = [
    path("folders/<int:pk>/upload/", views.upload, name="folder-upload"),
    path("document-versions/<int:pk>/", views.download, name="version-download"),
]
