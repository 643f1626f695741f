"""Snapshots and alerts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, IntegrityError, transaction

from suite.access.models import User
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, WrongState
from suite.documents.models import StatusChange
from suite.metrics import services
from suite.metrics.choices import AlertStatus, Comparison, Severity
from suite.metrics.models import Alert, AlertRule, MetricSnapshot, Target
from suite.metrics.periods import period_of
from suite.metrics.selectors import open_alerts
from suite.modules.tasks import run_periodic
from tests.factories.metrics import AlertFactory, AlertRuleFactory, MetricSnapshotFactory, TargetFactory
from tests.metrics.conftest import AT, Trial, turn_off

D = Decimal
NEXT_MONTH = datetime(2026, 12, 1, 18, 30, tzinfo=UTC)


def snapshots(metric: str = "trial.sales") -> list[tuple[str, int, bool, Decimal | None]]:
    rows = MetricSnapshot.objects.filter(metric=metric).order_by("period_start", "revision")
    return [(f"{row.period_start:%m}", row.revision, row.is_closed, row.value) for row in rows]


def take(trial: Trial, month: int, at: datetime) -> str:
    return services.take_snapshot(metric=trial.metrics.sales, period=period_of("month", date(2026, month, 1)), at=at)


def test_the_running_month_is_renewed_and_then_closed(trial: Trial) -> None:
    trial.sale(100, "2026-11-05")
    assert take(trial, 11, AT) == "renewed"
    trial.sale(20, "2026-11-30")
    assert take(trial, 11, AT) == "renewed"
    assert snapshots() == [("11", 1, False, D(120))]

    outcome = take(trial, 11, NEXT_MONTH)

    assert outcome == "closed"
    assert snapshots() == [("11", 1, True, D(120))]


def test_a_closed_month_that_changed_is_restated_and_the_first_figure_stays(trial: Trial) -> None:
    sale = trial.sale(100, "2026-11-05")
    take(trial, 11, NEXT_MONTH)
    sale.amount = D(90)
    sale.save()

    outcomes = [take(trial, 11, NEXT_MONTH + timedelta(days=n)) for n in (1, 2)]

    assert outcomes == ["restated", ""]
    assert snapshots() == [("11", 1, True, D(100)), ("11", 2, True, D(90))]
    restated = MetricSnapshot.objects.get(revision=2)
    assert restated.is_restatement


def test_a_change_of_inputs_that_keeps_the_sum_is_noticed(trial: Trial) -> None:
    first, second = trial.sale(100, "2026-11-05"), trial.sale(50, "2026-11-06")
    take(trial, 11, NEXT_MONTH)
    first.amount, second.amount = D(50), D(100)
    first.save()
    second.save()

    assert take(trial, 11, NEXT_MONTH) == "restated"


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_keeps_closed_snapshots(trial: Trial, change: str) -> None:
    closed = MetricSnapshotFactory()
    running = MetricSnapshotFactory(period_start=date(2026, 11, 1), period_end=date(2026, 11, 30), is_closed=False)
    rows = MetricSnapshot.objects.filter(pk=closed.pk)

    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        rows.update(value=1) if change == "update" else rows.delete()

    closed.refresh_from_db()
    assert closed.value == D(400)
    assert MetricSnapshot.objects.filter(pk=running.pk).update(value=1) == 1


@pytest.mark.parametrize("wrong", [{"is_restatement": True}, {"revision": 2}])
def test_revision_and_flag_go_together(trial: Trial, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="metricsnapshot_restatement"), transaction.atomic():
        MetricSnapshotFactory(**wrong)

    assert not MetricSnapshot.objects.exists()


def test_a_state_is_closed_with_what_was_kept_last(trial: Trial) -> None:
    trial.sale(1, "2026-11-05")
    services.take_snapshots(at=AT)
    trial.sale(1, "2026-11-25")

    counts = services.take_snapshots(at=NEXT_MONTH)

    assert snapshots("trial.open") == [("11", 1, True, D(1)), ("12", 1, False, D(2))]
    assert counts["restated"] == 0


def test_nothing_is_kept_of_months_without_a_figure(trial: Trial) -> None:
    services.take_snapshots(at=AT)

    assert snapshots("trial.win_rate") == []


def test_nothing_is_kept_while_the_system_is_off(trial: Trial) -> None:
    trial.sale(1, "2026-11-05")
    turn_off()

    assert services.take_snapshots(at=AT) == {"renewed": 0, "closed": 0, "restated": 0}
    assert not MetricSnapshot.objects.exists()


@pytest.mark.parametrize(
    ("comparison", "value", "is_broken"),
    [
        (Comparison.BELOW, D("299.99"), True),
        (Comparison.BELOW, D(300), False),
        (Comparison.ABOVE, D("300.01"), True),
        (Comparison.ABOVE, D(300), False),
        (Comparison.BELOW, None, False),
    ],
)
def test_when_a_rule_is_broken(comparison: str, value: Decimal | None, is_broken: bool) -> None:
    assert AlertRuleFactory.build(comparison=comparison).is_broken_by(value) is is_broken


def test_one_alert_is_opened_renewed_and_closed_by_itself(trial: Trial) -> None:
    rule = AlertRuleFactory()
    trial.sale(250, "2026-11-05")

    assert services.evaluate_alerts(at=AT) == {"opened": 1, "closed": 0}
    trial.sale(20, "2026-11-06")
    later = AT + timedelta(hours=1)
    assert services.evaluate_alerts(at=later) == {"opened": 0, "closed": 0}

    alert = Alert.objects.get()
    assert (alert.status, alert.first_value, alert.last_value) == (AlertStatus.OPEN, D(250), D(270))
    assert (alert.opened_at, alert.seen_at, alert.threshold) == (AT, later, D(300))

    trial.sale(30, "2026-11-07")
    assert services.evaluate_alerts(at=later + timedelta(hours=1)) == {"opened": 0, "closed": 1}

    alert.refresh_from_db()
    assert (alert.status, alert.handled_by, alert.closed_at) == (AlertStatus.CLOSED, None, later + timedelta(hours=1))
    assert rule.alerts.count() == 1


def test_an_alert_closed_by_hand_comes_back_while_the_figure_stays(trial: Trial, boss: User) -> None:
    AlertRuleFactory()
    services.evaluate_alerts(at=AT)
    services.close_alert(alert=Alert.objects.get(), actor=boss, at=AT)

    services.evaluate_alerts(at=AT + timedelta(hours=1))

    assert sorted(Alert.objects.values_list("status", flat=True)) == [AlertStatus.CLOSED, AlertStatus.OPEN]


def test_the_database_knows_one_open_alert_for_each_rule(trial: Trial) -> None:
    alert = AlertFactory()

    with pytest.raises(IntegrityError, match="alert_one_open"), transaction.atomic():
        AlertFactory(rule=alert.rule)

    assert Alert.objects.get() == alert


def test_who_looks_after_an_alert_is_kept(trial: Trial, boss: User) -> None:
    alert = AlertFactory()

    acknowledged = services.acknowledge_alert(alert=alert, actor=boss, at=AT)
    services.evaluate_alerts(at=AT)

    acknowledged.refresh_from_db()
    assert (acknowledged.status, acknowledged.handled_by) == (AlertStatus.ACKNOWLEDGED, boss)
    assert StatusChange.objects.get(object_id=alert.pk).to_status == AlertStatus.ACKNOWLEDGED
    with pytest.raises(WrongState):
        services.acknowledge_alert(alert=alert, actor=boss, at=AT)


def test_a_closed_alert_stays_closed(trial: Trial, boss: User) -> None:
    alert = AlertFactory()
    services.close_alert(alert=alert, actor=boss, at=AT)

    with pytest.raises(WrongState), transaction.atomic():
        services.close_alert(alert=alert, actor=None, at=AT + timedelta(days=1))

    alert.refresh_from_db()
    assert (alert.closed_at, alert.handled_by) == (AT, boss)


def test_the_people_of_the_role_who_may_see_the_figure_are_told_once(trial: Trial, boss: User, stranger: User) -> None:
    role = Group.objects.create(name="Told")
    boss.groups.add(role)
    stranger.groups.add(role)
    AlertRuleFactory(role=role)
    trial.sale(250, "2026-11-05")

    for hour in range(3):
        services.evaluate_alerts(at=AT + timedelta(hours=hour))

    notice = Notification.objects.get()
    assert notice.recipient == boss


def test_a_missing_figure_or_a_system_that_is_off_changes_nothing(trial: Trial) -> None:
    AlertRuleFactory(metric="trial.win_rate", threshold=D(50))
    assert services.evaluate_alerts(at=AT) == {"opened": 0, "closed": 0}
    AlertRuleFactory()
    turn_off()

    assert services.evaluate_alerts(at=AT) == {"opened": 0, "closed": 0}
    assert not Alert.objects.exists()


def test_a_rule_that_is_not_active_is_not_looked_at(trial: Trial) -> None:
    AlertRuleFactory(is_active=False)

    assert services.evaluate_alerts(at=AT) == {"opened": 0, "closed": 0}


def test_the_hour_and_the_night_do_their_work(trial: Trial) -> None:
    AlertRuleFactory()

    hour, night = run_periodic("hour"), run_periodic("night")

    assert hour["suite.metrics.tasks.watch_figures"] == "{'opened': 1, 'closed': 0}"
    assert night["suite.metrics.tasks.keep_figures"].startswith("{'renewed': 2,")


def test_alerts_are_listed_by_urgency_for_those_who_may_see_the_figure(
    trial: Trial, boss: User, seller: User, grant: Any
) -> None:
    notice = AlertFactory(rule__severity=Severity.NOTICE)
    critical = AlertFactory(rule__severity=Severity.CRITICAL)
    AlertFactory(rule__metric="trial.gone")
    closed = AlertFactory()
    services.close_alert(alert=closed, actor=None, at=AT)

    assert open_alerts(boss) == [critical, notice]
    assert open_alerts(seller) == []


def test_a_rule_watches_a_figure_that_exists(trial: Trial, boss: User) -> None:
    rule = services.create_alert_rule(name="Low", metric="trial.sales", threshold=D(1), actor=boss, at=AT)

    with pytest.raises(InvalidInput) as refusal:
        services.create_alert_rule(name="Low", metric="trial.nothing", threshold=D(1), actor=boss, at=AT)

    assert refusal.value.field == "metric"
    assert AlertRule.objects.get() == rule


def test_one_target_for_each_month_and_subject(trial: Trial, seller: User) -> None:
    TargetFactory()
    TargetFactory(subject=seller)

    with pytest.raises(IntegrityError, match="target_once"), transaction.atomic():
        TargetFactory()

    assert Target.objects.count() == 2
