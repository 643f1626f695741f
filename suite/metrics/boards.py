"""
Boards: which figures a role sees, declared in code.

``@board`` declares one in the module that knows the role; higher modules add to it by ``extend_board``. What belongs
to a module that is off, or what the user may not see, is not there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from suite.metrics.charts import ChartData
from suite.metrics.models import BoardChoice
from suite.metrics.registry import Metric, MetricContext, all_metrics
from suite.metrics.values import DrillDown
from suite.modules import state
from suite.modules.registry import Module, registry


@dataclass(frozen=True, kw_only=True)
class Item:
    """
    One place on a board.

    :param width: of twelve columns on a wide screen.
    :param order: smaller comes first; items of one order stand as declared, lower modules first.
    """

    template: ClassVar[str] = ""

    width: int = 12
    order: int = 100

    @property
    def module(self) -> Module:
        """The module without which it does not exist."""
        raise NotImplementedError

    def is_available(self, user: Any) -> bool:
        """Whether it exists for the user now."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """What it shows, for those who miss it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Card(Item):
    """
    A figure with its comparison, line, definition and rows.

    :param metric: the metric, or the code of one that a higher module defines.
    :param is_own: its target is that of the user, not of the business.
    """

    template: ClassVar[str] = "dashboard/_card.html"

    metric: Metric | str
    is_own: bool = False
    width: int = field(default=3, kw_only=True)
    order: int = field(default=10, kw_only=True)

    @property
    def definition(self) -> Metric | None:
        """The metric; None while nobody defines it."""
        if isinstance(self.metric, Metric):
            return self.metric
        return next((each for each in all_metrics() if each.code == self.metric), None)

    @property
    def module(self) -> Module:
        found = self.definition
        code = self.metric if isinstance(self.metric, str) else self.metric.code
        return found.module if found is not None else registry.owner(code)

    def is_available(self, user: Any) -> bool:
        found = self.definition
        return found is not None and found.is_available(user)

    @property
    def name(self) -> str:
        found = self.definition
        return str(found.title) if found is not None else ""


@dataclass(frozen=True)
class Chart(Item):
    """
    A chart with its table.

    :param source: function of the context giving a ChartData; reads restricted rows.
    :param permission: full permission without which it does not exist.
    :param height: ``xs`` for a low one.
    """

    template: ClassVar[str] = "dashboard/_chart.html"

    source: Callable[[MetricContext], ChartData]
    title: Any
    permission: str
    height: str = ""
    width: int = field(default=8, kw_only=True)
    order: int = field(default=50, kw_only=True)

    @property
    def code(self) -> str:
        """Name within a page."""
        return str(self.source.__name__).replace("_", "-")

    @property
    def module(self) -> Module:
        return registry.owner(self.source.__module__)

    def is_available(self, user: Any) -> bool:
        return state.is_enabled(self.module) and user.has_perm(self.permission)

    @property
    def name(self) -> str:
        return str(self.title)


@dataclass(frozen=True)
class ListCard(Item):
    """
    The first rows of a list that needs somebody.

    :param source: function of the context giving a DrillDown; its query set in the order wanted, restricted.
    :param columns: names of columns or Columns, as in a PageSet.
    """

    template: ClassVar[str] = "dashboard/_list.html"

    source: Callable[[MetricContext], DrillDown]
    title: Any
    permission: str
    columns: Sequence[Any] = ()
    note: Any = ""
    empty: Any = ""
    limit: int = 5
    width: int = field(default=8, kw_only=True)
    order: int = field(default=70, kw_only=True)

    @property
    def module(self) -> Module:
        return registry.owner(self.source.__module__)

    def is_available(self, user: Any) -> bool:
        return state.is_enabled(self.module) and user.has_perm(self.permission)

    @property
    def name(self) -> str:
        return str(self.title)


@dataclass(frozen=True)
class Panel(Item):
    """
    Anything else.

    :param source: function of the context giving (template, context); None: nothing to show now.
    """

    source: Callable[[MetricContext], tuple[str, dict[str, Any]] | None]
    title: Any
    permission: str
    order: int = field(default=30, kw_only=True)

    @property
    def module(self) -> Module:
        return registry.owner(self.source.__module__)

    def is_available(self, user: Any) -> bool:
        return state.is_enabled(self.module) and user.has_perm(self.permission)

    @property
    def name(self) -> str:
        return str(self.title)


