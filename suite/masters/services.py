"""Operations on the master data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.documents.numbering import next_number, register_kind
from suite.masters import reference
from suite.masters.choices import PartyKind
from suite.masters.models import (
    Currency,
    Party,
    PartyAddress,
    PartyBankAccount,
    PartyContact,
    PaymentTerms,
    PaymentTermsLine,
    TaxCode,
    TaxRate,
    Unit,
    UnitConversion,
)
from suite.masters.payment import TermsLine

PARTY_NUMBERS = register_kind("suite.party", pattern="P{seq:06}", title=gettext_lazy("party"))


@transaction.atomic
def create_party(
    *,
    name: str,
    actor: User,
    at: datetime,
    code: str = "",
    kind: str = PartyKind.ORGANISATION,
    is_customer: bool = False,
    is_supplier: bool = False,
    addresses: Iterable[Mapping[str, Any]] = (),
    contacts: Iterable[Mapping[str, Any]] = (),
    bank_accounts: Iterable[Mapping[str, Any]] = (),
    **details: Any,
) -> Party:
    """
    Create a party with its addresses, contacts and bank accounts; the first of each becomes the default.

    :param code: empty: the next number.
    :param details: further columns of :class:`Party`.
    :raises ValidationError: if a value is wrong or taken.
    """
    party = Party(
        code=code or next_number(None, PARTY_NUMBERS, timezone.localdate(at)),
        name=name.strip(),
        kind=kind,
        is_customer=is_customer,
        is_supplier=is_supplier,
        **details,
    )
    party.full_clean()
    party.save()
    parts: tuple[tuple[type[PartyAddress | PartyContact | PartyBankAccount], Iterable[Mapping[str, Any]]], ...] = (
        (PartyAddress, addresses),
        (PartyContact, contacts),
        (PartyBankAccount, bank_accounts),
    )
    for model, rows in parts:
        _add_parts(model, party, rows)
    return party


def _add_parts(
    model: type[PartyAddress | PartyContact | PartyBankAccount], party: Party, rows: Iterable[Mapping[str, Any]]
) -> None:
    seen: set[tuple[Any, ...]] = set()
    for values in rows:
        part = model(party=party, **values)
        group = tuple(getattr(part, name) for name in model.default_within)
        if group not in seen:
            setattr(part, model.default_flag, True)
        seen.add(group)
        part.full_clean()
        part.save()


@transaction.atomic
def save_payment_terms_lines(*, terms: PaymentTerms, parts: Sequence[TermsLine], actor: User | None) -> PaymentTerms:
    """
    Give payment terms their parts, in order, in place of the ones they had.

    :raises InvalidInput: unless the percentages are positive and add up to 100.
    """
    terms = PaymentTerms.objects.lock(terms)
    total = sum((part.percent for part in parts), Decimal(0))
    if any(part.percent <= 0 for part in parts) or (parts and total != 100):
        raise InvalidInput(_("The percentages add up to %(total)s; they must add up to 100.") % {"total": total})
    terms.lines.all().delete()
    PaymentTermsLine.objects.bulk_create(
        PaymentTermsLine(
            terms=terms, position=position, percent=part.percent, days=part.days, basis=part.basis, label=part.label
        )
        for position, part in enumerate(parts, start=1)
    )
    terms.save()
    return terms


@transaction.atomic
def change_tax_rate(
    *, tax_code: TaxCode, rate: Decimal, valid_from: date, actor: User | None, source: str = ""
) -> TaxRate:
    """
    Give a tax a new rate from a day on; the rate before ends the day before.

    :raises InvalidInput: when a rate begins on that day or later already.
    """
    tax_code = TaxCode.objects.lock(tax_code)
    if tax_code.rates.filter(valid_from__gte=valid_from).exists():
        raise InvalidInput(_("The tax has a rate from this day or later already. Change that one."), field="valid_from")
    for before in tax_code.rates.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from)):
        before.valid_to = valid_from - timedelta(days=1)
        before.save()
    new = TaxRate(tax_code=tax_code, rate=rate, valid_from=valid_from, source=source)
    new.full_clean()
    new.save()
    return new


@transaction.atomic
def load_reference_data() -> dict[str, int]:
    """
    Add the units, currencies, taxes and payment terms that are missing; what is there already is left alone.

    :returns: how many rows were added, by table.
    """
    models = (Currency, Unit, UnitConversion, TaxCode, TaxRate, PaymentTerms)
    before = {model: model._default_manager.count() for model in models}
    Currency.objects.bulk_create(
        (Currency(code=c, name=n, symbol=s, decimals=d) for c, n, s, d in reference.CURRENCIES), ignore_conflicts=True
    )
    Unit.objects.bulk_create(
        (Unit(code=c, name=n, dimension=d, decimals=places) for c, n, d, places in reference.UNITS),
        ignore_conflicts=True,
    )
    units = {unit.code: unit for unit in Unit.objects.all()}
    UnitConversion.objects.bulk_create(
        (UnitConversion(from_unit=units[a], to_unit=units[b], numerator=n) for a, b, n in reference.CONVERSIONS),
        ignore_conflicts=True,
    )
    TaxCode.objects.bulk_create(
        (TaxCode(code=c, name=n, kind=k) for c, n, k in reference.TAX_CODES), ignore_conflicts=True
    )
    _load_tax_rates()
    _load_payment_terms()
    return {
        model._meta.label_lower: added for model in models if (added := model._default_manager.count() - before[model])
    }


def _load_tax_rates() -> None:
    taxes = {tax.code: tax for tax in TaxCode.objects.all()}
    # A tax that has rates keeps them as they are: the business may have changed one.
    rated = set(TaxRate.objects.values_list("tax_code__code", flat=True))
    TaxRate.objects.bulk_create(
        TaxRate(tax_code=taxes[r.tax], rate=r.rate, valid_from=r.valid_from, valid_to=r.valid_to, source=r.source)
        for r in reference.TAX_RATES
        if r.tax not in rated
    )


def _load_payment_terms() -> None:
    known = set(PaymentTerms.objects.values_list("code", flat=True))
    new = [(terms, parts) for *terms, parts in reference.PAYMENT_TERMS if terms[0] not in known]
    rows = PaymentTerms.objects.bulk_create(PaymentTerms(code=code, name=name) for (code, name), _parts in new)
    PaymentTermsLine.objects.bulk_create(
        PaymentTermsLine(terms=terms, position=position, percent=Decimal(percent), days=days, basis=basis, label=label)
        for terms, (_terms, parts) in zip(rows, new, strict=True)
        for position, (percent, days, basis, label) in enumerate(parts, start=1)
    )
