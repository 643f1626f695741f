"""URLs of notifications."""

from django.urls import path

from suite.activity import views

app_name = "notifications"
urlpatterns = [
    path("", views.notifications, name="index"),
    path("latest/", views.latest_notifications, name="latest"),
    path("read/", views.read_all_notifications, name="read"),
    path("<int:pk>/", views.open_notification, name="open"),
    path("<int:pk>/read/", views.read_notification, name="read"),
]
