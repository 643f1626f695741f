"""Pages of departments, positions, employees, accounts and the security audit."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hrm.org import accounts, services
from hrm.org.choices import ACTIVE_STATUSES, EmployeeStatus
from hrm.org.filters import DepartmentFilterSet, EmployeeFilterSet
from hrm.org.forms import (
    AccountForm,
    CloseForm,
    DepartmentForm,
    EditAccountForm,
    EmployeeForm,
    EndForm,
    HeadForm,
    LinkForm,
    MoveForm,
    NoticeForm,
    OpenAccountForm,
    PasswordForm,
    RolesForm,
    TransferForm,
)
from hrm.org.models import Department, Employee, Position
from hrm.org.panels import AccountPanel
from suite.access.models import AuditEntry, User
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.pageset import PageSet, Tree, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

PAYROLL = Q(employees__status__in=ACTIVE_STATUSES)
WORKING = "&".join(f"status={status}" for status in sorted(ACTIVE_STATUSES))


def details_of(entry: AuditEntry) -> str:
    """What a security audit entry says beyond its kind, in one line."""
    return "; ".join(f"{name}: {value}" for name, value in entry.details.items())


DETAILS = Column("details", _("Details"), render=details_of, sort="")


def closed_already(department: Department, user: Any) -> str:
    """Why a closed department cannot be changed."""
    return "" if department.is_active else gettext("It is closed.")


def department_label(department: Any) -> Any:
    """The node of a department in the tree: name, head, people, and whether it is closed."""
    facts = [str(department.head)] if department.head else []
    facts.append(gettext("%(number)d people") % {"number": department.people})
    text = " · ".join(facts)
    closed = "" if department.is_active else badge(gettext("Closed"), "void")
    return format_html('{} <span class="sub">{}</span> {}', department.name, text, closed)


@register
class DepartmentPages(PageSet):
    model = Department
    icon = "sitemap"
    description = _("The organisation tree: who belongs where, and who leads whom. Data scopes follow it.")
    columns = (
        "name",
        "code",
        "parent",
        Column("head", phone="p-start"),
        Column("people", _("People"), align="num", phone="p-end"),
        "kind",
        "is_active",
    )
    optional_columns = ("company", "valid_from", "valid_to")
    filterset = DepartmentFilterSet
    ordering = "sort_order"
    tree = Tree("parent", label=department_label)
    starts_as = "tree"
    list_select = ("head",)
    summary = ("company", "parent", "head", Column("people", _("People")))
    panels = (
        Attributes("code", "kind", "valid_from", "valid_to", "is_active"),
        Children("children", "name", "code", "head", title=_("Departments below"), link=True, create_label=_("New")),
        Children("employees", "name", "number", "position", "status", title=_("People"), link=True),
    )
    form = DepartmentForm
    fields = ("company", "parent", "code", "name", "kind", "head", "valid_from", "sort_order")
    create_service = services.create_department
    update_service = services.update_department
    operations = frozenset({"add", "change"})
    actions = (
        Action(
            services.move_department, _("Move"), "change", icon="arrows-move", form=MoveForm, refusal=closed_already
        ),
        Action(
            services.set_department_head,
            _("Name the head"),
            "change",
            icon="user-star",
            form=HeadForm,
            refusal=closed_already,
            name="head",
        ),
        Action(
            services.close_department,
            _("Close"),
            "change",
            icon="archive",
            form=CloseForm,
            refusal=closed_already,
            is_danger=True,
        ),
    )
    import_fields = ("company", "code", "name", "parent", "kind", "head", "valid_from", "sort_order")
    import_key = "code"
    is_searchable = True

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add the number of people on the payroll of the department itself."""
        counted: QuerySet[Any] = queryset.annotate(people=Count("employees", filter=PAYROLL))
        return counted


