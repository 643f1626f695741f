"""Lines and totals of a document."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, connection, transaction

from suite.access.models import User
from suite.core.errors import InvalidInput, VersionConflict, WrongState
from suite.documents.errors import LineErrors
from suite.documents.services import save_lines
from suite.masters.errors import NoTaxRate
from tests.documents.conftest import AT
from tests.factories import masters as make

pytestmark = pytest.mark.django_db

MakeOffer = Callable[..., Any]
D = Decimal


def row(**values: Any) -> dict[str, Any]:
    return {"description": "x", "quantity": D(1), "unit_price": D(100), "tax_rate": D(13), **values}


def totals(offer: Any) -> tuple[Decimal, Decimal, Decimal]:
    offer.refresh_from_db()
    return offer.net_total, offer.tax_total, offer.gross_total


class TestSaveLines:
    def test_new_lines_take_what_their_item_knows(self, make_offer: MakeOffer) -> None:
        item = make.ItemFactory(list_price=D(62), tax_code=make.TaxRateFactory().tax_code)
        offer = make_offer()

        save_lines(document=offer, rows=[{"item": item, "quantity": D(3000)}])

        line = offer.lines.get()
        assert (line.position, line.description, line.unit) == (1, item.name, item.base_unit)
        assert (line.unit_price, line.tax_rate) == (62, 13)
        assert (line.net_amount, line.tax_amount, line.gross_amount) == (D(186000), D(24180), D(210180))
        assert totals(offer) == (D(186000), D(24180), D(210180))

    def test_the_list_price_follows_unit_currency_and_tax(self, make_offer: MakeOffer) -> None:
        pack = make.ItemUnitFactory(item__list_price=D(71), item__tax_code=make.TaxRateFactory().tax_code)
        offer = make_offer(exchange_rate=D("7.1"), price_includes_tax=True)

        save_lines(document=offer, rows=[{"item": pack.item, "unit": pack.unit, "quantity": D(2)}])

        # 24 pieces at 71 are 1704, that is 240 of the currency, 271.20 with tax.
        assert offer.lines.get().unit_price == D("271.2")
        assert totals(offer) == (D("480.00"), D("62.40"), D("542.40"))

    def test_what_a_row_says_goes_first(self, make_offer: MakeOffer) -> None:
        item = make.ItemFactory(tax_code=make.TaxRateFactory().tax_code)
        offer = make_offer()

        save_lines(
            document=offer,
            rows=[row(item=item, unit_price=D(0), tax_rate=D(0), requested_date=date(2026, 12, 1))],
        )

        line = offer.lines.get()
        assert (line.description, line.unit_price, line.tax_rate) == ("x", 0, 0)
        assert line.requested_date == date(2026, 12, 1)

    def test_changes_adds_removes_and_reorders_in_one_go(self, make_offer: MakeOffer) -> None:
        offer = make_offer()
        save_lines(document=offer, rows=[row(description=name) for name in "abc"])
        a, b, c = offer.lines.all()

        save_lines(
            document=offer,
            rows=[{"id": c.pk, "quantity": D(2)}, row(description="new"), {"id": a.pk}],
        )
        connection.check_constraints()

        lines = [(line.position, line.description, line.quantity, line.version) for line in offer.lines.all()]
        assert lines == [(1, "c", 2, 2), (2, "new", 1, 1), (3, "a", 1, 2)]
        assert not offer.lines.filter(pk=b.pk).exists()
        assert totals(offer) == (D(400), D(52), D(452))
        assert offer.version == 3

    def test_a_line_as_before_is_not_written(self, make_offer: MakeOffer) -> None:
        offer = make_offer()
        save_lines(document=offer, rows=[row(description="a"), row(description="b")])
        a, b = offer.lines.all()

        save_lines(document=offer, rows=[{"id": a.pk}, {"id": b.pk, "quantity": D(2)}])

        assert [line.version for line in offer.lines.all()] == [1, 2]

    def test_the_number_of_queries_does_not_grow_with_the_lines(
        self, make_offer: MakeOffer, django_assert_max_num_queries: Callable[..., Any]
    ) -> None:
        item = make.ItemFactory(tax_code=make.TaxRateFactory().tax_code)
        offer = make_offer()
        save_lines(document=offer, rows=[{"item": item} for _ in range(40)])
        kept = [{"id": line.pk, "quantity": D(2)} for line in offer.lines.all()[:30]]

        with django_assert_max_num_queries(12):
            save_lines(document=offer, rows=[*kept, *({"item": item} for _ in range(20))])

        assert offer.lines.count() == 50
        assert totals(offer)[0] == D(62) * 80

    def test_other_changed_columns_are_saved_with_the_lines(self, make_offer: MakeOffer) -> None:
        offer = make_offer()

        offer.title, offer.discount_amount = "spring", D("13")
        save_lines(document=offer, rows=[row()])

        assert totals(offer) == (D("88.50"), D("11.50"), D("100.00"))
        assert offer.title == "spring"

    def test_no_lines_come_to_nothing(self, make_offer: MakeOffer) -> None:
        offer = make_offer()
        save_lines(document=offer, rows=[row()])

        save_lines(document=offer, rows=[])

        assert totals(offer) == (0, 0, 0)


class TestRefusals:
    @pytest.fixture
    def offer(self, make_offer: MakeOffer) -> Any:
        offer = make_offer(number="QT-1")
        return save_lines(document=offer, rows=[row(description="kept")])

    @pytest.fixture(autouse=True)
    def nothing_changes(self, offer: Any) -> Any:
        yield
        assert totals(offer) == (D(100), D(13), D(113))
        assert [line.description for line in offer.lines.all()] == ["kept"]

    def test_all_faults_of_all_rows_are_named(self, offer: Any) -> None:
        piece = make.UnitFactory(decimals=0)
        rows = [
            row(),
            row(description=" ", quantity=D(0)),
            row(quantity=D("1.5"), unit=piece, unit_price=D(-1), discount_percent=D(101), tax_rate=D(-1)),
        ]

        with pytest.raises(LineErrors, match="Check the lines 2, 3") as caught:
            save_lines(document=offer, rows=rows)

        assert {index: set(faults) for index, faults in caught.value.rows.items()} == {
            1: {"description", "quantity"},
            2: {"quantity", "unit_price", "discount_percent", "tax_rate"},
        }
        assert caught.value.details["rows"]["2"]["quantity"] == "只 is counted with at most 0 decimals."

    def test_a_line_of_another_document(self, offer: Any, make_offer: MakeOffer) -> None:
        other = save_lines(document=make_offer(), rows=[row()])

        with pytest.raises(InvalidInput, match="do not belong"):
            save_lines(document=offer, rows=[{"id": other.lines.get().pk}])

    @pytest.mark.parametrize("name", ["net_amount", "position", "version", "nonsense", "document"])
    def test_a_column_that_rows_do_not_write(self, offer: Any, name: str) -> None:
        with pytest.raises(FieldDoesNotExist):
            save_lines(document=offer, rows=[row(**{name: 1})])

    def test_a_document_seen_or_read_before_another_change(self, offer: Any) -> None:
        stale = type(offer).objects.get(pk=offer.pk)
        offer.save()

        with pytest.raises(VersionConflict):
            save_lines(document=stale, rows=[])
        with pytest.raises(VersionConflict):
            save_lines(document=offer, rows=[], expected_version=stale.version)

    def test_a_state_in_which_lines_are_fixed(self, offer: Any, actor: User) -> None:
        offer.become("SENT", actor=actor, at=AT)

        with pytest.raises(WrongState, match="QT-1 is “Sent”"):
            save_lines(document=offer, rows=[])

    def test_a_discount_over_the_sum(self, offer: Any) -> None:
        offer.discount_amount = D("226.01")

        with pytest.raises(InvalidInput, match="discount"):
            save_lines(document=offer, rows=[row(), row()])

    def test_an_item_whose_tax_has_no_rate_that_day(self, offer: Any) -> None:
        item = make.ItemFactory(tax_code=make.TaxRateFactory(valid_to=date(2020, 1, 1)).tax_code)

        with pytest.raises(NoTaxRate):
            save_lines(document=offer, rows=[{"item": item}])

    @pytest.mark.parametrize(
        "values", [{"net_amount": 1}, {"quantity": 0}, {"discount_percent": 101}, {"unit_price": -1}]
    )
    def test_the_table_refuses_too(self, offer: Any, values: dict[str, Any]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            offer.lines.update(**values)


class TestDocument:
    def test_a_number_is_used_once_in_a_company_and_may_be_missing(self, make_offer: MakeOffer) -> None:
        make_offer(number="QT-1")
        make_offer(number="QT-1", company=make.CompanyFactory())
        nameless = [make_offer(), make_offer()]

        with pytest.raises(IntegrityError, match="number_once"), transaction.atomic():
            make_offer(number="QT-1")

        assert str(nameless[0]) == "(no number yet)"

    @pytest.mark.parametrize("values", [{"net_total": 1}, {"exchange_rate": 0}, {"discount_amount": -1}])
    def test_the_table_refuses_wrong_amounts(self, make_offer: MakeOffer, values: dict[str, Any]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            make_offer(**values)

    def test_its_series_is_its_label(self, sample: Any) -> None:
        assert sample.SampleOffer.number_kind() == "suite.sampleoffer"
