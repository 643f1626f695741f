"""Arithmetic and text rules of the master data, without a database."""

from datetime import date
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from suite.masters import uscc
from suite.masters.choices import PaymentBasis
from suite.masters.decimals import convert, round_exact, split_exact
from suite.masters.normalize import normalize_email, normalize_name, normalize_phone, pinyin_initials
from suite.masters.payment import Part, instalments

# The standard's own example, and codes of companies that publish them.
REAL_CODES = [
    "91350100M000100Y43",
    "9144030071526726XG",
    "914403001922038216",
    "91330100799655058B",
    "91440300192317458F",
    "9152000071430580XT",
    "91110000802100433B",
    "91440300708461136T",
    "91110108551385082Q",
]
MONEY = st.decimals(Decimal("0.00"), Decimal("9999999.99"), places=2)


class TestUscc:
    @pytest.mark.parametrize("code", REAL_CODES)
    def test_published_codes_are_valid(self, code: str) -> None:
        assert uscc.check_character(code[:17]) == code[17]
        assert uscc.is_valid(code)

    def test_the_example_of_the_standard_by_hand(self) -> None:
        # Weights 3^(i-1) mod 31 of table 2; M is worth 21, Y 30. The sum is 3 below a multiple of 31.
        weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
        values = [9, 1, 3, 5, 0, 1, 0, 0, 21, 0, 0, 0, 1, 0, 0, 30, 4]

        total = sum(weight * value for weight, value in zip(weights, values, strict=True))

        assert total % 31 == 28
        assert uscc.check_character("91350100M000100Y4") == "3"

    @pytest.mark.parametrize("code", REAL_CODES)
    def test_one_wrong_character_is_always_found(self, code: str) -> None:
        for place in range(18):
            for character in uscc.ALPHABET:
                if character != code[place]:
                    assert not uscc.is_valid(code[:place] + character + code[place + 1 :])

    @pytest.mark.parametrize("code", REAL_CODES)
    def test_two_neighbours_exchanged_are_always_found(self, code: str) -> None:
        for place in range(17):
            if code[place] != code[place + 1]:
                swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
                assert not uscc.is_valid(swapped)

    @pytest.mark.parametrize("code", ["", "9135", "91350100M000100Y4", "91350100M000100Y43 ", "9135010OM000100Y43"])
    def test_another_form_is_not_valid(self, code: str) -> None:
        assert not uscc.is_valid(code)

    def test_the_check_character_needs_17_characters_of_the_alphabet(self) -> None:
        with pytest.raises(ValueError, match="17 characters"):
            uscc.check_character("91350100M000100YI")

    def test_typed_codes_are_tidied(self) -> None:
        assert uscc.tidy(" ９1350100-m000 100y43 ") == "91350100M000100Y43"

    @pytest.mark.parametrize(("code", "reason"), [("123", "uscc-form"), ("91350100M000100Y44", "uscc-check")])
    def test_the_refusal_says_what_is_wrong(self, code: str, reason: str) -> None:
        with pytest.raises(ValidationError) as caught:
            uscc.validate(code)

        assert caught.value.code == reason


