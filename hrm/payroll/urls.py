"""URLs of pay's own pages, in the name space ``hrm``."""

from django.urls import path

from hrm.payroll import views

urlpatterns = [
    path("my-payslips/", views.my_payslips, name="my-payslips"),
    path("my-payslips/<int:pk>/", views.my_payslip, name="my-payslip"),
    path("my-payslips/<int:pk>/confirm/", views.confirm_my_payslip, name="my-payslip-confirm"),
    path("severance/", views.severance, name="severance"),
    path("pay-runs/<int:pk>/comparison/", views.run_comparison, name="pay-run-comparison"),
    path("pay-runs/<int:pk>/files/<slug:name>/", views.run_file, name="pay-run-file"),
]
