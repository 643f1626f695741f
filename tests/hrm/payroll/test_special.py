import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.payroll.errors import InvalidFigure, NoStatute, SpecialDeductionRefused
from hrm.payroll.parameters import delivered_statutes
from hrm.payroll.special import Claim, Kind, RentTier, special_deduction, special_deduction_to_date

D = Decimal
STATUTES = delivered_statutes()


def month(year: int, of_year: int = 1) -> datetime.date:
    return datetime.date(year, of_year, 1)


JANUARY = month(2026)
INFANT = Claim(Kind.INFANT, month(2025))
EDUCATION = Claim(Kind.EDUCATION, month(2022))
ELDERLY = Claim(Kind.ELDERLY, month(2022))
INTEREST = Claim(Kind.INTEREST, month(2025))
RENT = Claim(Kind.RENT, month(2025), tier=RentTier.A)
STUDY = Claim(Kind.STUDY, month(2025))
CERTIFICATE = Claim(Kind.CERTIFICATE, datetime.date(2026, 5, 20))


@pytest.mark.parametrize(
    ("claim", "amount"),
    [
        (INFANT, 2000),
        (replace(INFANT, share=D("0.5")), 1000),
        (EDUCATION, 2000),
        (replace(EDUCATION, share=D("0.5")), 1000),
        (ELDERLY, 3000),
        (replace(ELDERLY, shared_amount=D(1500)), 1500),
        (replace(ELDERLY, shared_amount=D(0)), 0),
        (INTEREST, 1000),
        (replace(INTEREST, share=D("0.5")), 500),
        (RENT, 1500),
        (replace(RENT, tier=RentTier.B), 1100),
        (replace(RENT, tier=RentTier.C), 800),
        (STUDY, 400),
    ],
)
def test_monthly_amounts(claim: Claim, amount: int) -> None:
    """国发〔2018〕41号, 国发〔2023〕13号; unchanged in 2026 (cw.cug.edu.cn/info/1032/14521)."""
    result = special_deduction(JANUARY, [claim], STATUTES)

    assert result.amount == amount
    assert [step.subject for step in result.explanation] == [claim.kind]
    assert result.explanation[0].article.startswith("国发〔20")


def test_each_child_counts_and_kinds_add_up() -> None:
    """国发〔2023〕13号: 2,000 for each child."""
    result = special_deduction(JANUARY, [INFANT, INFANT, EDUCATION, ELDERLY, INTEREST, STUDY], STATUTES)

    assert result.amount == 2000 * 3 + 3000 + 1000 + 400


def test_no_claims_deduct_nothing() -> None:
    result = special_deduction(JANUARY, [], STATUTES)

    assert (result.amount, result.explanation) == (0, ())


@pytest.mark.parametrize(("of_month", "amount"), [(2, 0), (3, 2000), (6, 2000), (7, 0)])
def test_first_and_last_month_count_whole(of_month: int, amount: int) -> None:
    claim = Claim(Kind.EDUCATION, datetime.date(2026, 3, 31), datetime.date(2026, 6, 1))

    assert special_deduction(month(2026, of_month), [claim], STATUTES).amount == amount


@pytest.mark.parametrize(("year", "of_month", "amount"), [(2022, 12, 3000), (2023, 1, 5000)])
def test_amounts_are_those_of_the_month(year: int, of_month: int, amount: int) -> None:
    """国发〔2023〕13号: from 2023-01-01 education 2,000 instead of 1,000, elderly 3,000 instead of 2,000."""
    assert special_deduction(month(year, of_month), [EDUCATION, ELDERLY], STATUTES).amount == amount


def test_what_a_sibling_may_take_is_that_of_the_month() -> None:
    """国发〔2018〕41号 第22条: 1,000 at most; 国发〔2023〕13号 第3条: 1,500."""
    claim = replace(ELDERLY, shared_amount=D(1500))

    with pytest.raises(SpecialDeductionRefused) as refused:
        special_deduction(month(2022, 12), [claim], STATUTES)

    assert refused.value.details["reason"] == "shared-limit"


