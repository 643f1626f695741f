"""Pages of the rules for targets."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm.targets import services
from crm.targets.models import TargetPolicy
from suite.pages.pageset import PageSet
from suite.pages.panels import Attributes
from suite.pages.registry import register


@register
class TargetPolicyPages(PageSet):
    """What salespeople see of each other's figures."""

    model = TargetPolicy
    icon = "eye-cog"
    description = _("Whether salespeople see the ranking of all colleagues of a company, or only their own row.")
    columns = ("company", "is_ranking_open")
    fields = ("company", "is_ranking_open")
    panels = (Attributes("company", "is_ranking_open"),)
    ordering = "pk"
    create_service = services.save_policy
    update_service = services.save_policy
    operations = frozenset({"add", "change"})
    permissions = {"plan": _("Set sales targets")}
