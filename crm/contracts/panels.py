"""Cards on the page of a quotation: what each line leaves, and its versions."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from crm.contracts.costing import margin_of
from crm.contracts.versions import versions_for
from suite.pages.panels import Panel


class MarginPanel(Panel):
    """Cost and margin of each line at present, for those who may see them."""

    template = "crm/_margin.html"
    is_for_decision = True

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        """The lines with what they cost now; None without the permission."""
        if pageset.hidden_fields(user) & set(obj.sensitive_fields):
            return None
        return {"margin": margin_of(obj), "document": obj}


class VersionsPanel(Panel):
    """The versions of the offer, each with the way to what changed in it."""

    template = "crm/_versions.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        """The versions; None while there is only one."""
        versions = versions_for(user, obj)
        if len(versions) < 2:
            return None
        return {
            "document": obj,
            "versions": versions,
            "compare_url": reverse("crm:quotation-compare", args=[obj.pk]),
        }
