"""The objects that people comment on, attach files to and are reminded of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import NoReverseMatch, reverse

from suite.access.choices import UserKind
from suite.access.restrict import restrict
from suite.modules import state


@dataclass(frozen=True)
class Target:
    """How the pages of this slice name an object: ``crm.customer`` and its key."""

    label: str
    pk: int

    @classmethod
    def of(cls, obj: models.Model) -> Target:
        """The name of an object."""
        return cls(obj._meta.label_lower, obj.pk)

    @property
    def stream_url(self) -> str:
        return self._url("stream")

    @property
    def comment_url(self) -> str:
        return self._url("comment")

    @property
    def upload_url(self) -> str:
        return self._url("upload")

    @property
    def remind_url(self) -> str:
        return self._url("remind")

    def _url(self, view: str) -> str:
        return reverse(f"activity:{view}", args=(self.label, self.pk))


def content_type_of(model: type[models.Model] | models.Model) -> ContentType:
    """The content type under which rows refer to an object; a proxy such as a role has its own."""
    return ContentType.objects.get_for_model(model, for_concrete_model=False)


def key_of(obj: models.Model) -> dict[str, Any]:
    """The two columns by which a row refers to an object."""
    return {"content_type": content_type_of(obj), "object_id": obj.pk}


def is_open(model: type[models.Model]) -> bool:
    """Whether the system that a model belongs to is on."""
    try:
        return state.owner_is_enabled(model.__module__)
    except LookupError:
        return False


def can_see(obj: models.Model, *, user: Any) -> bool:
    """
    Whether a user takes part in the activity of an object: colleagues who may view it while its system is on.

    Portal users see objects of their party, but never what colleagues say about them.
    """
    return find(type(obj), obj.pk, user=user) is not None


def find(model: type[models.Model], pk: int, *, user: Any) -> models.Model | None:
    """Return the object when the user takes part in its activity, else None."""
    if not is_open(model) or getattr(user, "kind", None) != UserKind.STAFF:
        return None
    return restrict(model._default_manager.filter(pk=pk), user=user).first()


def find_by_label(label: str, pk: int, *, user: Any) -> models.Model | None:
    """Like :func:`find`, for the name of a model in a URL."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return None
    return find(model, pk, user=user)


def target_of(row: Any, *, user: Any) -> models.Model | None:
    """Return the object that a comment, attachment or reminder is about when the user takes part in its activity."""
    model = row.content_type.model_class()
    return None if model is None else find(model, row.object_id, user=user)


def url_of(obj: models.Model) -> str:
    """Address of the page of an object, empty without one."""
    address = getattr(obj, "get_absolute_url", None)
    if address is None:
        return ""
    try:
        return str(address())
    except NoReverseMatch:
        return ""
