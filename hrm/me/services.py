"""What employees ask about their own record."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hrm.org.models import Employee
from hrm.people.recipients import personnel_officers
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import notify
from suite.core.errors import InvalidInput, NotAllowed
from suite.pages.registry import pageset_of


def ask_for_correction(*, employee: Employee, text: str, actor: User, at: datetime) -> int:
    """
    Tell the HR officers that something in the own record is wrong; return how many were told.

    It goes to them alone: others who see the record do not read it.

    :raises NotAllowed: about the record of somebody else.
    :raises InvalidInput: without a text, or when nobody would read it.
    """
    if employee.user_id != actor.pk:
        raise NotAllowed(_("Everybody asks about their own record."))
    if not text.strip():
        raise InvalidInput(_("Say what is wrong, and how it should be."), field="text")
    officers = [user for user in personnel_officers(Employee) if user.pk != actor.pk]
    if not officers:
        raise InvalidInput(_("Nobody holds the HR role yet; ask the administrator."))
    pageset = pageset_of(Employee)
    notify(
        recipients=officers,
        kind=NotificationKind.ASSIGNMENT,
        title=gettext_noop("%(person)s asks to correct their personnel record"),
        params={"person": f"{employee.name} ({employee.number})"},
        body=text.strip(),
        url=pageset.url("detail", employee.pk) if pageset is not None else "",
        actor=actor,
        obj=employee,
        at=at,
    )
    return len(officers)
