from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from hrm.payroll.errors import FormulaError
from hrm.payroll.formulas import MAX_LENGTH, MAX_TOKENS, Formula, check_name, evaluation_order
from suite.masters.decimals import round_exact

D = Decimal
NAMES = ("BASE", "YEARS", "SCORE", "ZERO")
VALUES = {"BASE": D(6000), "YEARS": D(3), "SCORE": D(92), "ZERO": D(0)}
numbers = st.decimals(-1_000_000, 1_000_000, places=4)


def result(text: str) -> Decimal:
    return Formula(text, NAMES).evaluate(VALUES)


def reason(act: Callable[[], Any]) -> str:
    with pytest.raises(FormulaError) as refused:
        act()
    return refused.value.reason


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 + 0.2", "0.3"),
        ("BASE * 0.05 * min(YEARS, 10)", "900"),
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 2 - 3", "5"),
        ("-BASE + 1", "-5999"),
        ("SCORE >= 90 ? BASE : BASE * 0.8", "6000"),
        ("SCORE < 60 ? 0 : SCORE < 90 ? 100 : 200", "200"),
        ("SCORE >= 90 and YEARS > 5 ? 1 : 2", "2"),
        ("SCORE >= 90 or YEARS > 5 ? 1 : 2", "1"),
        ("not (SCORE == 92) ? 1 : 2", "2"),
        ("SCORE != 92 ? 1 : 2", "2"),
        ("ZERO == 0 ? 0 : BASE / ZERO", "0"),
        ("max(1, YEARS, 2)", "3"),
        ("min(max(YEARS, 1), 2)", "2"),
        ("round(2.345, 2)", "2.35"),
        ("round(-2.345, 2)", "-2.35"),
        ("round(2.5, 0)", "3"),
        ("floor(2.9)", "2"),
        ("floor(-2.1)", "-3"),
        ("ceil(2.1)", "3"),
        ("ceil(-2.9)", "-2"),
        ("BASE\n  + YEARS", "6003"),
    ],
)
def test_what_formulas_give(text: str, value: str) -> None:
    assert result(text) == D(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 / 3 * 3", "1"),
        ("floor(BASE / 7 * 7)", "6000"),
        ("ceil(BASE / 7 * 7)", "6000"),
        ("round(0.01 / 3 * 1.5, 2)", "0.01"),
        ("round(BASE / 1200000 / 3 * 3, 2)", "0.01"),
    ],
)
def test_a_quotient_that_has_no_end_leaves_no_trace(text: str, value: str) -> None:
    assert result(text) == D(value)


def test_result_is_not_rounded_to_cents() -> None:
    assert result("BASE / 21.75 / 8") == D("34.48275862068965517241")


def test_numbers_are_as_exact_as_names() -> None:
    """The library computes parts without names while it reads them."""
    by_number = Formula("1 / 3 * 1000000000000", []).evaluate({})
    by_name = Formula("A / 3 * 1000000000000", ["A"]).evaluate({"A": D(1)})

    assert by_number == by_name == D("333333333333.33333333333333333333")


def test_names_it_reads() -> None:
    formula = Formula("round(BASE * 0.5, 2) + (SCORE > 60 ? BASE : 0)", NAMES)

    assert formula.names == {"BASE", "SCORE"}
    assert formula.text == "round(BASE * 0.5, 2) + (SCORE > 60 ? BASE : 0)"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "syntax"),
        ("  ", "syntax"),
        ("BASE +", "syntax"),
        ("BASE SCORE", "syntax"),
        ("(BASE", "syntax"),
        ("1 < 2 < 3", "syntax"),
        ("BASE ? 1", "syntax"),
        ("007", "syntax"),
        ("1e9", "syntax"),
        ("0xff", "syntax"),
        ("1.5.2", "syntax"),
        ("工资 + 1", "syntax"),
        ("BONUS + 1", "unknown-name"),
        ("base", "unknown-name"),
        ("true", "unknown-name"),
        ("inf", "unknown-name"),
        ("null", "unknown-name"),
        ("max", "function"),
        ("max + 1", "function"),
        ("max(1)", "function"),
        ("round(1)", "function"),
        ("round(1, 2, 3)", "function"),
        ("BASE(1)", "function"),
        ("sum(1, 2)", "function"),
        ("max(1 > 2, 3)", "function"),
        ("max(1, 2)(3)", "type"),
        ("BASE > 1", "type"),
        ("BASE and SCORE", "type"),
        ("(BASE > 1) + 1", "type"),
        ("BASE > 1 ? 1 : SCORE > 1", "type"),
        ("1 / 0", "division-by-zero"),
        ("0 / 0", "division-by-zero"),
        ("1234567890123456789", "size"),
    ],
)
def test_formulas_that_are_refused_when_defined(text: str, why: str) -> None:
    assert reason(lambda: Formula(text, NAMES)) == why


@pytest.mark.parametrize(
    "text",
    [
        "9 ** 9 ** 9",
        "BASE**2",
        "BASE // 2",
        "BASE % 2",
        "1 << 99",
        "BASE & 1",
        "BASE ?? 1",
        '"text"',
        "s'text'",
        "d'2026-01-01'",
        "BASE =~ SCORE",
        "BASE.real",
        "BASE&.real",
        "[BASE]",
        "{BASE}",
        "[x for x in BASE]",
        "$now",
        "$sum(BASE)",
        "BASE # note",
        "BASE; SCORE",
        "BASE[0]",
    ],
)
def test_everything_else_of_the_language_is_refused(text: str) -> None:
    assert reason(lambda: Formula(text, NAMES)) == "syntax"


