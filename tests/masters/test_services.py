"""Operations on and questions to the master data."""

from datetime import UTC, date, datetime
from decimal import ROUND_UP, Decimal

import pytest
from django.core.exceptions import ValidationError

from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.masters import selectors, services
from suite.masters.choices import PaymentBasis
from suite.masters.errors import NoConversion, NoDefaultCompany, NoExchangeRate, NoTaxRate
from suite.masters.models import Currency, Party, PaymentTerms, TaxCode, TaxRate, Unit, UnitConversion
from suite.masters.payment import Part
from tests.factories import masters as make

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 4, tzinfo=UTC)


@pytest.fixture
def actor() -> User:
    return User.objects.create_user("min", "min@example.com", full_name="周敏")


class TestCreateParty:
    def test_numbers_and_marks_the_first_of_each_as_default(self, actor: User) -> None:
        party = services.create_party(
            name=" 澜拓电子有限公司 ",
            actor=actor,
            at=AT,
            is_customer=True,
            uscc="9144030071526726xg",
            addresses=[{"street": "A"}, {"street": "B"}, {"street": "C", "kind": "INVOICE"}],
            contacts=[{"name": "方可心"}, {"name": "林志远"}],
            bank_accounts=[{"bank_name": "中国银行", "account_number": "1"}],
        )

        assert (party.code, party.name, party.uscc) == ("P000001", "澜拓电子有限公司", "9144030071526726XG")
        assert [(a.street, a.is_default) for a in party.addresses.order_by("pk")] == [
            ("A", True),
            ("B", False),
            ("C", True),
        ]
        assert [(c.name, c.is_primary) for c in party.contacts.order_by("pk")] == [("方可心", True), ("林志远", False)]
        assert party.bank_accounts.get().is_default

    def test_a_refusal_takes_no_number(self, actor: User) -> None:
        make.PartyFactory(uscc=make.uscc(1))

        with pytest.raises(ValidationError, match="already"):
            services.create_party(name="A", actor=actor, at=AT, uscc=make.uscc(1))
        with pytest.raises(ValidationError, match="email"):
            services.create_party(name="A", actor=actor, at=AT, contacts=[{"name": "B", "email": "nonsense"}])

        assert Party.objects.count() == 1
        assert services.create_party(name="A", actor=actor, at=AT).code == "P000001"


class TestExchangeRates:
    def test_the_latest_rate_on_or_before_the_day_counts(self) -> None:
        make.CompanyFactory()
        dollar = make.ExchangeRateFactory(rate_date=date(2026, 1, 5), rate=Decimal("7.1")).currency
        make.ExchangeRateFactory(currency=dollar, rate_date=date(2026, 1, 8), rate=Decimal("7.2"))

        rates = [selectors.rate_on(dollar, date(2026, 1, day)) for day in (5, 7, 8, 30)]

        assert rates == [Decimal("7.1"), Decimal("7.1"), Decimal("7.2"), Decimal("7.2")]

    def test_the_base_currency_is_worth_one(self) -> None:
        company = make.CompanyFactory()

        assert selectors.rate_on(company.base_currency, date(2026, 1, 1)) == 1

    def test_before_the_first_rate_there_is_none(self) -> None:
        make.CompanyFactory()
        dollar = make.ExchangeRateFactory(rate_date=date(2026, 1, 5)).currency

        with pytest.raises(NoExchangeRate, match="USD"):
            selectors.rate_on(dollar, date(2026, 1, 4))

    def test_without_a_company_there_is_no_base(self) -> None:
        with pytest.raises(NoDefaultCompany):
            selectors.rate_on(make.CurrencyFactory(), date(2026, 1, 1))


