"""What conditions and resolvers see of a document and of whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext as _

from hrm.org.models import Department, Employee, Position
from suite.access.models import User
from suite.core.encryption import EncryptedField
from suite.documents.approvables import approvable

# Facts that every request has beside its own.
INITIATOR, DEPARTMENT, POSITION, ROLES, COMPANY, AMOUNT = (
    "initiator",
    "initiator_department",
    "initiator_position",
    "initiator_roles",
    "initiator_company",
    "amount",
)
UNASKED = frozenset({"id", "version", "status", "search_text"})


@dataclass(frozen=True)
class FactField:
    """
    One thing that can be asked of a request.

    :ivar kind: ``number``, ``text``, ``date``, ``yes``, ``choice``, ``department``, ``person`` or ``object``.
    :ivar choices: all values with their labels, of a choice.
    :ivar is_required: it is never empty.
    :ivar lookup: object type whose keys are the values, as ``hrm.position``; ``""`` for anything else.
    """

    name: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...] = field(default=())
    is_required: bool = False
    lookup: str = ""


@runtime_checkable
class GivesFacts(Protocol):
    """A document that says itself what flows see of it, as its columns do not tell: its ``amount`` among it."""

    def flow_facts(self) -> dict[str, Any]:
        """Return facts by name, as JSON can hold them."""
        ...


def fact_fields(model: type[models.Model] | None) -> list[FactField]:
    """Return what can be asked of requests about an object type, what all have first."""
    found = [
        FactField(AMOUNT, _("Amount"), "number", is_required=model is not None and _has_amount(model)),
        FactField(DEPARTMENT, _("Department of who asks (with those above)"), "department", lookup=_lookup(Department)),
        FactField(POSITION, _("Position of who asks"), "object", lookup=_lookup(Position)),
        FactField(ROLES, _("Role of who asks"), "object", lookup=_lookup(Group)),
        FactField(INITIATOR, _("Who asks"), "person", is_required=True, lookup=_lookup(User)),
    ]
    if model is not None:
        found += [
            FactField(
                each.name,
                str(each.verbose_name),
                _kind(each),
                tuple((str(k), str(v)) for k, v in each.flatchoices),
                is_required=not (each.null or each.blank),
                lookup=_lookup(User if each.related_model is Employee else each.related_model),
            )
            for each in _asked(model)
        ]
    return found


def is_about_money(model: type[models.Model] | None) -> bool:
    """Whether documents of an object type are about money."""
    found = approvable(model) if model is not None else None
    return found is not None and bool(found.amount)


def _has_amount(model: type[models.Model]) -> bool:
    """Whether every document of an object type has an amount."""
    found = approvable(model)
    return found is not None and bool(found.amount) and not model._meta.get_field(found.amount).null


def _lookup(related: Any) -> str:
    return str(related._meta.label_lower) if related is not None else ""


def facts_of(document: models.Model, initiator: User) -> dict[str, Any]:
    """Return the facts of a document, as JSON can hold them: amounts as text, days in the order of the calendar."""
    if isinstance(document, GivesFacts):
        return {**document.flow_facts(), **facts_about(initiator)}
    facts = {each.name: _plain(document, each) for each in _asked(type(document))}
    return {**facts, **facts_about(initiator), **_amount(document)}


def facts_about(initiator: User) -> dict[str, Any]:
    """Return the facts about whoever asks."""
    person = Employee.objects.filter(user=initiator).select_related("department").first()
    return {
        INITIATOR: str(initiator.pk),
        DEPARTMENT: [str(pk) for pk in person.department.path] if person and person.department else [],
        POSITION: str(person.position_id or "") if person else "",
        ROLES: [str(pk) for pk in initiator.groups.order_by("pk").values_list("pk", flat=True)],
        COMPANY: str(person.company_id) if person else "",
    }


def _asked(model: type[models.Model]) -> Iterator[Any]:
    declared = approvable(model)
    asked_all_the_same = declared.facts if declared is not None else frozenset()
    hidden = UNASKED | (frozenset(getattr(model, "sensitive_fields", ())) - asked_all_the_same)
    for each in model._meta.concrete_fields:
        is_long = isinstance(each, models.TextField | models.JSONField | models.BinaryField | EncryptedField)
        if each.name not in hidden and not is_long:
            yield each


def _kind(each: Any) -> str:
    if each.choices:
        return "choice"
    if isinstance(each, models.ForeignKey):
        related = each.related_model
        return {Department: "department", Employee: "person", User: "person"}.get(related, "object")
    if isinstance(each, models.BooleanField):
        return "yes"
    if isinstance(each, models.DateField):
        return "date"
    return "number" if isinstance(each, models.DecimalField | models.IntegerField) else "text"


def _plain(document: models.Model, each: Any) -> Any:
    value = getattr(document, each.attname)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(each, models.ForeignKey):
        return _related(document, each)
    return str(value)


def _related(document: models.Model, each: Any) -> Any:
    """A person by the key of their user, a department with those above it, anything else by its key."""
    if each.related_model is Employee:
        return str(getattr(document, each.name).user_id or "")
    if each.related_model is Department:
        return [str(pk) for pk in getattr(document, each.name).path]
    return str(getattr(document, each.attname))


def _amount(document: models.Model) -> dict[str, Any]:
    found = approvable(type(document))
    if found is None or not found.amount:
        return {}
    value = getattr(document, found.amount)
    return {AMOUNT: f"{value:f}" if isinstance(value, Decimal) else value}