@register
class PositionPages(PageSet):
    model = Position
    icon = "id"
    description = _("The posts people are hired for.")
    columns = ("name", "code", "level", Column("department", phone="p-start"), "is_active")
    optional_columns = ("planned_headcount",)
    filters = ("department", "is_active")
    ordering = "code"
    panels = (
        Attributes("code", "level", "department", "planned_headcount", "is_active"),
        Children("employees", "name", "number", "department", "status", title=_("People"), link=True),
    )
    fields = ("code", "name", "level", "department", "planned_headcount", "is_active")
    bulk_fields = ("department", "level", "planned_headcount", "is_active")
    import_fields = ("code", "name", "level", "department", "planned_headcount", "is_active")
    import_key = "code"
    is_searchable = True


@register
class EmployeePages(PageSet):
    model = Employee
    icon = "users"
    description = _("Everybody who works here, with their department, manager and account.")
    columns = ("name", "status", Column("department", phone="p-start"), "position", "manager", "phone", "hire_date")
    optional_columns = ("number", "email", "company", "gender", "user", "leave_date")
    filterset = EmployeeFilterSet
    ordering = "number"
    views = (
        View(_("On the payroll"), WORKING),
        View(_("Joining"), "status=PENDING"),
        View(_("Leaving"), "status=LEAVING"),
        View(_("Place incomplete"), "is_misplaced=true", is_hot=True),
    )
    summary = ("department", "position", "manager", "hire_date")
    panels = (
        Attributes("company", "phone", "email", "gender", "user", "work_start_date", "leave_date"),
        Children("reports", "name", "number", "department", "status", title=_("Manages"), link=True),
    )
    form = EmployeeForm
    fields = (
        (_("Person"), ("number", "name", "gender", "phone", "email")),
        (_("Place"), ("company", "department", "position", "manager")),
        (_("Employment"), ("hire_date", "work_start_date", "status")),
    )
    create_service = services.hire_employee
    update_service = services.update_employee
    operations = frozenset({"add", "change"})
    actions = (
        Action(
            services.start_employee,
            _("Start"),
            "change",
            icon="login",
            states={EmployeeStatus.PENDING},
            primary_in={EmployeeStatus.PENDING},
            bulk=True,
        ),
        Action(
            services.confirm_employee,
            _("Make regular"),
            "change",
            icon="user-check",
            states={EmployeeStatus.PENDING, EmployeeStatus.PROBATION},
            primary_in={EmployeeStatus.PROBATION},
            bulk=True,
        ),
        Action(
            services.keep_employee,
            _("Take the notice back"),
            "change",
            icon="arrow-back-up",
            states={EmployeeStatus.LEAVING},
            name="keep",
        ),
        Action(
            services.transfer_employee,
            _("Change department"),
            "change",
            icon="transfer",
            states={*ACTIVE_STATUSES, EmployeeStatus.PENDING},
            form=TransferForm,
        ),
        Action(
            services.give_notice,
            _("Give notice"),
            "change",
            icon="user-minus",
            states={EmployeeStatus.PROBATION, EmployeeStatus.REGULAR},
            form=NoticeForm,
        ),
        Action(
            services.end_employment,
            _("End employment"),
            "change",
            icon="logout",
            states={*ACTIVE_STATUSES, EmployeeStatus.PENDING},
            form=EndForm,
            is_danger=True,
        ),
        Action(
            accounts.create_staff_user,
            _("Open an account"),
            "open_account",
            icon="user-plus",
            form=OpenAccountForm,
            name="open-account",
            refusal=lambda employee, user: gettext("There is an account already.") if employee.user_id else "",
        ),
        Action(
            accounts.link_employee_user,
            _("Link an account"),
            "open_account",
            icon="link",
            form=LinkForm,
        ),
    )
    import_fields = (
        "company",
        "number",
        "name",
        "department",
        "position",
        "manager",
        "hire_date",
        "work_start_date",
        "phone",
        "email",
        "gender",
    )
    import_key = "number"
    is_searchable = True

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the departments of people before the people.
        return queryset

    def subtitle(self, obj: Any) -> Any:
        """The employee number below the name."""
        return obj.number

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.number, obj.name

    def hit(self, obj: Any) -> tuple[Any, Any, Any]:
        tone = Employee.status_tone.get(obj.status, "")
        return obj.name, obj.number, badge(obj.get_status_display(), tone)


