"""Count sheets and their lines."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from erp.counting.choices import CountScope, CountStatus
from erp.inventory.choices import StockStatus
from erp.inventory.models import Lot, StockMove, StockQuant
from erp.masterdata.models import Location, Warehouse
from erp.papers import NumberedPaper
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField
from suite.masters.fields import MoneyField, PercentField, PriceField, QuantityField
from suite.masters.models import Item, ItemCategory
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
NOT_NEGATIVE = [MinValueValidator(0)]
PERCENTAGE = [MinValueValidator(0), MaxValueValidator(100)]


@pghistory.track(exclude=UNTRACKED)
class CountSheet(NumberedPaper):
    """One count of stock in a warehouse 盘点单: what is counted, how exactly, and whether it moves meanwhile."""

    search_fields = ("number", "warehouse__name")
    transitions = {
        CountStatus.DRAFT: {CountStatus.COUNTING, CountStatus.CANCELLED},
        CountStatus.COUNTING: {CountStatus.REVIEWING, CountStatus.CANCELLED},
        CountStatus.REVIEWING: {CountStatus.APPROVING, CountStatus.CANCELLED},
        CountStatus.APPROVING: {CountStatus.POSTED, CountStatus.REVIEWING, CountStatus.CANCELLED},
        CountStatus.POSTED: set(),
        CountStatus.CANCELLED: set(),
    }
    status_tone = {
        CountStatus.COUNTING: "go",
        CountStatus.REVIEWING: "part",
        CountStatus.APPROVING: "wait",
        CountStatus.POSTED: "done",
        CountStatus.CANCELLED: "void",
    }
    stepper = (
        CountStatus.DRAFT,
        CountStatus.COUNTING,
        CountStatus.REVIEWING,
        CountStatus.APPROVING,
        CountStatus.POSTED,
    )

    status = StatusField(_("status"), choices=CountStatus, default=CountStatus.DRAFT)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    count_on = models.DateField(_("count on"))
    scope_kind = models.CharField(_("what is counted"), max_length=8, choices=CountScope, default=CountScope.ALL)
    category = models.ForeignKey(
        ItemCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("With all categories below it."),
    )
    items = models.ManyToManyField(Item, blank=True, related_name="+", verbose_name=_("items"))
    moved_since = models.DateField(_("moved since"), null=True, blank=True)
    is_blind = models.BooleanField(
        _("blind"), default=True, help_text=_("Those who count do not see what the books say.")
    )
    is_frozen = models.BooleanField(
        _("frozen"), default=False, help_text=_("What is counted neither comes nor goes until the count is posted.")
    )
    tolerance_percent = PercentField(
        _("tolerance %"),
        default=Decimal(0),
        validators=PERCENTAGE,
        help_text=_("Differences of more than this of the book quantity are counted again."),
    )
    tolerance_amount = MoneyField(
        _("tolerance amount"),
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
        help_text=_("Differences worth more than this are counted again; empty: the value does not matter."),
    )
    posted_on = models.DateField(_("posted on"), null=True, editable=False)

    class Meta(NumberedPaper.Meta):
        verbose_name = _("count sheet")
        verbose_name_plural = _("count sheets")
        ordering = ("-pk",)
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("posted_on", "id"), name="countsheet_posted"),
        )
        constraints = (  # type: ignore[assignment]
            *NumberedPaper.Meta.constraints,
            models.CheckConstraint(
                condition=Q(tolerance_percent__range=(0, 100))
                & (Q(tolerance_amount__isnull=True) | Q(tolerance_amount__gte=0)),
                name="countsheet_tolerance",
            ),
        )

    @property
    def key_prefix(self) -> str:
        """What the keys of its moves begin with."""
        return f"count:{self.pk}:"

    def print_lines(self) -> models.QuerySet[CountLine]:
        """The lines as the printed sheet shows them, with what the books say now as ``in_books``."""
        quants = StockQuant.objects.filter(
            item=OuterRef("item"), location=OuterRef("location"), status=OuterRef("stock_status")
        )
        of_lot = quants.filter(lot=OuterRef("lot")).values("on_hand")
        without_lot = quants.filter(lot__isnull=True).values("on_hand")
        in_books = Case(When(lot__isnull=True, then=Subquery(without_lot)), default=Subquery(of_lot))
        return (
            self.lines.select_related("item__base_unit", "lot", "location__warehouse")
            .annotate(in_books=Coalesce(in_books, Decimal(0), output_field=QuantityField()))
            .order_by("position")
        )


@pghistory.track(exclude=["version", "updated_at"])
class CountLine(Model):
    """
    The count of one item at one place, of one lot and status; quantities in its base unit.

    ``book_quantity`` is what the books said when the count was recorded, ``recount_book_quantity`` when it was counted
    again; the difference is taken to the one that belongs to the count that holds. What is counted is on one open
    sheet only.
    """

    scope = ScopePaths(owner="sheet__owner", company="sheet__company")
    search_fields = ("item__code", "item__name", "lot__number")
    # Who counts again must know neither the books nor the first count.
    sensitive_fields = (
        "counted_quantity",
        "book_quantity",
        "recount_quantity",
        "recount_book_quantity",
        "difference",
        "difference_value",
        "unit_cost",
    )

    sheet = models.ForeignKey(CountSheet, models.CASCADE, related_name="lines", verbose_name=_("count sheet"))
    position = models.PositiveIntegerField(_("#"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("item"))
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("location"))
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="+", verbose_name=_("lot"))
    stock_status = models.CharField(_("stock status"), max_length=8, choices=StockStatus, default=StockStatus.GOOD)
    counted_quantity = QuantityField(_("counted"), null=True, editable=False)
    book_quantity = QuantityField(_("in the books"), null=True, editable=False)
    counted_at = models.DateTimeField(_("counted at"), null=True, editable=False)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("counted by")
    )
    count_request = models.UUIDField(_("recorded for"), null=True, editable=False)
    recount_quantity = QuantityField(_("counted again"), null=True, editable=False)
    recount_book_quantity = QuantityField(_("in the books at the recount"), null=True, editable=False)
    recounted_at = models.DateTimeField(_("counted again at"), null=True, editable=False)
    recounted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("counted again by")
    )
    recount_request = models.UUIDField(_("recount recorded for"), null=True, editable=False)
    needs_recount = models.BooleanField(_("to be counted again"), default=False, editable=False)
    is_beyond = models.BooleanField(_("beyond tolerance"), default=False, editable=False)
    is_added = models.BooleanField(_("found"), default=False, editable=False)
    is_open = models.BooleanField(_("open"), default=True, editable=False)
    difference = QuantityField(_("difference"), null=True, editable=False)
    unit_cost = PriceField(
        _("unit cost"),
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
        help_text=_("Of what was found, for one base unit; empty: the present average."),
    )
    difference_value = MoneyField(_("value of the difference"), null=True, editable=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    move = models.OneToOneField(
        StockMove, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("move")
    )

    class Meta:
        verbose_name = _("count line")
        verbose_name_plural = _("count lines")
        ordering = ("sheet", "position")
        constraints = (
            models.UniqueConstraint(fields=("sheet", "position"), name="countline_position_once"),
            models.UniqueConstraint(
                fields=("sheet", "item", "location", "lot", "stock_status"),
                name="countline_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=("item", "location", "lot", "stock_status"),
                condition=Q(is_open=True),
                name="countline_open_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(counted_quantity__isnull=True, book_quantity__isnull=True, counted_at__isnull=True)
                | Q(counted_quantity__gte=0, book_quantity__gte=0, counted_at__isnull=False),
                name="countline_counted",
            ),
            models.CheckConstraint(
                condition=Q(
                    recount_quantity__isnull=True, recount_book_quantity__isnull=True, recounted_at__isnull=True
                )
                | Q(
                    recount_quantity__gte=0,
                    recount_book_quantity__gte=0,
                    recounted_at__isnull=False,
                    counted_at__isnull=False,
                ),
                name="countline_recounted",
            ),
            models.CheckConstraint(
                condition=Q(unit_cost__isnull=True) | Q(unit_cost__gte=0), name="countline_unit_cost"
            ),
            models.CheckConstraint(
                condition=Q(recounted_by__isnull=True) | ~Q(recounted_by=F("counted_by")),
                name="countline_two_people",
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.item}"

    @property
    def place(self) -> tuple[int, int, int | None, str]:
        """The place in the stock ledger that it counts."""
        return self.item_id, self.location_id, self.lot_id, self.stock_status

    @property
    def final_quantity(self) -> Decimal | None:
        """The count that holds: the second where there is one."""
        return self.counted_quantity if self.recount_quantity is None else self.recount_quantity

    @property
    def final_book_quantity(self) -> Decimal | None:
        """What the books said at the count that holds."""
        return self.book_quantity if self.recount_quantity is None else self.recount_book_quantity
