"""Pages of count sheets and their lines."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.counting import posting, recording, services
from erp.counting.choices import OPEN_COUNTS, CountStatus
from erp.counting.forms import (
    CountSheetForm,
    ExplainForm,
    FinishForm,
    FoundForm,
    LineForm,
    RecordForm,
    RecountForm,
    why_not_counted,
)
from erp.counting.models import CountLine, CountSheet
from erp.masterdata.pages import ITEM, SPEC, place_name
from erp.masterdata.services import default_warehouse
from suite.masters.selectors import default_company
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.filters import BaseFilterSet, BoolFilter, derive_filter
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

DRAFT, COUNTING, REVIEWING = CountStatus.DRAFT, CountStatus.COUNTING, CountStatus.REVIEWING
APPROVING = CountStatus.APPROVING
PLACE = Column(
    "location",
    render=lambda line: place_name(line.location),
    value=lambda line: place_name(line.location),
    sort="location__code",
)


def progress(sheet: Any) -> str:
    """How many lines are counted of how many."""
    return f"{sheet.counted_lines} / {sheet.all_lines}"


def _number_of(lines: QuerySet[CountLine]) -> Coalesce:
    numbers = lines.order_by().values("sheet").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(numbers), 0)


PROGRESS = Column("counted_lines", label=_("Counted lines"), render=progress, sort="", align="num", phone="p-start")


class CountLineFilterSet(BaseFilterSet):
    """Lines by sheet, item and verdict; none by what must stay unknown to those who count."""

    sheet = derive_filter(CountLine, "sheet")
    item = derive_filter(CountLine, "item")
    stock_status = derive_filter(CountLine, "stock_status")
    sheet__status = derive_filter(CountLine, "sheet__status")
    sheet__posted_on = derive_filter(CountLine, "sheet__posted_on")
    needs_recount = derive_filter(CountLine, "needs_recount")
    is_beyond = derive_filter(CountLine, "is_beyond")
    is_counted = BoolFilter(field_name="counted_at", lookup_expr="isnull", exclude=True, label=_("is counted"))

    class Meta:
        model = CountLine
        fields: tuple[str, ...] = ()


@register
class CountSheetPages(PageSet):
    """Counts of stock."""

    model = CountSheet
    icon = "clipboard-check"
    description = _("Counts of what really lies in a warehouse; what differs is counted again, approved and posted.")
    columns = (
        "number",
        Column("warehouse", sort="warehouse__name", phone="p-full"),
        "status",
        "scope_kind",
        "count_on",
        PROGRESS,
        "is_blind",
        "is_frozen",
        Column("owner", phone="p-end"),
    )
    optional_columns = ("posted_on", "tolerance_percent", "tolerance_amount", "created_at")
    filters = ("status", "warehouse", "scope_kind", "count_on", "posted_on", "owner")
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("Counting"), "status=COUNTING"),
        View(_("Recount"), "status=REVIEWING"),
        View(_("In approval"), "status=APPROVING"),
    )
    summary = ("warehouse", "scope_kind", "count_on", PROGRESS, "is_blind", "is_frozen", "owner")
    panels = (
        Children(
            "lines",
            "item",
            "lot",
            "stock_status",
            PLACE,
            "book_quantity",
            "recount_quantity",
            "difference",
            "difference_value",
            Column("needs_recount", phone="p-start"),
            "counted_by",
            "recounted_by",
            "reason",
            "counted_quantity",
            title=_("Lines"),
            link=True,
        ),
        Attributes("category", "moved_since", "tolerance_percent", "tolerance_amount", "posted_on"),
    )
    form = CountSheetForm
    fields = (
        (_("What is counted"), ("warehouse", "scope_kind", "category", "items", "moved_since")),
        (_("How"), ("count_on", "is_blind", "is_frozen", "tolerance_percent", "tolerance_amount", "owner")),
    )
    create_service = services.create_sheet
    update_service = services.update_sheet
    operations = frozenset({"add", "change"})
    editable_states = frozenset({DRAFT})
    print_template = "erp/counting/print_sheet.html"
    actions = (
        Action(
            services.start_count,
            _("Start counting"),
            "change",
            icon="player-play",
            states={DRAFT},
            primary_in={DRAFT},
        ),
        Action(
            recording.record_counts,
            _("Enter counts"),
            "count",
            icon="pencil",
            form=RecordForm,
            states={COUNTING},
            primary_in={COUNTING},
        ),
        Action(
            recording.add_found,
            _("Found something else"),
            "count",
            icon="plus",
            form=FoundForm,
            name="found",
            states={COUNTING},
        ),
        Action(
            services.finish_count,
            _("End the count"),
            "change",
            icon="flag",
            form=FinishForm,
            states={COUNTING},
        ),
        Action(
            recording.recount_lines,
            _("Enter recounts"),
            "count",
            icon="repeat",
            form=RecountForm,
            states={REVIEWING},
        ),
        Action(
            posting.submit_count,
            _("Submit"),
            "change",
            icon="send",
            states={REVIEWING},
            primary_in={REVIEWING},
        ),
        Action(
            posting.approve_count,
            _("Approve and post"),
            "approve",
            icon="check",
            states={APPROVING},
            primary_in={APPROVING},
        ),
        Action(
            posting.reject_count,
            _("Send back"),
            "approve",
            icon="arrow-back-up",
            form=ReasonForm,
            states={APPROVING},
        ),
        Action(
            services.cancel_count,
            _("Cancel the count"),
            "cancel",
            icon="ban",
            form=ReasonForm,
            states={DRAFT, *OPEN_COUNTS},
            is_danger=True,
        ),
    )
    is_searchable = True
    list_select = ("warehouse", "owner")

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add how many lines there are and how many are counted."""
        lines = CountLine.objects.filter(sheet=OuterRef("pk"))
        rows: QuerySet[Any] = queryset.annotate(
            all_lines=_number_of(lines), counted_lines=_number_of(lines.filter(counted_at__isnull=False))
        )
        return rows

    def heading(self, obj: CountSheet) -> tuple[Any, Any]:
        return obj.number, str(obj.warehouse)

    def initial(self, request: Any) -> dict[str, Any]:
        return {
            "owner": request.user.pk,
            "warehouse": default_warehouse(default_company()).pk,
            "count_on": timezone.localdate(),
        }


