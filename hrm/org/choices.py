"""Choices of the organisation."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DepartmentKind(TextChoices):
    """What a node of the organisation tree is."""

    COMPANY = "COMPANY", _("Company")
    BRANCH = "BRANCH", _("Branch")
    DEPARTMENT = "DEPARTMENT", _("Department")


class EmployeeStatus(TextChoices):
    """Where an employee stands between joining and leaving."""

    PENDING = "PENDING", _("Joining")
    PROBATION = "PROBATION", _("On probation")
    REGULAR = "REGULAR", _("Regular")
    LEAVING = "LEAVING", _("Leaving")
    LEFT = "LEFT", _("Left")


# On the payroll: counted in headcounts.
ACTIVE_STATUSES = frozenset({EmployeeStatus.PROBATION, EmployeeStatus.REGULAR, EmployeeStatus.LEAVING})


class PlaceChange(TextChoices):
    """By what somebody came to their place."""

    HIRED = "HIRED", _("Hired")
    CONFIRMED = "CONFIRMED", _("Made regular")
    TRANSFERRED = "TRANSFERRED", pgettext_lazy("personnel", "Transferred")
    PROMOTED = "PROMOTED", _("Promoted")
    DEMOTED = "DEMOTED", _("Demoted")
    CORRECTED = "CORRECTED", pgettext_lazy("personnel", "Changed")


class Gender(TextChoices):
    """Gender as printed on the identity card."""

    FEMALE = "FEMALE", _("Female")
    MALE = "MALE", _("Male")
