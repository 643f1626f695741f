"""Codes and numbers that pass the checks of the authorities and belong to nobody in particular."""

from __future__ import annotations

from rollout.demo.dice import Dice
from rollout.demo.places import Place
from suite.masters.uscc import ALPHABET, check_character

# Weights of GB 11714-1997 "Rules of coding for the representation of organization".
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
LETTERS_AND_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MOBILE_PREFIXES = "130 131 132 135 136 137 138 139 150 151 158 159 177 186 188".split()


def organisation_check(first8: str) -> str:
    """Return the check character of an organisation code (GB 11714)."""
    pairs = zip(first8, ORGANISATION_WEIGHTS, strict=True)
    rest = 11 - sum(LETTERS_AND_DIGITS.index(character) * weight for character, weight in pairs) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def make_uscc(division: str, number: int) -> str:
    """Return the unified social credit code of a company of that place; another number gives another code."""
    tail = "".join(ALPHABET[number * 7919 // 31**place % 31] for place in range(6))
    organisation = f"MA{tail}"
    first17 = f"91{division}{organisation}{organisation_check(organisation)}"
    return first17 + check_character(first17)


def make_mobile(dice: Dice, number: int) -> str:
    """Return a mobile number; another number gives another one."""
    return f"{dice.one_of(MOBILE_PREFIXES)}{(number * 48_271 + 13_579_246) % 10**8:08}"


def make_phone(dice: Dice, place: Place) -> str:
    """Return a landline of a place."""
    length = 8 if len(place.area_code) == 3 else 7
    return f"{place.area_code}-{dice.number(2, 8)}{dice.number(0, 10 ** (length - 1) - 1):0{length - 1}}"
