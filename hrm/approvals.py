"""What of personnel is approved."""

from hrm.attendance.corrections import approve_correction, reject_correction
from hrm.attendance.models import Outing, OvertimeRequest, PunchCorrection
from hrm.attendance.services import approve_outing, approve_overtime, reject_outing, reject_overtime
from hrm.calendar.choices import RequestStatus
from hrm.leave.models import LeaveRequest
from hrm.leave.services import approve_leave, reject_leave
from hrm.payroll.choices import RunStatus
from hrm.payroll.models import PayRun
from hrm.payroll.services import approve_run, reject_run
from hrm.people.changes import approve_change, reject_change
from hrm.people.choices import ChangeStatus
from hrm.people.models import PersonnelChange
from hrm.recruiting.choices import OfferStatus, RequisitionStatus
from hrm.recruiting.models import Offer, Requisition
from hrm.recruiting.offers import approve_offer, reject_offer
from hrm.recruiting.requisitions import approve_requisition, reject_requisition
from hrm.reorg.choices import ReorganisationStatus
from hrm.reorg.models import Reorganisation
from hrm.reorg.services import approve_reorganisation, reject_reorganisation
from suite.documents.approvables import declare_approvable

DECIDED = {RequestStatus.APPROVED, RequestStatus.REJECTED}
for _model, _approve, _reject in (
    (LeaveRequest, approve_leave, reject_leave),
    (OvertimeRequest, approve_overtime, reject_overtime),
    (Outing, approve_outing, reject_outing),
    (PunchCorrection, approve_correction, reject_correction),
):
    declare_approvable(_model, approve=_approve, reject=_reject, waiting=RequestStatus.APPROVING, outcomes=DECIDED)
declare_approvable(
    PersonnelChange,
    approve=approve_change,
    reject=reject_change,
    argument="change",
    waiting=ChangeStatus.SUBMITTED,
    outcomes={ChangeStatus.APPROVED, ChangeStatus.REJECTED},
)
declare_approvable(
    PayRun,
    approve=approve_run,
    reject=reject_run,
    waiting=RunStatus.APPROVING,
    outcomes={RunStatus.LOCKED, RunStatus.CALCULATED},
    amount="net_total",
)
declare_approvable(
    Requisition,
    approve=approve_requisition,
    reject=reject_requisition,
    waiting=RequisitionStatus.SUBMITTED,
    outcomes={RequisitionStatus.APPROVED, RequisitionStatus.REJECTED},
)
declare_approvable(
    Offer,
    approve=approve_offer,
    reject=reject_offer,
    waiting=OfferStatus.SUBMITTED,
    outcomes={OfferStatus.APPROVED, OfferStatus.DRAFT},
)
declare_approvable(
    Reorganisation,
    approve=approve_reorganisation,
    reject=reject_reorganisation,
    waiting=ReorganisationStatus.APPROVING,
    outcomes={ReorganisationStatus.APPROVED, ReorganisationStatus.DRAFT},
)
