"""Personnel: what an employer must know of a person beyond their place in the organisation."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from hrm.identity import birth_date_of
from hrm.org.models import Employee
from suite.access.models import User
from suite.core.encryption import fingerprints
from suite.core.errors import InvalidInput


@transaction.atomic
def update_personnel_file(
    *,
    employee: Employee,
    id_number: str,
    bank_account: str,
    birth_date: date | None,
    actor: User | None,
    at: datetime,
) -> Employee:
    """
    Record identity card, bank account and birth date; the birth date follows from the card when it is not given.

    :raises InvalidInput: when the number of the card is wrong, belongs to somebody else, or says another birth date.
    """
    locked = Employee.objects.lock(employee)
    number = id_number.strip().upper()
    if number:
        born = birth_date_of(number)
        if born is None:
            raise InvalidInput(_("This is no valid ID card number."), field="id_number")
        if birth_date not in (None, born):
            raise InvalidInput(_("The ID card says another birth date."), field="birth_date")
        if (
            Employee.objects.filter(company=locked.company, id_fingerprint__in=fingerprints(number))
            .exclude(pk=locked.pk)
            .exists()
        ):
            raise InvalidInput(_("Somebody else has this ID card number."), field="id_number")
        birth_date = born
    locked.id_number, locked.bank_account, locked.birth_date = number, bank_account.replace(" ", ""), birth_date
    locked.save(update_fields=["id_number", "id_fingerprint", "bank_account", "birth_date"])
    return locked
