"""What CRM needs to work from the first minute; also run when it is turned on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from crm.duplicates.models import DuplicateRule
    from suite.access.models import User


def prepare_crm(*, actor: User | None, at: datetime) -> dict[str, int]:
    """
    Add the default pipeline, pool, sources, lost reasons, duplicate rules and what tickets need, as far as missing.

    Done again it changes nothing.

    :returns: how many rows were added, by table.
    """
    from crm.customers.models import Source
    from crm.duplicates.models import DuplicateRule
    from crm.pipeline.models import LostReason, Pipeline, Stage
    from crm.pool.choices import HiddenField
    from crm.pool.models import Pool
    from crm.service.defaults import add_service_defaults
    from crm.service.models import ComplaintType, SlaPolicy
    from suite.masters.selectors import default_company

    added = (Pool, Source, LostReason, Pipeline, Stage, DuplicateRule, ComplaintType, SlaPolicy)
    before = {m: m._default_manager.count() for m in added}
    company = default_company()
    hidden = [HiddenField.PHONE, HiddenField.EMAIL, HiddenField.CONTACTS]
    Pool.objects.get_or_create(
        code="MAIN", defaults={"name": _("Public pool"), "company": company, "hidden_fields": hidden}
    )
    Source.objects.bulk_create((Source(code=c, name=n) for c, n in _sources()), ignore_conflicts=True)
    LostReason.objects.bulk_create((LostReason(code=c, name=n) for c, n in _lost_reasons()), ignore_conflicts=True)
    DuplicateRule.objects.bulk_create(_duplicate_rules(), ignore_conflicts=True)
    add_service_defaults()
    if not Pipeline.objects.filter(is_default=True).exists():
        pipeline = Pipeline.objects.create(code="STANDARD", name=_("Standard sales process"), is_default=True)
        Stage.objects.bulk_create(
            Stage(pipeline=pipeline, name=name, position=position, win_percent=percent)
            for position, (name, percent) in enumerate(_stages(), start=1)
        )
    return {m._meta.label_lower: n for m in before if (n := m._default_manager.count() - before[m])}


def _duplicate_rules() -> list[DuplicateRule]:
    from crm.duplicates.choices import RecordKind
    from crm.duplicates.models import DuplicateRule
    from crm.duplicates.rules import DEFAULTS

    return [
        DuplicateRule(
            field=field,
            effect=rule.effect,
            threshold=rule.threshold,
            in_leads=RecordKind.LEAD in rule.kinds,
            in_customers=RecordKind.CUSTOMER in rule.kinds,
            in_contacts=RecordKind.CONTACT in rule.kinds,
        )
        for field, rule in DEFAULTS.items()
    ]


def _sources() -> list[tuple[str, str]]:
    return [
        ("WEB", _("Web site")),
        ("FAIR", _("Exhibition")),
        ("REFERRAL", _("Recommendation")),
        ("PLATFORM", _("Trading platform")),
        ("CALL", _("Cold call")),
        ("IMPORT", _("Imported list")),
    ]


def _lost_reasons() -> list[tuple[str, str]]:
    return [
        ("PRICE", _("Price too high")),
        ("DELIVERY", _("Delivery too late")),
        ("SPEC", _("Specification not met")),
        ("COMPETITOR", _("Chose a competitor")),
        ("CANCELLED", _("Project cancelled")),
        ("NO_REPLY", _("No reply")),
    ]


def _stages() -> list[tuple[str, int]]:
    return [
        (_("First contact"), 10),
        (_("Needs confirmed"), 25),
        (_("Solution and sample"), 50),
        (_("Offer made"), 70),
        (_("Negotiation"), 90),
    ]
