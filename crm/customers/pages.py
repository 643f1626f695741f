"""Pages of leads, customers, contacts and follow-ups."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.customers import ownership, services
from crm.customers.choices import CustomerStage, LeadStatus, Tier
from crm.customers.forms import (
    AssignForm,
    ContactForm,
    ConvertForm,
    CustomerForm,
    FollowUpForm,
    LeadForm,
    OwnerForm,
    ShareForm,
)
from crm.customers.importing import import_customers, import_leads
from crm.customers.models import Contact, Customer, FollowUp, Lead, Source
from crm.customers.reaching import (
    CUSTOMER_EMAIL,
    CUSTOMER_PHONE,
    EMAIL,
    EMAIL_OF_CUSTOMER,
    LEAD_EMAIL,
    LEAD_MOBILE,
    MOBILE,
    MOBILE_OF_CUSTOMER,
    PHONE,
)
from crm.insights.filters import tag_badges, with_tag_tones, with_tags
from suite.core.text import listed
from suite.pages.actions import Action
from suite.pages.columns import Column, badge, person, short_date
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

STAGE_TONE = {
    CustomerStage.NEW: "wait",
    CustomerStage.FOLLOWING: "go",
    CustomerStage.DEAL: "done",
    CustomerStage.DORMANT: "hold",
}
LONG_SILENCE_DAYS = 30
DUPLICATES = (_("Possible duplicates"), ("duplicate_reason",))
DUPLICATES_NOTICE = "crm/duplicates/_notice.html"
WORKABLE = frozenset({LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUALIFIED})


def grade(customer: Customer) -> Any:
    """The mark of a customer's tier."""
    css = customer.tier.lower() if customer.tier in {Tier.A, Tier.B} else "c"
    title = customer.get_tier_display()
    return SafeString(f'<span class="grade grade-{css}" title="{escape(title)}">{escape(customer.tier)}</span>')


def last_contact(row: Any) -> Any:
    """Day of the last contact and, after a long silence, how long ago it was (多久没联系)."""
    if row.last_contact_at is None:
        never = _t("never")
        return SafeString(f'<span class="t-2">{escape(never)}</span>')
    days = (timezone.localdate() - timezone.localtime(row.last_contact_at).date()).days
    day = short_date(row.last_contact_at)
    if days < LONG_SILENCE_DAYS:
        return day
    text = ngettext("%(days)d day silent", "%(days)d days silent", days) % {"days": days}
    return SafeString(f'<span class="text-nowrap">{day}</span><span class="sub t-late">{escape(text)}</span>')


def next_contact(row: Any) -> Any:
    """Day of the next contact, red when it has passed."""
    if row.next_contact_at is None:
        return None
    css = "t-late" if row.next_contact_at < timezone.now() else ""
    return SafeString(f'<span class="text-nowrap {css}">{short_date(row.next_contact_at)}</span>')


def owner(row: Any) -> Any:
    """Who looks after it; a customer without owner lies in the pool."""
    return person(row.owner) if row.owner is not None else badge(_t("In the pool"), "hold")


LAST_CONTACT = Column("last_contact_at", render=last_contact, label=_("Last contact"), sort="last_contact_at")
NEXT_CONTACT = Column("next_contact_at", render=next_contact, label=_("Next contact"), sort="next_contact_at")
TAGS = Column("tags", render=tag_badges, value=lambda customer: listed(customer.tags), label=_("Tags"), sort="")


@register
class SourcePages(PageSet):
    """Where leads come from."""

    model = Source
    icon = "compass"
    columns = ("name", "code", "is_active")
    fields = ("code", "name", "is_active")
    ordering = "code"
    is_small = True
    has_activity = False


