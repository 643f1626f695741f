"""Forms as pure data: what is asked, judged, computed and seen by conditions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from oa.flows.conditions import AnyOf, Compare, Operator
from oa.forms.choices import FieldKind
from oa.forms.filling import compute, facts, references, starting_values, validate, visible
from oa.forms.schema import SCHEMA, Column, FormField, Schema, Section, faults


def one(kind: str, **values: Any) -> Schema:
    """Return a form with a single field ``it``."""
    return form(field(kind, "it", **values))


def field(kind: str, key: str, **values: Any) -> FormField:
    return FormField(kind=FieldKind(kind), key=key, label=key, **values)


def column(kind: str, key: str, **values: Any) -> Column:
    return Column(kind=FieldKind(kind), key=key, label=key, **values)


def form(*fields: FormField, amount: str = "") -> Schema:
    return Schema(sections=(Section(fields=fields),), amount=amount)


EXPENSE = form(
    field("TEXT", "reason", required=True),
    field(
        "TABLE",
        "lines",
        required=True,
        maximum=Decimal(3),
        columns=(
            column("NUMBER", "quantity", decimals=0),
            column("MONEY", "price", required=True),
            column("FORMULA", "total", formula="quantity * price"),
        ),
    ),
    field("FORMULA", "sum", formula="lines_total"),
    field("FORMULA", "with_tax", formula="round(sum * 1.13, 2)"),
    amount="with_tax",
)


@pytest.mark.parametrize(
    ("kind", "values", "raw", "clean"),
    [
        ("TEXT", {}, "  shoes ", "shoes"),
        ("TEXT", {}, "", None),
        ("LONG_TEXT", {}, "a\nb", "a\nb"),
        ("NUMBER", {"decimals": 1}, "1,234.5", "1234.5"),
        ("NUMBER", {"decimals": 0}, 7, "7"),
        ("MONEY", {}, "0.1", "0.10"),
        ("MONEY", {}, 0.1, "0.10"),
        ("DATE", {}, "2026-02-28", "2026-02-28"),
        ("DATE_RANGE", {}, {"from": "2026-02-27", "to": "2026-03-01"}, {"from": "2026-02-27", "to": "2026-03-01"}),
        ("DATE_RANGE", {}, {"from": "", "to": ""}, None),
        ("TIME", {}, "08:30", "08:30"),
        ("DATETIME", {}, "2026-02-28T08:30", "2026-02-28T08:30"),
        ("CHOICE", {"choices": ("甲", "乙")}, "乙", "乙"),
        ("CHOICES", {"choices": ("甲", "乙")}, ["乙", "甲"], ["甲", "乙"]),
        ("YES_NO", {}, "on", True),
        ("YES_NO", {}, None, False),
        ("PERSON", {}, "12", 12),
        ("ATTACHMENT", {}, ["3", 3, 4], [3, 4]),
    ],
)
def test_a_value_has_one_spelling(kind: str, values: dict[str, Any], raw: Any, clean: Any) -> None:
    assert validate(one(kind, **values), {"it": raw}) == ({"it": clean}, {})


@pytest.mark.parametrize(
    ("kind", "values", "raw", "error"),
    [
        ("TEXT", {"required": True}, " ", "This field is required."),
        ("TEXT", {}, "x" * 201, "Enter at most 200 characters."),
        ("TEXT", {}, "a\x00b", "Enter a text."),
        ("NUMBER", {}, "ten", "Enter a number."),
        ("NUMBER", {}, True, "Enter a number."),
        ("NUMBER", {}, "NaN", "Enter a number."),
        ("NUMBER", {}, {"a": 1}, "Enter a number."),
        ("NUMBER", {"decimals": 0}, "1.5", "Enter at most 0 decimals."),
        ("NUMBER", {"minimum": Decimal(2)}, "1", "Enter at least 2."),
        ("NUMBER", {"maximum": Decimal(2)}, "3", "Enter at most 2."),
        ("MONEY", {}, "1e15", "The number is too large."),
        ("DATE", {}, "2026-02-30", "Enter a date."),
        ("DATE_RANGE", {}, {"from": "2026-03-01", "to": "2026-02-27"}, "The last day is before the first."),
        ("DATE_RANGE", {}, {"from": "2026-03-01"}, "Enter the first and the last day."),
        ("DATE_RANGE", {}, "2026-03-01", "Enter the first and the last day."),
        ("CHOICE", {"choices": ("甲",)}, "丙", "Choose one of what is offered."),
        ("CHOICES", {"choices": ("甲",)}, [["甲"]], "Choose among what is offered."),
        ("YES_NO", {"required": True}, "off", "This field is required."),
        ("YES_NO", {}, "maybe", "Enter yes or no."),
        ("PERSON", {}, "me; drop", "Choose one of what is offered."),
        ("PERSON", {}, "9" * 30, "Choose one of what is offered."),
        ("ATTACHMENT", {}, "x", "Attach files."),
    ],
)
@pytest.mark.usefixtures("english")
def test_what_does_not_fit_is_told_beside_the_field(kind: str, values: dict[str, Any], raw: Any, error: str) -> None:
    clean, errors = validate(one(kind, **values), {"it": raw})

    assert errors == {"it": error}
    assert not clean["it"]


def test_a_draft_may_miss_something_but_holds_nothing_wrong() -> None:
    assert validate(EXPENSE, {}, is_draft=True)[1] == {}
    assert set(validate(EXPENSE, {"lines": [{"price": "x"}]}, is_draft=True)[1]) == {"lines.0.price"}


def test_a_table_is_judged_row_by_row_and_added_up() -> None:
    rows = [{"quantity": "3", "price": "10.05"}, {"quantity": "", "price": ""}, {"quantity": "1", "price": "0.01"}]

    clean, errors = validate(EXPENSE, {"reason": "x", "lines": rows, "sum": "999", "with_tax": "1"})

    assert errors == {}
    assert clean == {
        "reason": "x",
        "lines": [
            {"quantity": "3", "price": "10.05", "total": "30.15"},
            {"quantity": "1", "price": "0.01", "total": "0.01"},
        ],
        "sum": "30.16",
        "with_tax": "34.08",
    }


@pytest.mark.usefixtures("english")
def test_rows_are_neither_too_few_nor_too_many_nor_made_up() -> None:
    row = {"quantity": "1", "price": "1"}

    assert validate(EXPENSE, {"reason": "x"})[1] == {"lines": "At least 1 rows."}
    assert validate(EXPENSE, {"reason": "x", "lines": [row] * 4})[1] == {"lines": "At most 3 rows."}
    assert validate(EXPENSE, {"reason": "x", "lines": [{"price": 1, "evil": 1}]})[1] == {
        "lines.0.evil": "The table has no such column."
    }
    assert validate(EXPENSE, {"reason": "x", "lines": "rows"})[1]["lines"] == "Enter rows."


@pytest.mark.usefixtures("english")
def test_unknown_fields_are_refused() -> None:
    assert validate(one("TEXT"), {"other": 1}) == ({"it": None}, {"other": "The form has no such field."})


def test_what_is_not_shown_is_neither_asked_nor_kept() -> None:
    schema = form(
        field("CHOICE", "way", choices=("bank", "cash")),
        field("TEXT", "account", required=True, visible_when=Compare(field="way", operator=Operator.EQ, value="bank")),
        field("TEXT", "branch", visible_when=Compare(field="account", operator=Operator.FILLED)),
    )
    given = {"way": "cash", "account": "6222", "branch": "1"}

    assert validate(schema, given) == ({"way": "cash"}, {})
    assert validate(schema, {**given, "way": "bank"}) == ({**given, "way": "bank"}, {})
    assert visible(schema, {"way": "bank"}) == ["way", "account"]


def test_conditions_see_sums_days_and_the_amount() -> None:
    schema = form(
        field("DATE_RANGE", "days"),
        field("TABLE", "lines", columns=(column("MONEY", "cost"), column("TEXT", "note"))),
        field("PERSON", "guest"),
        field("ATTACHMENT", "papers"),
        field("FORMULA", "daily", formula="lines_cost / max(days_days, 1)"),
        amount="daily",
    )
    clean, errors = validate(
        schema,
        {
            "days": {"from": "2026-02-27", "to": "2026-03-01"},
            "lines": [{"cost": "100"}, {"cost": "0.50"}],
            "guest": 5,
            "papers": [1, 2],
        },
    )

    assert errors == {}
    assert facts(schema, clean) == {
        "days_from": "2026-02-27",
        "days_to": "2026-03-01",
        "days_days": "3",
        "lines_count": "2",
        "lines_cost": "100.50",
        "guest": "5",
        "papers_count": "2",
        "daily": "33.50",
        "amount": "33.50",
    }
    assert list(references(schema, clean)) == [
        ("guest", FieldKind.PERSON, 5),
        ("papers", FieldKind.ATTACHMENT, 1),
        ("papers", FieldKind.ATTACHMENT, 2),
    ]


def test_computing_anew_takes_nothing_as_given() -> None:
    changed = {"reason": "x", "lines": [{"quantity": "2", "price": "1.00", "total": "77"}], "sum": "5", "with_tax": "5"}

    fresh = compute(EXPENSE, changed)

    assert (fresh["lines"][0]["total"], fresh["sum"], fresh["with_tax"]) == ("2.00", "2.00", "2.26")


@pytest.mark.usefixtures("english")
def test_a_formula_that_cannot_be_computed_says_so() -> None:
    schema = form(field("NUMBER", "a"), field("FORMULA", "b", formula="1 / a"))

    assert validate(schema, {"a": "0"}) == ({"a": "0.00", "b": None}, {"b": "The formula divides by zero."})


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('true')",
        "a.__class__",
        "a ** 99999999",
        "[a for a in 'x']",
        "open('/etc/passwd')",
        "'text'",
        "a",
    ],
)
def test_a_formula_cannot_reach_python_or_other_names(formula: str) -> None:
    assert len(faults(form(field("TEXT", "a"), field("FORMULA", "b", formula=formula)))) == 1


@pytest.mark.parametrize(
    ("schema", "count"),
    [
        (form(), 1),
        (form(field("NOTE", "a")), 1),
        (form(field("TEXT", "a"), field("TEXT", "a")), 1),
        (form(field("TEXT", "initiator_roles")), 1),
        (form(field("TEXT", "amount")), 1),
        (form(field("TEXT", "lines_count"), field("TABLE", "lines", columns=(column("TEXT", "a"),))), 1),
        (form(field("TABLE", "a")), 1),
        (form(field("TEXT", "a", columns=(column("TEXT", "b"),))), 1),
        (form(field("TABLE", "a", columns=(column("ATTACHMENT", "b"),))), 1),
        (form(field("TABLE", "a", columns=(column("TEXT", "b"), column("TEXT", "b")))), 1),
        (form(field("TABLE", "a", columns=(column("FORMULA", "b", formula="c"),))), 1),
        (form(field("CHOICE", "a")), 1),
        (form(field("CHOICE", "a", choices=("x", "x"))), 1),
        (form(field("NUMBER", "a", minimum=Decimal(2), maximum=Decimal(1))), 1),
        (form(field("FORMULA", "a")), 1),
        (form(field("FORMULA", "a", formula="b"), field("FORMULA", "b", formula="a")), 1),
        (form(field("TEXT", "a", visible_when=Compare(field="b", operator=Operator.FILLED)), field("TEXT", "b")), 1),
        (form(field("TEXT", "a"), amount="a"), 1),
        (form(field("TEXT", "min")), 1),
        (EXPENSE, 0),
        (form(field("MONEY", "amount"), amount="amount"), 0),
    ],
)
def test_faults_are_found(schema: Schema, count: int) -> None:
    assert len(faults(schema)) == count


def test_json_gives_back_what_it_took_and_refuses_what_is_no_form() -> None:
    schema = form(field("TEXT", "a"), field("TEXT", "b", visible_when=AnyOf()))

    assert SCHEMA.validate_python(SCHEMA.dump_python(schema, mode="json")) == schema
    for wrong in ({"sections": [{"fields": [{"kind": "TEXT"}]}]}, {"script": 1}, {"sections": [{"fields": [{}]}]}):
        with pytest.raises(ValidationError):
            SCHEMA.validate_python(wrong)


def test_a_request_begins_with_what_is_usual() -> None:
    schema = form(
        field("DATE", "on", default="today"),
        field("PERSON", "who", default="me"),
        field("DEPARTMENT", "where", default="mine"),
        field("TEXT", "why", default="usual"),
        field("NUMBER", "none"),
    )

    found = starting_values(schema, today=date(2026, 2, 28), person=3, department=4)

    assert found == {"on": "2026-02-28", "who": 3, "where": 4, "why": "usual"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("a1-\x00", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("cost", "from", "x")), inner),
    max_leaves=6,
)
EVERY = form(
    *(
        field(kind, f"f{place}", choices=("x",) if kind.startswith("CHOICE") else ())
        for place, kind in enumerate(FieldKind.values)
        if kind not in ("TABLE", "FORMULA")
    ),
    field("TABLE", "rows", columns=(column("MONEY", "cost"), column("CHOICE", "kind", choices=("x",)))),
)


@given(st.dictionaries(st.sampled_from([*EVERY.fields, "other"]), JSON))
def test_whatever_is_sent_is_judged_and_what_is_clean_stays_so(data: dict[str, Any]) -> None:
    clean, errors = validate(EVERY, data)
    again, left = validate(EVERY, clean)

    assert set(errors) >= {"other"} & data.keys()
    assert (again, left) == (clean, {})
