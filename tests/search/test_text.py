"""The search text and the patterns of a query, by exact values."""

import pytest

from suite.search.text import MAX_TOKENS, index_text, query_tokens


def matches(text: str, q: str) -> bool:
    """Judge as the database does."""
    tokens = query_tokens(q)
    return bool(tokens) and all(token in text for token in tokens)


def test_chinese_is_there_whole_in_pairs_in_characters_and_in_pinyin() -> None:
    assert index_text(["深圳市"]) == " 深圳市 深圳 圳市 深 圳 市 shenzhenshi szs "


def test_latin_is_lower_case_and_half_width() -> None:
    assert index_text(["Ｌａｎｔｕｏ　USB-C"]) == " lantuo usb c "


def test_numbers_are_there_without_their_separators_as_well() -> None:
    assert index_text(["SO-2026-1084"]) == " so 2026 1084 so20261084 "
    assert index_text(["(0755) 2788-6543"]) == " 0755 2788 6543 075527886543 "


def test_a_name_with_brackets_is_spelled_through() -> None:
    words = index_text(["启岳（深圳）数码"]).split()

    assert "qyszsm" in words
    assert "qiyueshenzhenshuma" in words
    assert {"qy", "sz", "sm"} <= set(words)


def test_the_whole_word_decides_how_a_character_is_read() -> None:
    assert "changsha" in index_text(["长沙"]).split()
    assert "cq" in index_text(["重庆"]).split()
    assert "lvye" in index_text(["绿叶"]).split()


def test_nothing_to_find_gives_an_empty_text() -> None:
    assert index_text([]) == ""
    assert index_text([None, "", "——"]) == ""


def test_values_that_are_no_texts_are_taken_as_they_print() -> None:
    assert index_text([1084, None]) == " 1084 "


def test_the_same_word_stands_once() -> None:
    assert index_text(["ab", "AB"]) == " ab "


@pytest.mark.parametrize(
    ("q", "tokens"),
    [
        ("深圳市", ["深圳市"]),
        ("深圳", [" 深圳 "]),
        ("深", [" 深 "]),
        ("ab", [" ab"]),
        ("7", [" 7"]),
        ("Lantuo", ["lantuo"]),
        ("ＬＡＮ　深圳", ["lan", " 深圳 "]),
        ("65W氮化镓", ["65w", "氮化镓"]),
        ("SO-2026-1084", [" so", "2026", "1084"]),
        ("+86 138-0013-8000", ["138", "0013", "8000"]),
        ("0086 13800138000", ["13800138000"]),
        ("86", [" 86"]),
        ("深圳 深圳", [" 深圳 "]),
    ],
)
def test_tokens_of_a_query(q: str, tokens: list[str]) -> None:
    assert query_tokens(q) == tokens


@pytest.mark.parametrize("q", ["", "   ", "%", "_", "\\", "%%__", "（）", "——"])
def test_a_query_without_words_asks_for_nothing(q: str) -> None:
    assert query_tokens(q) == []


@pytest.mark.parametrize("q", ["a%b", "a_b", "a\\b", "100%"])
def test_no_token_holds_a_sign_of_like(q: str) -> None:
    assert not set("%_\\") & set("".join(query_tokens(q)))


def test_a_pasted_page_is_cut() -> None:
    assert len(query_tokens(" ".join(f"word{n}" for n in range(100)))) == MAX_TOKENS


@pytest.mark.parametrize("q", ["138 0013 8000", "138-0013-8000", "+86 13800138000", "13800138000", "0138000"])
@pytest.mark.parametrize("stored", ["13800138000", "138-0013-8000", "+86 138 0013 8000"])
def test_a_telephone_is_found_however_it_is_written(stored: str, q: str) -> None:
    assert matches(index_text([stored]), q)


def test_pairs_of_different_places_are_no_substring() -> None:
    text = index_text(["圳市深圳"])

    assert matches(text, "深圳")
    assert not matches(text, "深圳市")
