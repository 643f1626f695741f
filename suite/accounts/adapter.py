"""How allauth behaves here: nobody signs up, portal users land in the portal."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

PORTAL_HOME = "/portal/"


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in for people whom an administrator has entered."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: accounts are made by administrators."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where a person starts who asked for no page."""
        user: Any = request.user
        return PORTAL_HOME if user.is_portal else str(super().get_login_redirect_url(request))
