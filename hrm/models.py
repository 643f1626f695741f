"""Every model of human resources, for Django to find; import from the slice that owns it."""

from hrm.handover.models import Handover, HandoverLine
from hrm.org.models import Department, Employee, Position, StandardRole
from hrm.people.models import (
    AssetLoan,
    Assignment,
    Certificate,
    LaborContract,
    MinimumWage,
    PersonnelChange,
    StaffAlert,
    StaffTask,
    TaskTemplate,
)
from hrm.recruiting.models import Candidate, Interview, Offer, Requisition
from hrm.reorg.models import Reorganisation, ReorganisationStep

__all__ = [
    "AssetLoan",
    "Assignment",
    "Candidate",
    "Certificate",
    "Department",
    "Employee",
    "Handover",
    "HandoverLine",
    "Interview",
    "LaborContract",
    "MinimumWage",
    "Offer",
    "PersonnelChange",
    "Position",
    "Reorganisation",
    "ReorganisationStep",
    "Requisition",
    "StaffAlert",
    "StaffTask",
    "StandardRole",
    "TaskTemplate",
]
