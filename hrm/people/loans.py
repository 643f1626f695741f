"""Operations on things handed out."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.people.models import AssetLoan
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState


@transaction.atomic
def return_loan(
    *, loan: AssetLoan, returned_on: date, actor: User, at: datetime, returned_condition: str = ""
) -> AssetLoan:
    """
    Take back what was handed out.

    :raises WrongState: when it is back already.
    :raises InvalidInput: for a day before it was handed out, or to come.
    """
    locked = AssetLoan.objects.lock(loan)
    if locked.returned_on is not None:
        raise WrongState(_("It was returned already."))
    if not locked.handed_out_on <= returned_on <= timezone.localdate(at):
        raise InvalidInput(_("Choose a day from when it was handed out until today."), field="returned_on")
    locked.returned_on, locked.returned_condition = returned_on, returned_condition
    locked.save(update_fields=["returned_on", "returned_condition"])
    return locked
