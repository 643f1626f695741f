"""Which boards and items exist for whom."""

from decimal import Decimal

import pytest

from suite.access.models import User
from suite.metrics.boards import (
    Card,
    Chart,
    Item,
    ListCard,
    all_items,
    board,
    board_of,
    boards_for,
    extend_board,
    first_board,
)
from suite.metrics.charts import ChartData
from suite.metrics.models import BoardChoice
from suite.metrics.present import list_of, present
from suite.metrics.registry import MetricContext
from suite.modules.registry import Module, registry
from tests.factories.metrics import AlertFactory, BoardChoiceFactory
from tests.metrics.conftest import Trial, asked, turn_off


def names(user: User, code: str = "trial") -> list[str]:
    found = board_of(code)
    assert found is not None
    return [item.name or type(item).__name__ for item in found.items_for(user)]


def test_a_board_shows_what_the_user_may_see(board_trial: Trial, boss: User, seller: User, stranger: User) -> None:
    figures = ["Sales", "Win rate", "Open"]
    rest = ["Note", "Sales by day", "Funnel", "Largest"]

    assert names(boss) == [*figures, *rest, "AlertList"]
    assert names(seller) == [*figures, *rest]
    assert names(stranger) == []
    assert [each.code for each in boards_for(boss)] == ["trial", "later"]
    assert boards_for(stranger) == []


def test_the_boards_of_a_system_that_is_off_do_not_exist(board_trial: Trial, boss: User) -> None:
    turn_off()

    assert boards_for(boss) == []
    assert names(boss) == ["AlertList"]


def test_items_of_another_system_come_and_go_with_it(
    board_trial: Trial, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = Module(code="tests.metrics.other", title="Other")
    monkeypatch.setitem(registry.modules, off.code, off)

    def margin(context: MetricContext) -> ChartData:
        return ChartData("line", "%", [], [])

    margin.__module__ = "tests.metrics.other.metrics"

    @extend_board("trial")
    def more() -> tuple[Item, ...]:
        return (Chart(margin, "Margin", "suite.view_sale"), Card("tests.metrics.other.profit"))

    found = board_of("trial")
    assert found is not None
    assert "Margin" not in names(boss)
    assert found.missing() == {off: ["Margin"]}
    assert len([item for each, item in all_items() if each.code == "trial"]) == 10


def test_the_first_board_is_the_chosen_one_if_it_still_exists(board_trial: Trial, boss: User, stranger: User) -> None:
    assert first_board(stranger) is None
    first = first_board(boss)
    assert first is not None
    assert first.code == "trial"

    BoardChoiceFactory(user=boss, board="later")
    chosen = first_board(boss)
    assert chosen is not None
    assert chosen.code == "later"

    BoardChoice.objects.update(board="gone")
    fallback = first_board(boss)
    assert fallback is not None
    assert fallback.code == "trial"


def test_wrong_boards_are_refused_at_start(board_trial: Trial) -> None:
    with pytest.raises(ValueError, match="two boards"):
        board("trial", title="", permission="suite.view_sale")
    with pytest.raises(ValueError, match="permission"):
        board("new", title="", permission="")


def test_what_the_page_shows(board_trial: Trial, boss: User) -> None:
    board_trial.sale(100, "2026-11-05")
    board_trial.sale(300, "2026-11-06")
    board_trial.sale(200, "2026-11-07")
    AlertFactory(rule__name="Low sales")
    found = board_of("trial")
    assert found is not None

    shelves, pinned = present(found, asked(boss))

    by_template = {shelf.template: shelf for shelf in shelves}
    assert [shelf.context["card"]["figure"].text for shelf in shelves[:3]] == ["600", "100.0", "3"]
    assert [card["code"] for card in pinned] == ["trial.sales", "trial.open"]
    assert "dashboard/_chart.html" in by_template
    listed = by_template["dashboard/_list.html"].context["list"]
    assert [row["cells"][0][1] for row in listed["rows"]] == ["300.00", "200.00"]
    assert (listed["has_more"], listed["rows"][0]["url"].startswith("/sales/detail/")) == (True, True)
    alerts = by_template["dashboard/_alerts.html"].context["alerts"]
    assert (alerts["count"], alerts["entries"][0]["title"]) == (1, "Low sales")


def test_amounts_the_user_may_not_see_are_no_column(board_trial: Trial, boss: User) -> None:
    board_trial.sale(100, "2026-11-05")
    board_trial.Sale.sensitive_fields = ("amount",)
    found = board_of("trial")
    assert found is not None
    card = next(item for item in found.every_item() if isinstance(item, ListCard))

    shown = list_of(card, asked(boss))

    assert [column.name for column in shown["columns"]] == ["sold_on"]
    assert Decimal(100) not in [cell for row in shown["rows"] for _column, cell in row["cells"]]
