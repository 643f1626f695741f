"""Which documents of sales are approved."""

from crm.contracts.approving import approve_quotation, return_quotation
from crm.contracts.choices import ContractStatus, QuotationStatus
from crm.contracts.models import Contract, Quotation
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
declare_approvable(
    Quotation,
    approve=approve_quotation,
    reject=return_quotation,
    waiting=QuotationStatus.APPROVING,
    outcomes={QuotationStatus.APPROVED, QuotationStatus.DRAFT},
    amount="gross_total",
    facts=("margin_percent",),
)
