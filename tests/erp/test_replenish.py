from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.planning.replenish import (
    ABC,
    XYZ,
    InvalidParameter,
    LotRule,
    abc_classes,
    eoq,
    lead_time_quantile,
    order_quantity,
    reorder_point,
    replenishment,
    safety_stock,
    service_factor,
    xyz_class,
)

D = Decimal
figures = st.decimals(0, 10_000, places=2)
levels = st.decimals(D("0.5"), D("0.9999"), places=4)


@pytest.mark.parametrize(
    ("level", "factor"),
    # Table of the standard normal distribution.
    [("0.5", "0"), ("0.8413447461", "1"), ("0.90", "1.281552"), ("0.95", "1.644854"), ("0.99", "2.326348")],
)
def test_service_factor(level: str, factor: str) -> None:
    assert round(service_factor(D(level)), 6) == D(factor)


@pytest.mark.parametrize("level", ["0.4999", "1", "1.5", "-1", "NaN", "0.99999999999999999999"])
def test_service_level_outside_its_range_is_refused(level: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        service_factor(D(level))

    assert refused.value.name == "service_level"


def test_safety_stock_for_uncertain_demand() -> None:
    # z · σd · √L = 1.644854 · 20 · √4 = 65.794145.
    assert safety_stock(D("0.95"), demand_std=D(20), lead_time=D(4)) == D("65.794145")


def test_safety_stock_for_uncertain_demand_and_lead_time() -> None:
    # √(4 · 15² + 20² · 2²) = √(900 + 1600) = 50; times 1.644854.
    stock = safety_stock(D("0.95"), demand_mean=D(20), demand_std=D(15), lead_time=D(4), lead_time_std=D(2))

    assert stock == D("82.242681")


@pytest.mark.parametrize("level", ["0.5", "0.99"])
def test_certain_demand_needs_safety_stock_at_no_level(level: str) -> None:
    assert safety_stock(D(level), demand_std=D(0), lead_time=D(4)) == 0


def test_negative_figure_is_refused_by_name() -> None:
    with pytest.raises(InvalidParameter) as refused:
        safety_stock(D("0.95"), demand_std=D(-1), lead_time=D(4))

    assert (refused.value.name, refused.value.value) == ("demand_std", D(-1))


@given(levels, levels, figures, figures, figures, figures)
def test_more_service_never_needs_less(
    a: Decimal, b: Decimal, mean: Decimal, std: Decimal, time: Decimal, late: Decimal
) -> None:
    low, high = (
        safety_stock(level, demand_mean=mean, demand_std=std, lead_time=time, lead_time_std=late)
        for level in sorted((a, b))
    )

    assert 0 <= low <= high


@given(levels, figures, figures, figures)
def test_more_uncertainty_never_needs_less(level: Decimal, std: Decimal, time: Decimal, more: Decimal) -> None:
    stock = safety_stock(level, demand_std=std, lead_time=time)

    assert stock <= safety_stock(level, demand_std=std + more, lead_time=time)
    assert stock <= safety_stock(level, demand_std=std, lead_time=time + more)


def test_reorder_point() -> None:
    assert reorder_point(D(20), D(4), D("65.794145")) == D("145.794145")


def test_reorder_point_refuses_negative_lead_time() -> None:
    with pytest.raises(InvalidParameter):
        reorder_point(D(20), D(-4))


def test_economic_order_quantity_of_the_textbook() -> None:
    # √(2 · 1000 · 10 / 0.5) = √40000.
    assert eoq(D(1000), D(10), D("0.5")) == D(200)


def test_economic_order_quantity_balances_its_costs() -> None:
    quantity = eoq(D(1200), D(25), D(3))

    assert round(1200 / quantity * 25, 3) == round(quantity / 2 * 3, 3)


@pytest.mark.parametrize(("demand", "ordering", "holding"), [(-1, 1, 1), (1, -1, 1), (1, 1, 0), (1, 1, -1)])
def test_economic_order_quantity_refuses(demand: int, ordering: int, holding: int) -> None:
    with pytest.raises(InvalidParameter):
        eoq(D(demand), D(ordering), D(holding))


@pytest.mark.parametrize(
    ("needed", "minimum", "multiple", "maximum", "ordered"),
    [
        (0, 10, 5, None, 0),
        (-3, 10, 5, None, 0),
        (3, 0, 0, None, 3),
        (3, 10, 0, None, 10),
        (11, 10, 0, None, 11),
        (11, 0, 5, None, 15),
        (15, 0, 5, None, 15),
        (3, 12, 5, None, 15),
        ("0.3", 0, "0.1", None, "0.3"),
        ("0.31", 0, "0.1", None, "0.4"),
        (40, 0, 0, 30, 30),
        (40, 0, 8, 30, 24),
        (23, 0, 8, 30, 24),
    ],
)
def test_order_quantity(
    needed: int | str, minimum: int, multiple: int | str, maximum: int | None, ordered: int | str
) -> None:
    rule = LotRule(D(minimum), D(multiple), None if maximum is None else D(maximum))

    assert order_quantity(D(needed), rule) == D(ordered)


def test_order_quantity_without_a_rule() -> None:
    assert order_quantity(D("2.5")) == D("2.5")


@pytest.mark.parametrize(
    "rule", [LotRule(D(-1)), LotRule(D(0), D(-1)), LotRule(D(10), D(0), D(5)), LotRule(D(0), D(8), D(7))]
)
def test_rule_that_cannot_be_kept_is_refused(rule: LotRule) -> None:
    with pytest.raises(InvalidParameter):
        order_quantity(D(20), rule)


@given(st.decimals(D("0.01"), 1000, places=2), figures, figures)
def test_order_covers_the_need_in_whole_multiples(needed: Decimal, minimum: Decimal, multiple: Decimal) -> None:
    ordered = order_quantity(needed, LotRule(minimum, multiple))

    assert ordered >= max(needed, minimum)
    if multiple:
        assert ordered % multiple == 0
        assert ordered - multiple < max(needed, minimum)


@pytest.mark.parametrize(("position", "ordered"), [(31, 0), (30, 70), (10, 90), (-5, 105), (100, 0)])
def test_minimum_and_maximum(position: int, ordered: int) -> None:
    assert replenishment(D(position), D(30), order_up_to=D(100)) == D(ordered)


def test_reorder_point_with_a_lot() -> None:
    assert replenishment(D(25), D(30), rule=LotRule(multiple=D(200))) == D(200)


def test_level_below_the_reorder_point_is_refused() -> None:
    with pytest.raises(InvalidParameter):
        replenishment(D(25), D(30), order_up_to=D(20))


def test_abc_of_the_textbook() -> None:
    # Cumulated: 60, 80, 90, 95, 98, 100 %: the item that reaches a limit is above it.
    values = {"a": 6000, "b": 2000, "c": 1000, "d": 500, "e": 300, "f": 200}

    classes = abc_classes({key: D(value) for key, value in values.items()})

    assert "".join(classes.values()) == "AABBCC"


def test_abc_keeps_items_of_one_value_together() -> None:
    classes = abc_classes({key: D(25) for key in "wxyz"})

    assert set(classes.values()) == {ABC.A}


def test_abc_of_no_value_is_c() -> None:
    assert abc_classes({"a": D(0), "b": D(0)}) == {"a": ABC.C, "b": ABC.C}
    assert abc_classes({"a": D(5), "b": D(0)}) == {"a": ABC.A, "b": ABC.C}
    assert abc_classes({}) == {}


def test_abc_refuses() -> None:
    with pytest.raises(InvalidParameter):
        abc_classes({"a": D(-1)})
    with pytest.raises(InvalidParameter):
        abc_classes({"a": D(1)}, a_share=D("0.9"), b_share=D("0.8"))


@given(st.dictionaries(st.integers(), figures, min_size=1), st.randoms(use_true_random=False))
def test_abc_falls_with_value_and_ignores_order(values: dict[int, Decimal], chance: object) -> None:
    classes = abc_classes(values)
    mixed = list(values.items())
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    assert abc_classes(dict(mixed)) == classes
    ranked = sorted(values, key=lambda key: -values[key])
    assert [classes[key] for key in ranked] == sorted(classes[key] for key in ranked)
    total = sum(values.values())
    assert sum(values[key] for key in values if classes[key] is ABC.A) >= total * D("0.8")


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ([10, 10, 10], XYZ.X),
        # Mean 10, deviation exactly 5.
        ([5, 15], XYZ.X),
        ([4, 16], XYZ.Y),
        # Mean 10, deviation exactly 10.
        ([0, 20], XYZ.Y),
        ([0, 0, 30], XYZ.Z),
        ([0, 0, 0], XYZ.Z),
    ],
)
def test_xyz(series: list[int], expected: XYZ) -> None:
    assert xyz_class([D(value) for value in series]) is expected


