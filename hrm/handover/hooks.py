"""Nobody leaves with what others need."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hrm.handover.selectors import held_by, in_words
from hrm.org.models import Employee
from hrm.org.services import reasons_to_stay


@reasons_to_stay.provide
def still_responsible(employee: Employee) -> str:
    """Somebody who is responsible for something hands it over before leaving."""
    held = held_by(employee.user)
    if not held:
        return ""
    return _("%(person)s is still responsible for: %(things)s. Hand it over first.") % {
        "person": employee,
        "things": in_words(held),
    }
