"""URLs of the designer of flows."""

from django.urls import path

from oa.flows import designer

urlpatterns = [
    path("flows/fields/", designer.fields_of, name="flow-fields"),
    path("flows/<int:pk>/design/", designer.design, name="flow-design"),
    path("flows/<int:pk>/design/save/", designer.save, name="flow-save"),
    path("flows/<int:pk>/design/check/", designer.check, name="flow-check"),
    path("flows/<int:pk>/design/preview/", designer.preview, name="flow-preview"),
    path("flows/<int:pk>/design/replay/", designer.replay, name="flow-replay"),
    path("flows/<int:pk>/design/publish/", designer.publish, name="flow-publish"),
    path("flows/<int:pk>/design/begin/", designer.begin_draft, name="flow-draft"),
    path("flows/<int:pk>/design/drop/", designer.drop_draft, name="flow-drop"),
]
