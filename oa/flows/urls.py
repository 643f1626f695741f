"""URLs of approvals."""

from django.urls import path

from oa.flows import views

urlpatterns = [
    path("approvals/", views.inbox, name="approvals"),
    path("approvals/batch/", views.batch, name="approvals-batch"),
    path("jams/", views.jams_page, name="jams"),
    path("runs/<int:pk>/", views.run_page, name="run"),
    path("runs/<int:pk>/print/", views.print_run, name="run-print"),
    path("runs/<int:pk>/approve/", views.approve, name="run-approve"),
    path("runs/<int:pk>/act/<slug:kind>/", views.act_page, name="run-act"),
    path("runs/<int:pk>/ask/<slug:kind>/", views.ask, name="run-ask"),
]
