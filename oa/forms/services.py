"""Asking for something with a form, deciding about it, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.org.models import Employee
from oa.flows.definition import Step
from oa.flows.errors import NotYours
from oa.forms.choices import FieldKind, RequestStatus
from oa.forms.errors import HandledElsewhere, InvalidData, NotForYou
from oa.forms.filling import Data, validate
from oa.forms.models import FormRequest, FormTemplate, FormVersion
from oa.forms.references import missing
from oa.forms.schema import Schema
from oa.forms.selectors import came_back, page_instead, pending_tasks, published_form, usable_templates
from suite.access.models import User
from suite.activity.services import attach_file
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind
from suite.masters.models import Company

Files = Mapping[str, Sequence[File[bytes]]]


@transaction.atomic
def create_request(
    *,
    template: FormTemplate,
    data: Mapping[str, Any] | None = None,
    title: str = "",
    files: Files | None = None,
    actor: User,
    at: datetime,
) -> FormRequest:
    """
    Begin a request; something may be missing in it yet.

    :param title: what it is called; the form and who asks when left out.
    :param files: new files by key of their field.
    :raises NotForYou: when the form is not in use, or not meant for the actor.
    :raises HandledElsewhere: when another system has documents of its own for that.
    :raises InvalidInput: while there is no company.
    :raises InvalidData: for what does not fit the form.
    """
    version = _usable_form(template, actor)
    person = Employee.objects.filter(user=actor).select_related("department", "company").first()
    company = person.company if person else Company.objects.order_by("pk").first()
    if company is None:
        raise InvalidInput(_("Enter the company first."))
    clean = clean_data(form=version.form, data=data or {}, actor=actor, request=None, is_draft=True)
    request = FormRequest(
        template=template,
        form_version=version,
        title=title.strip() or f"{actor} · {template.name}"[:200],
        data=clean,
        amount=_amount(version.form, clean),
        initiator=actor,
        department=person.department if person else None,
        company=company,
        number=_number(template, company, at),
    )
    request.save()
    return _attach(request, files or {}, actor=actor, at=at)


@transaction.atomic
def update_request(
    *,
    formrequest: FormRequest,
    data: Mapping[str, Any],
    title: str = "",
    files: Files | None = None,
    expected_version: int | None = None,
    actor: User,
    at: datetime,
) -> FormRequest:
    """
    Change a request that is a draft, or that its flow gave back to the actor.

    :raises WrongState: when it is being decided about, or was.
    :raises InvalidData: for what does not fit the form.
    """
    request = FormRequest.objects.lock(formrequest).check_version(expected_version)
    is_draft = request.status == RequestStatus.DRAFT
    if not is_draft and not (request.status == RequestStatus.APPROVING and came_back(request, actor)):
        raise WrongState(_("It was handed in already. Take it back to change it."))
    request.title = title.strip() or request.title
    clean = clean_data(form=request.form_version.form, data=data, actor=actor, request=request, is_draft=True)
    _keep(request, clean)
    request = _attach(request, files or {}, actor=actor, at=at)
    if not is_draft:
        clean_data(form=request.form_version.form, data=request.data, actor=actor, request=request)
    return request


@transaction.atomic
def submit_request(*, formrequest: FormRequest, actor: User, at: datetime) -> FormRequest:
    """
    Hand a request in; it is approved at once when nobody has to decide.

    :raises WrongState: unless it is a draft.
    :raises InvalidData: when something is missing.
    :raises NotPossible: when the flow of the form is not in use.
    """
    request = FormRequest.objects.lock(formrequest)
    if request.status == RequestStatus.DRAFT:
        _keep(request, clean_data(form=request.form_version.form, data=request.data, actor=actor, request=request))
    request.become(RequestStatus.APPROVING, actor=actor, at=at, values={"submitted_at": at})
    # Whoever hands it in: those above the person who asks decide.
    if not needs_approval(request, actor=request.initiator, at=at):
        return approve_request(formrequest=request, actor=actor, at=at)
    return request


@transaction.atomic
def approve_request(*, formrequest: FormRequest, actor: User, at: datetime, reason: str = "") -> FormRequest:
    """
    Approve a request.

    :raises WrongState: unless it waits for approval.
    """
    return FormRequest.objects.lock(formrequest).become(RequestStatus.APPROVED, actor=actor, at=at, reason=reason)


@transaction.atomic
def reject_request(*, formrequest: FormRequest, reason: str, actor: User, at: datetime) -> FormRequest:
    """
    Reject a request.

    :raises WrongState: unless it waits for approval.
    """
    return FormRequest.objects.lock(formrequest).become(RequestStatus.REJECTED, actor=actor, at=at, reason=reason)


@transaction.atomic
def cancel_request(*, formrequest: FormRequest, reason: str = "", actor: User, at: datetime) -> FormRequest:
    """
    Give a request up; a flow that decides about it ends.

    :raises WrongState: when it was approved or cancelled.
    """
    return FormRequest.objects.lock(formrequest).become(RequestStatus.CANCELLED, actor=actor, at=at, reason=reason)


@transaction.atomic
def reopen_request(*, formrequest: FormRequest, actor: User, at: datetime) -> FormRequest:
    """
    Take a rejected request back to be changed.

    :raises WrongState: unless it was rejected.
    """
    request = FormRequest.objects.lock(formrequest)
    return request.become(RequestStatus.DRAFT, actor=actor, at=at, values={"submitted_at": None})


@transaction.atomic
def copy_request(*, formrequest: FormRequest, actor: User, at: datetime) -> FormRequest:
    """
    Begin a new request with what another one says, as far as the form still asks for it and the actor may choose it.

    Files are not copied.

    :raises NotForYou: when the form is not in use, or not meant for the actor.
    :raises HandledElsewhere: when another system has documents of its own for that.
    """
    form = _usable_form(formrequest.template, actor).form
    asked = {key: field.kind for key, field in form.fields.items() if field.kind != FieldKind.ATTACHMENT}
    data = {key: value for key, value in formrequest.data.items() if key in asked}
    clean, errors = validate(form, data, is_draft=True)
    wrong = {**errors, **missing(form, clean, user=actor, request=None)}
    for key in {path.partition(".")[0] for path in wrong}:
        clean.pop(key, None)
    return create_request(template=formrequest.template, data=clean, actor=actor, at=at)


@transaction.atomic
def change_fields(
    *,
    formrequest: FormRequest,
    changes: Mapping[str, Any],
    step: Step,
    files: Files | None = None,
    expected_version: int | None = None,
    actor: User,
    at: datetime,
) -> FormRequest:
    """
    Change what whoever decides at a step of the flow may change; the flow is to be told by ``flow_facts()`` of the
    returned request, in the same transaction.

    :param files: new files by key of their field.
    :raises WrongState: unless it waits for approval.
    :raises NotYours: when the actor has nothing to decide at the step.
    :raises NotAllowed: for fields that cannot be changed there.
    :raises InvalidData: for what does not fit the form.
    :raises VersionConflict: when it was changed since the expected version.
    """
    request = FormRequest.objects.lock(formrequest).check_version(expected_version)
    if request.status != RequestStatus.APPROVING:
        raise WrongState(_("This is not to be decided any more."))
    if not pending_tasks(request, node=step.key, user=actor).exists():
        raise NotYours(_("This is somebody else's task."))
    changed = {*changes, *(files or ())}
    if changed - set(step.editable) or changed & set(step.hidden):
        raise NotAllowed(_("Some of this cannot be changed at this step."))
    form = request.form_version.form
    _keep(request, clean_data(form=form, data={**request.data, **changes}, actor=actor, request=request, is_draft=True))
    request = _attach(request, files or {}, actor=actor, at=at)
    clean_data(form=form, data=request.data, actor=actor, request=request)
    return request


def _usable_form(template: FormTemplate, actor: User) -> FormVersion:
    version = published_form(template)
    if version is None or not usable_templates(actor).filter(pk=template.pk).exists():
        raise NotForYou(_("The form “%(name)s” is not in use, or not meant for you.") % {"name": template})
    if page_instead(template, actor):
        raise HandledElsewhere(_("Ask for this in human resources: it counts there for hours and pay."))
    return version


def clean_data(
    *, form: Schema, data: Mapping[str, Any], actor: User, request: FormRequest | None, is_draft: bool = False
) -> Data:
    """
    Return what was filled in as it is kept.

    :param request: whose files it may name, and what it names already; None for a new one.
    :raises InvalidData: for what does not fit the form.
    """
    clean, errors = validate(form, data, is_draft=is_draft)
    kept = request.data if request is not None else None
    errors = {**missing(form, clean, user=actor, request=request, kept=kept), **errors}
    if errors:
        raise InvalidData(errors, {key: field.label for key, field in form.fields.items()})
    return clean


def _keep(request: FormRequest, clean: Data) -> None:
    request.data = clean
    request.amount = _amount(request.form_version.form, clean)
    request.save(update_fields=["title", "data", "amount", "search_text"])


def _amount(form: Schema, clean: Data) -> Decimal | None:
    value = clean.get(form.amount) if form.amount else None
    return None if value is None else Decimal(value)


def _number(template: FormTemplate, company: Company, at: datetime) -> str:
    kind = register_kind(
        template.number_kind, pattern=template.number_pattern, reset=template.number_reset, title=template.name
    )
    return next_number(company, kind, timezone.localdate(at))


def _attach(request: FormRequest, files: Files, *, actor: User, at: datetime) -> FormRequest:
    """Keep new files with the request, each under the field that it was given for."""
    form = request.form_version.form
    added: Data = {}
    for key, given in files.items():
        field = form.fields.get(key)
        if field is None or field.kind != FieldKind.ATTACHMENT:
            raise InvalidData({key: _("The form has no such field.")})
        try:
            kept = [attach_file(obj=request, file=file, name=file.name or "", actor=actor, at=at) for file in given]
        except InvalidInput as error:
            raise InvalidData({key: str(error)}, {key: field.label}) from error
        if kept:
            added[key] = [*(request.data.get(key) or ()), *(each.pk for each in kept)]
    if added:
        _keep(
            request, clean_data(form=form, data={**request.data, **added}, actor=actor, request=request, is_draft=True)
        )
    return request
