"""In whose name a command works."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import CommandError

from suite.access.models import User


def add_user_argument(parser: ArgumentParser) -> None:
    """Let the caller name the user."""
    parser.add_argument("--user", help="User name of whoever owns what is imported; default: the first administrator.")


def acting_user(username: str | None) -> User:
    """
    Return the named user, else the first administrator.

    :raises CommandError: when there is none.
    """
    users = User.objects.filter(is_active=True)
    user = (users.filter(username=username) if username else users.filter(is_superuser=True)).order_by("pk").first()
    if user is None:
        raise CommandError(f"There is no active user {username}." if username else "There is no administrator yet.")
    return user
