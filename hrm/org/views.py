"""Pages of the organisation that no PageSet makes: the role matrix, and viewing as somebody else."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from hrm.org.forms import RoleForm
from hrm.org.matrix import Grant, ObjectType, grants_from_post, grants_of_roles, object_types, save_grants
from hrm.org.models import Department
from hrm.org.panels import may_view_as
from hrm.org.role_services import create_role, delete_role, rename_role
from suite.access.audit import record
from suite.access.choices import AuditKind, ScopeLevel
from suite.access.middleware import VIEW_AS_KEY
from suite.access.models import Role, User
from suite.access.restrict import restrict
from suite.core.errors import DomainError, messages_of
from suite.pages.forms import style

Crumb = tuple[Any, str | None]


class RolePage(LoginRequiredMixin, PermissionRequiredMixin, View):
    """Base of the pages about roles."""

    permission_required: Any = "suite.view_role"

    def handle_no_permission(self) -> Any:
        """Send who is not signed in to the sign-in page, refuse the others."""
        if self.request.user.is_authenticated:
            raise PermissionDenied
        return super().handle_no_permission()

    def roles(self) -> Any:
        """The roles with the number of active people who have them."""
        people = Count("user", filter=Q(user__is_active=True))
        return Role.objects.annotate(people=people).order_by("name")

    def show(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, template, context, status=status)


class RolesView(RolePage):
    """The matrix of all roles: object types down, roles across."""

    def get(self, request: HttpRequest) -> HttpResponse:
        roles, rows = list(self.roles()), object_types()
        grants = grants_of_roles(roles, rows)
        return self.show(
            "hrm/org/roles.html",
            page_title=_("Roles and permissions"),
            breadcrumbs=[(_("Organisation"), None), (_("Roles and permissions"), None)],
            roles=roles,
            groups=[
                (module.title, [(row, [_cell(row, grants[role.pk].get(row.label)) for role in roles]) for row in group])
                for module, group in groupby(rows, key=lambda row: row.module)
            ],
            may_add=request.user.has_perm("suite.add_role"),
        )


class CreateRoleView(RolePage):
    """A new role, which may do nothing yet."""

    permission_required = "suite.add_role"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._ask(RoleForm())

    def post(self, request: Any) -> HttpResponse:
        form = RoleForm(request.POST)
        if not form.is_valid():
            return self._ask(form, 422)
        role = create_role(name=form.cleaned_data["name"], actor=request.user, at=timezone.now())
        return redirect("access:role", role.pk)

    def _ask(self, form: RoleForm, status: int = 200) -> HttpResponse:
        style(form)
        crumbs: list[Crumb] = [(_("Organisation"), None), *_roles_crumb(), (_("New role"), None)]
        return self.show("hrm/org/role_new.html", status, form=form, page_title=_("New role"), breadcrumbs=crumbs)


class RoleView(RolePage):
    """One role: its name, what it may do, and how far."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        role = get_object_or_404(self.roles(), pk=pk)
        rows = object_types()
        return self._show(role, rows, grants_of_roles([role], rows)[role.pk], RoleForm(initial={"name": role.name}))

    def post(self, request: Any, pk: int) -> HttpResponse:
        if not request.user.has_perm("suite.change_role"):
            raise PermissionDenied
        role = get_object_or_404(self.roles(), pk=pk)
        rows = object_types()
        wanted = grants_from_post(request.POST, rows)
        form = RoleForm(request.POST, role=role)
        if not form.is_valid():
            return self._show(role, rows, wanted, form, 422)
        with transaction.atomic():
            rename_role(role=role, name=form.cleaned_data["name"], actor=request.user, at=timezone.now())
            changed = save_grants(role=role, wanted=wanted, actor=request.user, at=timezone.now())
        messages.success(request, _("Saved. Object types changed: %(number)d.") % {"number": len(changed)})
        return redirect("access:role", role.pk)

    def _show(
        self, role: Role, rows: list[ObjectType], grants: dict[str, Grant], form: RoleForm, status: int = 200
    ) -> HttpResponse:
        style(form)
        departments = list(restrict(Department.objects.filter(is_active=True), user=self.request.user))
        return self.show(
            "hrm/org/role.html",
            status,
            role=role,
            form=form,
            page_title=role.name,
            breadcrumbs=[(_("Organisation"), None), *_roles_crumb(), (role.name, None)],
            groups=[
                (module.title, [_editable(row, grants.get(row.label) or Grant()) for row in group])
                for module, group in groupby(rows, key=lambda row: row.module)
            ],
            levels=ScopeLevel.choices,
            departments=departments,
            may_change=self.request.user.has_perm("suite.change_role"),
            may_delete=self.request.user.has_perm("suite.delete_role"),
        )


class DeleteRoleView(RolePage):
    """Removes a role that nobody has."""

    permission_required = "suite.delete_role"

    def post(self, request: Any, pk: int) -> HttpResponse:
        role = get_object_or_404(Role, pk=pk)
        try:
            delete_role(role=role, actor=request.user, at=timezone.now())
        except DomainError as error:
            messages.error(request, " ".join(messages_of(error)))
            return redirect("access:role", role.pk)
        messages.success(request, _("Deleted."))
        return redirect("access:roles")


class ViewAsView(LoginRequiredMixin, View):
    """An administrator begins to see what somebody else sees."""

    def post(self, request: Any, pk: int) -> HttpResponse:
        account = get_object_or_404(User, pk=pk)
        if not may_view_as(request.user, account):
            raise PermissionDenied
        request.session[VIEW_AS_KEY] = account.pk
        _record_view_as(request, request.user, account, begins=True)
        return redirect("/")


class StopViewAsView(LoginRequiredMixin, View):
    """The administrator is themselves again."""

    def post(self, request: Any) -> HttpResponse:
        account = request.viewing_as
        if request.session.pop(VIEW_AS_KEY, None) is None or account is None:
            return redirect("/")
        _record_view_as(request, request.real_user, account, begins=False)
        return redirect(account.get_absolute_url())


def _record_view_as(request: HttpRequest, actor: User, account: User, *, begins: bool) -> None:
    details = {"begins": begins}
    at = timezone.now()
    record(AuditKind.VIEW_AS, actor=actor, at=at, subject=account.username, request=request, details=details)


def _roles_crumb() -> list[Crumb]:
    from django.urls import reverse

    return [(_("Roles and permissions"), reverse("access:roles"))]


def _cell(row: ObjectType, grant: Grant | None) -> dict[str, Any]:
    """What the overview shows of one role and one object type."""
    labels = dict(row.actions)
    actions = [label for code, label in labels.items() if grant and code in grant.actions]
    return {
        "actions": actions,
        "level": grant.level_label if grant and actions and row.has_scope else "",
        "is_full": len(actions) == len(labels),
    }


def _editable(row: ObjectType, grant: Grant) -> dict[str, Any]:
    """One row of the form: every action with whether it is granted, and the data scope."""
    return {
        "type": row,
        "actions": [(code, label, code in grant.actions) for code, label in row.actions],
        "level": grant.level,
        "chosen": set(grant.chosen),
    }


roles: Callable[..., Any] = RolesView.as_view()
create_role_page: Callable[..., Any] = CreateRoleView.as_view()
role_page: Callable[..., Any] = RoleView.as_view()
delete_role_page: Callable[..., Any] = DeleteRoleView.as_view()
view_as: Callable[..., Any] = ViewAsView.as_view()
stop_view_as: Callable[..., Any] = StopViewAsView.as_view()
