"""What the office must carry before operations are opened."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from oa.flows.choices import DefinitionStatus
from oa.flows.models import FlowBinding
from oa.forms.choices import Category
from oa.forms.models import FormTemplate
from suite.modules.registry import CheckValue, check

SOURCE = "S0 前提是"
# Documents of operations that are purchases; their flows may be prepared before operations are on.
PURCHASES = Q(subject__app_label="erp", subject__model__in=("purchaserequest", "purchaseorder"))


@check(opens="erp", title=_("Flows for purchases and payments are in force"), threshold=100, source=SOURCE)
def money_flows(at: datetime) -> CheckValue:
    """Of the two, purchases and payments, how many somebody has to agree to by a flow that is published."""
    buying = _is_bound(PURCHASES) or _is_asked_for(Category.PURCHASE)
    return CheckValue.share(buying + _is_asked_for(Category.MONEY), 2, reverse("oa:flowbinding-list"))


def _is_bound(documents: Q) -> bool:
    published = Q(definition__is_active=True, definition__versions__status=DefinitionStatus.PUBLISHED)
    return FlowBinding.objects.filter(documents, published, is_active=True).exists()


def _is_asked_for(category: str) -> bool:
    """Whether people ask for it by a form that a flow decides about."""
    forms = FormTemplate.objects.filter(
        category=category, is_active=True, versions__status=DefinitionStatus.PUBLISHED, flow__is_active=True
    )
    return forms.filter(flow__versions__status=DefinitionStatus.PUBLISHED).exists()
