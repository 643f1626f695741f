"""What a person does with their own account."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from knox.models import AuthToken

from suite.access.audit import record
from suite.access.choices import AuditKind
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState

MAX_TOKENS = 20


@transaction.atomic
def update_profile(*, user: User, full_name: str, phone: str, language: str) -> User:
    """
    Change one's own name, phone and language.

    :raises InvalidInput: when the name is empty or the language unknown.
    """
    name = full_name.strip()
    if not name:
        raise InvalidInput(_("Enter your name."), field="full_name")
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("Choose one of the languages."), field="language")
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.full_name, locked.phone, locked.language = name, phone.strip(), language
    locked.save(update_fields=["full_name", "phone", "language"])
    return locked


@transaction.atomic
def create_api_token(
    *, user: User, actor: User, at: datetime, lifetime: timedelta | None = None
) -> tuple[AuthToken, str]:
    """
    Make a token by which a program acts for the user; its text is known only now.

    :param lifetime: None: until it is revoked.
    :raises WrongState: when the user has as many as are allowed.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if AuthToken.objects.filter(user=user).count() >= MAX_TOKENS:
        raise WrongState(_("You have %(limit)s tokens; revoke one first.") % {"limit": MAX_TOKENS})
    token, text = AuthToken.objects.create(user=user, expiry=lifetime)
    days = lifetime.days if lifetime else None
    record(
        AuditKind.TOKEN,
        actor=actor,
        at=at,
        subject=user.username,
        details={"created": token.token_key, "days": days},
    )
    return token, text


@transaction.atomic
def revoke_api_token(*, token: AuthToken, actor: User, at: datetime) -> None:
    """End a token at once."""
    token.delete()
    record(AuditKind.TOKEN, actor=actor, at=at, subject=token.user.username, details={"revoked": token.token_key})


@transaction.atomic
def sign_out_everywhere(*, user: User, actor: User, at: datetime) -> User:
    """End every session of a user, on every device; API tokens stay."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.sessions_valid_from = at
    locked.save(update_fields=["sessions_valid_from"])
    record(AuditKind.SIGN_OUT, actor=actor, at=at, subject=user.username, details={"everywhere": True})
    return locked
