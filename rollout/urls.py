"""URLs of the adoption path."""

from django.urls import path

from rollout import views

app_name = "rollout"
urlpatterns = [
    path("", views.PathView.as_view(), name="index"),
    path("profile/", views.ProfileView.as_view(), name="profile"),
    path("log/", views.LogView.as_view(), name="log"),
    path("checks/<str:code>/", views.CheckView.as_view(), name="check"),
    path("exceptions/<int:pk>/sign/", views.SignView.as_view(), name="sign"),
    path("<str:code>/open/", views.OpenView.as_view(), name="open"),
    path("<str:code>/close/", views.CloseView.as_view(), name="close"),
    path("<str:code>/advance/", views.AdvanceView.as_view(), name="advance"),
    path("<str:code>/people/", views.PeopleView.as_view(), name="people"),
    path("<str:code>/exception/", views.ExceptionView.as_view(), name="exception"),
    path("<str:code>/recheck/", views.RecheckView.as_view(), name="recheck"),
]
