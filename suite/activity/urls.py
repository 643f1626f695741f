"""URLs of comments, files and reminders."""

from django.urls import path, register_converter

from suite.activity import views


class LabelConverter:
    """The name of a model, e.g. ``crm.customer``."""

    regex = r"[a-z_]+\.[a-z_]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(LabelConverter, "model")

app_name = "activity"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("reminders/", views.reminders, name="reminders"),
    path("reminders/<int:pk>/done/", views.finish_reminder, name="finish-reminder"),
    path("comments/<int:pk>/", views.show_comment, name="show-comment"),
    path("comments/<int:pk>/edit/", views.edit_comment, name="edit-comment"),
    path("comments/<int:pk>/delete/", views.delete_comment, name="delete-comment"),
    path("files/<int:pk>/", views.download, name="download"),
    path("files/<int:pk>/delete/", views.delete_file, name="delete-file"),
    path("<model:label>/<int:pk>/stream/", views.stream, name="stream"),
    path("<model:label>/<int:pk>/comments/", views.comment, name="comment"),
    path("<model:label>/<int:pk>/files/", views.upload, name="upload"),
    path("<model:label>/<int:pk>/reminders/", views.remind, name="remind"),
]
