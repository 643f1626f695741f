"""Every model of human resources, for Django to find; import from the slice that owns it."""

from hrm.handover.models import Handover, HandoverLine
from hrm.org.models import Department, Employee, Position, StandardRole

__all__ = ["Department", "Employee", "Handover", "HandoverLine", "Position", "StandardRole"]
