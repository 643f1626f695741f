import datetime
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from hrm.payroll.errors import InvalidStatute, NoStatute
from hrm.payroll.parameters import Code, Statute, checked, delivered_statutes, find, in_force, parse_statutes

D = Decimal
STATUTES = delivered_statutes()


def row(**changes: Any) -> dict[str, Any]:
    return {
        "code": "BASIC_DEDUCTION",
        "valid_from": "2019-01-01",
        "valid_to": None,
        "article": "—",
        "values": {"monthly": "5000"},
        **changes,
    }


def on(year: int, month: int = 1, day: int = 1) -> datetime.date:
    return datetime.date(year, month, day)


def statute(values: Mapping[str, Any]) -> Statute:
    return Statute(Code.BASIC_DEDUCTION, on(2019), None, values, "—")


def test_every_code_is_delivered_with_its_source() -> None:
    assert {statute.code for statute in STATUTES} == set(Code)
    assert all(statute.article for statute in STATUTES)


@pytest.mark.parametrize(
    ("code", "day", "name", "value"),
    [
        # 国发〔2023〕13号: raised from 2023-01-01.
        (Code.SPECIAL_INFANT, on(2022, 12, 31), "monthly", "1000"),
        (Code.SPECIAL_INFANT, on(2023), "monthly", "2000"),
        (Code.SPECIAL_EDUCATION, on(2022, 12, 31), "monthly", "1000"),
        (Code.SPECIAL_EDUCATION, on(2026), "monthly", "2000"),
        (Code.SPECIAL_ELDERLY, on(2022, 12, 31), "monthly", "2000"),
        (Code.SPECIAL_ELDERLY, on(2026), "monthly", "3000"),
        (Code.SPECIAL_ELDERLY, on(2026), "shared_limit", "1500"),
        (Code.SPECIAL_ILLNESS, on(2026), "above", "15000"),
        (Code.SPECIAL_ILLNESS, on(2026), "limit", "80000"),
        # 劳社部发〔2008〕3号, then 人社部发〔2025〕2号.
        (Code.WORKING_TIME, on(2024, 12, 31), "work_days_month", "20.83"),
        (Code.WORKING_TIME, on(2025), "work_days_month", "20.67"),
        (Code.WORKING_TIME, on(2025), "work_days_year", "248"),
        (Code.WORKING_TIME, on(2025), "pay_days", "21.75"),
        # 国务院令第795号.
        (Code.STATUTORY_HOLIDAYS, on(2024, 12, 31), "total", "11"),
        (Code.STATUTORY_HOLIDAYS, on(2025), "total", "13"),
        # 劳动法 41, 44.
        (Code.OVERTIME, on(2026), "extended", "1.5"),
        (Code.OVERTIME, on(2026), "rest", "2"),
        (Code.OVERTIME, on(2026), "statutory", "3"),
        (Code.OVERTIME, on(2026), "daily_hours", "3"),
        (Code.OVERTIME, on(2026), "monthly_hours", "36"),
        # 住房公积金管理条例 18.
        (Code.FUND, on(2026), "lowest_rate", "0.05"),
        (Code.FUND, on(2026), "highest_rate", "0.12"),
        # 劳动合同法 47; 社会保险法 58; 女职工劳动保护特别规定 7.
        (Code.SEVERANCE, on(2026), "cap_years", "12"),
        (Code.INSURANCE_REGISTRATION, on(2026), "days", "30"),
        (Code.MATERNITY, on(2026), "days", "98"),
    ],
)
def test_values_in_force(code: Code, day: datetime.date, name: str, value: str) -> None:
    assert in_force(STATUTES, code, day).number(name) == D(value)


def test_days_of_statutory_holidays_add_up() -> None:
    """国务院令第795号 第2条: 1 + 4 + 1 + 2 + 1 + 1 + 3 = 13; 11 before."""
    for statute in STATUTES:
        if statute.code is Code.STATUTORY_HOLIDAYS:
            assert sum(map(int, statute.values["days"].values())) == statute.whole("total")


@pytest.mark.parametrize(
    ("code", "day"),
    [
        (Code.IIT_WITHHOLDING, on(2018, 12, 31)),
        (Code.SPECIAL_INFANT, on(2021, 12, 31)),
        (Code.BONUS_SEPARATE, on(2028)),
        (Code.LOW_INCOME, on(2020, 12, 31)),
    ],
)
def test_no_row_in_force_is_an_error_and_no_guess(code: Code, day: datetime.date) -> None:
    with pytest.raises(NoStatute) as refused:
        in_force(STATUTES, code, day)

    assert refused.value.details == {"statute": code, "on": day}
    assert find(STATUTES, code, day) is None


def test_first_and_last_day_are_in_force() -> None:
    rows = parse_statutes(json.dumps([row(valid_from="2024-01-01", valid_to="2027-12-31")]))

    found = [
        find(rows, Code.BASIC_DEDUCTION, day) is not None
        for day in (on(2023, 12, 31), on(2024), on(2027, 12, 31), on(2028))
    ]

    assert found == [False, True, True, False]


@pytest.mark.parametrize(
    "rows",
    [
        [row(code="INCOME_TAX")],
        [row(valid_from="1 January 2019")],
        [row(valid_from=None)],
        [row(values="5000")],
        [row(valid_to="2018-12-31")],
        [row(article=" ")],
        [row(), row(valid_from="2026-01-01")],
        [row(valid_to="2026-01-01"), row(valid_from="2026-01-01")],
        [{key: value for key, value in row().items() if key != "article"}],
    ],
    ids=["code", "date", "no date", "values", "ends early", "no source", "open overlap", "a day twice", "a field less"],
)
def test_rows_that_cannot_be_are_refused(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(InvalidStatute):
        parse_statutes(json.dumps(rows))


def test_rows_may_follow_each_other() -> None:
    rows = parse_statutes(json.dumps([row(valid_from="2026-01-01"), row(valid_to="2025-12-31")]))

    assert [each.valid_from for each in rows] == [on(2019), on(2026)]
    assert checked(reversed(rows)) == rows


@pytest.mark.parametrize("value", ["five", "NaN", "Infinity", None, [], 5000.5, True])
def test_value_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(InvalidStatute):
        statute({"monthly": value}).number("monthly")


def test_missing_value_is_refused() -> None:
    with pytest.raises(InvalidStatute):
        statute({}).number("monthly")


def test_part_of_a_whole_number_is_refused() -> None:
    with pytest.raises(InvalidStatute):
        statute({"months": "2.5"}).whole("months")

    assert statute({"months": "240"}).whole("months") == 240


@pytest.mark.parametrize("table", [[], "x", ["1"], [["1", "x"]]])
def test_table_that_is_none_is_refused(table: object) -> None:
    with pytest.raises(InvalidStatute):
        statute({"bands": table}).table("bands")


def test_table_has_open_ends() -> None:
    """职工带薪年休假条例 3, 4: days by years of work, and the months of sick leave that cost them."""
    assert in_force(STATUTES, Code.ANNUAL_LEAVE, on(2026)).table("bands") == (
        (1, 10, 5, 2),
        (10, 20, 10, 3),
        (20, None, 15, 4),
    )
