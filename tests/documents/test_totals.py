"""Amounts of lines and documents, worked by hand and by property."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.documents.totals import Amounts, document_totals, line_amounts

D = Decimal
LINES = st.builds(
    line_amounts,
    st.decimals(D("0.000001"), D("99999"), places=6),
    st.decimals(D("0"), D("99999"), places=6),
    st.sampled_from([D(0), D("5"), D("33.3333"), D(100)]),
    st.sampled_from([D(0), D(1), D(3), D(6), D(9), D(13)]),
    decimals=st.sampled_from([0, 2]),
    price_includes_tax=st.booleans(),
)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "tax", "expected"),
    [
        ("3000", "62", "0", "13", ("186000.00", "24180.00", "210180.00")),
        ("6000", "14.8", "0", "13", ("88800.00", "11544.00", "100344.00")),
        ("3", "0.335", "0", "13", ("1.01", "0.13", "1.14")),
        ("1", "0.005", "0", "0", ("0.01", "0.00", "0.01")),
        ("-1", "0.005", "0", "0", ("-0.01", "0.00", "-0.01")),
        ("7", "9.99", "12.5", "6", ("61.19", "3.67", "64.86")),
        ("1", "100", "100", "13", ("0.00", "0.00", "0.00")),
        ("999999999999.999999", "0.000001", "0", "0", ("1000000.00", "0.00", "1000000.00")),
    ],
)
def test_lines_with_net_prices(quantity: str, price: str, discount: str, tax: str, expected: tuple[str, ...]) -> None:
    amounts = line_amounts(D(quantity), D(price), D(discount), D(tax))

    assert tuple(map(str, (amounts.net, amounts.tax, amounts.gross))) == expected


@pytest.mark.parametrize(
    ("quantity", "price", "tax", "expected"),
    [
        ("1", "113", "13", ("100.00", "13.00", "113.00")),
        ("1", "100", "13", ("88.50", "11.50", "100.00")),
        ("3", "3.33", "9", ("9.17", "0.82", "9.99")),
        ("-3", "3.33", "9", ("-9.17", "-0.82", "-9.99")),
        ("1", "100", "0", ("100.00", "0.00", "100.00")),
    ],
)
def test_lines_with_gross_prices(quantity: str, price: str, tax: str, expected: tuple[str, ...]) -> None:
    amounts = line_amounts(D(quantity), D(price), D(0), D(tax), price_includes_tax=True)

    assert tuple(map(str, (amounts.net, amounts.tax, amounts.gross))) == expected


def test_a_currency_without_decimals() -> None:
    amounts = line_amounts(D(3), D("333.5"), D(0), D(10), decimals=0)

    assert (amounts.net, amounts.tax, amounts.gross) == (D(1001), D(100), D(1101))


def test_the_order_of_the_mock() -> None:
    lines = [
        line_amounts(D(quantity), D(price), D(0), D(13))
        for quantity, price in [("3000", "62"), ("6000", "14.80"), ("1500", "46.50"), ("200", "176")]
    ]

    totals = document_totals(lines)

    assert (totals.net, totals.tax, totals.gross) == (D("379750.00"), D("49367.50"), D("429117.50"))
    assert totals.by_rate == (Amounts(D("379750.00"), D("49367.50"), D("429117.50"), D(13)),)


def test_a_discount_lowers_the_tax_of_each_rate() -> None:
    lines = [line_amounts(D(1), D(1000), D(0), D(13)), line_amounts(D(1), D(500), D(0), D(6))]

    totals = document_totals(lines, D(60))

    # 60 over 1130 and 530: 40.84 and 19.16, of which 4.70 and 1.08 are tax.
    assert totals.by_rate == (
        Amounts(D("963.86"), D("125.30"), D("1089.16"), D(13)),
        Amounts(D("481.92"), D("28.92"), D("510.84"), D(6)),
    )
    assert (totals.net, totals.tax, totals.gross) == (D("1445.78"), D("154.22"), D("1600.00"))


def test_nothing_comes_to_nothing() -> None:
    totals = document_totals([])

    assert (totals.net, totals.tax, totals.gross, totals.by_rate) == (0, 0, 0, ())


@pytest.mark.parametrize("discount", ["-0.01", "113.01"])
def test_a_discount_is_neither_negative_nor_more_than_the_sum(discount: str) -> None:
    with pytest.raises(ValueError, match="discount"):
        document_totals([line_amounts(D(1), D(100), D(0), D(13))], D(discount))


@given(LINES)
def test_net_and_tax_make_gross(line: Amounts) -> None:
    assert line.net + line.tax == line.gross
    assert line.net == round(line.net, 2)


@given(st.lists(LINES, max_size=20))
def test_the_document_is_the_sum_of_its_lines(lines: list[Amounts]) -> None:
    totals = document_totals(lines)

    assert totals.net == sum(line.net for line in lines)
    assert totals.tax == sum(line.tax for line in lines)
    assert totals.gross == totals.net + totals.tax == sum(line.gross for line in lines)
    assert sum(rate.gross for rate in totals.by_rate) == totals.gross


@given(st.lists(LINES, min_size=1, max_size=20), st.integers(0, 100))
def test_a_discount_is_taken_off_exactly(lines: list[Amounts], percent: int) -> None:
    total = sum((line.gross for line in lines), D(0))
    discount = round(total * percent / 100, 2)

    totals = document_totals(lines, discount)

    assert totals.gross == totals.net + totals.tax == total - discount
    assert sum(rate.net for rate in totals.by_rate) == totals.net
    assert sum(rate.tax for rate in totals.by_rate) == totals.tax