def test_infant_care_before_its_law_is_an_error() -> None:
    """国发〔2022〕8号: from 2022-01-01."""
    with pytest.raises(NoStatute):
        special_deduction(month(2021, 12), [Claim(Kind.INFANT, month(2021))], STATUTES)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ([RENT, INTEREST], "rent-with-interest"),
        (
            [
                replace(RENT, last=datetime.date(2026, 3, 31)),
                replace(INTEREST, first=datetime.date(2026, 4, 1)),
            ],
            "rent-with-interest",
        ),
        ([ELDERLY, ELDERLY], "twice"),
        ([RENT, RENT], "twice"),
        ([INTEREST, INTEREST], "twice"),
        ([STUDY, STUDY], "twice"),
        ([replace(INFANT, share=D("0.6"))], "share"),
        ([replace(EDUCATION, share=D(0))], "share"),
        ([replace(ELDERLY, share=D("0.5"))], "share"),
        ([replace(RENT, share=D("0.5"))], "share"),
        ([replace(ELDERLY, shared_amount=D("1500.01"))], "shared-limit"),
        ([replace(ELDERLY, shared_amount=D(-1))], "shared-limit"),
        ([replace(INFANT, shared_amount=D(1))], "shared-amount"),
        ([replace(RENT, tier=None)], "tier"),
        ([replace(INTEREST, tier=RentTier.A)], "tier"),
        ([Claim(Kind.ILLNESS, JANUARY)], "settlement-only"),
    ],
)
def test_claims_that_are_not_allowed(claims: list[Claim], reason: str) -> None:
    """国发〔2018〕41号: 第6、15、20–22条; 第13条: serious illness at the annual settlement."""
    with pytest.raises(SpecialDeductionRefused) as refused:
        special_deduction(JANUARY, claims, STATUTES)

    assert refused.value.details["reason"] == reason


def test_rent_one_year_and_interest_the_next() -> None:
    """国发〔2018〕41号 第20条: not both in one tax year."""
    claims = [replace(RENT, last=datetime.date(2025, 12, 31)), replace(INTEREST, first=JANUARY)]

    amounts = [special_deduction(at, claims, STATUTES).amount for at in (month(2025, 12), JANUARY)]

    assert amounts == [1500, 1000]


@pytest.mark.parametrize("claim", [replace(INFANT, last=month(2024, 12)), replace(STUDY, months_before=-1)])
def test_claims_that_cannot_be(claim: Claim) -> None:
    with pytest.raises(InvalidFigure):
        special_deduction(JANUARY, [claim], STATUTES)


@pytest.mark.parametrize(
    ("claim", "last_month"),
    [
        # 240 months from January 2020 end in December 2039; 48 from September 2024 in August 2028.
        (Claim(Kind.INTEREST, month(2020)), month(2039, 12)),
        (Claim(Kind.STUDY, month(2024, 9)), month(2028, 8)),
        (Claim(Kind.STUDY, month(2026, 1), months_before=47), month(2026, 1)),
    ],
)
def test_interest_ends_after_240_months_and_study_after_48(claim: Claim, last_month: datetime.date) -> None:
    """国发〔2018〕41号 第14条 and 第8条."""
    following = (last_month + datetime.timedelta(days=31)).replace(day=1)

    assert special_deduction(last_month, [claim], STATUTES).amount > 0
    assert special_deduction(following, [claim], STATUTES).amount == 0


def test_certificate_counts_once_in_its_year() -> None:
    """国发〔2018〕41号 第8条: 3,600 in the year of the certificate."""
    second = replace(CERTIFICATE, first=datetime.date(2026, 9, 1))

    year = special_deduction_to_date(month(2026, 1), month(2026, 12), [second, CERTIFICATE, CERTIFICATE], STATUTES)
    may = special_deduction(month(2026, 5), [second, CERTIFICATE], STATUTES)
    next_year = special_deduction_to_date(month(2027, 1), month(2027, 12), [second, CERTIFICATE], STATUTES)

    assert (year.amount, may.amount, next_year.amount) == (3600, 3600, 0)


def test_certificate_beside_a_degree() -> None:
    """国发〔2018〕41号 第8条: a degree and a certificate both count."""
    assert special_deduction(month(2026, 5), [STUDY, CERTIFICATE], STATUTES).amount == 4000


def test_late_claim_is_made_up_for() -> None:
    """国家税务总局公告2018年第60号 第4条: what was not deducted in earlier months of the year can be later."""
    june = special_deduction_to_date(month(2026, 1), month(2026, 6), [INFANT], STATUTES)

    assert june.amount == 12_000
    assert len(june.explanation) == 6


def test_months_of_two_years_are_refused() -> None:
    with pytest.raises(InvalidFigure):
        special_deduction_to_date(month(2025, 12), JANUARY, [], STATUTES)


@given(
    st.lists(st.sampled_from([INFANT, replace(INFANT, share=D("0.5")), EDUCATION, CERTIFICATE]), max_size=6),
    st.integers(1, 12),
)
def test_to_date_is_the_sum_of_the_months(claims: list[Claim], last: int) -> None:
    months = [special_deduction(month(2026, each), claims, STATUTES).amount for each in range(1, last + 1)]

    assert special_deduction_to_date(JANUARY, month(2026, last), claims, STATUTES).amount == sum(months)
