"""
The stock ledger: moves, what lies where, what is reserved, and what it is worth.

Moves and value entries are only ever added. Quants and stock values are caches of their sums; ``verify_ledgers``
proves it.
"""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from erp.inventory.choices import EntryKind, MoveKind, StockStatus
from erp.masterdata.models import Location
from suite.access.scopes import ScopePaths
from suite.core.models import Model, page_url
from suite.masters.fields import MoneyField, QuantityField
from suite.masters.models import Company, Item, Party
from suite.search.models import Searchable

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
# No route posts into a closed month: not a service, not an import, not a script.
PERIOD_OPEN = pgtrigger.Trigger(
    name="period_open",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=pgtrigger.Func(
        """
        IF EXISTS (
            SELECT 1 FROM erp_stockclosing c
            WHERE c.company_id = NEW.company_id AND c.closed_through >= NEW.effective_on
        ) THEN
            RAISE EXCEPTION 'stock period closed' USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_period_open';
        END IF;
        RETURN NEW;
        """
    ),
)
# What is being counted under a freeze neither comes nor goes, but for the moves of the count itself. The lock is shared
# by all who post in a company; who freezes takes it alone, so that no move that began before comes through after.
NOT_FROZEN = pgtrigger.Trigger(
    name="not_frozen",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("frozen", "text")],
    func=pgtrigger.Func(
        """
        PERFORM pg_advisory_xact_lock_shared(hashtext('erp_stockfreeze'), NEW.company_id::integer);
        SELECT concat_ws('|', i.code, f.holder) INTO frozen
        FROM erp_stockfreeze f JOIN suite_item i ON i.id = f.item_id
        WHERE f.item_id = NEW.item_id AND f.location_id IN (NEW.from_location_id, NEW.to_location_id)
              AND NOT starts_with(NEW.key, f.passes)
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'stock frozen'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_not_frozen', DETAIL = frozen;
        END IF;
        RETURN NEW;
        """
    ),
)


class StockClosing(Model):
    """The last day that is closed in a company: nothing moves on it or before it any more."""

    scope = ScopePaths(company="company")

    company = models.OneToOneField(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    closed_through = models.DateField(_("closed through"))

    class Meta:
        verbose_name = _("stock closing")
        verbose_name_plural = _("stock closings")

    def __str__(self) -> str:
        return f"{self.company}: {self.closed_through}"


class Lot(Searchable):
    """One lot 批次 of an item, or one piece with a serial number."""

    search_fields = ("number", "item__code", "item__name")

    item = models.ForeignKey(Item, models.PROTECT, related_name="lots", verbose_name=_("item"))
    number = models.CharField(_("lot or serial number"), max_length=60)
    is_serial = models.BooleanField(_("serial number"), default=False, editable=False)
    produced_on = models.DateField(_("produced on"), null=True, blank=True)
    expires_on = models.DateField(
        _("expires on"), null=True, blank=True, help_text=_("It can be used through this day.")
    )
    supplier = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("supplier")
    )
    supplier_lot = models.CharField(_("lot number of the supplier"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ("item", "number")
        constraints = (models.UniqueConstraint(fields=("item", "number"), name="lot_once"),)

    def __str__(self) -> str:
        return self.number


class StockMove(Model):
    """
    One quantity of an item that went from one location to another; never edited.

    ``key`` names what it was posted for and is unique, so that nothing is posted twice.
    """

    scope = ScopePaths(company="company")
    search_fields = ("item__code", "item__name", "lot__number")
    sensitive_fields = ("amount",)

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("item"))
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="moves", verbose_name=_("lot"))
    from_location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("from"))
    to_location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("to"))
    from_status = models.CharField(_("status before"), max_length=8, choices=StockStatus, default=StockStatus.GOOD)
    to_status = models.CharField(_("status after"), max_length=8, choices=StockStatus, default=StockStatus.GOOD)
    quantity = QuantityField(_("quantity"), validators=[MinValueValidator(Decimal("0.000001"))])
    kind = models.CharField(_("kind"), max_length=16, choices=MoveKind)
    key = models.CharField(_("posted for"), max_length=120, unique=True)
    effective_at = models.DateTimeField(_("moved at"))
    effective_on = models.DateField(_("day"))
    source_type = models.ForeignKey(
        ContentType, models.PROTECT, null=True, related_name="+", verbose_name=_("document")
    )
    source_id = models.PositiveBigIntegerField(_("document"), null=True)
    line_id = models.PositiveBigIntegerField(_("line"), null=True)
    amount = MoneyField(_("cost"), null=True, help_text=_("Of a receipt, without tax, in the base currency."))
    origin = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="returns", verbose_name=_("returned from")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("stock move")
        verbose_name_plural = _("stock moves")
        ordering = ("-effective_at", "-pk")
        indexes = (
            models.Index(fields=("item", "effective_at", "id"), name="stockmove_item"),
            models.Index(fields=("source_type", "source_id"), name="stockmove_source"),
            models.Index(fields=("effective_at", "id"), name="stockmove_effective"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(quantity__gt=0), name="stockmove_quantity"),
            models.CheckConstraint(
                condition=~Q(from_location=F("to_location"), from_status=F("to_status")), name="stockmove_moves"
            ),
        )
        triggers = (APPEND_ONLY, PERIOD_OPEN, NOT_FROZEN)

    def __str__(self) -> str:
        return f"{self.item} {self.quantity.normalize():f}"


