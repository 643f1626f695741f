"""
Amounts of money in Chinese capitals 大写金额: a pure function.

Written as annex 1 of 支付结算办法 (银发〔1997〕393号) lays down in sections 1 to 4,
正确填写票据和结算凭证的基本规定. Where that leaves a choice, the first of its own examples is followed.
"""

from __future__ import annotations

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_GROUPS = ("", "万", "亿", "万亿")
LIMIT = Decimal(10) ** 16


def in_capitals(amount: Decimal) -> str:
    """
    Return an amount in yuan as words, e.g. ``壹仟肆佰零玖元伍角`` for 1409.50, ``叁佰元整`` for 300.

    整 stands after yuan only; after jiao it may be left out, after fen it must be. One 零 stands for any number of
    zeros in between, also for a yuan place of zero before jiao, and for a jiao place of zero before fen.

    :raises ValueError: for more than two decimals, or from ten thousand billion (10¹⁶) on.
    """
    fen = abs(amount) * 100
    if fen != fen.to_integral_value() or abs(amount) >= LIMIT:
        raise ValueError(f"{amount} is no amount of money to write in capitals")
    yuan, cents = divmod(int(fen), 100)
    jiao, fen_digit = divmod(cents, 10)
    words = "负" if amount < 0 else ""
    if yuan or not cents:
        words += f"{_whole(yuan)}元"
    if not cents:
        return f"{words}整"
    if yuan and (not jiao or yuan % 10 == 0):
        words += "零"
    if jiao:
        words += f"{DIGITS[jiao]}角"
    return f"{words}{DIGITS[fen_digit]}分" if fen_digit else words


def _whole(number: int) -> str:
    """Return a whole number, read in groups of four digits."""
    if number == 0:
        return DIGITS[0]
    words, skipped = "", False
    for power in reversed(range(len(_GROUPS))):
        group = number // 10 ** (4 * power) % 10_000
        if not group:
            skipped = bool(words)
            continue
        if words and (skipped or group < 1000):
            words += DIGITS[0]
        words += _group(group) + _unit(number, power)
        skipped = False
    return words


def _unit(number: int, power: int) -> str:
    """Return what a group is counted in: the highest one 万 when 亿 follows with the next, else 万亿."""
    has_hundred_millions = number // 10**8 % 10_000 > 0
    return "万" if power == 3 and has_hundred_millions else _GROUPS[power]


def _group(group: int) -> str:
    """Return up to four digits, with one zero for those in between."""
    words, skipped = "", False
    for place, digit in zip(_PLACES, f"{group:04}", strict=True):
        if digit == "0":
            skipped = bool(words)
            continue
        words += (DIGITS[0] if skipped else "") + DIGITS[int(digit)] + place
        skipped = False
    return words
