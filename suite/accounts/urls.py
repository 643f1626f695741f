"""URLs of the page "Me"."""

from django.urls import path

from suite.accounts import views

app_name = "me"
urlpatterns = [
    path("", views.me, name="index"),
    path("profile/", views.profile, name="profile"),
    path("mail/", views.mail, name="mail"),
    path("tokens/", views.create_token, name="create-token"),
    path("tokens/<slug:key>/revoke/", views.revoke_token, name="revoke-token"),
    path("sign-out-everywhere/", views.sign_out_everywhere, name="sign-out-everywhere"),
]
