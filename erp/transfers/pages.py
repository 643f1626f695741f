"""Pages of transfer orders."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.inventory.pages import COUNTED, FROM, TIME, TO
from erp.masterdata.services import default_warehouse
from erp.transfers import moving, services
from erp.transfers.choices import TransferStatus
from erp.transfers.forms import LossForm, ReasonedForm, ReceiveForm, ShipForm, TransferForm
from erp.transfers.models import TransferLine, TransferOrder
from erp.transfers.printing import TRANSFER_PRINTS
from suite.masters.selectors import default_company
from suite.pages.actions import Action
from suite.pages.columns import Column, quantity
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

DRAFT, CONFIRMED, SHIPPED = TransferStatus.DRAFT, TransferStatus.CONFIRMED, TransferStatus.SHIPPED


def destination(order: TransferOrder) -> str:
    """Where it goes: a warehouse or a supplier."""
    return str(order.target or order.supplier)


def why_not_received(order: TransferOrder, user: Any) -> Any:
    """Why nothing of it is received, empty when it can be."""
    return _("It went to a supplier: bring it back, or record what was consumed.") if order.goes_to_supplier else ""


def why_not_consumed(order: TransferOrder, user: Any) -> Any:
    """Why nothing of it is consumed, empty when it can be."""
    return "" if order.goes_to_supplier else _("Only what lies at a supplier is consumed there.")


DESTINATION = Column("target", label=_("Goes to"), render=destination, value=destination, sort="", phone="p-full")


@register
class TransferOrderPages(PageSet):
    """Transfers between warehouses and to suppliers."""

    model = TransferOrder
    icon = "truck-delivery"
    description = _("What goes from one warehouse to another, or to a supplier who keeps or works on it.")
    columns = (
        "number",
        Column("source", sort="source__name", phone="p-start"),
        DESTINATION,
        "status",
        "needed_on",
        "reason",
        Column("owner", phone="p-end"),
    )
    optional_columns = ("supplier", "tracking_number", "created_at")
    filters = ("status", "source", "target", "supplier", "needed_on", "owner")
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("To be shipped"), "status=CONFIRMED"),
        View(_("On its way"), "status=SHIPPED"),
    )
    summary = ("source", DESTINATION, "needed_on", "reason", "tracking_number", "owner")
    panels = (
        Children("lines", "item", "lot", "quantity", "shipped", title=_("Lines")),
        Children(
            "parts",
            Column("line__item", label=_("Item")),
            "lot",
            "shipped",
            "received",
            "returned",
            "consumed",
            "lost",
            Column("outstanding", label=_("Still out"), render=lambda part: quantity(part.outstanding), align="num"),
            title=_("What was sent"),
        ),
        Children("steps", "at", "kind", "reason", "actor", title=_("What was done")),
        Children("moves", TIME, "kind", "item", COUNTED, FROM, TO, "lot", title=_("Moves"), link=True),
        Attributes("supplier", "created_by"),
    )
    form = TransferForm
    fields = (
        (_("From and to"), ("source", "target", "supplier")),
        (_("Why and when"), ("needed_on", "reason", "tracking_number", "owner")),
    )
    lines = Lines(TransferLine, "lines", ("item", "lot", "quantity"), title=_("Lines"), has_totals=False)
    create_service = services.create_transfer
    update_service = services.update_transfer
    operations = frozenset({"add", "change"})
    editable_states = frozenset({DRAFT})
    prints = TRANSFER_PRINTS
    actions = (
        Action(
            services.confirm_transfer,
            _("Confirm"),
            "change",
            icon="check",
            states={DRAFT},
            primary_in={DRAFT},
        ),
        Action(
            moving.ship_transfer,
            _("Ship"),
            "ship",
            icon="truck-delivery",
            form=ShipForm,
            states={CONFIRMED, SHIPPED},
            primary_in={CONFIRMED},
        ),
        Action(
            moving.receive_transfer,
            _("Receive"),
            "receive",
            icon="package-import",
            form=ReceiveForm,
            states={SHIPPED},
            primary_in={SHIPPED},
            refusal=why_not_received,
        ),
        Action(
            moving.consume_transfer,
            _("Record consumption"),
            "receive",
            icon="tool",
            form=ReasonedForm,
            states={SHIPPED},
            primary_in={SHIPPED},
            refusal=why_not_consumed,
        ),
        Action(
            moving.return_transfer,
            _("Bring back"),
            "receive",
            icon="arrow-back-up",
            form=ReasonedForm,
            states={SHIPPED},
        ),
        Action(
            moving.lose_transfer,
            _("Write off"),
            "write_off",
            icon="trash",
            form=LossForm,
            name="write-off",
            states={SHIPPED},
            is_danger=True,
        ),
        Action(
            moving.close_transfer,
            _("Close"),
            "change",
            icon="lock",
            form=ReasonForm,
            states={SHIPPED},
        ),
        Action(
            services.reopen_transfer,
            _("Back to draft"),
            "change",
            icon="pencil",
            states={CONFIRMED},
        ),
        Action(
            services.cancel_transfer,
            _("Cancel the transfer"),
            "cancel",
            icon="ban",
            form=ReasonForm,
            states={DRAFT, CONFIRMED},
            is_danger=True,
        ),
    )
    is_searchable = True
    list_select = ("source", "target", "supplier", "owner")

    def heading(self, obj: TransferOrder) -> tuple[Any, Any]:
        return obj.number, f"{obj.source} → {destination(obj)}"

    def hit(self, obj: TransferOrder) -> tuple[Any, Any, Any]:
        return obj.number, f"{obj.source} → {destination(obj)}", ""

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("source", "target", "supplier")

    def detail_queryset(self, user: Any) -> Any:
        return super().detail_queryset(user).select_related("source", "target", "supplier")

    def initial(self, request: Any) -> dict[str, Any]:
        return {"owner": request.user.pk, "source": default_warehouse(default_company()).pk}
