"""Bar codes say what they should: read back module by module, and compared with published examples."""

from __future__ import annotations

import re
from datetime import date

import pytest
from barcode.charsets import code128
from hypothesis import given
from hypothesis import strategies as st

from suite.core.barcodes import QUIET, bars, bars_fit, bars_svg, qr_svg
from suite.core.gs1 import check_digit, element_string, elements, is_gtin, searched

STOP = "1100011101011"
LEFT_ODD = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011".split()
PARITY = "LLLLLL LLGLGG LLGGLG LLGGGL LGLLGG LGGLLG LGGGLL LGLGLG LGLGGL LGGLGL".split()


def read_code128(modules: str) -> str:
    """Read Code 128 by its table: start, values, check value, stop."""
    assert modules.endswith(STOP)
    body = modules[: -len(STOP)]
    values = [code128.CODES.index(body[at : at + 11]) for at in range(0, len(body), 11)]
    *said, check = values
    assert check == (said[0] + sum(place * value for place, value in enumerate(said[1:], start=1))) % 103
    charset, text = {103: "A", 104: "B", 105: "C"}[said[0]], ""
    for value in said[1:]:
        if value in {99, 100, 101} and not (charset == "C" and value == 99):
            charset = {99: "C", 100: "B", 101: "A"}[value]
        elif charset == "C":
            text += f"{value:02}"
        else:
            text += next(char for char, known in getattr(code128, charset).items() if known == value)
    return text


def read_ean13(modules: str) -> str:
    """Read EAN-13 by the tables of its specification."""
    assert (modules[:3], modules[45:50], modules[-3:]) == ("101", "01010", "101")
    left = [modules[3 + 7 * at : 10 + 7 * at] for at in range(6)]
    right = [modules[50 + 7 * at : 57 + 7 * at] for at in range(6)]
    flipped = str.maketrans("01", "10")
    even = [each.translate(flipped)[::-1] for each in LEFT_ODD]
    parity = "".join("L" if each in LEFT_ODD else "G" for each in left)
    digits = [LEFT_ODD.index(each) if each in LEFT_ODD else even.index(each) for each in left]
    digits += [LEFT_ODD.index(each.translate(flipped)) for each in right]
    return f"{PARITY.index(parity)}{''.join(map(str, digits))}"


def drawn(svg: str) -> str:
    """The modules that a drawing shows, row by row, with its quiet zones."""
    ((width, height),) = re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)
    grid = [["0"] * int(width) for _row in range(int(height))]
    for left, top, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg):
        for x in range(int(left), int(left) + int(length)):
            grid[int(top)][x] = "1"
    return "\n".join("".join(row) for row in grid)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30))
def test_code_128_reads_back(text: str) -> None:
    assert is_gtin(text) or read_code128(bars(text)) == text


@pytest.mark.parametrize("text", ["99", "9912345", "9999", "99-1"])
def test_a_leading_99_is_kept(text: str) -> None:
    assert read_code128(bars(text)) == text


@pytest.mark.parametrize("gtin", ["6901234567892", "4006381333931", "9780201379624", "036000291452"])
def test_a_gtin_is_drawn_as_ean_13(gtin: str) -> None:
    assert read_ean13(bars(gtin)) == gtin.zfill(13)


def test_a_gtin_of_eight_or_fourteen_digits_is_drawn_as_itself() -> None:
    short, carton = bars("96385074"), bars("16901234567899")

    assert (len(short), read_code128(carton)) == (67, "16901234567899")


def test_a_wrong_check_digit_makes_no_ean() -> None:
    assert read_code128(bars("6901234567893")) == "6901234567893"


def test_the_drawing_shows_the_modules_between_quiet_zones() -> None:
    svg = bars_svg("SO2611-0001", height=12)

    quiet = "0" * QUIET
    assert drawn(svg) == f"{quiet}{bars('SO2611-0001')}{quiet}"
    assert 'height="12.00mm"' in svg
    assert "style" not in svg


def test_a_qr_code_is_the_matrix_of_the_standard_with_its_finders() -> None:
    rows = drawn(qr_svg("SO2611-0001", size=20)).split("\n")

    finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
    corners = [
        [row[2:9] for row in rows[2:9]],
        [row[-9:-2] for row in rows[2:9]],
        [row[2:9] for row in rows[-9:-2]],
    ]
    assert (len(rows), corners) == (25, [finder] * 3)


def test_what_bars_cannot_say_is_a_qr_code() -> None:
    assert bars_svg("批次一", height=12) == qr_svg("批次一", size=12)
    assert (bars_svg(""), qr_svg("")) == ("", "")
    with pytest.raises(ValueError, match="no bar code"):
        bars("批次一")


def test_text_in_a_code_is_escaped() -> None:
    svg = qr_svg('"><script>')

    assert 'aria-label="&quot;&gt;&lt;script&gt;"' in svg
    assert "<script>" not in svg


def test_bars_fit_only_where_they_can_be_read() -> None:
    assert bars_fit("6901234567892", 37)
    assert not bars_fit("AL-6063-T5-0000012345-X", 37)
    assert bars_fit("AL-6063-T5-0000012345-X", 94)
    assert not bars_fit("批次一", 94)


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("6901234567892", True),
        ("6901234567893", False),
        ("96385074", True),
        ("036000291452", True),
        ("16901234567899", True),
        ("00000000", False),
        ("690123456789", False),
        ("６９０１２３４５６７８９２", False),
        ("", False),
    ],
)
def test_gtins_are_known_by_length_and_check_digit(code: str, is_one: bool) -> None:
    assert is_gtin(code) is is_one


def test_the_check_digit_of_the_specification() -> None:
    # GS1 General Specifications, section 7.9, example for GTIN-13.
    assert check_digit("629104150021") == 3


def test_an_element_string_says_item_day_and_lot() -> None:
    assert (
        element_string("6901234567892", lot="A-01", expires=date(2027, 3, 9)) == "(01)06901234567892(17)270309(10)A-01"
    )
    assert element_string("96385074", serial="S1") == "(01)00000096385074(21)S1"


@pytest.mark.parametrize("lot", ["批次一", "L" * 21, "A B"])
def test_what_gs1_cannot_say_gives_no_element_string(lot: str) -> None:
    assert (element_string("6901234567892", lot=lot), element_string("PROFILE", lot="A")) == ("", "")


def test_a_scanned_element_string_is_searched_by_its_number() -> None:
    scanned = element_string("6901234567892", lot="A-01", expires=date(2027, 3, 9))

    assert elements(scanned) == {"01": "06901234567892", "17": "270309", "10": "A-01"}
    assert searched(scanned) == "A-01"
    assert searched("(01)06901234567892") == "6901234567892"
    assert (searched("(01"), searched("深圳 (2)"), searched("SO-1")) == ("(01", "深圳 (2)", "SO-1")
