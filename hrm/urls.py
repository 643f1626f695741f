"""URLs of personnel's own pages, in the name space ``hrm``."""

from django.urls import path

from hrm import views
from hrm.attendance.urls import urlpatterns as attendance
from hrm.calendar.urls import urlpatterns as calendar
from hrm.leave.urls import urlpatterns as leave
from hrm.me.urls import urlpatterns as me
from hrm.payroll.urls import urlpatterns as payroll
from hrm.talent import views as talent

urlpatterns = [
    path("org-chart/", views.org_chart, name="org-chart"),
    path("headcount/", views.headcount, name="headcount"),
    *me,
    *payroll,
    path("skill-matrix/", talent.skill_matrix, name="skill-matrix"),
    path("productivity/", talent.productivity_page, name="productivity"),
    *calendar,
    *attendance,
    *leave,
]