class StockQuant(models.Model):
    """What lies at a location of one item, lot and status: the sum of its moves, kept."""

    scope = ScopePaths(company="location__company")
    search_fields = ("item__code", "item__name", "item__pinyin", "lot__number")
    status_tone = {
        StockStatus.PENDING: "wait",
        StockStatus.GOOD: "done",
        StockStatus.HOLD: "hold",
        StockStatus.REJECT: "late",
    }

    item = models.ForeignKey(Item, models.PROTECT, related_name="quants", verbose_name=_("item"))
    location = models.ForeignKey(Location, models.PROTECT, related_name="quants", verbose_name=_("location"))
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="quants", verbose_name=_("lot"))
    status = models.CharField(_("status"), max_length=8, choices=StockStatus, default=StockStatus.GOOD)
    on_hand = QuantityField(_("on hand"), default=Decimal(0))
    reserved = QuantityField(_("reserved"), default=Decimal(0))
    is_serial = models.BooleanField(_("serial number"), default=False)
    # First in, first out: the first time that something came to lie here.
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("stock on hand")
        verbose_name_plural = _("stock on hand")
        ordering = ("item", "location", "pk")
        indexes = (models.Index(fields=("location", "item"), name="stockquant_location"),)
        constraints = (
            models.UniqueConstraint(
                fields=("item", "location", "lot", "status"), name="stockquant_once", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=("lot",), condition=Q(is_serial=True, on_hand__gt=0), name="stockquant_serial_once"
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=0, reserved__gte=0, reserved__lte=F("on_hand")), name="stockquant_balance"
            ),
            models.CheckConstraint(condition=Q(is_serial=False) | Q(on_hand__lte=1), name="stockquant_serial_single"),
            models.CheckConstraint(
                condition=Q(status=StockStatus.GOOD) | Q(reserved=0), name="stockquant_only_good_reserved"
            ),
        )

    def __str__(self) -> str:
        return f"{self.item} {self.on_hand.normalize():f}"

    def get_absolute_url(self) -> str:
        """Address of the row's page."""
        return page_url(self)

    @property
    def free(self) -> Decimal:
        """What is neither reserved nor unusable."""
        return self.on_hand - self.reserved if self.status == StockStatus.GOOD else Decimal(0)


class StockFreeze(models.Model):
    """
    An item neither comes to a location nor leaves it, while it is counted there.

    Only moves whose key begins with ``passes`` go through.
    """

    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("item"))
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("location"))
    holder = models.CharField(_("held by"), max_length=40)
    passes = models.CharField(_("lets through"), max_length=40)

    class Meta:
        verbose_name = _("frozen stock")
        verbose_name_plural = _("frozen stock")
        ordering = ("item", "location")
        indexes = (models.Index(fields=("passes",), name="stockfreeze_passes"),)
        constraints = (
            models.UniqueConstraint(fields=("item", "location", "passes"), name="stockfreeze_once"),
            models.CheckConstraint(condition=~Q(passes=""), name="stockfreeze_passes_named"),
        )

    def __str__(self) -> str:
        return f"{self.item}: {self.holder}"


