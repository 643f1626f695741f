"""A trial system with a table of sales, figures and boards of its own."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.test.utils import isolate_apps

from suite.access.choices import ScopeLevel
from suite.access.models import RoleScope, User
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.masters.models import Company
from suite.metrics import boards
from suite.metrics import registry as metrics
from suite.metrics.boards import AlertList, Card, Chart, Item, ListCard, Panel, board
from suite.metrics.charts import ChartData, Series
from suite.metrics.periods import period_of
from suite.metrics.registry import MetricContext, metric
from suite.metrics.values import DrillDown, Fact, MetricValue, percent, total
from suite.modules import state
from suite.modules.models import ModuleState
from suite.modules.registry import Module
from suite.modules.registry import registry as modules
from suite.pages import registry as pagesets
from suite.pages.pageset import PageSet
from tests.factories.masters import CompanyFactory

# Friday, 20 November 2026, 18:05 in Shenzhen.
AT = datetime(2026, 11, 20, 10, 5, tzinfo=UTC)


@dataclass
class Trial:
    """What the tests work with."""

    Sale: Any
    company: Company
    metrics: SimpleNamespace

    def sale(
        self, amount: int | str, on: str, owner: User | None = None, *, won: bool = True, company: Any = None
    ) -> Any:
        """One sale, at noon of its day."""
        day = date.fromisoformat(on)
        return self.Sale.objects.create(
            amount=Decimal(amount),
            sold_on=day,
            sold_at=datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC),
            owner=owner,
            is_won=won,
            company=company or self.company,
        )


@pytest.fixture
def trial(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    """The trial system, turned on."""
    monkeypatch.setattr(metrics, "_metrics", {})
    monkeypatch.setattr(boards, "_boards", {})
    monkeypatch.setattr(boards, "_extensions", defaultdict(list))
    monkeypatch.setattr(pagesets, "_pagesets", dict(pagesets._pagesets))
    monkeypatch.setitem(modules.modules, "tests.metrics", Module(code="tests.metrics", title="Trial"))
    ModuleState.objects.create(code="tests.metrics", is_enabled=True)
    # A model that is imported for the first time while apps are isolated would be registered in the wrong place.
    import_module(settings.ROOT_URLCONF)
    with isolate_apps("suite"):

        class Sale(Model):
            scope = ScopePaths(owner="owner", company="company")
            amount = models.DecimalField(max_digits=18, decimal_places=2)
            sold_on = models.DateField()
            sold_at = models.DateTimeField()
            is_won = models.BooleanField(default=True)
            owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
            company = models.ForeignKey(Company, models.PROTECT, related_name="+")

            class Meta:
                app_label = "suite"
                verbose_name_plural = "sales"

        with connection.schema_editor() as editor:
            editor.create_model(Sale)
        yield Trial(Sale, CompanyFactory(), _declare(Sale))


def _declare(sale: Any) -> SimpleNamespace:
    def of(context: MetricContext, path: str = "sold_on", **narrowed: Any) -> Any:
        return context.during(context.rows(sale).filter(**narrowed), path)

    usual: dict[str, Any] = {"permission": "suite.view_sale", "source": sale, "formula": "Without tax"}

    @metric("trial.sales", title="Sales", unit="CNY", direction="up", compare=("previous", "last_year"), **usual)
    def sales(context: MetricContext) -> MetricValue:
        drill = DrillDown(of(context, is_won=True), "amount", [("is_won", "true"), *context.filters("sold_on")])
        lost = Fact("Lost", total(of(context, is_won=False), None), "count", tone="late")
        return MetricValue(drill.total(), drill=drill, facts=[lost])

    @metric("trial.win_rate", title="Win rate", unit="%", direction="up", **usual)
    def win_rate(context: MetricContext) -> MetricValue:
        rows, won = of(context, "sold_at"), of(context, "sold_at", is_won=True)
        filters = [("is_won", "true"), *context.filters("sold_on")]
        return percent(won.count(), rows.count(), drill=DrillDown(won, None, filters, of="numerator"))

    @metric("trial.open", title="Open", unit="count", counter="sales", direction="down", is_point_in_time=True, **usual)
    def still_open(context: MetricContext) -> MetricValue:
        return MetricValue(total(context.rows(sale), None))

    class SalePages(PageSet):
        model = sale
        columns = ("amount", "sold_on")
        filters = ("sold_on", "is_won")

        def is_available(self, user: Any) -> bool:
            return bool(user.has_perm("suite.view_sale"))

        def url(self, view: str, *args: Any) -> str:
            return "/".join(["/sales", view, *map(str, args)])

    pagesets.register(SalePages)
    return SimpleNamespace(sales=sales, win_rate=win_rate, still_open=still_open)


@pytest.fixture
def grant(trial: Trial) -> Any:
    """Give a user permissions in one role: ``grant(user, "view_sale", level=…)``."""

    def give(user: User, *codenames: str, level: str = ScopeLevel.ALL) -> User:
        role = Group.objects.create(name=f"role of {user.username} {Group.objects.count()}")
        for codename in codenames:
            name = codename.rpartition("_")[2]
            content_type, _made = ContentType.objects.get_or_create(app_label="suite", model=name)
            permission, _made = Permission.objects.get_or_create(content_type=content_type, codename=codename)
            role.permissions.add(permission)
            RoleScope.objects.get_or_create(role=role, content_type=content_type, defaults={"level": level})
        user.groups.add(role)
        user.__dict__.pop("_grants", None)
        return user

    return give


@pytest.fixture
def seller(trial: Trial, grant: Any) -> User:
    """Somebody who sees their own sales."""
    return grant(User.objects.create(username="seller", full_name="杨一帆"), "view_sale", level=ScopeLevel.OWN)


@pytest.fixture
def boss(trial: Trial, grant: Any) -> User:
    """Somebody who sees all sales, alerts and targets."""
    user = User.objects.create(username="boss", full_name="林志远")
    return grant(user, "view_sale", "view_alert", "view_target", "acknowledge_alert")


@pytest.fixture
def stranger(trial: Trial) -> User:
    """Somebody without any role."""
    return User.objects.create(username="stranger", full_name="Nobody")


@pytest.fixture
def board_trial(trial: Trial) -> Trial:
    """The board "trial" with everything on it, and a second one that comes later."""

    def sales_by_day(context: MetricContext) -> ChartData:
        rows = context.during(context.rows(trial.Sale), "sold_on").order_by("sold_on")
        pairs = list(rows.values_list("sold_on", "amount"))
        return ChartData(
            "bar", "CNY", [f"{day:%d}" for day, _amount in pairs], [Series("Sales", [a for _d, a in pairs])], "Day",
            links=[f"/sales/{day:%d}" for day, _amount in pairs], url="/sales/all", note="by day",
        )  # fmt: skip

    def funnel(context: MetricContext) -> ChartData:
        return ChartData("funnel", "count", ["All", "Won"], [Series("Sales", [4, 1])])

    def largest(context: MetricContext) -> DrillDown:
        rows = context.during(context.rows(trial.Sale), "sold_on").order_by("-amount")
        return DrillDown(rows, "amount", context.filters("sold_on"))

    def note(context: MetricContext) -> tuple[str, dict[str, Any]] | None:
        return None

    usual: dict[str, Any] = {"permission": "suite.view_sale"}

    @board("trial", title="Trial board", order=1, pinned=("trial.sales", "trial.open"), **usual)
    def items() -> tuple[Item, ...]:
        return (
            Card(trial.metrics.sales),
            Card("trial.win_rate"),
            Card(trial.metrics.still_open),
            Chart(sales_by_day, "Sales by day", "suite.view_sale"),
            Chart(funnel, "Funnel", "suite.view_sale", width=4),
            ListCard(largest, "Largest", "suite.view_sale", ("amount", "sold_on"), limit=2),
            Panel(note, "Note", "suite.view_sale"),
            AlertList(),
        )

    @board("later", title="Later board", order=2, **usual)
    def later() -> tuple[Item, ...]:
        return (Card(trial.metrics.sales, is_own=True),)

    return trial


def asked(user: Any, kind: str = "month", on: date = date(2026, 11, 20), company: Any = None) -> MetricContext:
    """The question about a period, at a fixed moment."""
    return MetricContext(user, period_of(kind, on), AT, company)


def turn_off() -> None:
    """Turn the trial system off."""
    ModuleState.objects.filter(code="tests.metrics").update(is_enabled=False)
    state.forget()