class TestNormalizeName:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("深圳市澜拓电子有限公司", "深圳市澜拓电子"),
            ("深圳市澜拓电子（集团）股份有限公司", "深圳市澜拓电子"),
            ("深圳市澜拓电子集团有限责任公司", "深圳市澜拓电子"),
            ("百度在线网络技术（北京）有限公司", "百度在线网络技术北京"),
            ("百度在线网络技术(北京)有限公司", "百度在线网络技术北京"),
            ("ＡＢＣ　电子 有限公司", "abc电子"),
            ("华为技术有限公司深圳分公司", "华为技术有限公司深圳分"),
            ("集团有限公司", "集团"),
            ("Lantuo Electronics Co., Ltd.", "lantuoelectronics"),
            ("LANTUO ELECTRONICS CO.,LTD", "lantuoelectronics"),
            ("Lantuo Electronics Co.Ltd.", "lantuoelectronics"),
            ("Müller & Söhne GmbH & Co. KG", "müllersöhne"),
            ("Dupont S.A.", "dupont"),
            ("Alfreds Futterkiste Inc", "alfredsfutterkiste"),
            ("Let's Stop N Shop", "letsstopnshop"),
            ("Company", "company"),
            ("", ""),
        ],
    )
    def test_examples(self, name: str, expected: str) -> None:
        assert normalize_name(name) == expected

    @given(st.text(alphabet="澜拓电子有限责任公司股份集团（）()abCo.,Ltd &GmbH　Ａ１ß", max_size=30))
    def test_is_idempotent(self, name: str) -> None:
        once = normalize_name(name)

        assert normalize_name(once) == once


class TestNormalizeOthers:
    @pytest.mark.parametrize(
        ("phone", "expected"),
        [
            ("138 0013 8000", "13800138000"),
            ("+86 138-0013-8000", "13800138000"),
            ("0086 13800138000", "13800138000"),
            ("8613800138000", "13800138000"),
            ("１３８００１３８０００", "13800138000"),
            ("0755-8888 6666 转 8001", "075588886666"),
            ("+86 (755) 8888 6666", "075588886666"),
            ("+86 (0)755 8888 6666", "075588886666"),
            ("400-820-8820", "4008208820"),
            ("+86 400 820 8820", "4008208820"),
            ("0755-88886666/88887777", "075588886666"),
            ("+49 30 0074321", "+49300074321"),
            ("0049 30 0074321", "+49300074321"),
            ("", ""),
        ],
    )
    def test_phone(self, phone: str, expected: str) -> None:
        assert normalize_phone(phone) == expected

    def test_email(self) -> None:
        assert normalize_email(" Zhou.Min@Example.COM ") == "zhou.min@example.com"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("深圳市澜拓电子有限公司", "szsltdzyxgs"),
            ("重庆长安", "cqca"),
            ("65W 氮化镓充电器", "65wdhjcdq"),
            ("Lantuo", "lantuo"),
            ("中" * 150, "z" * 100),
        ],
    )
    def test_pinyin_initials(self, text: str, expected: str) -> None:
        assert pinyin_initials(text) == expected


class TestExactNumbers:
    @pytest.mark.parametrize(
        ("value", "decimals", "expected"),
        [
            (Fraction(1, 3), 2, "0.33"),
            (Fraction(2, 3), 2, "0.67"),
            (Decimal("0.125"), 2, "0.13"),
            (Decimal("-0.125"), 2, "-0.13"),
            (Decimal("0.1249999999999999999999999999999999999999"), 2, "0.12"),
            (Decimal("-0.001"), 2, "0.00"),
            (Decimal("2.5"), 0, "3"),
        ],
    )
    def test_halves_go_away_from_zero(self, value: Decimal, decimals: int, expected: str) -> None:
        assert str(round_exact(value, decimals)) == expected

    def test_other_roundings(self) -> None:
        assert round_exact(Decimal("1.001"), 2, ROUND_UP) == Decimal("1.01")
        assert round_exact(Decimal("-1.001"), 2, ROUND_UP) == Decimal("-1.01")
        assert round_exact(Decimal("1.009"), 2, ROUND_DOWN) == Decimal("1.00")
        with pytest.raises(ValueError, match="ROUND_CEILING"):
            round_exact(Decimal(1), 2, "ROUND_CEILING")

    @pytest.mark.parametrize(
        ("quantity", "numerator", "denominator", "decimals", "expected"),
        [
            ("10", 24, 1, 0, "240"),
            ("1", 1, 24, 6, "0.041667"),
            ("7", 1, 12, 0, "1"),
            ("2.5", 1000, 453, 3, "5.519"),
            ("123456789012.345678", 1000000, 1, 6, "123456789012345678.000000"),
        ],
    )
    def test_conversion(self, quantity: str, numerator: int, denominator: int, decimals: int, expected: str) -> None:
        assert str(convert(Decimal(quantity), numerator, denominator, decimals)) == expected

    def test_a_conversion_needs_a_positive_ratio(self) -> None:
        with pytest.raises(ValueError, match="positive"):
            convert(Decimal(1), 0, 1, 0)

    @given(MONEY, st.lists(MONEY, min_size=1, max_size=20).filter(any))
    def test_a_split_adds_up_and_is_off_by_less_than_a_cent(self, total: Decimal, weights: list[Decimal]) -> None:
        parts = split_exact(total, weights)

        assert sum(parts) == total
        for part, weight in zip(parts, weights, strict=True):
            assert abs(Fraction(part) - Fraction(total) * Fraction(weight) / Fraction(sum(weights))) < Fraction(1, 50)

    @pytest.mark.parametrize("weights", [[], [Decimal(0)], [Decimal(2), Decimal(-1)]])
    def test_a_split_needs_weights_of_one_sign(self, weights: list[Decimal]) -> None:
        with pytest.raises(ValueError, match="one sign"):
            split_exact(Decimal(1), weights)


