"""Pipelines, their stages, and the opportunities that go through them."""

from __future__ import annotations

from decimal import Decimal

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.customers.models import Contact, Customer, Source
from crm.pipeline.choices import ConditionKind, OpportunityStatus, RequiredField
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import MoneyField, PercentField, PriceField, QuantityField
from suite.masters.models import Company, Item, Unit
from suite.search.models import Searchable


class Pipeline(Model):
    """One way of selling 销售流程; at most one is the default."""

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    is_default = models.BooleanField(_("default"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(fields=("is_default",), condition=Q(is_default=True), name="pipeline_one_default"),
        )

    def __str__(self) -> str:
        return self.name


class Stage(Model):
    """One stage of a pipeline with its chance of winning in percent."""

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages", verbose_name=_("pipeline"))
    name = models.CharField(_("name"), max_length=40)
    position = models.PositiveSmallIntegerField(_("order"))
    win_percent = models.PositiveSmallIntegerField(
        _("win rate %"), validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ("pipeline", "position")
        constraints = (
            models.UniqueConstraint(fields=("pipeline", "position"), name="stage_position_once"),
            models.CheckConstraint(condition=Q(win_percent__range=(0, 100)), name="stage_win_percent"),
        )

    def __str__(self) -> str:
        return self.name


class StageCondition(Model):
    """
    What an opportunity must have before it leaves a stage forward, or is won from it 阶段推进条件.

    Going back is always free. ``field`` belongs to ``FIELD``, ``days`` to ``FOLLOW_UP``, ``amount`` to ``AMOUNT``.
    """

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="conditions", verbose_name=_("stage"))
    kind = models.CharField(pgettext_lazy("stage", "condition"), max_length=16, choices=ConditionKind)
    field = models.CharField(
        _("field"), max_length=20, choices=RequiredField, blank=True, help_text=_("For “Field filled in” only.")
    )
    amount = MoneyField(
        _("amount above"),
        default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text=_("For “Amount above” only."),
    )
    days = models.PositiveSmallIntegerField(
        pgettext_lazy("stage", "days"),
        default=30,
        validators=[MinValueValidator(1)],
        help_text=_("For follow-ups only."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("condition of a stage")
        verbose_name_plural = _("conditions of stages")
        ordering = ("stage", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("stage", "kind", "field"),
                name="stagecondition_once",
                violation_error_message=_("The stage has this condition already."),
            ),
            models.CheckConstraint(
                condition=(Q(kind=ConditionKind.FIELD) & ~Q(field="")) | (~Q(kind=ConditionKind.FIELD) & Q(field="")),
                name="stagecondition_field",
                violation_error_message=_("Name the field, and only for “Field filled in”."),
            ),
            models.CheckConstraint(condition=Q(amount__gte=0, days__gte=1), name="stagecondition_limits"),
        )

    def __str__(self) -> str:
        return f"{self.stage}: {self.get_kind_display()}"


class LostReason(Model):
    """Why opportunities are lost 输单原因."""

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("lost reason")
        verbose_name_plural = _("lost reasons")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


# A contact of another customer on an opportunity is refused by the database itself, whoever writes.
CONTACT_OF_CUSTOMER = pgtrigger.Trigger(
    name="contact_of_customer",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("contact_id", "customer_id"),
    condition=pgtrigger.Q(new__contact__isnull=False),
    func="""
        IF NOT EXISTS (SELECT 1 FROM crm_contact c WHERE c.id = NEW.contact_id AND c.customer_id = NEW.customer_id) THEN
            RAISE EXCEPTION 'contact % belongs to another customer', NEW.contact_id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)

DECISION_MAKER_OF_CUSTOMER = pgtrigger.Trigger(
    name="decision_maker_of_customer",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("decision_maker_id", "customer_id"),
    condition=pgtrigger.Q(new__decision_maker__isnull=False),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM crm_contact c WHERE c.id = NEW.decision_maker_id AND c.customer_id = NEW.customer_id
        ) THEN
            RAISE EXCEPTION 'contact % belongs to another customer', NEW.decision_maker_id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class Opportunity(StatusModel, Searchable):
    """
    One chance to sell something to a customer 商机.

    Always: its contact and decision maker belong to its customer; an ended one has a reason and a day; an open one is
    nobody's exactly while its customer lies in a pool; with ``amount_from_lines`` its amount is the sum of its lines.
    """

    scope = ScopePaths(owner="owner", company="company")
    search_fields = ("number", "name", "customer__party__name", "customer__party__pinyin")
    transitions = {
        OpportunityStatus.OPEN: {OpportunityStatus.WON, OpportunityStatus.LOST, OpportunityStatus.INVALID},
        OpportunityStatus.WON: {OpportunityStatus.OPEN},
        OpportunityStatus.LOST: {OpportunityStatus.OPEN},
        OpportunityStatus.INVALID: {OpportunityStatus.OPEN},
    }
    status_tone = {
        OpportunityStatus.OPEN: "go",
        OpportunityStatus.WON: "done",
        OpportunityStatus.LOST: "void",
        OpportunityStatus.INVALID: "void",
    }

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="opportunities", verbose_name=_("customer"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="opportunities", verbose_name=_("contact")
    )
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="opportunities", verbose_name=_("stage"))
    decision_maker = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decision maker")
    )
    amount = MoneyField(_("amount"), default=Decimal(0), validators=[MinValueValidator(0)])
    amount_from_lines = models.BooleanField(
        _("amount is the sum of the products"), default=False, help_text=_("Otherwise the amount is entered by hand.")
    )
    expected_close_date = models.DateField(_("expected close"), null=True, blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="opportunities", verbose_name=_("source")
    )
    note = models.TextField(_("note"), blank=True)
    status = StatusField(_("status"), choices=OpportunityStatus, default=OpportunityStatus.OPEN)
    lost_reason = models.ForeignKey(
        LostReason,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="opportunities",
        verbose_name=_("lost reason"),
    )
    end_reason = models.CharField(_("reason for ending"), max_length=300, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    stage_since = models.DateTimeField(_("in the stage since"), editable=False)
    last_contact_at = models.DateTimeField(_("last contact"), null=True, editable=False)
    next_contact_at = models.DateTimeField(_("next contact"), null=True, blank=True)
    next_step = models.CharField(_("next step"), max_length=120, blank=True)
    external_key = models.CharField(_("key in the source file"), max_length=100, blank=True, editable=False)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="opportunities", verbose_name=_("owner")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )

    class Meta(Searchable.Meta):
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        ordering = ("-pk",)
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("created_at", "id"), name="opportunity_created"),
            models.Index(fields=("stage", "-amount"), condition=Q(status="OPEN"), name="opportunity_board"),
            models.Index(fields=("owner", "status"), name="opportunity_owner"),
            models.Index(fields=("ended_at",), name="opportunity_ended"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(amount__gte=0), name="opportunity_amount"),
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | Q(status=OpportunityStatus.OPEN), name="opportunity_ended_has_owner"
            ),
            models.CheckConstraint(
                condition=Q(status=OpportunityStatus.OPEN) | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="opportunity_end_has_reason",
            ),
            models.UniqueConstraint(
                fields=("external_key",), condition=~Q(external_key=""), name="opportunity_external_once"
            ),
        )
        triggers = (CONTACT_OF_CUSTOMER, DECISION_MAKER_OF_CUSTOMER)

    def __str__(self) -> str:
        return self.name


class OpportunityLine(Model):
    """One product that an opportunity is about 商机产品: how much of it, at which price without tax."""

    scope = ScopePaths(owner="opportunity__owner", company="opportunity__company")

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="lines", verbose_name=_("opportunity"))
    position = models.PositiveIntegerField(_("#"), editable=False)
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("item"))
    description = models.CharField(_("description"), max_length=300, blank=True)
    quantity = QuantityField(_("quantity"), default=Decimal(1), validators=[MinValueValidator(Decimal("0.000001"))])
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    unit_price = PriceField(
        _("unit price"), default=Decimal(0), validators=[MinValueValidator(0)], help_text=_("Without tax.")
    )
    discount_percent = PercentField(
        _("discount %"), default=Decimal(0), validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    amount = MoneyField(_("amount"), default=Decimal(0), editable=False)

    class Meta:
        verbose_name = _("product of an opportunity")
        verbose_name_plural = _("products of opportunities")
        ordering = ("opportunity", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("opportunity", "position"),
                name="opportunityline_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, unit_price__gte=0, discount_percent__range=(0, 100), amount__gte=0),
                name="opportunityline_amounts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.description}"


class StageChange(models.Model):
    """One move of an opportunity to a stage; never edited. What cycle times are computed from."""

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="stage_changes", verbose_name=_("opportunity")
    )
    from_stage = models.ForeignKey(Stage, models.PROTECT, null=True, related_name="+", verbose_name=_("from"))
    to_stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=_("to"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of stage")
        verbose_name_plural = _("changes of stage")
        ordering = ("at", "pk")
        indexes = (models.Index(fields=("opportunity", "at"), name="stagechange_opportunity"),)
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.opportunity} → {self.to_stage}"
