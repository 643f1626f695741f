"""URLs of the web hooks' own pages."""

from django.urls import path

from suite.webhooks import views

app_name = "webhooks"
urlpatterns = [path("<int:pk>/secret/", views.renew, name="secret")]
