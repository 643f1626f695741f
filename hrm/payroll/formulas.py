"""
Formulas of pay items, such as ``BASE * 0.05 * min(YEARS, 10)`` or ``SCORE >= 90 ? BONUS : BONUS * 0.8``.

They know numbers, names of other items, ``+ - * /``, comparisons, ``and or not``, ``condition ? this : that`` and the
functions below, all in exact decimals. Everything else of the expression library, such as texts, powers, lists and
attributes, is refused before it is read, so that no formula can do more than count.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable, Collection, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import rule_engine
from django.utils.translation import gettext as _
from rule_engine.errors import ArithmeticError as RuleArithmeticError
from rule_engine.errors import EngineError

from hrm.payroll.errors import FormulaError

MAX_LENGTH = 1000
# Bounds the depth of the tree, and so of its recursion.
MAX_TOKENS = 200
MAX_DIGITS = 18
MAX_PLACES = 6
MAX_ARGUMENTS = 10
# Quotients are cut after so many digits; what is settled has lost the trace of that: 1 / 3 * 3 is 1.
PRECISION = 60
SETTLED = Decimal("1e-20")
EXACT = decimal.Context(prec=PRECISION)
LARGEST = Decimal(10) ** MAX_DIGITS

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?![\w.]))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?!\w))"
    r"|(?P<operator><=|>=|==|!=|[-+*/<>?:(),]))"
)
WORDS = frozenset({"and", "or", "not"})
RESERVED = WORDS | {"true", "false", "inf", "nan", "null", "in", "for", "if", "elif", "else", "while"}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def settle(value: Decimal) -> Decimal:
    """
    Return a value without the trace of a cut quotient in its last digits.

    :raises FormulaError: with ``reason`` ``size`` for a value that is too large.
    """
    if abs(value) >= LARGEST:
        raise FormulaError("size", _("The result is too large."))
    return value.quantize(SETTLED, ROUND_HALF_UP, EXACT)


def _round(value: Decimal, places: Decimal) -> Decimal:
    if places != int(places) or not 0 <= places <= MAX_PLACES:
        raise FormulaError(
            "places",
            _("round() takes 0 to %(most)s decimals, not %(places)s.") % {"most": MAX_PLACES, "places": places},
            places=places,
        )
    return settle(value).quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP, EXACT)


def _floor(value: Decimal) -> Decimal:
    return settle(value).to_integral_value(ROUND_FLOOR)


def _ceil(value: Decimal) -> Decimal:
    return settle(value).to_integral_value(ROUND_CEILING)


NUMBER = rule_engine.DataType.FLOAT
# Name: what it does, and its least and greatest number of arguments.
FUNCTIONS: Mapping[str, tuple[Callable[..., Decimal], int, int]] = {
    "min": (min, 2, MAX_ARGUMENTS),
    "max": (max, 2, MAX_ARGUMENTS),
    "round": (_round, 2, 2),
    "floor": (_floor, 1, 1),
    "ceil": (_ceil, 1, 1),
}
FUNCTION_TYPES = {
    name: rule_engine.DataType.FUNCTION(
        name, return_type=NUMBER, argument_types=(NUMBER,) * most, minimum_arguments=least
    )
    for name, (_function, least, most) in FUNCTIONS.items()
}
CALLABLES = {name: function for name, (function, _least, _most) in FUNCTIONS.items()}


class Formula:
    """
    A formula, checked when it is defined.

    ``round(x, places)`` takes halves away from zero; ``floor`` and ``ceil`` go to the whole number below and above.

    :ivar text: as written.
    :ivar names: that it reads.
    :param names: that it may read.
    :raises FormulaError: with ``reason`` ``length``, ``syntax``, ``unknown-name``, ``function``, ``type`` when it does
        not give a number or mixes numbers and conditions, ``division-by-zero`` or ``size``.
    """

    def __init__(self, text: str, names: Collection[str]) -> None:
        tokens = _tokens(text)
        self.text = text
        self.names = _names(tokens, names)
        types = {**dict.fromkeys(self.names, NUMBER), **FUNCTION_TYPES}
        context = rule_engine.Context(
            type_resolver=types, resolver=rule_engine.resolve_item, decimal_context=EXACT, default_timezone="utc"
        )
        # Told apart by spaces, our tokens cannot join to operators such as ** that only the library knows.
        spaced = " ".join(token for _kind, token in tokens)
        try:
            # Parts without names are computed while parsing, so the precision is needed here as well.
            with decimal.localcontext(EXACT):
                self._rule = rule_engine.Rule(spaced, context=context)
        except EngineError as error:
            raise _refusal(error) from None
        if self._rule.statement.expression.result_type != NUMBER:
            raise FormulaError("type", _("The formula does not give a number."))

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    def evaluate(self, values: Mapping[str, Decimal]) -> Decimal:
        """
        Return the result, which is not rounded to cents.

        :param values: of at least all :attr:`names`.
        :raises FormulaError: with ``reason`` ``missing-value``, ``value`` for what is no finite decimal or too large,
            ``division-by-zero``, ``places`` or ``size`` for a result that is too large.
        """
        given = {name: _value(name, values) for name in self.names}
        try:
            result = self._rule.evaluate({**CALLABLES, **given})
        except EngineError as error:
            raise _refusal(error) from None
        return settle(result)


def check_name(name: str) -> None:
    """
    Refuse a code that no formula can read.

    :raises FormulaError: with ``reason`` ``name``.
    """
    if not NAME.fullmatch(name) or name in RESERVED or name in FUNCTIONS:
        raise FormulaError(
            "name",
            _("%(name)s cannot be used in formulas: take letters, digits and _, and no word of the language.")
            % {"name": name},
            name=name,
        )


def evaluation_order(formulas: Mapping[str, Formula]) -> tuple[str, ...]:
    """
    Return the codes so that each comes after those its formula reads.

    Names without a formula are inputs. Codes that do not depend on each other are in alphabetical order.

    :raises FormulaError: with ``reason`` ``cycle`` and the codes of the ``cycle``, first and last the same.
    """
    sorter = TopologicalSorter({code: formulas[code].names & formulas.keys() for code in sorted(formulas)})
    try:
        sorter.prepare()
    except CycleError as error:
        # Each is read by the next; told the other way round, each reads the next.
        cycle = tuple(reversed(error.args[1]))
        raise FormulaError(
            "cycle", _("These formulas need each other: %(cycle)s.") % {"cycle": " → ".join(cycle)}, cycle=cycle
        ) from None
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return tuple(order)


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return kind and text of each token."""
    if len(text) > MAX_LENGTH:
        raise FormulaError("length", _("The formula has more than %(most)s characters.") % {"most": MAX_LENGTH})
    tokens: list[tuple[str, str]] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        found = TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise FormulaError(
                "syntax",
                _("The formula cannot be read at “%(text)s”.") % {"text": text[place:].strip()[:20]},
                position=place,
            )
        tokens.append((found.lastgroup, found[found.lastgroup]))
        place = found.end()
    if not tokens:
        raise FormulaError("syntax", _("The formula is empty."), position=0)
    if len(tokens) > MAX_TOKENS:
        raise FormulaError("length", _("The formula has more than %(most)s parts.") % {"most": MAX_TOKENS})
    for kind, token in tokens:
        if kind == "number" and len(token) > MAX_DIGITS:
            raise FormulaError("size", _("%(number)s has too many digits.") % {"number": token}, number=token)
    return tokens


