"""Who acts in a request: portal fence, "view as", language, and the author of history rows."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from suite.access.models import User
from suite.access.reading import at_hand
from suite.core.triggers import authored

VIEW_AS_KEY = "view_as"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
STOP_VIEW_AS = "/access/view-as/stop/"

Respond = Callable[[HttpRequest], HttpResponse]


class AccessMiddleware:
    """Put the viewed user in place of an administrator who views as somebody; speak the user's language."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.viewing_as = None  # type: ignore[attr-defined]
        key = request.session.get(VIEW_AS_KEY)
        if key and request.user.is_authenticated and request.user.is_superuser:
            viewed = User.objects.filter(pk=key, is_active=True).first()
            if viewed is not None:
                if request.method not in SAFE and request.path != STOP_VIEW_AS:
                    raise PermissionDenied(_("While viewing as somebody else nothing can be changed."))
                request.real_user = request.user  # type: ignore[attr-defined]
                request.user = viewed
                request.viewing_as = viewed  # type: ignore[attr-defined]
        if request.viewing_as is None:  # type: ignore[attr-defined]
            # Themselves instead of a promise of them: a page asks a few hundred times.
            with at_hand(request.session.owner):  # type: ignore[attr-defined]
                request.user = get_user(request)
        user = request.user
        if user.is_authenticated and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


class HistoryMiddleware:
    """Name the user in every history row that the request writes."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE or not request.user.is_authenticated:
            return self.get_response(request)
        with authored(user=request.user.pk, at=timezone.now()):
            return self.get_response(request)
