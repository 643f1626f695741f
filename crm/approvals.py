"""Which documents of sales are approved."""

from crm.contracts.choices import ContractStatus
from crm.contracts.models import Contract
from crm.contracts.services import approve_contract, reject_contract
from suite.documents.approvables import declare_approvable

declare_approvable(
    Contract,
    approve=approve_contract,
    reject=reject_contract,
    waiting=ContractStatus.APPROVING,
    outcomes={ContractStatus.APPROVED, ContractStatus.DRAFT},
    amount="gross_total",
)
