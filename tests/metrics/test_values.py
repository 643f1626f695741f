"""Ratios, changes and how figures read."""

from decimal import Decimal

import pytest
from django.utils import translation

from suite.metrics.charts import ChartData, Series
from suite.metrics.choices import Direction
from suite.metrics.format import change_text, figure, period_title, spark
from suite.metrics.periods import Period, period_of
from suite.metrics.values import Change, Fact, change, percent, ratio
from tests.metrics.test_periods import TODAY

D = Decimal


@pytest.mark.parametrize(
    ("value", "earlier", "amount"),
    [
        (D(112), D(100), D(12)),
        (D(50), D(200), D(-75)),
        (D(0), D(5), D(-100)),
        (D(50), D(-100), D(150)),
        (D(-150), D(-100), D(-50)),
    ],
)
def test_change_in_per_cent_of_the_earlier_figure(value: Decimal, earlier: Decimal, amount: Decimal) -> None:
    assert change(value, earlier) == Change(amount)


@pytest.mark.parametrize(("value", "earlier"), [(D(5), None), (D(5), D(0)), (None, D(5)), (None, None)])
def test_no_change_is_told_without_something_to_compare_with(value: Decimal | None, earlier: Decimal | None) -> None:
    assert change(value, earlier) is None
    assert change(value, earlier, is_points=True) is None
    with translation.override("en"):
        assert change_text(change(value, earlier)) == "n/a"


def test_the_change_of_a_rate_is_counted_in_points() -> None:
    assert change(D("27.8"), D("29.1"), is_points=True) == Change(D("-1.3"), is_points=True)


def test_whether_a_change_is_good_depends_on_the_figure() -> None:
    rise = Change(D(5))

    assert rise.is_good(Direction.UP) is True
    assert rise.is_good(Direction.DOWN) is False
    assert rise.is_good(None) is None
    assert Change(D(0)).is_good(Direction.UP) is None


def test_a_zero_denominator_gives_no_figure() -> None:
    assert ratio(D(5), D(0)) is None
    assert ratio(None, D(5)) is None
    assert percent(0, 0).value is None
    assert percent(1, 4).value == D(25)
    assert str(figure(percent(3, 0).value, "%")) == "—"


@pytest.mark.parametrize(
    ("value", "unit", "counter", "chinese", "english"),
    [
        (D(3864000), "CNY", "", "386.4 万元", "3,864.0 k CNY"),
        (D("9999.4"), "CNY", "", "9,999 元", "9,999 CNY"),
        (D(-5000000), "CNY", "", "-500.0 万元", "-5,000.0 k CNY"),
        (D(0), "CNY", "", "0 元", "0 CNY"),
        (D("27.75"), "%", "", "27.8%", "27.8%"),
        (D(41), "days", "", "41 天", "41 days"),
        (D("2.14"), "times", "", "2.1 倍", "2.1 times"),
        (D(1234), "count", "orders", "1,234 orders", "1,234 orders"),
        (None, "CNY", "", "—", "—"),
        ("20 %", "", "", "20 %", "20 %"),
    ],
)
def test_how_figures_read(value: Decimal | None, unit: str, counter: str, chinese: str, english: str) -> None:
    with translation.override("en"):
        assert str(figure(value, unit, counter)) == english
    with translation.override("zh-hans"):
        shown = str(figure(value, unit, counter))
    assert shown.split(" ")[0] == chinese.split(" ")[0]


def test_how_changes_read() -> None:
    with translation.override("en"):
        assert change_text(Change(D("12.44"))) == "▲ 12.4%"
        assert change_text(Change(D("-1.25"), is_points=True)) == "▼ 1.3 points"
        assert change_text(Change(D("0.04"))) == "■ 0.0%"


