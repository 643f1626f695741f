"""The one dispatch of all pages: module on, signed in, permission, restriction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from suite.access.idempotency import Answer, hash_of, run_once
from suite.core.errors import DomainError, messages_of
from suite.pages.pageset import PageSet


class PageView(View):
    """
    Base of the views of a PageSet.

    :cvar action: action part of the permission that the page needs; no page is without one.
    """

    pageset: PageSet = None  # type: ignore[assignment]
    action: ClassVar[str] = ""

    @classmethod
    def bind(cls, pageset: PageSet) -> Callable[..., Any]:
        """The view function for a PageSet, marked with the module it belongs to."""
        view = cls.as_view(pageset=pageset)
        view.module_path = type(pageset).__module__  # type: ignore[attr-defined]
        view.pageset = pageset  # type: ignore[attr-defined]
        return view

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        self.check_permission()
        return super().dispatch(request, *args, **kwargs)

    def check_permission(self) -> None:
        """:raises PermissionDenied: without the permission of this page."""
        if not self.action:
            raise PermissionDenied
        if not self.pageset.may(self.request.user, self.action):
            raise PermissionDenied

    @property
    def user(self) -> Any:
        """Who asks: signed in, as dispatch made sure."""
        return self.request.user

    @property
    def now(self) -> datetime:
        return timezone.now()

    def row(self, pk: int, action: str = "view", *, lock: bool = False) -> Any:
        """
        One row under the restriction.

        :raises Http404: when it does not exist for this user.
        """
        queryset = self.pageset.queryset(self.request.user, action)
        if lock:
            queryset = self.pageset.locked(queryset)
        row = queryset.filter(pk=pk).first()
        if row is None:
            if action != "view" and self.pageset.queryset(self.request.user).filter(pk=pk).exists():
                raise PermissionDenied
            raise Http404
        return row

    def crumbs(self, *more: tuple[Any, str | None]) -> list[tuple[Any, str | None]]:
        """Breadcrumbs: system, list, and what follows."""
        return [
            (self.pageset.module.title, None),
            (self.pageset.title_plural, self.pageset.url("list") if more else None),
            *more,
        ]

    def render(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        return render(self.request, template, {"pageset": self.pageset, **context}, status=status)

    def submit(self, work: Callable[[], str]) -> str:
        """
        Do the work of a submitted form once and return the address to go to.

        :raises DomainError: what the service refused; nothing is kept.
        """
        data = self.request.POST
        key = data.get("form_token", "")
        body = "&".join(f"{k}={v}" for k, values in sorted(data.lists()) for v in values if k != "csrfmiddlewaretoken")
        return run_once(
            user=self.user,
            key=key,
            request_hash=hash_of(self.request.path, body),
            work=lambda: Answer(302, work()),
        ).body


def report(form: Any, error: Exception) -> None:
    """Put a refusal beside the field it belongs to, else above the form."""
    if isinstance(error, IntegrityError):
        form.add_error(None, integrity_message(error))
        return
    if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
        for name, errors in error.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
        return
    field = getattr(error, "field", None)
    for message in messages_of(error):
        form.add_error(field if field in form.fields else None, message)


def integrity_message(error: IntegrityError) -> str:
    """A readable text for a constraint that only the database could judge."""
    if "unique" in str(error).lower():
        return _("An entry with this value exists already.")
    if "foreign key" in str(error).lower():
        return _("Other entries refer to this one, so it cannot be removed.")
    return _("This combination of values is not allowed.")


REFUSALS = (DomainError, ValidationError, IntegrityError)