@register
class UserPages(PageSet):
    model = User
    icon = "user-cog"
    description = _("Who can sign in, with which roles.")
    columns = (
        "full_name",
        Column("employee", _("Employee"), value=lambda account: employee_of(account)),
        "kind",
        Column("is_active", phone="p-end", render=lambda account: account_badge(account)),
        "last_login",
    )
    optional_columns = ("username", "email", "phone", "is_superuser", "date_joined")
    filters = ("is_active", "kind", "groups", "companies", "is_superuser")
    ordering = "username"
    views = (View(_("Active"), "is_active=true"), View(_("Deactivated"), "is_active=false"))
    list_select = ("employee",)
    summary = (Column("employee", _("Employee"), value=lambda account: employee_of(account)), "kind", "last_login")
    panels = (Attributes("username", "email", "phone", "language", "party", "is_superuser"), AccountPanel())
    form = AccountForm
    fields = (
        (_("Person"), ("username", "full_name", "email", "phone", "language", "employee")),
        (_("Access"), ("password", "companies", "roles")),
    )
    create_service = accounts.create_account
    operations = frozenset({"add"})
    actions = (
        Action(accounts.update_account, _("Change"), "change", icon="edit", form=EditAccountForm, is_primary=True),
        Action(
            accounts.set_account_roles,
            _("Give roles"),
            "give_roles",
            icon="shield-lock",
            form=RolesForm,
            name="roles",
            refusal=lambda account, user: (
                gettext("A portal user has no role of the staff.") if account.is_portal else ""
            ),
        ),
        Action(
            accounts.set_account_password, _("Set a password"), "change", icon="key", form=PasswordForm, name="password"
        ),
        Action(
            accounts.deactivate_account,
            _("Deactivate"),
            "change",
            icon="user-off",
            confirm=_("End all sessions of this account and let nobody sign in with it any more?"),
            refusal=lambda account, user: "" if account.is_active else gettext("It is deactivated already."),
            is_danger=True,
        ),
        Action(
            accounts.reactivate_account,
            _("Activate again"),
            "change",
            icon="user-check",
            refusal=lambda account, user: gettext("It is active.") if account.is_active else "",
        ),
    )
    has_activity = False

    def subtitle(self, obj: Any) -> Any:
        """The user name below the name."""
        return obj.username

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.username, obj.get_full_name()

    def badges(self, obj: Any) -> list[Any]:
        return [account_badge(obj)]

    def detail_queryset(self, user: Any) -> QuerySet[Any]:
        return super().detail_queryset(user).select_related("employee").prefetch_related("groups", "companies")


@register
class AuditPages(PageSet):
    model = AuditEntry
    slug = "security-audit"
    icon = "history"
    description = _("Sign-ins, changes of roles and accounts, exports and sharing; nothing here can be edited.")
    columns = (
        Column("at", render=lambda entry: when(entry)),
        Column("kind", phone="p-end"),
        Column("subject", phone="p-start"),
        "actor",
        "ip_address",
    )
    optional_columns = ("user_agent", DETAILS)
    filters = ("kind", "actor", "at")
    ordering = "-at"
    panels = (Attributes("at", "kind", "subject", "actor", "ip_address", "user_agent", DETAILS),)
    operations = frozenset()
    has_activity = False

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.get_kind_display(), obj.subject or obj.get_kind_display()


def account_badge(account: User) -> Any:
    """Whether somebody can sign in with the account."""
    return badge(gettext("Active"), "done") if account.is_active else badge(gettext("Deactivated"), "void")


def employee_of(account: User) -> Employee | None:
    """Whose account it is."""
    return getattr(account, "employee", None)


def when(entry: AuditEntry) -> Any:
    """Date and time to the second."""
    return format_html('<span class="text-nowrap nums">{}</span>', f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}")
