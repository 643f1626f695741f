from decimal import Decimal

import pytest
from django.utils import translation

from rollout.choices import BusinessType, Depth, Pain
from rollout.recommendation import Band, PainScore, Profile, band_by_revenue, band_by_size, recommend

MILLION = Decimal(1_000_000)


def depths(profile: Profile) -> dict[str, Depth]:
    return {step.code: step.depth for step in recommend(profile, [], in_use=()).steps}


@pytest.mark.parametrize(
    ("staff", "millions", "band"),
    [
        (1, 1, Band.SMALL),
        (30, 100, Band.SMALL),
        (31, 1, Band.MEDIUM),
        (199, 100, Band.MEDIUM),
        (200, 1, Band.LARGE),
        (10, "100.000001", Band.LARGE),
    ],
)
def test_band_by_size(staff: int, millions: int | str, band: Band) -> None:
    assert band_by_size(staff, Decimal(millions) * MILLION) == band


@pytest.mark.parametrize(
    ("millions", "band"),
    [("49.999999", Band.SMALL), (50, Band.MEDIUM), ("499.999999", Band.MEDIUM), (500, Band.LARGE)],
)
def test_band_by_revenue(millions: int | str, band: Band) -> None:
    assert band_by_revenue(Decimal(millions) * MILLION) == band


def test_small_company_begins_lightly() -> None:
    assert depths(Profile(20, 10 * MILLION, BusinessType.SERVICE)) == {
        "oa": Depth.LIGHT,
        "crm": Depth.LIGHT,
        "hrm": Depth.WAIT,
        "erp": Depth.WAIT,
    }


def test_company_of_fifty_people_plans_operations() -> None:
    found = recommend(Profile(50, 30 * MILLION, BusinessType.MANUFACTURING), [], in_use=())

    assert [(step.code, step.depth) for step in found.steps] == [
        ("oa", Depth.FULL),
        ("crm", Depth.FULL),
        ("hrm", Depth.FULL),
        ("erp", Depth.PLAN),
        ("wms", Depth.WAIT),
        ("mes", Depth.WAIT),
        ("srm", Depth.WAIT),
        ("qms", Depth.WAIT),
    ]
    assert len(found.conflicts) == 1


def test_wider_band_is_the_target_and_the_difference_is_said() -> None:
    profile = Profile(25, 60 * MILLION, BusinessType.TRADE)

    with translation.override("en"):
        found = recommend(profile, [], in_use=())

    by_code = {step.code: step for step in found.steps}
    assert by_code["erp"].depth == Depth.CORE
    assert (by_code["hrm"].depth, by_code["hrm"].reasons) == (Depth.LIGHT, ("ERP stands on it.",))
    assert found.conflicts == (
        "Operations: by headcount (25 people) “Can wait”, by revenue (60 million yuan) “Core functions”. "
        "The further one is the target; the readiness checks decide the date.",
        "The path puts people before operations, though by headcount the personnel system could wait.",
    )


def test_agreeing_rules_have_no_conflict() -> None:
    found = recommend(Profile(300, 600 * MILLION, BusinessType.MANUFACTURING), [], in_use=())

    assert found.conflicts == ()
    assert {step.depth for step in found.steps} == {Depth.FULL}


def test_path_holds_what_the_company_has_a_use_for() -> None:
    assert list(depths(Profile(300, 600 * MILLION, BusinessType.TRADE))) == ["oa", "crm", "hrm", "erp", "wms", "srm"]
    assert list(depths(Profile(300, 600 * MILLION, BusinessType.RESEARCH))) == ["oa", "crm", "hrm", "erp"]


@pytest.mark.parametrize(
    ("ratio", "items", "is_early"), [(50, 0, True), ("49.99", 500, False), (0, 501, True), (0, 0, False)]
)
def test_heavy_purchasing_moves_suppliers_ahead(ratio: int | str, items: int, is_early: bool) -> None:
    profile = Profile(50, 30 * MILLION, BusinessType.MANUFACTURING, Decimal(ratio), items)

    codes = [step.code for step in recommend(profile, [], in_use=()).steps]

    assert (codes.index("srm") < codes.index("wms")) == is_early


def test_pains_lead_to_systems_with_their_unmet_prerequisites() -> None:
    pains = [
        PainScore(Pain.APPROVALS_JAMMED, 2, 2, 2),
        PainScore(Pain.STOCK_WRONG, 5, 4, 3),
        PainScore(Pain.CUSTOMERS_IN_HEADS, 0, 4, 3),
        PainScore(Pain.BOOKS_UNCLEAR, 3, 3, 3),
    ]

    found = recommend(Profile(50, 30 * MILLION, BusinessType.MANUFACTURING), pains, in_use=("crm",)).remedies

    assert [(each.code, each.score, each.unmet) for each in found] == [
        ("wms", 60, ("hrm", "erp")),
        ("erp", 27, ("hrm",)),
        ("oa", 8, ()),
    ]


def test_every_pain_has_a_system_and_every_system_a_place() -> None:
    pains = [PainScore(pain, 1, 1, 1) for pain in Pain]

    found = recommend(Profile(50, 30 * MILLION, BusinessType.MANUFACTURING), pains, in_use=()).remedies

    assert len(found) == len(Pain)
    assert {each.code for each in found} == {"crm", "oa", "hrm", "erp", "wms", "mes", "srm", "qms"}
