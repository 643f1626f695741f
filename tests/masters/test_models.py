"""What the tables of the master data hold by themselves."""

from datetime import date
from decimal import Decimal

import pghistory.models
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from suite.masters.choices import Dimension, PaymentBasis
from suite.masters.models import Company, ItemCategory, Party, PartyAddress, PaymentTermsLine, TaxRate, UnitConversion
from tests.factories import masters as make

pytestmark = pytest.mark.django_db


def refuse(*, match: str) -> pytest.RaisesExc[IntegrityError]:
    """Expect the database to refuse, by the constraint of this name."""
    return pytest.raises(IntegrityError, match=match)


class TestDerivedColumns:
    def test_follow_on_save(self) -> None:
        party = make.PartyFactory(name="深圳市澜拓电子（集团）有限公司", phone="0755-8888 6666")

        party.refresh_from_db()

        assert party.name_norm == "深圳市澜拓电子"
        assert party.pinyin == "szsltdzjtyxgs"
        assert party.phone_norm == "075588886666"

    def test_follow_on_a_save_of_only_the_source(self) -> None:
        party = make.PartyFactory(name="澜拓")

        party.name = "启岳"
        party.save(update_fields=["name"])

        party.refresh_from_db()
        assert (party.name_norm, party.pinyin) == ("启岳", "qy")

    def test_follow_on_bulk_create_and_bulk_update(self) -> None:
        parties = Party.objects.bulk_create([Party(code="A", name="澜拓"), Party(code="B", name="启岳")])
        for party in parties:
            party.name += "电子"
        Party.objects.bulk_update(parties, ["name"])

        assert list(Party.objects.values_list("pinyin", "name_norm")) == [("ltdz", "澜拓电子"), ("qydz", "启岳电子")]

    def test_an_update_that_would_leave_them_behind_is_refused(self) -> None:
        party = make.PartyFactory(name="澜拓")

        with pytest.raises(TypeError, match="name_norm, pinyin, search_text"):
            Party.objects.update(name="启岳")

        party.refresh_from_db()
        assert party.name == "澜拓"

    def test_the_search_text_follows_what_it_is_made_of(self) -> None:
        party = make.PartyFactory(name="澜拓", code="A")

        party.name = "启岳"
        Party.objects.bulk_update([party], ["name"])
        with pytest.raises(TypeError, match="search_text"):
            Party.objects.update(code="B")

        party.refresh_from_db()
        assert party.search_text == " a 启岳 启 岳 qiyue qy "

    def test_contact_and_item(self) -> None:
        contact = make.PartyContactFactory(mobile="+86 138 0013 8000", email="F@X.cn")
        item = make.ItemFactory(name="65W 氮化镓充电器")

        assert (contact.pinyin, contact.mobile_norm, contact.email_norm) == ("fkx", "13800138000", "f@x.cn")
        assert item.pinyin == "65wdhjcdq"


class TestParty:
    def test_a_code_is_tidied_before_it_is_kept(self) -> None:
        party = make.PartyFactory(uscc=" 9144030071526726xg")

        party.refresh_from_db()

        assert party.uscc == "9144030071526726XG"

    def test_no_way_writes_an_invalid_code(self) -> None:
        wrong = "9144030071526726XH"

        with pytest.raises(ValidationError, match="check character"), transaction.atomic():
            make.PartyFactory(uscc=wrong)
        with pytest.raises(ValidationError, match="check character"), transaction.atomic():
            Party.objects.bulk_create([Party(code="A", name="A", uscc=wrong)])
        with refuse(match="party_uscc_form"), transaction.atomic():
            Party.objects.filter(pk=make.PartyFactory().pk).update(uscc="12345", search_text="")

        assert not Party.objects.exclude(uscc="").exists()

    def test_a_form_names_the_field(self) -> None:
        with pytest.raises(ValidationError) as caught:
            Party(code="A", name="A", uscc="9144030071526726XH").full_clean()

        assert caught.value.message_dict.keys() == {"uscc"}

    def test_a_code_belongs_to_one_party_and_empty_is_no_code(self) -> None:
        make.PartyFactory.create_batch(2, uscc="")
        make.PartyFactory(uscc=make.uscc(1))

        with refuse(match="party_uscc_once"), transaction.atomic():
            make.PartyFactory(uscc=make.uscc(1))

        assert Party.objects.count() == 3

    def test_a_group_is_never_a_circle(self) -> None:
        top = make.PartyFactory()
        middle = make.PartyFactory(parent=top)
        bottom = make.PartyFactory(parent=middle)

        with refuse(match="circle"), transaction.atomic():
            Party.objects.filter(pk=top.pk).update(parent=bottom)
        with refuse(match="circle"), transaction.atomic():
            Party.objects.filter(pk=top.pk).update(parent=top)

        top.refresh_from_db()
        assert top.parent is None

    def test_invoice_name_and_number(self) -> None:
        abroad = make.PartyFactory(name="Alfreds", country="DE", tax_number="DE123", invoice_title="Alfreds GmbH")
        local = make.PartyFactory(name="澜拓", uscc=make.uscc(7), tax_number="X")

        assert (abroad.title_on_invoice, abroad.number_for_tax) == ("Alfreds GmbH", "DE123")
        assert (local.title_on_invoice, local.number_for_tax) == ("澜拓", make.uscc(7))

    def test_an_address_reads_from_large_to_small(self) -> None:
        assert str(PartyAddress(province="上海市", city="上海市", district="浦东新区", street="A路1号")) == (
            "上海市浦东新区A路1号"
        )

    @pytest.mark.parametrize("values", [{"country": "cn"}, {"credit_limit": Decimal(-1)}])
    def test_other_constraints(self, values: dict[str, object]) -> None:
        with refuse(match="party_"), transaction.atomic():
            make.PartyFactory(**values)