def test_refusals_say_where_and_what() -> None:
    with pytest.raises(FormulaError) as place:
        Formula("BASE + $now", NAMES)
    with pytest.raises(FormulaError) as name, translation.override("en"):
        Formula("BASE + BONUS", NAMES)

    assert place.value.details == {"reason": "syntax", "position": 6}
    assert name.value.details == {"reason": "unknown-name", "name": "BONUS"}
    assert str(name.value) == "BONUS is not known here."


def test_long_formulas_are_refused() -> None:
    longest = "+".join(["1"] * (MAX_TOKENS // 2))

    assert result(longest) == MAX_TOKENS // 2
    assert result("-" * (MAX_TOKENS - 2) + "BASE") == 6000
    assert reason(lambda: Formula("(" * MAX_TOKENS + "1", NAMES)) == "length"
    assert reason(lambda: Formula("1" + " " * MAX_LENGTH, NAMES)) == "length"


def test_deepest_formula_can_be_read() -> None:
    depth = (MAX_TOKENS - 1) // 2

    assert result("(" * depth + "1" + ")" * depth) == 1


@pytest.mark.parametrize(
    ("text", "values", "why"),
    [
        ("BASE / ZERO", VALUES, "division-by-zero"),
        ("ZERO / ZERO", VALUES, "division-by-zero"),
        ("BASE", {}, "missing-value"),
        ("BASE", {"BASE": D("NaN")}, "value"),
        ("BASE", {"BASE": D("Infinity")}, "value"),
        ("BASE", {"BASE": D(10) ** 18}, "value"),
        ("BASE", {"BASE": 0.1}, "value"),
        ("BASE", {"BASE": "5"}, "value"),
        ("BASE * BASE", {"BASE": D(10) ** 9}, "size"),
        ("round(BASE * BASE, 2)", {"BASE": D(10) ** 9}, "size"),
        ("round(BASE, YEARS)", {"BASE": D(1), "YEARS": D("1.5")}, "places"),
        ("round(BASE, YEARS)", {"BASE": D(1), "YEARS": D(7)}, "places"),
        ("round(BASE, YEARS)", {"BASE": D(1), "YEARS": D(-1)}, "places"),
    ],
)
def test_what_is_refused_when_evaluated(text: str, values: dict[str, Any], why: str) -> None:
    formula = Formula(text, NAMES)

    assert reason(lambda: formula.evaluate(values)) == why


def test_values_that_are_not_read_do_not_matter() -> None:
    assert Formula("BASE", NAMES).evaluate({"BASE": D(1), "SCORE": D("NaN")}) == 1


def test_one_formula_serves_many_threads() -> None:
    formula = Formula("round(BASE * 0.08, 2)", NAMES)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda base: formula.evaluate({"BASE": D(base)}), range(200)))

    assert results == [base * D("0.08") for base in range(200)]


@pytest.mark.parametrize("name", ["BASE", "a1", "_x"])
def test_names_for_items(name: str) -> None:
    check_name(name)

    assert Formula(f"{name} + 1", [name]).evaluate({name: D(1)}) == 2


@pytest.mark.parametrize("name", ["", "1a", "a-b", "工资", "if", "and", "true", "nan", "max", "else"])
def test_names_that_no_formula_can_read(name: str) -> None:
    assert reason(lambda: check_name(name)) == "name"


def test_order_of_evaluation() -> None:
    texts = {"NET": "GROSS - TAX", "TAX": "GROSS * 0.03", "GROSS": "BASE + BONUS", "BONUS": "BASE * 0.1"}
    names = [*texts, "BASE"]

    orders = {evaluation_order({code: Formula(texts[code], names) for code in codes}) for codes in permutations(texts)}

    assert orders == {("BONUS", "GROSS", "TAX", "NET")}


def test_independent_codes_are_in_alphabetical_order() -> None:
    formulas = {code: Formula("BASE", NAMES) for code in ("C", "A", "B")}

    assert evaluation_order(formulas) == ("A", "B", "C")


def test_cycle_is_named() -> None:
    texts = {"X": "Y + 1", "Y": "Z + BASE", "Z": "X", "W": "X"}

    with pytest.raises(FormulaError) as refused:
        evaluation_order({code: Formula(text, [*texts, "BASE"]) for code, text in texts.items()})

    assert refused.value.reason == "cycle"
    assert refused.value.details["cycle"] == ("X", "Y", "Z", "X")
    assert "X → Y → Z → X" in str(refused.value)


def test_formula_that_reads_itself_is_a_cycle() -> None:
    with pytest.raises(FormulaError) as refused:
        evaluation_order({"X": Formula("X + 1", ["X"])})

    assert refused.value.details["cycle"] == ("X", "X")


@given(numbers, numbers)
def test_arithmetic_is_exact(first: Decimal, second: Decimal) -> None:
    values = {"A": first, "B": second}

    assert Formula("A + B", values).evaluate(values) == first + second
    assert Formula("A - B", values).evaluate(values) == first - second
    assert Formula("A * B", values).evaluate(values) == first * second
    assert Formula("max(A, B) + min(A, B)", values).evaluate(values) == first + second


@given(numbers, st.integers(0, 6))
def test_round_takes_halves_away_from_zero(value: Decimal, places: int) -> None:
    rounded = Formula("round(A, P)", ["A", "P"]).evaluate({"A": value, "P": D(places)})

    assert rounded == round_exact(value, places)


@given(st.text(alphabet="AB01.+-*/<>=!?:(), \n$[]{}'\"#&|%andormx", max_size=40))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    try:
        value = Formula(text, ["A", "B"]).evaluate({"A": D(2), "B": D(5)})
    except FormulaError:
        return

    assert value.is_finite()