@dataclass(frozen=True)
class AlertList(Item):
    """The alerts that nobody closed, of figures the user may see."""

    template: ClassVar[str] = "dashboard/_alerts.html"
    PERMISSION: ClassVar[str] = "suite.view_alert"

    width: int = field(default=4, kw_only=True)
    order: int = field(default=71, kw_only=True)

    @property
    def module(self) -> Module:
        return registry.owner(__name__)

    def is_available(self, user: Any) -> bool:
        return bool(user.has_perm(self.PERMISSION))

    @property
    def name(self) -> str:
        return ""


@dataclass(frozen=True)
class Board:
    """
    The figures of a role (看板).

    :param items: function giving what it shows; called once, when all systems are loaded.
    :param permission: full permission without which the board does not exist.
    :param order: the board of the smallest order that a user may see is their first one.
    :param pinned: codes of the three metrics that a phone shows on top.
    """

    code: str
    title: Any
    permission: str
    items: Callable[[], Sequence[Item]]
    order: int = 100
    icon: str = "layout-dashboard"
    pinned: tuple[str, ...] = ()

    @property
    def module(self) -> Module:
        """The module that declares it."""
        return registry.owner(self.items.__module__)

    def is_available(self, user: Any) -> bool:
        """Whether it exists for the user now."""
        return state.is_enabled(self.module) and user.has_perm(self.permission)

    def every_item(self) -> list[Item]:
        """All that is declared, also by modules that are off, in order."""
        found = [item for source in (self.items, *_extensions[self.code]) for item in source()]
        return sorted(found, key=lambda item: item.order)

    def items_for(self, user: Any) -> list[Item]:
        """What it shows the user now."""
        return [item for item in self.every_item() if item.is_available(user)]

    def missing(self) -> dict[Module, list[str]]:
        """What it would show beside that, by the module that is off."""
        found: dict[Module, dict[str, None]] = {}
        for item in self.every_item():
            if not state.is_enabled(item.module) and item.name:
                # A list may be called as the figure that counts it.
                found.setdefault(item.module, {})[item.name] = None
        return {module: list(names) for module, names in found.items()}


_boards: dict[str, Board] = {}
_extensions: dict[str, list[Callable[[], Sequence[Item]]]] = defaultdict(list)
Items = Callable[[], Sequence[Item]]


def board(
    code: str,
    *,
    title: Any,
    permission: str,
    order: int = 100,
    icon: str = "layout-dashboard",
    pinned: Sequence[str] = (),
) -> Callable[[Items], Items]:
    """
    Declare a board (see :class:`Board`); the decorated function gives its items.

    :raises ValueError: for a code that is taken or a missing permission.
    """
    if code in _boards:
        raise ValueError(f"There are two boards {code}")
    if "." not in permission:
        raise ValueError(f"The board {code} names no full permission")

    def declare(items: Items) -> Items:
        _boards[code] = Board(code, title, permission, items, order, icon, tuple(pinned))
        return items

    return declare


def extend_board(code: str) -> Callable[[Items], Items]:
    """Add the items that the decorated function gives to a board of a lower or the same module."""

    def declare(items: Items) -> Items:
        _extensions[code].append(items)
        return items

    return declare


def all_boards() -> list[Board]:
    """Return every declared board in order."""
    return sorted(_boards.values(), key=lambda each: (each.order, each.code))


def boards_for(user: Any) -> list[Board]:
    """Return the boards that exist for a user now, in order."""
    return [each for each in all_boards() if each.is_available(user)]


def board_of(code: str) -> Board | None:
    """Return a board, whether its module is on or off."""
    return _boards.get(code)


def first_board(user: Any) -> Board | None:
    """Return the board that the user chose to see first, else the first of theirs."""
    available = boards_for(user)
    chosen = BoardChoice.objects.filter(user=user.pk).values_list("board", flat=True).first()
    return next((each for each in available if each.code == chosen), next(iter(available), None))


def all_items() -> Iterator[tuple[Board, Item]]:
    """Yield every item of every board."""
    for each in all_boards():
        for item in each.every_item():
            yield each, item
