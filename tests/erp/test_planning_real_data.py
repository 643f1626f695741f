"""Replenishment on demand that nobody here made up."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from erp.inventory.choices import MoveKind
from erp.inventory.ledger import Posting, post
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Warehouse
from erp.masterdata.services import common_location, store_of
from erp.planning.choices import Method, SuggestionStatus
from erp.planning.forecast import backtest, monthly
from erp.planning.models import ItemClass, ReplenishmentRun, ReplenishmentSuggestion
from erp.planning.proposal import Outlook, Situation, look_ahead, propose
from erp.planning.services import run_replenishment
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.erp import AT, WarehouseFactory
from tests.factories.masters import ItemFactory

D = Decimal
# Every so many parts are tried, to keep the test short.
STRIDE = 9
SOLD = "S"
LAST = date(2014, 1, 31)


def car_parts(folder: Path) -> Iterator[tuple[Decimal, ...]]:
    """The known months of each part."""
    with gzip.open(folder / "demand" / "carparts.csv.gz", "rt") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            yield tuple(D(value) for value in row[1:] if value)


def shipments(folder: Path) -> dict[str, list[tuple[date, Decimal]]]:
    """What was sold of each product, by day."""
    found: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    with gzip.open(folder / "adventureworks" / "TransactionHistory.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            if row["TransactionType"] == SOLD:
                day = date.fromisoformat(row["TransactionDate"])
                found[row["ProductID"]].append((day, D(row["Quantity"])))
    return found


def situation(months: tuple[Decimal, ...], **more: int) -> Situation:
    return Situation(
        weeks=(),
        months=months,
        position=D(more.get("position", 0)),
        lead_time_days=45,
        review_days=15,
        service_level=D("0.95"),
    )


def not_worse_than_naive(outlook: Outlook) -> bool:
    return outlook.error is not None and outlook.naive_error is not None and outlook.error <= outlook.naive_error


def test_no_car_part_is_planned_by_a_method_that_lost_to_naive(trial_data: Path) -> None:
    series = [months for months in list(car_parts(trial_data))[::STRIDE] if len(months) >= 24 and any(months)]

    outlooks = [look_ahead(situation(months)) for months in series]

    assert len(outlooks) > 200
    assert all(not_worse_than_naive(outlook) for outlook in outlooks)
    # Rare demand: another method than naive is better for most.
    assert sum(outlook.method != Method.NAIVE for outlook in outlooks) > len(outlooks) / 2
    assert all(outlook.level >= outlook.reorder_at >= outlook.safety >= 0 for outlook in outlooks)


def test_a_car_part_without_stock_is_ordered_in_whole_pieces(trial_data: Path) -> None:
    series = [months for months in list(car_parts(trial_data))[:: STRIDE * 5] if len(months) >= 24 and any(months)]

    found = [propose(situation(months)) for months in series]

    ordered = [each for each in found if each is not None]
    # Only what has stopped selling has no reorder point.
    assert len(ordered) > len(series) * D("0.8")
    assert all(each.quantity == each.quantity.to_integral_value() > 0 for each in ordered)
    assert all(each.quantity >= each.level for each in ordered)


def test_products_by_month_are_planned_by_what_did_best(trial_data: Path) -> None:
    products = shipments(trial_data)
    series = {key: monthly(sold, date(2013, 8, 1), LAST) for key, sold in products.items()}

    outlooks = {key: look_ahead(situation(months)) for key, months in series.items() if any(months)}

    assert len(outlooks) > 100
    assert all(not_worse_than_naive(outlook) for outlook in outlooks.values())
    for key, outlook in list(outlooks.items())[:20]:
        assert outlook.method is not None
        assert backtest(series[key]).method.upper().replace(" ", "_") == outlook.method


@pytest.mark.django_db
def test_a_run_over_the_ledger_of_half_a_year(trial_data: Path) -> None:
    for code in ("crm", "erp"):
        ModuleState.objects.create(code=code, is_enabled=True)
    state.forget()
    warehouse = WarehouseFactory.create()
    store = store_of(warehouse)
    suppliers = common_location(warehouse.company, LocationKind.SUPPLIER)
    customers = common_location(warehouse.company, LocationKind.CUSTOMER)
    products = dict(sorted(shipments(trial_data).items())[:40])
    items = {key: ItemFactory.create(code=f"AW-{key}", is_purchased=True) for key in products}
    by_day: dict[date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for key, sold in products.items():
        for day, quantity in sold:
            by_day[day][key] += quantity
    first = min(by_day) - timedelta(days=1)
    _post(
        warehouse,
        first,
        [
            Posting(
                key=f"in:{key}",
                kind=MoveKind.RECEIPT,
                item_id=items[key].pk,
                quantity=sum((quantity for _day, quantity in sold), D(0)),
                source=suppliers,
                target=store,
                amount=D(100),
            )
            for key, sold in products.items()
        ],
    )
    for day, sums in sorted(by_day.items()):
        _post(
            warehouse,
            day,
            [
                Posting(
                    key=f"out:{day}:{key}",
                    kind=MoveKind.SHIPMENT,
                    item_id=items[key].pk,
                    quantity=quantity,
                    source=store,
                    target=customers,
                )
                for key, quantity in sums.items()
            ],
        )
    at = datetime(2014, 2, 3, 9, tzinfo=AT.tzinfo)

    run = ReplenishmentRun.objects.create(company=warehouse.company, started_at=at)
    run_replenishment(run=run, at=at)

    rows = list(ReplenishmentSuggestion.objects.filter(status=SuggestionStatus.OPEN))
    assert run.item_count == 40
    # Everything is sold out: what still sells is ordered.
    assert len(rows) > 25
    assert all(row.position == 0 and row.quantity > 0 for row in rows)
    assert all(row.error <= row.naive_error for row in rows if row.error is not None and row.naive_error is not None)
    assert ItemClass.objects.count() == 40
    state.forget()


def _post(warehouse: Warehouse, day: date, postings: list[Posting]) -> None:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=AT.tzinfo)
    post(postings, company=warehouse.company, actor=None, at=at)
