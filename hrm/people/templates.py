"""The tasks of joiners and leavers that an installation starts with."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hrm.people.choices import Doer, Occasion
from hrm.people.models import TaskTemplate


def usual_templates() -> list[TaskTemplate]:
    """Return them unsaved, in the active language; days count from the first or the last day."""
    joining = (
        (_("Prepare the place of work"), Doer.MANAGER, -3),
        (_("Open the account and the mailbox"), Doer.IT, -1),
        (_("Collect ID card, diploma and health certificate"), Doer.HR, 0),
        (_("Hand out badge, tools and protective equipment"), Doer.HR, 0),
        (_("Complete my profile and bank account"), Doer.PERSON, 3),
        (_("Safety training on three levels"), Doer.MANAGER, 3),
        (_("Sign the labour contract"), Doer.HR, 7),
        (_("Register for social insurance and housing fund"), Doer.HR, 25),
    )
    leaving = (
        (_("Hand over work and documents"), Doer.PERSON, -3),
        (_("Confirm that everything was handed over"), Doer.MANAGER, -1),
        (_("Take back badge, tools and equipment"), Doer.HR, 0),
        (_("Close accounts and accesses"), Doer.IT, 0),
        (_("Settle wages, leave and advances"), Doer.HR, 0),
        (_("Issue the certificate of employment"), Doer.HR, 0),
        (_("Transfer personal file and social insurance"), Doer.HR, 15),
    )
    return [
        TaskTemplate(occasion=occasion, title=title, doer=doer, days=days, sort_order=10 * place)
        for occasion, tasks in ((Occasion.ONBOARDING, joining), (Occasion.OFFBOARDING, leaving))
        for place, (title, doer, days) in enumerate(tasks, 1)
    ]
