"""Every model of human resources, for Django to find; import from the slice that owns it."""

from hrm.handover.models import Handover, HandoverLine
from hrm.org.models import Department, Employee, Position, StandardRole
from hrm.reorg.models import Reorganisation, ReorganisationStep

__all__ = [
    "Department",
    "Employee",
    "Handover",
    "HandoverLine",
    "Position",
    "Reorganisation",
    "ReorganisationStep",
    "StandardRole",
]
