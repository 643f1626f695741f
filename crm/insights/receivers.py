"""What insights do when something is sold."""

from __future__ import annotations

from crm.contracts.models import Contract
from crm.events import ContractSigned
from crm.insights.services import close_won_back
from suite.events import receiver


@receiver(ContractSigned)
def end_what_was_won_back(event: ContractSigned) -> None:
    """A signed contract ends the attempt to win its customer back, without waiting for the night."""
    contract = Contract.objects.only("customer_id").get(pk=event.contract_pk)
    close_won_back(at=event.at, customer_pk=contract.customer_id)
