"""Pages of talent: what people can do, and what they bring."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from hrm.org.models import Department
from hrm.org.selectors import active_employees, subtree
from hrm.talent.productivity import productivity
from hrm.talent.training.models import Skill, SkillHolding
from hrm.talent.training.selectors import skill_matrix as matrix_of
from suite.access.restrict import restrict
from suite.metrics.asking import ask
from suite.metrics.choices import Unit
from suite.metrics.format import figure

KINDS = ("month", "quarter", "year")


@login_required
@permission_required("hrm.view_skillholding", raise_exception=True)
def skill_matrix(request: HttpRequest) -> HttpResponse:
    """People × skills by department, on a day: who can do what, what ends soon, what is over."""
    user: Any = request.user
    on = _day(request.GET.get("on", "")) or timezone.localdate()
    department = _chosen(restrict(Department.objects.filter(is_active=True), user=user), request.GET.get("department"))
    skills = restrict(Skill.objects.filter(is_active=True), user=user)
    chosen = _chosen(skills, request.GET.get("skill"))
    matrix = matrix_of(_people(user, department), [chosen] if chosen else skills.order_by("code"), on)
    context = {
        "page_title": _("Skill matrix"),
        "breadcrumbs": [(_("Human resources"), None), (_("Skill matrix"), None)],
        "matrix": matrix,
        "on": on,
        "department": department,
        "departments": restrict(Department.objects.filter(is_active=True), user=user),
        "skill": chosen,
        "skills": skills.order_by("code"),
        "people": sum(len(team.rows) for team in matrix.teams),
    }
    return render(request, "hrm/talent/skill_matrix.html", context)


@login_required
@permission_required("hrm.see_productivity_kpiplan", raise_exception=True)
def productivity_page(request: HttpRequest) -> HttpResponse:
    """Revenue for each head, by position and department."""
    question = ask(request.user, request.GET)
    found = productivity(question)
    per_head = [
        (_("Average heads"), figure(found.heads, Unit.COUNT, _("people"))),
        (_("Revenue"), figure(found.revenue, Unit.MONEY)),
        (_("Revenue per head"), figure(found.revenue_per_head, Unit.MONEY)),
    ]
    if found.cost is not None:
        per_head += [
            (_("Pay per head"), figure(found.cost_per_head, Unit.MONEY)),
            (_("Revenue per yuan of pay"), figure(found.revenue_per_cost, Unit.TIMES)),
        ]
    context = {
        "page_title": _("Revenue per head"),
        "breadcrumbs": [(_("Human resources"), None), (_("Revenue per head"), None)],
        "found": found,
        "per_head": per_head,
        "tables": [
            (_("By position"), _("Position"), _rows(found.positions)),
            (_("By department"), _("Department"), _rows(found.departments)),
        ],
        "period": question.period,
        "kinds": [(kind, title, kind == question.period.kind) for kind, title in zip(KINDS, _kinds(), strict=True)],
    }
    return render(request, "hrm/talent/productivity.html", context)


def _people(user: Any, department: Department | None) -> Any:
    """Return the people on the payroll whose skills the user may see."""
    seen = restrict(SkillHolding.objects.all(), user=user).order_by().values("employee")
    reached = restrict(active_employees(), user=user)
    if user.is_superuser or _sees_everybody(user):
        people = reached
    else:
        people = reached.filter(pk__in=seen)
    return people if department is None else people.filter(department__in=subtree([department.pk]).values("pk"))


def _sees_everybody(user: Any) -> bool:
    every = SkillHolding.objects.all()
    return restrict(every, user=user) is every


def _rows(posts: Any) -> list[tuple[Any, str]]:
    return [(post, str(figure(post.revenue, Unit.MONEY))) for post in posts]


def _kinds() -> list[str]:
    return [_("Month"), _("Quarter"), _("Year")]


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _chosen(rows: Any, key: str | None) -> Any:
    return rows.filter(pk=int(key)).first() if key and key.isdecimal() else None
