"""Who in personnel is told of something."""

from __future__ import annotations

from hrm.org.selectors import staff_in_roles
from suite.access.grants import model_permission
from suite.access.models import User
from suite.core.models import Model


def personnel_officers(model: type[Model]) -> list[User]:
    """The HR officers who may see rows of a model."""
    permission = model_permission(model, "view")
    return [user for user in staff_in_roles("hr").order_by("pk") if user.has_perm(permission)]
