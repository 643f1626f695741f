"""Who will decide about a request, before it is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from hrm.org.models import Employee
from oa.flows.binding import flow_for
from oa.flows.facts import facts_of
from oa.flows.preview import route
from oa.flows.replaying import names_of, steps_in_words
from oa.flows.resolving import People
from oa.forms.models import FormRequest, FormVersion
from oa.forms.services import clean_data
from suite.access.models import User
from suite.masters.models import Company


def who_decides(
    *, version: FormVersion, data: Mapping[str, Any], request: FormRequest | None, user: User
) -> list[dict[str, Any]] | None:
    """
    Return the steps that a request comes to when everybody agrees, with names; None when no flow decides about it.

    Something may be missing in it yet.

    :param request: the request that is being changed, None for a new one of the user.
    :raises InvalidData: for what does not fit the form.
    :raises NotPossible: when the flow of the form is not in use.
    :raises NoWay: when no arm of a branch fits.
    """
    clean = clean_data(form=version.form, data=data, actor=user, request=request, is_draft=True)
    initiator = request.initiator if request is not None else user
    person = Employee.objects.filter(user=initiator).select_related("company").first()
    company = person.company if person else Company.objects.order_by("pk").first()
    # What the flow would be asked about; it is never saved.
    asked = FormRequest(
        template=version.template,
        form_version=version,
        data=clean,
        initiator=initiator,
        company=request.company if request is not None else company,
    )
    flow_version = flow_for(asked, initiator)
    if flow_version is None:
        return None
    people = People(flow_version.definition, flow_version.flow, timezone.localdate())
    steps = route(flow_version.flow, facts_of(asked, initiator), initiator.pk, people)
    return steps_in_words(steps, names_of(pk for step in steps for pk in step.people))
