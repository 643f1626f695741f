"""Creating and changing master data that consists of more than one row, as its pages need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from suite.access.models import User
from suite.masters.models import PaymentTerms, TaxCode, TaxRate
from suite.masters.payment import Part
from suite.masters.services import change_tax_rate, save_payment_terms_lines


@transaction.atomic
def create_payment_terms(
    *, lines: Iterable[Mapping[str, Any]], actor: User, at: datetime, **details: Any
) -> PaymentTerms:
    """
    Create payment terms with their parts.

    :raises InvalidInput: unless the percentages are positive and add up to 100.
    """
    terms = PaymentTerms(**details)
    terms.full_clean()
    terms.save()
    return save_payment_terms_lines(terms=terms, parts=_parts(lines), actor=actor)


@transaction.atomic
def update_payment_terms(
    *, paymentterms: PaymentTerms, lines: Iterable[Mapping[str, Any]], actor: User, at: datetime, **details: Any
) -> PaymentTerms:
    """
    Change payment terms and give them these parts.

    :raises InvalidInput: unless the percentages are positive and add up to 100.
    """
    terms = PaymentTerms.objects.lock(paymentterms)
    for name, value in details.items():
        setattr(terms, name, value)
    terms.full_clean()
    terms.save()
    return save_payment_terms_lines(terms=terms, parts=_parts(lines), actor=actor)


def create_tax_rate(
    *, tax_code: TaxCode, rate: Decimal, valid_from: date, actor: User, at: datetime, source: str = ""
) -> TaxRate:
    """
    Give a tax a new rate from a day on; the rate before ends the day before.

    :raises InvalidInput: when a rate begins on that day or later already.
    """
    return change_tax_rate(tax_code=tax_code, rate=rate, valid_from=valid_from, actor=actor, source=source)


def _parts(lines: Iterable[Mapping[str, Any]]) -> list[Part]:
    return [Part(row["percent"], row["days"] or 0, row["basis"], row["label"] or "") for row in lines]
