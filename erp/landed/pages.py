"""Pages of landed costs."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.landed import services
from erp.landed.choices import LandedStatus
from erp.landed.forms import LandedCostForm
from erp.landed.models import LandedCost, LandedCostLine
from suite.pages.actions import Action
from suite.pages.columns import Column
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Children
from suite.pages.registry import register


@register
class LandedCostPages(PageSet):
    """What bringing goods in cost."""

    model = LandedCost
    icon = "ship"
    description = _("Freight, customs and insurance, shared out over the goods that they brought in.")
    columns = (
        "number",
        "status",
        Column("incurred_on", phone="p-start"),
        "basis",
        Column("remarks", phone="p-full"),
        Column("total", phone="p-end"),
        "owner",
    )
    optional_columns = ("created_at",)
    filters = ("status", "receipts", "basis", "incurred_on", "total", "owner")
    ordering = "-incurred_on"
    views = (View(_("In approval"), "status=APPROVING"), View(_("Drafts"), "status=DRAFT"))
    totals = ("total",)
    summary = ("incurred_on", "basis", "remarks", "owner")
    panels = (
        Children("lines", "kind", "supplier", "reference", "amount", title=_("Costs")),
        Children("receipts", "number", "order", "received_on", link=True, title=_("Receipts")),
        Children(
            "shares",
            Column("receipt_line__order_line__item", label=_("Item")),
            Column("receipt_line__receipt", label=_("Goods receipt")),
            Column("receipt_line__quantity", label=_("Quantity")),
            "amount",
            Column("adjustment__expense", label=_("Of it expense")),
            title=_("Shared out"),
        ),
    )
    form = LandedCostForm
    fields = (
        (_("Goods"), ("receipts", "basis")),
        (_("Cost"), ("incurred_on", "remarks", "owner")),
    )
    lines = Lines(
        LandedCostLine, "lines", ("kind", "supplier", "reference", "amount"), title=_("Costs"), has_totals=False
    )
    create_service = services.create_landed_cost
    update_service = services.update_landed_cost
    operations = frozenset({"add", "change"})
    editable_states = frozenset({LandedStatus.DRAFT})
    actions = (
        Action(
            services.submit_landed_cost,
            _("Submit"),
            "change",
            icon="send",
            states={LandedStatus.DRAFT},
            primary_in={LandedStatus.DRAFT},
        ),
        Action(
            services.post_landed_cost,
            _("Approve and post"),
            "approve",
            icon="check",
            states={LandedStatus.APPROVING},
            primary_in={LandedStatus.APPROVING},
        ),
        Action(
            services.reject_landed_cost,
            _("Send back"),
            "approve",
            icon="arrow-back-up",
            form=ReasonForm,
            states={LandedStatus.APPROVING},
        ),
        Action(
            services.reverse_landed_cost,
            _("Reverse"),
            "reverse",
            icon="arrow-back",
            form=ReasonForm,
            states={LandedStatus.POSTED},
            is_danger=True,
        ),
        Action(
            services.cancel_landed_cost,
            _("Cancel"),
            "change",
            icon="ban",
            form=ReasonForm,
            states={LandedStatus.DRAFT, LandedStatus.APPROVING},
            is_danger=True,
        ),
    )
    is_searchable = True
    list_select = ("owner",)

    def heading(self, obj: LandedCost) -> tuple[Any, Any]:
        return obj.number, obj.remarks or str(obj.get_basis_display())

    def amount(self, obj: LandedCost) -> tuple[Any, Any]:
        return f"{obj.company.base_currency.symbol}{obj.total:,.2f}", _t("without tax")

    def initial(self, request: Any) -> dict[str, Any]:
        return {"incurred_on": timezone.localdate(), "owner": request.user.pk}