def _names(tokens: list[tuple[str, str]], known: Collection[str]) -> frozenset[str]:
    """Return the names that are read, after functions were found to be called, and nothing else."""
    read = set()
    for (kind, token), (_kind, following) in pairwise([*tokens, ("", "")]):
        if kind != "name" or token in WORDS:
            continue
        is_called = following == "("
        if is_called != (token in FUNCTIONS):
            raise FormulaError("function", _("%(name)s is not used as a function.") % {"name": token}, name=token)
        if is_called:
            continue
        if token in RESERVED or token not in known:
            raise FormulaError("unknown-name", _("%(name)s is not known here.") % {"name": token}, name=token)
        read.add(token)
    return frozenset(read)


def _value(name: str, values: Mapping[str, Decimal]) -> Decimal:
    if name not in values:
        raise FormulaError("missing-value", _("%(name)s has no value.") % {"name": name}, name=name)
    value = values[name]
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value) >= LARGEST:
        raise FormulaError("value", _("%(name)s is no proper number.") % {"name": name}, name=name)
    return value


def _refusal(error: EngineError) -> FormulaError:
    if isinstance(error, rule_engine.errors.FunctionCallError):
        if isinstance(error.error, FormulaError):
            return error.error
        return FormulaError("function", _("A function does not have the arguments it needs."))
    if isinstance(error, RuleArithmeticError):
        return FormulaError("division-by-zero", _("The formula divides by zero."))
    if isinstance(error, rule_engine.errors.SyntaxError):
        return FormulaError("syntax", _("The formula cannot be read: something is missing or too much."))
    return FormulaError("type", _("The formula mixes numbers and conditions."))
