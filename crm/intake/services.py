"""Operations of the intake of leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from crm.customers.entered import entered_lead
from crm.duplicates.choices import RecordKind
from crm.duplicates.selectors import Candidate, find_candidates
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import notify


@transaction.atomic
def tell_of_repeated_enquiry(*, values: Mapping[str, Any], fallback: User, at: datetime) -> None:
    """
    Tell who looks after somebody that they asked again on the web site, and what.

    :param values: what the visitor entered.
    :param fallback: is told when nobody looks after them, as of a customer in the pool.
    """
    found = find_candidates(entered_lead(values))
    if not found:
        return
    known = found[0]
    notify(
        recipients=[known.owner or fallback],
        kind=NotificationKind.ASSIGNMENT,
        title=gettext_noop("“%(name)s” asked again on the web site."),
        params={"name": known.name if known.owner is not None else known.masked_name},
        body=_words(values),
        obj=_page(known) if known.owner is not None else None,
        at=at,
    )


def _words(values: Mapping[str, Any]) -> str:
    entered = (values.get(name) for name in ("name", "company_name", "mobile", "email", "requirement"))
    return " · ".join(str(each) for each in entered if each)


def _page(known: Candidate) -> Any:
    return known.row.customer if known.kind == RecordKind.CONTACT else known.row
