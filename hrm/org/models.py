"""Departments, positions and employees: what every system knows of the people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hrm.org.choices import DepartmentKind, EmployeeStatus, Gender
from hrm.org.triggers import department_path, department_subtree, manager_acyclic
from suite.access.scopes import ScopePaths
from suite.core.encryption import EncryptedField, fingerprint
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import DerivedField
from suite.search.models import Searchable


@pghistory.track(exclude=["search_text", "path", "version", "updated_at"])
class Department(Searchable):
    """
    One node of a company's organisation tree: the company itself, a branch or a department.

    ``path`` holds the keys from the root down to the department itself and always agrees with ``parent``
    (by trigger); no department stands above itself, and a tree never leaves its company.
    """

    scope = ScopePaths(department="pk", company="company")
    search_fields = ("code", "name")

    company = models.ForeignKey("suite.Company", models.PROTECT, related_name="departments", verbose_name=_("company"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("belongs to")
    )
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=12, choices=DepartmentKind, default=DepartmentKind.DEPARTMENT)
    head = models.ForeignKey(
        "hrm.Employee", models.PROTECT, null=True, blank=True, related_name="heads", verbose_name=_("head")
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    sort_order = models.PositiveIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    path = ArrayField(models.BigIntegerField(), default=list, editable=False)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ("company", "sort_order", "code", "pk")
        constraints = (
            models.UniqueConstraint(F("company"), F("code"), name="department_code_once"),
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="department_not_own_parent"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="department_valid_period"
            ),
        )
        indexes = (GinIndex(F("path"), name="department_path"),)
        triggers = (
            department_path,
            department_subtree,
            pgtrigger.ReadOnly(name="company_fixed", fields=["company"]),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        """How many departments stand above this one."""
        return len(self.path) - 1


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class Position(Searchable):
    """A post that people are hired for, with the number of people planned for it (编制)."""

    search_fields = ("code", "name")

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=100)
    level = models.CharField(_("level"), max_length=20, blank=True)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="positions",
        verbose_name=_("department"),
        help_text=_("Empty: a position of the whole company."),
    )
    planned_headcount = models.PositiveIntegerField(_("planned headcount"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=["search_text", "id_fingerprint", "version", "updated_at"])
class Employee(StatusModel, Searchable):
    """
    One person who works, worked or is about to work for a company.

    Nobody manages themselves through any chain of managers (by trigger); somebody who has left keeps the last
    department, so that their rows stay within its data scope, but has a leave date.
    """

    scope = ScopePaths(owner="user", department="department", company="company")
    sensitive_fields = ("id_number", "id_fingerprint", "bank_account", "birth_date", "phone")
    own_permissions: ClassVar[Mapping[str, str]] = {"phone": "view_phone"}
    search_fields = ("number", "name", "email")
    transitions: ClassVar[dict[str, Collection[str]]] = {
        EmployeeStatus.PENDING: (EmployeeStatus.PROBATION, EmployeeStatus.REGULAR, EmployeeStatus.LEFT),
        EmployeeStatus.PROBATION: (EmployeeStatus.REGULAR, EmployeeStatus.LEAVING, EmployeeStatus.LEFT),
        EmployeeStatus.REGULAR: (EmployeeStatus.LEAVING, EmployeeStatus.LEFT),
        EmployeeStatus.LEAVING: (EmployeeStatus.PROBATION, EmployeeStatus.REGULAR, EmployeeStatus.LEFT),
        EmployeeStatus.LEFT: (),
    }
    status_tone: ClassVar[dict[str, str]] = {
        EmployeeStatus.PROBATION: "part",
        EmployeeStatus.REGULAR: "done",
        EmployeeStatus.LEAVING: "wait",
        EmployeeStatus.LEFT: "void",
    }
    stepper = (EmployeeStatus.PENDING, EmployeeStatus.PROBATION, EmployeeStatus.REGULAR)

    number = models.CharField(_("employee number"), max_length=30)
    name = models.CharField(_("full name"), max_length=80)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="employee",
        verbose_name=_("user account"),
    )
    company = models.ForeignKey("suite.Company", models.PROTECT, related_name="employees", verbose_name=_("company"))
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="employees", verbose_name=_("department")
    )
    position = models.ForeignKey(
        Position, models.PROTECT, null=True, blank=True, related_name="employees", verbose_name=_("position")
    )
    manager = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_("manager")
    )
    hire_date = models.DateField(_("hire date"))
    leave_date = models.DateField(_("leave date"), null=True, blank=True)
    work_start_date = models.DateField(
        _("working since"),
        null=True,
        blank=True,
        help_text=_("First day of work with whatever employer; annual leave depends on it."),
    )
    status = StatusField(_("status"), choices=EmployeeStatus, default=EmployeeStatus.PENDING)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("email"), blank=True)
    gender = models.CharField(_("gender"), max_length=6, choices=Gender, blank=True)
    id_number = EncryptedField(_("ID card number"), max_length=18, blank=True)
    id_fingerprint = DerivedField(
        _("fingerprint of the ID card number"), source=("id_number",), derive=fingerprint, max_length=64
    )
    bank_account = EncryptedField(_("bank account"), max_length=40, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)

    class Meta:
        verbose_name = _("employee")
        verbose_name_plural = _("employees")
        ordering = ("number", "pk")
        constraints = (
            models.UniqueConstraint(F("company"), F("number"), name="employee_number_once"),
            models.UniqueConstraint(
                fields=("company", "id_fingerprint"), condition=~Q(id_fingerprint=""), name="employee_id_number_once"
            ),
            models.CheckConstraint(condition=~Q(manager=F("pk")), name="employee_not_own_manager"),
            models.CheckConstraint(
                condition=Q(leave_date__isnull=True) | Q(leave_date__gte=F("hire_date")), name="employee_leave_date"
            ),
            models.CheckConstraint(
                condition=~Q(status=EmployeeStatus.LEFT) | Q(leave_date__isnull=False), name="employee_left_dated"
            ),
        )
        indexes = (
            models.Index(fields=("department", "status"), name="employee_department_status"),
            models.Index(fields=("position", "status"), name="employee_position_status"),
        )
        triggers = (manager_acyclic,)

    def __str__(self) -> str:
        return self.name


class StandardRole(models.Model):
    """Which role of this installation plays a part that the suite itself asks for, whatever it is called now."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    # None since an administrator deleted it: what they do not want does not come back.
    role = models.OneToOneField(Group, models.SET_NULL, null=True, related_name="standard", verbose_name=_("role"))
    # What the suite granted to it when it last said so, ``["hrm.view_employee", …]``: what is not there is new.
    shipped = ArrayField(models.CharField(max_length=200), default=list, editable=False, verbose_name=_("shipped with"))

    class Meta:
        verbose_name = _("standard role")
        verbose_name_plural = _("standard roles")

    def __str__(self) -> str:
        return self.code