@register
class LeadPages(PageSet):
    """Leads."""

    model = Lead
    icon = "user-plus"
    description = _(
        "People and companies that may become customers: from exhibitions, the web site or a list. "
        "Import yours or create the first one."
    )
    columns = (
        "name",
        Column("company_name", phone="p-full"),
        "status",
        "source",
        Column("owner", render=owner, phone="p-start", sort=""),
        LAST_CONTACT,
        NEXT_CONTACT,
        "estimated_amount",
    )
    optional_columns = ("number", "mobile", "email", "title", "campaign", "region", "city", "created_at")
    filters = ("status", "source", "campaign", "owner", "region", "city", "next_contact_at", "created_at")
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("To be worked on"), "status=NEW&status=CONTACTED&status=QUALIFIED"),
    )
    totals = ("estimated_amount",)
    summary = ("source", Column("owner", render=owner), LAST_CONTACT, NEXT_CONTACT)
    panels = (
        Attributes(
            "name", "company_name", "title", LEAD_MOBILE, LEAD_EMAIL, "region", "city", "address", title=_("Who")
        ),
        Attributes(
            "requirement",
            "interest",
            TAGS,
            "estimated_amount",
            "campaign",
            "customer",
            "converted_at",
            title=_("Need"),
        ),
        Children("follow_ups", "happened_at", "kind", "body", "owner", title=_("Follow-ups")),
    )
    form = LeadForm
    form_notice = DUPLICATES_NOTICE
    fields = (
        DUPLICATES,
        (_("Who"), ("name", "company_name", "title", "mobile", "email", "region", "city", "address")),
        (
            _("Need"),
            ("source", "campaign", "interest", "tags", "estimated_amount", "owner", "next_contact_at", "requirement"),
        ),
    )
    bulk_fields = ("source", "region", "city")
    create_service = services.create_lead
    update_service = services.update_lead
    operations = frozenset({"add", "change"})
    editable_states = WORKABLE | {LeadStatus.INVALID}
    actions = (
        Action(
            services.convert_lead,
            _("Convert to customer"),
            "convert",
            icon="arrow-right-circle",
            form=ConvertForm,
            states=WORKABLE,
            primary_in=WORKABLE,
            opens_result=True,
        ),
        Action(
            services.record_follow_up,
            _("Record follow-up"),
            "change",
            icon="message-plus",
            form=FollowUpForm,
            name="follow-up",
            row_name="lead",
        ),
        Action(
            services.qualify_lead,
            _("Qualify"),
            "change",
            icon="check",
            states={LeadStatus.NEW, LeadStatus.CONTACTED},
            bulk=True,
        ),
        Action(services.assign_lead, _("Give to a colleague"), "assign", icon="user-share", form=AssignForm, bulk=True),
        Action(
            services.invalidate_lead, _("Put aside"), "change", icon="ban", form=ReasonForm, states=WORKABLE, bulk=True
        ),
        Action(services.reopen_lead, _("Take up again"), "change", icon="refresh", states={LeadStatus.INVALID}),
    )
    import_fields = (
        "external_key",
        "name",
        "company_name",
        "title",
        "mobile",
        "email",
        "region",
        "city",
        "address",
        "source",
        "campaign",
        "estimated_amount",
        "requirement",
        "owner",
    )
    import_key = "external_key"
    import_service = import_leads
    is_searchable = True

    def subtitle(self, obj: Lead) -> Any:
        return obj.number

    def heading(self, obj: Lead) -> tuple[Any, Any]:
        return obj.number, str(obj)

    def initial(self, request: Any) -> dict[str, Any]:
        return {"owner": request.user.pk}


@register
class CustomerPages(PageSet):
    """Customers with everything that happened to them."""

    model = Customer
    icon = "users"
    description = _("Whom you sell to, who looks after them and when they were last contacted.")
    columns = (
        Column("party__name", label=_("Customer")),
        Column("tier", render=grade),
        Column("stage", render=lambda c: badge(c.get_stage_display(), STAGE_TONE[c.stage]), phone="p-end"),
        Column("owner", render=owner, phone="p-start", sort=""),
        LAST_CONTACT,
        NEXT_CONTACT,
        "source",
        "created_at",
    )
    optional_columns = (
        Column("party__code", label=_("Code")),
        Column("party__phone", label=_("Phone")),
        "party__uscc",
        "party__region",
        "party__city",
        "industry",
        TAGS,
        "first_deal_on",
        "party__credit_limit",
    )
    filters = (
        "owner",
        "pool",
        "tier",
        "stage",
        "source",
        "industry",
        "party__region",
        "party__city",
        "last_contact_at",
        "next_contact_at",
        "created_at",
    )
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("Key customers"), "tier=A"),
        View(_("Awaiting first contact"), "stage=NEW"),
    )
    summary = (Column("owner", render=owner), Column("tier", render=grade), LAST_CONTACT, NEXT_CONTACT)
    panels = (
        Attributes(
            "party__uscc",
            CUSTOMER_PHONE,
            CUSTOMER_EMAIL,
            "party__website",
            "party__region",
            "party__city",
            "industry",
            "source",
            Column("party__payment_terms", label=_("Payment terms")),
            Column("party__credit_limit", label=_("Credit limit")),
            TAGS,
        ),
        Children(
            "contacts",
            "person__name",
            "person__title",
            EMAIL_OF_CUSTOMER,
            MOBILE_OF_CUSTOMER,
            link=True,
            create_label=_("New contact"),
        ),
        Children(
            "opportunities",
            "name",
            "stage",
            "amount",
            "expected_close_date",
            "status",
            link=True,
            create_label=_("New opportunity"),
        ),
        Children(
            "contracts", "number", "document_date", "gross_total", "status", link=True, create_label=_("New contract")
        ),
        Children("receipts", "number", "received_on", "method", "amount", "status", link=True),
        Children(
            "tickets", "subject", "kind", "created_at", "owner", "status", link=True, create_label=_("New ticket")
        ),
    )
    form_notice = DUPLICATES_NOTICE
    fields = (
        DUPLICATES,
        (_("Customer"), ("name", "short_name", "kind", "uscc", "phone", "email", "website")),
        (_("Where"), ("country", "region", "city")),
        (_("Working together"), ("tier", "industry", "source", "tags", "next_contact_at", "is_locked")),
        (_("Trading terms"), ("payment_terms", "currency", "credit_limit", "invoice_title", "note")),
    )
    form = CustomerForm
    create_service = services.create_customer
    update_service = services.update_customer
    operations = frozenset({"add", "change"})
    bulk_fields = ("tier", "industry", "source")
    actions = (
        Action(
            services.record_follow_up,
            _("Record follow-up"),
            "change",
            icon="message-plus",
            form=FollowUpForm,
            name="follow-up",
            row_name="customer",
            is_primary=True,
        ),
        Action(ownership.transfer_customer, _("Transfer"), "transfer", icon="user-share", form=OwnerForm, bulk=True),
        Action(ownership.share_customer, _("Share with a colleague"), "share", icon="share", form=ShareForm),
    )
    import_fields = (
        "code",
        "name",
        "short_name",
        "uscc",
        "phone",
        "email",
        "website",
        "country",
        "region",
        "city",
        "tier",
        "industry",
        "source",
        "owner",
        "contact_name",
        "contact_title",
        "contact_mobile",
        "note",
    )
    import_key = "code"
    import_service = import_customers
    is_searchable = True
    list_select = ("party", "owner")

    def subtitle(self, obj: Customer) -> Any:
        tags = tag_badges(obj)
        return SafeString(
            f'<span class="d-flex flex-wrap gap-1 align-items-center">{escape(obj.party.code)} {tags}</span>'
        )

    def heading(self, obj: Customer) -> tuple[Any, Any]:
        return obj.party.code, obj.party.name

    def badges(self, obj: Customer) -> list[Any]:
        return [badge(obj.get_stage_display(), STAGE_TONE[CustomerStage(obj.stage)])]

    def hit(self, obj: Customer) -> tuple[Any, Any, Any]:
        return obj.party.name, obj.party.code, badge(obj.get_stage_display(), STAGE_TONE[CustomerStage(obj.stage)])

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("party")

    def annotate(self, queryset: Any) -> Any:
        return with_tag_tones(super().annotate(queryset))

    def filterset_class(self) -> Any:
        kind: Any = super().filterset_class()
        return with_tags(kind)


