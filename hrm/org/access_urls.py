"""URLs of roles and of viewing as somebody else."""

from django.urls import path

from hrm.org import views

app_name = "access"
urlpatterns = [
    path("roles/", views.roles, name="roles"),
    path("roles/new/", views.create_role_page, name="create-role"),
    path("roles/<int:pk>/", views.role_page, name="role"),
    path("roles/<int:pk>/delete/", views.delete_role_page, name="delete-role"),
    path("view-as/<int:pk>/", views.view_as, name="view-as"),
    path("view-as/stop/", views.stop_view_as, name="stop-view-as"),
]
