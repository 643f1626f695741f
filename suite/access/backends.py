"""Authentication backend: permissions come from roles only."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from suite.access.grants import grants_of
from suite.access.models import User


class RoleBackend(ModelBackend):
    """Answers ``has_perm`` from the grants read once for each request; row checks are ``restrict()``'s."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        return user_obj.is_superuser or grants_of(user_obj).allows(perm)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return set()
        return set(grants_of(user_obj).reaches)
