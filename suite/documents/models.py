"""Numbered documents: their number, state, lines, amounts and links."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.choices import LinkKind, Reset
from suite.documents.patterns import is_sound
from suite.documents.status import StatusModel
from suite.documents.totals import Amounts
from suite.masters.fields import ExchangeRateField, MoneyField, PercentField, PriceField, QuantityField
from suite.masters.models import Company, Currency, Item, Unit

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models.fields.related_descriptors import RelatedManager


NOT_NEGATIVE = [MinValueValidator(0)]
PERCENTAGE = [MinValueValidator(0), MaxValueValidator(100)]


class NumberRule(Model):
    """How the numbers of one series look in a company; without one, as the series was declared."""

    company = models.ForeignKey(
        Company,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("company"),
        help_text=_("Empty: all companies without a rule of their own."),
    )
    kind = models.CharField(_("object type"), max_length=60)
    pattern = models.CharField(
        _("pattern"),
        max_length=60,
        help_text=_("For example QT-{yyyy}-{seq:04}. Places: {yyyy} {yy} {mm} {dd} {company} {seq:04}"),
    )
    reset = models.CharField(_("begins again"), max_length=10, choices=Reset, default=Reset.YEAR)

    class Meta:
        verbose_name = _("number rule")
        verbose_name_plural = _("number rules")
        ordering = ("kind", "company")
        constraints = (
            models.UniqueConstraint(fields=("company", "kind"), name="numberrule_once", nulls_distinct=False),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.pattern}"

    def clean(self) -> None:
        """Refuse a pattern that could give a number twice."""
        if not is_sound(self.pattern, self.reset):
            raise ValidationError(
                {
                    "pattern": _(
                        "The pattern needs {seq} once, and the date as far as the numbers begin again "
                        "(for example {yyyy} and {mm} for every month)."
                    )
                }
            )


class NumberCounter(Model):
    """The last number given in one period of a series."""

    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="+", verbose_name=_("company"))
    kind = models.CharField(_("object type"), max_length=60)
    period = models.CharField(_("period"), max_length=10, blank=True)
    last = models.PositiveBigIntegerField(_("last number"))

    class Meta:
        verbose_name = _("number counter")
        verbose_name_plural = _("number counters")
        constraints = (
            models.UniqueConstraint(
                fields=("company", "kind", "period"), name="numbercounter_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.period}: {self.last}"


class StatusChange(Model):
    """One change of the state of one row; never edited."""

    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", verbose_name=_("object type"))
    object_id = models.PositiveBigIntegerField(_("object"))
    from_status = models.CharField(_("from status"), max_length=20)
    to_status = models.CharField(_("to status"), max_length=20)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("change of status")
        verbose_name_plural = _("changes of status")
        ordering = ("at", "pk")
        indexes = (models.Index(fields=("content_type", "object_id", "at"), name="statuschange_object"),)
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class DocumentLink(Model):
    """One document came from another: an arrow of the chain quotation → contract → order → delivery …"""

    source_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", verbose_name=_("from type"))
    source_id = models.PositiveBigIntegerField(_("from document"))
    target_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", verbose_name=_("to type"))
    target_id = models.PositiveBigIntegerField(_("to document"))
    kind = models.CharField(_("kind"), max_length=20, choices=LinkKind, default=LinkKind.FOLLOWS)

    class Meta:
        verbose_name = _("link between documents")
        verbose_name_plural = _("links between documents")
        indexes = (models.Index(fields=("target_type", "target_id"), name="documentlink_target"),)
        constraints = (
            models.UniqueConstraint(
                fields=("source_type", "source_id", "target_type", "target_id", "kind"), name="documentlink_once"
            ),
            models.CheckConstraint(
                condition=~Q(source_type=F("target_type"), source_id=F("target_id")), name="documentlink_not_itself"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source_type} {self.source_id} → {self.target_type} {self.target_id}"


class Document(StatusModel):
    """
    Base of numbered documents: a company's paper on a day, in a currency, with amounts and a state.

    ``net_total + tax_total = gross_total`` always; with lines, :func:`suite.documents.services.save_lines` keeps the
    totals equal to the sum of the lines less ``discount_amount``. The number is empty only where numbers are given
    later than the document is made. A concrete document declares ``status``, ``transitions``, ``status_tone`` and
    ``stepper``, and its Meta derives from ``Document.Meta``.
    """

    scope = ScopePaths(owner="owner", company="company")
    if TYPE_CHECKING:
        # By the foreign key of its lines.
        lines: RelatedManager[Any]

    # States in which lines and amounts may change; empty: in every state.
    editable_states: ClassVar[Collection[str]] = ()

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=40, blank=True, editable=False)
    document_date = models.DateField(_("date"), default=timezone.localdate)
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    exchange_rate = ExchangeRateField(
        _("exchange rate"), default=Decimal(1), help_text=_("Worth of one unit in the company's base currency.")
    )
    price_includes_tax = models.BooleanField(_("prices include tax"), default=False)
    discount_amount = MoneyField(
        _("discount"), default=Decimal(0), validators=NOT_NEGATIVE, help_text=_("Off the sum with tax.")
    )
    net_total = MoneyField(_("amount without tax"), default=Decimal(0), editable=False)
    tax_total = MoneyField(_("tax amount"), default=Decimal(0), editable=False)
    gross_total = MoneyField(_("amount with tax"), default=Decimal(0), editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("responsible"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )

    class Meta:
        abstract = True
        ordering = ("-document_date", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("company", "number"), condition=~Q(number=""), name="%(app_label)s_%(class)s_number_once"
            ),
            models.CheckConstraint(
                condition=Q(gross_total=F("net_total") + F("tax_total")), name="%(app_label)s_%(class)s_totals"
            ),
            models.CheckConstraint(
                condition=Q(exchange_rate__gt=0, discount_amount__gte=0), name="%(app_label)s_%(class)s_amounts"
            ),
        )

    def __str__(self) -> str:
        return self.number or str(_("(no number yet)"))

    @classmethod
    def number_kind(cls) -> str:
        """The series its numbers come from: its label, e.g. ``crm.quotation``."""
        return cls._meta.label_lower

    @property
    def chain_amount(self) -> Decimal:
        """The amount that the document chain shows."""
        return self.gross_total

    @property
    def is_editable(self) -> bool:
        """Whether lines and amounts may change in this state."""
        return not self.editable_states or self.status in self.editable_states


class LineBase(Model):
    """
    Base of document lines: so much of something at a price.

    A concrete line declares ``document``, a foreign key to its document with ``related_name="lines"``, and its Meta
    derives from ``LineBase.Meta``. Amounts come from :func:`suite.documents.totals.line_amounts`; ``tax_rate`` is the
    percentage on the day of the document.
    """

    if TYPE_CHECKING:
        # By the concrete line's foreign key, and by those below.
        document: models.ForeignKey[Any, Any]
        item_id: int | None
        unit_id: int | None

    position = models.PositiveIntegerField(_("#"))
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("item"))
    description = models.CharField(_("description"), max_length=300, blank=True)
    quantity = QuantityField(_("quantity"), default=Decimal(1))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    unit_price = PriceField(_("unit price"), default=Decimal(0), validators=NOT_NEGATIVE)
    discount_percent = PercentField(_("discount %"), default=Decimal(0), validators=PERCENTAGE)
    tax_rate = PercentField(_("tax %"), default=Decimal(0), validators=PERCENTAGE)
    net_amount = MoneyField(_("amount without tax"), default=Decimal(0), editable=False)
    tax_amount = MoneyField(_("tax amount"), default=Decimal(0), editable=False)
    gross_amount = MoneyField(_("amount with tax"), default=Decimal(0), editable=False)

    class Meta:
        abstract = True
        ordering = ("document", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("document", "position"),
                name="%(app_label)s_%(class)s_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(gross_amount=F("net_amount") + F("tax_amount")), name="%(app_label)s_%(class)s_amounts"
            ),
            models.CheckConstraint(
                condition=~Q(quantity=0) & Q(unit_price__gte=0), name="%(app_label)s_%(class)s_quantity"
            ),
            models.CheckConstraint(
                condition=Q(discount_percent__range=(0, 100), tax_rate__range=(0, 100)),
                name="%(app_label)s_%(class)s_percents",
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.description}"

    @property
    def amounts(self) -> Amounts:
        """What the line comes to, as stored."""
        return Amounts(self.net_amount, self.tax_amount, self.gross_amount, self.tax_rate)