@register
class CountLinePages(PageSet):
    """Lines of count sheets."""

    model = CountLine
    icon = "list-check"
    description = _("What was counted, line by line; lines come with their count sheet.")
    columns = (
        ITEM,
        SPEC,
        Column("sheet__number", label=_("Count sheet"), phone="p-start"),
        "lot",
        "stock_status",
        PLACE,
        "counted_quantity",
        "book_quantity",
        "difference",
        Column("difference_value", phone="p-end"),
        "needs_recount",
        "counted_by",
    )
    optional_columns = (
        "sheet__status",
        "sheet__posted_on",
        "recount_quantity",
        "recount_book_quantity",
        "recounted_by",
        "counted_at",
        "recounted_at",
        "is_beyond",
        "is_added",
        "reason",
    )
    filterset = CountLineFilterSet
    ordering = "-pk"
    views = (View(_("To be counted again"), "needs_recount=true&sheet__status=REVIEWING", is_hot=True),)
    totals = ("difference_value",)
    summary = ("sheet", "lot", "stock_status", PLACE, "counted_quantity", "book_quantity", "difference")
    panels = (
        Attributes("counted_by", "counted_at", "is_added", "reason", "unit_cost", "difference_value", "move"),
        Attributes(
            "needs_recount",
            "recount_quantity",
            "recount_book_quantity",
            "recounted_by",
            "recounted_at",
            title=_("Recount"),
        ),
    )
    operations = frozenset()
    actions = (
        Action(
            recording.count_line,
            _("Enter the count"),
            "count",
            icon="pencil",
            form=LineForm,
            refusal=why_not_counted,
            is_primary=True,
        ),
        Action(recording.explain_line, _("Explain"), "explain", icon="message", form=ExplainForm),
    )
    list_select = ("item__base_unit", "sheet", "lot", "location__warehouse", "location__party")

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the sheet before its lines.
        return queryset.select_related("sheet")

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("item__base_unit", "sheet", "lot", "location__warehouse", "location__party")

    def subtitle(self, obj: Any) -> Any:
        return obj.item.code

    def heading(self, obj: CountLine) -> tuple[Any, Any]:
        return obj.sheet.number, str(obj.item)

    def badges(self, obj: CountLine) -> list[Any]:
        is_waiting = obj.needs_recount and obj.recounted_at is None
        return [badge(_t("To be counted again"), "wait")] if is_waiting else []