class Reservation(models.Model):
    """So much of a quant is kept for one line of a document."""

    quant = models.ForeignKey(StockQuant, models.PROTECT, related_name="reservations", verbose_name=_("stock"))
    demand_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", verbose_name=_("kind of line"))
    demand_id = models.PositiveBigIntegerField(_("line"))
    quantity = QuantityField(_("quantity"))
    reserved_at = models.DateTimeField(_("reserved at"))

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("demand_type", "demand_id", "quant"), name="reservation_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_quantity"),
        )

    def __str__(self) -> str:
        return f"{self.quant_id}: {self.quantity}"


class StockValue(models.Model):
    """What the stock of one item is worth in one company: the sum of its value entries, kept."""

    scope = ScopePaths(company="company")
    search_fields = ("item__code", "item__name", "item__pinyin")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="values", verbose_name=_("item"))
    quantity = QuantityField(_("quantity"), default=Decimal(0))
    amount = MoneyField(_("value"), default=Decimal(0))
    last_at = models.DateTimeField(_("last move"))

    class Meta:
        verbose_name = _("stock value")
        verbose_name_plural = _("stock values")
        ordering = ("company", "item")
        constraints = (
            models.UniqueConstraint(fields=("company", "item"), name="stockvalue_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=0) & (Q(quantity__gt=0) | Q(amount=0)), name="stockvalue_balance"
            ),
        )

    def __str__(self) -> str:
        return f"{self.item}: {self.amount}"

    def get_absolute_url(self) -> str:
        """Address of the row's page."""
        return page_url(self)


class CostAdjustment(models.Model):
    """What a receipt turned out to cost more, or less, than it was posted with: freight, customs, another price."""

    scope = ScopePaths(company="company")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    move = models.ForeignKey(StockMove, models.PROTECT, related_name="adjustments", verbose_name=_("receipt"))
    amount = MoneyField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)
    key = models.CharField(_("posted for"), max_length=120, unique=True)
    effective_at = models.DateTimeField(_("posted at"))
    effective_on = models.DateField(_("day"))
    expense = MoneyField(_("expense"), default=Decimal(0), help_text=_("What belongs to stock that has left already."))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("cost adjustment")
        verbose_name_plural = _("cost adjustments")
        ordering = ("-effective_on", "-pk")
        constraints = (models.CheckConstraint(condition=~Q(amount=0), name="costadjustment_amount"),)
        triggers = (pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete), PERIOD_OPEN)

    def __str__(self) -> str:
        return f"{self.move}: {self.amount}"

    def get_absolute_url(self) -> str:
        """Address of the row's page."""
        return page_url(self)


class ValuationEntry(models.Model):
    """One change of the value of an item's stock; never edited."""

    scope = ScopePaths(company="company")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("item"))
    move = models.ForeignKey(StockMove, models.PROTECT, related_name="entries", verbose_name=_("move"))
    adjustment = models.ForeignKey(
        CostAdjustment, models.PROTECT, null=True, related_name="entries", verbose_name=_("cost adjustment")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=EntryKind, default=EntryKind.MOVE)
    effective_on = models.DateField(_("day"))
    posted_at = models.DateTimeField(_("posted at"))
    quantity = QuantityField(_("quantity"))
    amount = MoneyField(_("amount"))

    class Meta:
        verbose_name = _("value entry")
        verbose_name_plural = _("value entries")
        ordering = ("pk",)
        indexes = (models.Index(fields=("company", "item", "id"), name="valuationentry_item"),)
        triggers = (APPEND_ONLY, PERIOD_OPEN)

    def __str__(self) -> str:
        return f"{self.item} {self.amount}"

    def get_absolute_url(self) -> str:
        """Address of the row's page."""
        return page_url(self)