@register
class ContactPages(PageSet):
    """People to talk to."""

    model = Contact
    icon = "address-book"
    description = _("The people you talk to at your customers.")
    columns = (
        Column("person__name", label=_("Full name")),
        Column("customer__party__name", label=_("Customer"), phone="p-full"),
        "person__title",
        Column("person__mobile", phone="p-end"),
        "person__email",
        Column("customer__owner", label=_("Owner"), sort=""),
    )
    filters = ("customer",)
    ordering = "-pk"
    summary = ("customer", "person__title", MOBILE, EMAIL)
    panels = (Attributes("person__department", PHONE, "person__wechat", "person__birthday", "person__note"),)
    fields = (
        DUPLICATES,
        (
            _("Contact"),
            ("customer", "name", "title", "department", "mobile", "phone", "email", "wechat", "birthday", "note"),
        ),
    )
    form_notice = DUPLICATES_NOTICE
    form = ContactForm
    create_service = services.create_contact
    update_service = services.update_contact
    operations = frozenset({"add", "change"})
    actions = (
        Action(
            services.record_follow_up,
            _("Record follow-up"),
            "change",
            icon="message-plus",
            form=FollowUpForm,
            name="follow-up",
            row_name="contact",
            is_primary=True,
        ),
    )
    is_searchable = True
    list_select = ("person", "customer__party")

    def heading(self, obj: Contact) -> tuple[Any, Any]:
        return str(obj.customer), obj.person.name

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("person", "customer__party")


@register
class FollowUpPages(PageSet):
    """What was said to leads and customers."""

    model = FollowUp
    icon = "messages"
    description = _("Every call, visit and message, so that anybody can take over.")
    columns = (
        Column("happened_at", label=_("When"), phone="p-end"),
        Column("customer", sort="", phone="p-start"),
        Column("lead", sort=""),
        "kind",
        Column("body", phone="p-full", sort="", render=lambda f: f.body[:80]),
        Column("owner", sort=""),
        NEXT_CONTACT,
    )
    filters = ("kind", "owner", "customer", "happened_at", "next_contact_at")
    ordering = "-happened_at"
    views = (View(_("Mine"), "owner=me"),)
    summary = ("customer", "lead", "opportunity", "contact")
    panels = (Attributes("kind", "happened_at", "next_contact_at", "owner", "body"),)
    fields = ("customer", "lead", "opportunity", "contact", "kind", "happened_at", "next_contact_at", "body")
    create_service = services.record_follow_up
    operations = frozenset({"add"})
    list_select = ("customer__party", "lead", "owner")