class TestDefaults:
    def test_the_first_company_is_the_default_and_a_new_default_takes_over(self) -> None:
        first = make.CompanyFactory()
        second = make.CompanyFactory()
        assert (first.is_default, second.is_default) == (True, False)

        second.is_default = True
        second.full_clean()
        second.save()

        first.refresh_from_db()
        assert (first.is_default, first.version) == (False, 2)
        assert Company.objects.get(is_default=True) == second

    def test_two_defaults_cannot_be(self) -> None:
        make.CompanyFactory.create_batch(2)

        with refuse(match="company_one_default"), transaction.atomic():
            Company.objects.update(is_default=True)

        assert Company.objects.filter(is_default=True).count() == 1

    def test_the_default_company_is_active(self) -> None:
        company = make.CompanyFactory()

        company.is_active = False
        with refuse(match="company_default_is_active"), transaction.atomic():
            company.save()

        company.refresh_from_db()
        assert company.is_active

    def test_defaults_of_addresses_are_kept_for_each_party_and_kind(self) -> None:
        old = make.PartyAddressFactory(is_default=True)
        other_kind = make.PartyAddressFactory(party=old.party, kind="INVOICE", is_default=True)
        other_party = make.PartyAddressFactory(is_default=True)

        new = make.PartyAddressFactory(party=old.party, is_default=True)

        assert set(PartyAddress.objects.filter(is_default=True)) == {other_kind, other_party, new}

    def test_one_contact_is_primary_and_one_account_default(self) -> None:
        contact = make.PartyContactFactory(is_primary=True)
        account = make.PartyBankAccountFactory(is_default=True)

        make.PartyContactFactory(party=contact.party, is_primary=True)
        make.PartyBankAccountFactory(party=account.party, is_default=True)

        contact.refresh_from_db()
        account.refresh_from_db()
        assert (contact.is_primary, account.is_default) == (False, False)