class TestTaxRates:
    @pytest.mark.parametrize(
        ("code", "day", "expected"),
        [
            ("VAT-STANDARD", date(2018, 4, 30), 17),
            ("VAT-STANDARD", date(2018, 5, 1), 16),
            ("VAT-STANDARD", date(2019, 3, 31), 16),
            ("VAT-STANDARD", date(2019, 4, 1), 13),
            ("VAT-REDUCED", date(2017, 7, 1), 11),
            ("VAT-REDUCED", date(2018, 5, 1), 10),
            ("VAT-REDUCED", date(2019, 4, 1), 9),
            ("VAT-SERVICES", date(2016, 5, 1), 6),
            ("VAT-LEVY", date(2026, 1, 1), 3),
            ("VAT-LEVY-REDUCED", date(2027, 12, 31), 1),
            ("VAT-EXEMPT", date(2026, 1, 1), 0),
        ],
    )
    def test_the_law_by_date(self, code: str, day: date, expected: int) -> None:
        services.load_reference_data()

        assert selectors.tax_rate_on(code, day) == expected

    def test_after_its_last_day_a_tax_has_no_rate(self) -> None:
        services.load_reference_data()

        with pytest.raises(NoTaxRate, match="VAT-LEVY-REDUCED"):
            selectors.tax_rate_on("VAT-LEVY-REDUCED", date(2028, 1, 1))

    def test_several_at_once_leave_out_those_without(self) -> None:
        services.load_reference_data()

        rates = selectors.tax_rates_on(["VAT-STANDARD", "VAT-LEVY-REDUCED", "NONE"], date(2028, 1, 1))

        assert rates == {"VAT-STANDARD": Decimal(13)}

    def test_a_new_rate_ends_the_one_before(self, actor: User) -> None:
        old = make.TaxRateFactory()

        services.change_tax_rate(tax_code=old.tax_code, rate=Decimal(12), valid_from=date(2030, 1, 1), actor=actor)

        old.refresh_from_db()
        assert old.valid_to == date(2029, 12, 31)
        assert selectors.tax_rate_on(old.tax_code, date(2030, 1, 1)) == 12

    def test_a_rate_is_not_put_before_a_later_one(self, actor: User) -> None:
        old = make.TaxRateFactory()

        with pytest.raises(InvalidInput, match="already"):
            services.change_tax_rate(tax_code=old.tax_code, rate=Decimal(12), valid_from=old.valid_from, actor=actor)

        old.refresh_from_db()
        assert (old.valid_to, TaxRate.objects.count()) == (None, 1)


class TestConversions:
    def test_packaging_of_an_item_and_general_conversions_combine(self) -> None:
        services.load_reference_data()
        units = {unit.code: unit for unit in Unit.objects.all()}
        item = make.ItemFactory(base_unit=units["EA"])
        make.ItemUnitFactory(item=item, unit=units["CTN"], numerator=24)

        carton, dozen, piece = units["CTN"], units["DOZ"], units["EA"]

        assert selectors.convert_quantity(item, Decimal(3), carton, dozen) == 6
        assert selectors.convert_quantity(item, Decimal(72), piece, carton) == 3
        assert selectors.convert_quantity(item, Decimal(30), piece, carton) == 1
        assert selectors.convert_quantity(item, Decimal(30), piece, carton, ROUND_UP) == 2
        assert selectors.convert_quantity(item, Decimal(5), piece, piece) == 5

    def test_the_unit_of_an_item_goes_before_the_general_one(self) -> None:
        dozen = make.UnitConversionFactory()
        item = make.ItemFactory(base_unit=dozen.to_unit)
        make.ItemUnitFactory(item=item, unit=dozen.from_unit, numerator=13)

        assert selectors.convert_quantity(item, Decimal(1), dozen.from_unit, dozen.to_unit) == 13

    def test_weight_of_pieces(self) -> None:
        services.load_reference_data()
        item = make.ItemFactory(base_unit=Unit.objects.get(code="ZHI"))
        make.ItemUnitFactory(item=item, unit=Unit.objects.get(code="KG"), numerator=2000, denominator=7)

        assert selectors.convert_quantity(item, Decimal(1000), item.base_unit, Unit.objects.get(code="G")) == Decimal(
            "3500.000"
        )

    def test_nothing_is_guessed(self) -> None:
        item = make.ItemFactory()
        make.ItemUnitFactory(unit=make.UnitFactory(code="CTN"))

        with pytest.raises(NoConversion, match="CTN"):
            selectors.convert_quantity(item, Decimal(1), make.UnitFactory(code="CTN"), item.base_unit)

    def test_many_items_take_two_queries(self, django_assert_num_queries: object) -> None:
        packs = make.ItemUnitFactory.create_batch(3, unit=make.UnitFactory(code="CTN"))
        items = [pack.item for pack in packs]

        with django_assert_num_queries(2):  # type: ignore[operator]
            converter = selectors.UnitConverter(items)
            pieces = [converter.convert(pack.item, Decimal(2), pack.unit, pack.item.base_unit) for pack in packs]

        assert pieces == [48, 48, 48]


