"""The security audit of signing in and out, from the signals of Django's sign-in and allauth."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from suite.access.audit import record
from suite.access.choices import AuditKind
from suite.access.models import User

# The same by their names, so that the entry says which act it was.
PASSWORD_ACTS = {password_changed: "changed", password_set: "set", password_reset: "reset"}
MFA_ACTS = {authenticator_added: "added", authenticator_removed: "removed", authenticator_reset: "reset"}


@receiver(user_logged_in, dispatch_uid="accounts.signed_in")
def signed_in(request: Any, user: User, **kwargs: Any) -> None:
    """Audit a sign-in."""
    record(AuditKind.SIGN_IN, actor=user, at=timezone.now(), subject=user.username, request=request)


@receiver(user_login_failed, dispatch_uid="accounts.sign_in_failed")
def sign_in_failed(credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
    """Audit an attempt with a wrong name or password; who it was is not known, only what was entered as name."""
    typed = credentials.get("username") or credentials.get("email") or ""
    record(AuditKind.SIGN_IN_FAILED, actor=None, at=timezone.now(), subject=str(typed), request=request)


@receiver(authentication_failed, dispatch_uid="accounts.code_failed")
def code_failed(request: Any, user: User, **kwargs: Any) -> None:
    """Audit a wrong code after a right password."""
    details = {"step": "code"}
    record(
        AuditKind.SIGN_IN_FAILED,
        actor=user,
        at=timezone.now(),
        subject=user.username,
        request=request,
        details=details,
    )


@receiver(user_logged_out, dispatch_uid="accounts.signed_out")
def signed_out(request: Any, user: User | None, **kwargs: Any) -> None:
    """Audit a sign-out; signing out without having signed in is none."""
    if user is not None:
        record(AuditKind.SIGN_OUT, actor=user, at=timezone.now(), subject=user.username, request=request)


@receiver(tuple(PASSWORD_ACTS), dispatch_uid="accounts.password")
def password_act(signal: Any, request: Any, user: User, **kwargs: Any) -> None:
    """Audit a new password."""
    _record(AuditKind.PASSWORD, PASSWORD_ACTS[signal], request, user)


@receiver(tuple(MFA_ACTS), dispatch_uid="accounts.mfa")
def mfa_act(signal: Any, request: Any, user: User, authenticator: Any, **kwargs: Any) -> None:
    """Audit a change of two-step sign-in."""
    _record(AuditKind.MFA, MFA_ACTS[signal], request, user, type=authenticator.type)


def _record(kind: AuditKind, act: str, request: Any, user: User, **more: Any) -> None:
    record(
        kind,
        actor=user,
        at=timezone.now(),
        subject=user.username,
        request=request,
        details={"act": act, **more},
    )