class TestMoney:
    def test_one_rate_a_day_and_a_positive_one(self) -> None:
        rate = make.ExchangeRateFactory()

        with refuse(match="exchangerate_once"), transaction.atomic():
            make.ExchangeRateFactory(currency=rate.currency, rate_date=rate.rate_date)
        with refuse(match="exchangerate_positive"), transaction.atomic():
            make.ExchangeRateFactory(currency=rate.currency, rate_date=date(2026, 1, 2), rate=0)

    @pytest.mark.parametrize(
        ("valid_from", "valid_to"),
        [
            (date(2018, 1, 1), date(2018, 5, 1)),
            (date(2019, 3, 31), None),
            (date(2018, 6, 1), date(2018, 6, 1)),
            (date(2010, 1, 1), None),
        ],
    )
    def test_periods_of_one_tax_never_overlap(self, valid_from: date, valid_to: date | None) -> None:
        rate = make.TaxRateFactory(valid_from=date(2018, 5, 1), valid_to=date(2019, 3, 31))

        with refuse(match="taxrate_no_overlap"), transaction.atomic():
            make.TaxRateFactory(tax_code=rate.tax_code, valid_from=valid_from, valid_to=valid_to)
        with pytest.raises(ValidationError, match="another rate in a part of this period"):
            TaxRate(tax_code=rate.tax_code, rate=1, valid_from=valid_from, valid_to=valid_to).full_clean()

        assert TaxRate.objects.get() == rate

    def test_periods_may_touch_and_those_of_another_tax_overlap(self) -> None:
        rate = make.TaxRateFactory(valid_from=date(2018, 5, 1), valid_to=date(2019, 3, 31))

        make.TaxRateFactory(tax_code=rate.tax_code, valid_from=date(2019, 4, 1))
        make.TaxRateFactory(tax_code=rate.tax_code, valid_from=date(2018, 4, 1), valid_to=date(2018, 4, 30))
        make.TaxRateFactory(tax_code__code="VAT-REDUCED", valid_from=date(2018, 6, 1))

        assert TaxRate.objects.count() == 4

    def test_a_period_does_not_end_before_it_begins(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            make.TaxRateFactory(valid_from=date(2020, 1, 2), valid_to=date(2020, 1, 1))

    def test_parts_of_payment_terms_add_up_when_the_transaction_ends(self) -> None:
        terms = make.PaymentTermsFactory(
            parts=[(Decimal(30), 0, PaymentBasis.PREPAID), (Decimal(70), 30, PaymentBasis.MONTH_END)]
        )
        connection.check_constraints()

        terms.lines.filter(position=2).update(percent=Decimal("69.99"))
        with refuse(match="do not add up to 100"), transaction.atomic():
            connection.check_constraints()

        terms.lines.filter(position=2).update(percent=70)
        connection.check_constraints()
        terms.delete()
        connection.check_constraints()
        assert not PaymentTermsLine.objects.exists()


class TestItems:
    def test_a_pair_of_units_converts_in_one_way(self) -> None:
        dozen = make.UnitConversionFactory()

        with refuse(match="unitconversion_once"), transaction.atomic():
            UnitConversion.objects.create(from_unit=dozen.to_unit, to_unit=dozen.from_unit, denominator=12)
        with refuse(match="unitconversion_two_units"), transaction.atomic():
            UnitConversion.objects.create(from_unit=dozen.to_unit, to_unit=dozen.to_unit)
        with refuse(match="unitconversion_positive"), transaction.atomic():
            UnitConversion.objects.update(numerator=0)

        assert UnitConversion.objects.get().numerator == 12

    def test_units_of_two_dimensions_convert_for_an_item_only(self) -> None:
        kilo = make.UnitFactory(code="KG", dimension=Dimension.MASS)

        with pytest.raises(ValidationError, match="measure different things"):
            UnitConversion(from_unit=kilo, to_unit=make.UnitFactory(), numerator=200).full_clean()

    def test_conversions_never_contradict_each_other(self) -> None:
        gram, kilo, ton = (make.UnitFactory(code=code, dimension=Dimension.MASS) for code in ("G", "KG", "T"))
        UnitConversion.objects.create(from_unit=kilo, to_unit=gram, numerator=1000)
        UnitConversion.objects.create(from_unit=ton, to_unit=kilo, numerator=1000)

        with pytest.raises(ValidationError, match="contradicts"):
            UnitConversion(from_unit=ton, to_unit=gram, numerator=1000).full_clean()
        UnitConversion(from_unit=ton, to_unit=gram, numerator=1_000_000).full_clean()

    def test_the_base_unit_is_no_unit_of_its_own(self) -> None:
        item = make.ItemFactory()

        with pytest.raises(ValidationError, match="base unit"):
            make.ItemUnitFactory.build(item=item, unit=item.base_unit).full_clean()

    def test_barcode_and_prices(self) -> None:
        make.ItemFactory.create_batch(2)
        make.ItemFactory(barcode="6901234567892")

        with refuse(match="item_barcode_once"), transaction.atomic():
            make.ItemFactory(barcode="6901234567892")
        with refuse(match="item_prices"), transaction.atomic():
            make.ItemFactory(list_price=-1)

    def test_the_tree_of_categories(self) -> None:
        top = make.ItemCategoryFactory(name="成品")
        below = make.ItemCategoryFactory(name="充电器", parent=top)

        with refuse(match="itemcategory_name_once"), transaction.atomic():
            make.ItemCategoryFactory(name="成品")
        with refuse(match="circle"), transaction.atomic():
            ItemCategory.objects.filter(pk=top.pk).update(parent=below)

        assert list(ItemCategory.tree.descendants(top)) == [below]


class TestHistory:
    def test_every_way_of_writing_is_recorded(self) -> None:
        party = make.PartyFactory(name="澜拓")

        party.name = "启岳"
        party.save()
        Party.objects.filter(pk=party.pk).update(city="深圳市")

        events = pghistory.models.Events.objects.tracks(party).order_by("pgh_id")
        assert [event.pgh_label for event in events] == ["insert", "update", "update"]
        assert [event.pgh_diff for event in events][2] == {"city": ["", "深圳市"]}