class TestPaymentTerms:
    def test_parts_replace_those_before(self, actor: User) -> None:
        terms = make.PaymentTermsFactory(parts=[(Decimal(100), 30, PaymentBasis.MONTH_END)])
        parts = [Part(Decimal(30), 0, PaymentBasis.PREPAID, "预付款"), Part(Decimal(70), 60)]

        services.save_payment_terms_lines(terms=terms, parts=parts, actor=actor)

        lines = terms.lines.values_list("position", "percent", "days", "basis", "label")
        assert list(lines) == [(1, 30, 0, "PREPAID", "预付款"), (2, 70, 60, "AFTER_INVOICE", "")]

    def test_parts_that_do_not_add_up_change_nothing(self, actor: User) -> None:
        terms = make.PaymentTermsFactory(parts=[(Decimal(100), 30, PaymentBasis.MONTH_END)])

        with pytest.raises(InvalidInput, match="add up to 110"):
            services.save_payment_terms_lines(terms=terms, parts=[Part(Decimal(100)), Part(Decimal(10))], actor=actor)

        assert terms.lines.get().days == 30


class TestReferenceData:
    def test_loads_once(self) -> None:
        first = services.load_reference_data()
        second = services.load_reference_data()

        assert first == {
            "suite.currency": 10,
            "suite.unit": 32,
            "suite.unitconversion": 9,
            "suite.taxcode": 7,
            "suite.taxrate": 11,
            "suite.paymentterms": 6,
        }
        assert second == {}
        assert all(rate.source for rate in TaxRate.objects.all())

    def test_leaves_alone_what_was_changed(self) -> None:
        services.load_reference_data()
        Unit.objects.filter(code="ZHI").update(name="支")
        TaxRate.objects.filter(tax_code__code="VAT-LEVY-REDUCED").update(valid_to=date(2026, 12, 31))
        Currency.objects.filter(code="GBP").delete()

        added = services.load_reference_data()

        assert added == {"suite.currency": 1}
        assert Unit.objects.get(code="ZHI").name == "支"
        assert TaxRate.objects.get(tax_code__code="VAT-LEVY-REDUCED").valid_to == date(2026, 12, 31)

    def test_every_row_would_pass_a_form(self) -> None:
        services.load_reference_data()

        for model in (Currency, Unit, UnitConversion, TaxCode, TaxRate, PaymentTerms):
            for row in model.objects.all():
                row.full_clean()
        assert [sum(line.percent for line in terms.lines.all()) for terms in PaymentTerms.objects.all()] == [100] * 6


def test_items_below_a_category() -> None:
    top = make.ItemCategoryFactory()
    below = make.ItemCategoryFactory(parent=top)
    inside = [make.ItemFactory(category=top), make.ItemFactory(category=below)]
    make.ItemFactory(category=make.ItemCategoryFactory())

    assert list(selectors.items_below(top.pk)) == inside