def test_xyz_refuses() -> None:
    with pytest.raises(InvalidParameter):
        xyz_class([])
    with pytest.raises(InvalidParameter):
        xyz_class([D(-1), D(2)])
    with pytest.raises(InvalidParameter):
        xyz_class([D(1)], x_limit=D(2))


@pytest.mark.parametrize(
    ("level", "point"),
    # Two periods, each 0 (3 of 4) or 10 (1 of 4): 0 with 9/16, 10 with 6/16, 20 with 1/16.
    [("0.5", 0), ("0.5625", 0), ("0.57", 10), ("0.9375", 10), ("0.94", 20)],
)
def test_quantile_of_rare_demand(level: str, point: int) -> None:
    assert lead_time_quantile([D(0), D(0), D(10), D(0)], 2, D(level)) == point


def test_quantile_without_demand_is_nothing() -> None:
    assert lead_time_quantile([D(0)] * 6, 3, D("0.99")) == 0


@pytest.mark.parametrize(
    ("series", "time", "level"), [([], 1, "0.9"), ([1], 0, "0.9"), ([1], 1, "1"), ([-1], 1, "0.9")]
)
def test_quantile_refuses(series: list[int], time: int, level: str) -> None:
    with pytest.raises(InvalidParameter):
        lead_time_quantile([D(value) for value in series], time, D(level))


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(1, 3), st.decimals(D("0.01"), D("0.99"), places=2)
)
def test_quantile_equals_counting_all_outcomes(series: list[int], time: int, level: Decimal) -> None:
    sums = sorted(sum(each) for each in product(series, repeat=time))
    expected = next(total for place, total in enumerate(sums, 1) if place >= level * len(sums))

    assert lead_time_quantile([D(value) for value in series], time, level) == expected


@given(st.lists(figures, min_size=1, max_size=12), st.integers(1, 4), st.decimals(D("0.01"), D("0.99"), places=2))
def test_quantile_of_any_demand_stays_within_its_bounds(series: list[Decimal], time: int, level: Decimal) -> None:
    point = lead_time_quantile(series, time, level)

    assert min(series) * time <= point + 1
    # Rounded up to a thousandth of the highest for each period.
    assert point <= max(series) * time * D("1.002")
