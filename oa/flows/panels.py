"""What the page of a flow shows beside its fields."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from oa.flows.choices import DefinitionStatus, InstanceStatus
from oa.flows.models import FlowBinding, FlowDefinition, FlowVersion
from suite.access.grants import model_permission
from suite.pages.panels import Panel


class VersionsPanel(Panel):
    """The versions of a flow with how many requests ran by each, and the way to the designer."""

    template = "oa/flows/versions_panel.html"
    title = _("Versions")

    def _bind_url(self, flow: FlowDefinition, user: Any, versions: list[FlowVersion]) -> str:
        """Where a published flow that decides about nothing yet is put to use, empty for any other."""
        is_used = not flow.subject_id or flow.bindings.exists()
        is_published = any(each.status == DefinitionStatus.PUBLISHED for each in versions)
        if is_used or not is_published or not user.has_perm(model_permission(FlowBinding, "add")):
            return ""
        values = urlencode({"subject": str(flow.subject_id), "definition": str(flow.pk)})
        return f"{reverse('oa:flowbinding-create')}?{values}"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any]:
        versions = list(obj.versions.annotate(runs_count=Count("runs")).select_related("published_by"))
        draft = next((each for each in versions if each.status == DefinitionStatus.DRAFT), None)
        return {
            "title": self.title,
            "versions": versions,
            "draft": draft,
            "may_change": user.has_perm(model_permission(FlowDefinition, "change")),
            "running": obj.runs.filter(status=InstanceStatus.RUNNING).count(),
            "design_url": reverse("oa:flow-design", args=[obj.pk]),
            "bind_url": self._bind_url(obj, user, versions),
        }
