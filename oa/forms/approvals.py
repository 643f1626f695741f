"""That requests are approved."""

from oa.forms.choices import RequestStatus
from oa.forms.models import FormRequest
from oa.forms.services import approve_request, reject_request
from suite.documents.approvables import declare_approvable

declare_approvable(
    FormRequest,
    approve=approve_request,
    reject=reject_request,
    waiting=RequestStatus.APPROVING,
    outcomes={RequestStatus.APPROVED, RequestStatus.REJECTED},
    amount="amount",
)
