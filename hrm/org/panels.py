"""Cards of detail pages that only the organisation has."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from suite.pages.panels import Panel


class AccountPanel(Panel):
    """The roles and companies of an account, and the door to seeing what it sees."""

    template = "hrm/org/account_panel.html"
    title = _("Roles and companies")

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        return {
            "title": self.title,
            "account": obj,
            "roles": sorted(obj.groups.all(), key=str),
            "companies": sorted(obj.companies.all(), key=str),
            "may_open_roles": user.has_perm("suite.view_role"),
            "may_view_as": may_view_as(user, obj),
        }


def may_view_as(user: Any, account: Any) -> bool:
    """An administrator may see what anybody else sees who can sign in and is no administrator."""
    return bool(user.is_superuser and account.is_active and not account.is_superuser and account.pk != user.pk)
