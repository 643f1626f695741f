"""Choices of the access model."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class UserKind(TextChoices):
    """Staff work in the company; portal users are contacts of a supplier or customer."""

    STAFF = "STAFF", _("Staff")
    PORTAL = "PORTAL", _("Portal user")


class ScopeLevel(TextChoices):
    """Which rows a permission reaches, from narrow to wide (数据权限)."""

    OWN = "OWN", _("Own")
    DEPARTMENT = "DEPARTMENT", _("Own department")
    DEPARTMENT_TREE = "DEPARTMENT_TREE", _("Own department and below")
    CHOSEN = "CHOSEN", _("Chosen departments")
    COMPANY = "COMPANY", _("Own company")
    ALL = "ALL", _("All")


class AuditKind(TextChoices):
    """What a security audit entry is about."""

    SIGN_IN = "SIGN_IN", _("Signed in")
    SIGN_IN_FAILED = "SIGN_IN_FAILED", _("Sign-in failed")
    SIGN_OUT = "SIGN_OUT", _("Signed out")
    PASSWORD = "PASSWORD", _("Password changed")
    MFA = "MFA", _("Two-step sign-in changed")
    ROLE = "ROLE", _("Role changed")
    USER = "USER", _("User changed")
    SHARE = "SHARE", _("Shared")
    VIEW_AS = "VIEW_AS", _("Viewed as another user")
    TOKEN = "TOKEN", _("API token")
    EXPORT = "EXPORT", _("Exported")
