"""What the printed quotation shows beside its own fields, in one language or in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from crm.contracts.approving import reasons_for_approval
from crm.contracts.choices import QuotationStatus
from crm.contracts.models import Quotation

CHINESE, ENGLISH = "zh-hans", "en"
CAPITALS_CURRENCY = "CNY"
LABELS = {
    "heading": _("Quotation"),
    "draft": _("Draft, not released yet"),
    "customer": _("Customer"),
    "contact": _("Contact person"),
    "date": _("Date"),
    "valid_until": _("Valid until"),
    "number": _("Number"),
    "version": _("Version"),
    "item": _("Item"),
    "quantity": _("Quantity"),
    "unit": _("Unit"),
    "unit_price": _("Unit price"),
    "discount_percent": _("Discount %"),
    "tax_rate": _("Tax %"),
    "amount": _("Amount"),
    "discount": _("Discount"),
    "net": _("Amount without tax"),
    "tax": _("Tax"),
    "total": _("Total"),
    "in_words": _("Amount in words"),
    "payment_terms": _("Payment terms"),
    "delivery_terms": _("Delivery terms"),
    "remarks": _("Remarks"),
    "validity": _("This offer holds until %(day)s."),
    "prices_with_tax": _("Unit prices include tax."),
    "prices_without_tax": _("Unit prices are without tax."),
    "supplier": _("For the supplier"),
    "confirmed": _("Confirmed by the customer"),
}


@dataclass(frozen=True)
class Bilingual:
    """One text in both languages."""

    zh: str
    en: str


def in_one_language(quotation: Quotation) -> dict[str, Any]:
    """What the paper needs besides the quotation: whether it may be handed out."""
    return {"is_unreleased": is_unreleased(quotation)}


def both_languages(quotation: Quotation) -> dict[str, Any]:
    """What the paper in both languages needs: every label twice."""
    texts = {name: _both(text) for name, text in LABELS.items()}
    day = quotation.valid_until.isoformat()
    texts["validity"] = Bilingual(texts["validity"].zh % {"day": day}, texts["validity"].en % {"day": day})
    prices = texts["prices_with_tax" if quotation.price_includes_tax else "prices_without_tax"]
    return {
        "t": texts,
        "price_note": prices,
        "delivery": _both(quotation.get_delivery_terms_display) if quotation.delivery_terms else None,
        "has_capitals": quotation.currency.code == CAPITALS_CURRENCY,
        "is_unreleased": is_unreleased(quotation),
    }


def is_unreleased(quotation: Quotation) -> bool:
    """Whether somebody still has to approve it before whoever is responsible may hand it out."""
    if quotation.status == QuotationStatus.APPROVING:
        return True
    return quotation.status == QuotationStatus.DRAFT and bool(reasons_for_approval(quotation, quotation.owner))


def _both(text: Any) -> Bilingual:
    """A lazy text, or what a function says, in both languages."""
    found = []
    for language in (CHINESE, ENGLISH):
        with translation.override(language):
            found.append(str(text() if callable(text) else text))
    return Bilingual(*found)