class TestInstalments:
    DAY = date(2026, 1, 15)

    def test_prepayment_and_rest_after_the_months_end(self) -> None:
        lines = [
            Part(Decimal(30), basis=PaymentBasis.PREPAID, label="预付款"),
            Part(Decimal(70), days=30, basis=PaymentBasis.MONTH_END, label="尾款"),
        ]

        plan = instalments(Decimal("429117.50"), lines, self.DAY)

        assert plan == [
            (date(2026, 1, 15), Decimal("128735.25"), "预付款"),
            (date(2026, 3, 2), Decimal("300382.25"), "尾款"),
        ]

    def test_the_last_part_takes_the_remainder(self) -> None:
        lines = [Part(Decimal("33.3333")), Part(Decimal("33.3333")), Part(Decimal("33.3334"), days=60)]

        plan = instalments(Decimal("100.01"), lines, self.DAY)

        assert [part.amount for part in plan] == [Decimal("33.34"), Decimal("33.34"), Decimal("33.33")]

    def test_a_total_of_a_few_cents_gives_no_negative_part(self) -> None:
        plan = instalments(Decimal("0.02"), [Part(Decimal(25))] * 4, self.DAY)

        assert [part.amount for part in plan] == [Decimal("0.01"), Decimal("0.01"), Decimal("0.00"), Decimal("0.00")]

    def test_known_days_of_a_basis_go_before_the_base_date(self) -> None:
        lines = [Part(Decimal(50), basis=PaymentBasis.PREPAID), Part(Decimal(50), 10, PaymentBasis.ON_DELIVERY)]

        plan = instalments(Decimal(10), lines, self.DAY, dates={PaymentBasis.ON_DELIVERY: date(2026, 2, 20)})

        assert [part.due_date for part in plan] == [self.DAY, date(2026, 3, 2)]

    def test_without_parts_everything_is_due_at_once(self) -> None:
        assert instalments(Decimal("9.99"), [], self.DAY) == [(self.DAY, Decimal("9.99"), "")]

    def test_percentages_must_add_up(self) -> None:
        with pytest.raises(ValueError, match="100"):
            instalments(Decimal(1), [Part(Decimal(99))], self.DAY)

    @given(MONEY, st.lists(st.integers(1, 50), min_size=1, max_size=8))
    def test_adds_up_to_the_cent(self, total: Decimal, weights: list[int]) -> None:
        percents = split_exact(Decimal(100), [Decimal(weight) for weight in weights], 4)

        plan = instalments(total, [Part(percent) for percent in percents], self.DAY)

        assert sum(part.amount for part in plan) == total
        assert all(part.amount >= 0 for part in plan)