def test_how_periods_are_called() -> None:
    with translation.override("en"):
        assert period_title(period_of("month", TODAY)) == "November 2026"
        assert period_title(period_of("quarter", TODAY)) == "Q4 2026"
        assert period_title(period_of("year", TODAY)) == "Year 2026"
        assert period_title(Period("custom", TODAY, TODAY)) == "2026-11-20 – 2026-11-20"
    with translation.override("zh-hans"):
        assert period_title(period_of("month", TODAY)) == "2026年11月"


def test_the_line_of_earlier_figures() -> None:
    assert spark([]) == ""
    assert spark([D(1)]) == ""
    assert '<path d="M0.0 32.0L48.0 18.0L96.0 4.0"/>' in spark([D(0), D(5), D(10)])
    assert '<path d="M0.0 32.0L96.0 4.0"/>' in spark([D(0), None, D(10)])
    assert '<path d="M0.0 32.0L96.0 32.0"/>' in spark([D(7), D(7)])


def money_chart(**more: object) -> ChartData:
    return ChartData(
        "combo", "CNY", ["10月", "11月"], [Series("实际", [D(4180000), None], "bar", "c1")], "月份", **more
    )  # type: ignore[arg-type]


def test_a_chart_is_drawn_in_large_units_and_exported_in_yuan() -> None:
    data = money_chart(links=["/a", ""], partial=1)
    with translation.override("zh-hans"):
        drawn = data.as_json()

        assert drawn["series"] == [{"name": "实际", "data": [418, None], "type": "bar", "c": "c1"}]
        assert [row["cells"] for row in data.shown_rows()] == [["418.0"], ["—"]]
    assert drawn["x"] == ["10月", "11月"]
    assert (drawn["links"], drawn["partial"]) == (["/a", ""], 1)
    assert data.table()[1:] == [["10月", D(4180000)], ["11月", None]]
    with translation.override("en"):
        assert data.as_json()["series"][0]["data"] == [4180, None]


def test_the_data_of_a_chart_cannot_end_its_script() -> None:
    data = ChartData("bar", "count", ["</script><b>&"], [Series("n", [1])])

    assert "<" not in data.script
    assert "\\u003C/script\\u003E" in data.script


def test_the_steps_of_a_funnel() -> None:
    data = ChartData("funnel", "count", ["线索", "商机", "赢单"], [Series("n", [400, 180, 0])], links=["/leads"])

    assert [(s["width"], s["share"], s["url"]) for s in data.stages()] == [
        ("200.0", "", "/leads"),
        ("90.0", "45%", ""),
        ("0.0", "0%", ""),
    ]


def test_a_funnel_without_anything_has_no_shares() -> None:
    data = ChartData("funnel", "count", ["a", "b"], [Series("n", [0, 0])])

    assert [step["share"] for step in data.stages()] == ["", ""]
    assert data.is_empty


def test_a_heat_map_is_told_cell_by_cell_and_row_by_row() -> None:
    data = ChartData("heat", "count", ["mon", "tue"], [Series("n", [1, 2, 3, 4])], y=["am", "pm"])

    assert data.as_json()["series"][0]["data"] == [[0, 0, 1], [1, 0, 2], [0, 1, 3], [1, 1, 4]]
    assert data.table() == [["", "mon", "tue"], ["am", 1, 2], ["pm", 3, 4]]
    assert data.shown_rows()[1] == {"label": "pm", "url": "", "cells": ["3", "4"]}


def test_a_chart_with_crooked_data_is_refused() -> None:
    with pytest.raises(ValueError, match="length"):
        ChartData("bar", "count", ["a", "b"], [Series("n", [1])])
    with pytest.raises(ValueError, match="pyramid"):
        ChartData("pyramid", "count", [], [])


def test_facts_below_a_chart() -> None:
    data = money_chart(facts=[Fact("Win rate", D(31), "%", tone="done")])

    (fact,) = data.shown_facts()
    assert (fact["label"], str(fact["figure"]), fact["tone"]) == ("Win rate", "31.0%", "done")
