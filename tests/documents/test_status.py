"""States: declared transitions, one writer, an audit that stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError

from suite.access.models import User
from suite.core.errors import DomainError, VersionConflict, WrongState
from suite.documents.models import StatusChange
from suite.documents.selectors import status_history, status_steps
from suite.documents.status import StatusBypassedError, become_all
from tests.documents.conftest import AT

MakeOffer = Callable[..., Any]


@pytest.mark.django_db
class TestBecome:
    def test_changes_the_state_and_records_who_did_it(self, make_offer: MakeOffer, actor: User) -> None:
        offer = make_offer()

        offer.become("SENT", actor=actor, at=AT, reason="by mail")

        assert (offer.status, offer.version, offer.tone) == ("SENT", 2, "go")
        change = StatusChange.objects.get()
        assert (change.from_status, change.to_status, change.reason) == ("DRAFT", "SENT", "by mail")
        assert (change.actor, change.at, change.object_id) == (actor, AT, offer.pk)
        offer.refresh_from_db()
        assert (offer.status, offer.version, offer.updated_at) == ("SENT", 2, AT)

    def test_goes_on_from_there_and_the_row_can_be_saved(self, make_offer: MakeOffer, actor: User) -> None:
        offer = make_offer()

        offer.become("SENT", actor=actor, at=AT)
        offer.title = "x"
        offer.save()
        offer.become("ACCEPTED", actor=None, at=AT)

        assert list(status_history(offer).values_list("to_status", "actor")) == [("SENT", actor.pk), ("ACCEPTED", None)]

    def test_an_undeclared_transition_is_refused_and_changes_nothing(self, make_offer: MakeOffer, actor: User) -> None:
        offer = make_offer(number="QT-1")

        with pytest.raises(WrongState, match="QT-1 is “Draft” and cannot become “Accepted”"):
            offer.become("ACCEPTED", actor=actor, at=AT)

        assert (offer.status, offer.version) == ("DRAFT", 1)
        assert not StatusChange.objects.exists()

    def test_a_row_that_changed_meanwhile_is_refused(self, make_offer: MakeOffer, actor: User) -> None:
        offer = make_offer()
        stale = type(offer).objects.get(pk=offer.pk)
        offer.title = "new"
        offer.save()

        with pytest.raises(VersionConflict):
            stale.become("SENT", actor=actor, at=AT)

        offer.refresh_from_db()
        assert offer.status == "DRAFT"
        assert not StatusChange.objects.exists()

    def test_many_at_once(
        self, make_offer: MakeOffer, actor: User, django_assert_num_queries: Callable[..., Any]
    ) -> None:
        offers = [make_offer(number=f"QT-{n}") for n in range(5)]
        offers[0].become("SENT", actor=actor, at=AT)

        with django_assert_num_queries(1):
            become_all(offers, "VOID", actor=actor, at=AT)

        assert {offer.status for offer in offers} == {"VOID"}
        assert StatusChange.objects.filter(to_status="VOID").count() == 5
        become_all([], "VOID", actor=actor, at=AT)

    def test_all_or_none(self, make_offer: MakeOffer, actor: User) -> None:
        offers = [make_offer(number=f"QT-{n}") for n in range(2)]
        offers[1].become("VOID", actor=actor, at=AT)

        with pytest.raises(WrongState, match="QT-1"), transaction.atomic():
            become_all(offers, "SENT", actor=actor, at=AT)

        offers[0].refresh_from_db()
        assert offers[0].status == "DRAFT"


@pytest.mark.django_db
class TestNoOtherWriter:
    def test_save_refuses(self, make_offer: MakeOffer) -> None:
        offer = make_offer()

        offer.status = "ACCEPTED"
        for arguments in ({}, {"update_fields": ["status"]}):
            with pytest.raises(StatusBypassedError), transaction.atomic():
                offer.save(**arguments)

        offer.refresh_from_db()
        assert offer.status == "DRAFT"

    def test_statements_over_many_rows_refuse(self, make_offer: MakeOffer) -> None:
        offer = make_offer()
        manager = type(offer).objects

        offer.status = "ACCEPTED"
        with pytest.raises(StatusBypassedError):
            manager.update(status="ACCEPTED")
        with pytest.raises(StatusBypassedError), transaction.atomic():
            manager.bulk_update([offer], ["status"])
        with pytest.raises(StatusBypassedError), transaction.atomic():
            manager.update_or_create(pk=offer.pk, defaults={"status": "ACCEPTED"})

        offer.refresh_from_db()
        assert offer.status == "DRAFT"

    def test_a_new_row_begins_at_the_beginning(self, sample: Any, make_offer: MakeOffer) -> None:
        with pytest.raises(StatusBypassedError), transaction.atomic():
            make_offer(status="ACCEPTED")
        with pytest.raises(StatusBypassedError), transaction.atomic():
            sample.SampleTask.objects.bulk_create([sample.SampleTask(name="a", status="DONE")])

        assert not sample.SampleOffer.objects.exists()
        assert not sample.SampleTask.objects.exists()

    def test_rows_read_in_part_are_watched_too(self, sample: Any, actor: User) -> None:
        sample.SampleTask.objects.create(name="a")

        task = sample.SampleTask.objects.only("name").get()
        task.name = "b"
        task.save()
        task.status = "DONE"
        with pytest.raises(StatusBypassedError), transaction.atomic():
            task.save()

        task.refresh_from_db()
        task.become("DONE", actor=actor, at=AT)
        assert sample.SampleTask.objects.values_list("name", "status").get() == ("b", "DONE")

    @pytest.mark.parametrize(
        "statement", ["UPDATE suite_statuschange SET reason = 'x'", "DELETE FROM suite_statuschange"]
    )
    def test_the_audit_is_never_edited(self, statement: str, make_offer: MakeOffer, actor: User) -> None:
        make_offer().become("SENT", actor=actor, at=AT)

        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

        assert StatusChange.objects.get().reason == ""


@pytest.mark.django_db
class TestStepper:
    def test_the_usual_way(self, make_offer: MakeOffer, actor: User) -> None:
        offer = make_offer()
        offer.become("SENT", actor=actor, at=AT)

        steps = status_steps(offer)

        assert [(step.label, step.state, step.tone) for step in steps] == [
            ("Draft", "past", ""),
            ("Sent", "now", "go"),
            ("Accepted", "next", "done"),
        ]
        assert [(step.at, step.actor) for step in steps] == [(None, None), (AT, actor), (None, None)]

    def test_a_state_off_the_way_ends_it(self, make_offer: MakeOffer, actor: User) -> None:
        offer = make_offer()
        offer.become("SENT", actor=actor, at=AT)
        offer.become("VOID", actor=actor, at=AT + timedelta(days=1))

        steps = status_steps(offer)

        assert [(step.status, step.state) for step in steps] == [("DRAFT", "past"), ("SENT", "past"), ("VOID", "now")]

    def test_what_was_taken_back_is_to_come_again(self, make_offer: MakeOffer, actor: User) -> None:
        offer = make_offer()
        offer.become("SENT", actor=actor, at=AT)
        offer.become("DRAFT", actor=actor, at=AT)

        assert [(step.state, step.at) for step in status_steps(offer)] == [("now", AT), ("next", None), ("next", None)]


def test_declarations_are_checked_at_the_start(sample: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    task = sample.SampleTask
    assert task.check() == []

    monkeypatch.setattr(task, "transitions", {"OPEN": {"GONE"}})
    monkeypatch.setattr(task, "status_tone", {"OPEN": "pink"})

    assert [error.msg.partition(": ")[2] for error in task.check()] == [
        "unknown states ['GONE']",
        "no transitions declared for ['DONE']",
        "unknown tones ['pink']",
    ]


@pytest.mark.django_db(transaction=True)
class TestSimultaneousWriters:
    def test_outside_a_transaction_nothing_changes(self, make_offer: MakeOffer, actor: User) -> None:
        offer = make_offer()

        with pytest.raises(TransactionManagementError):
            offer.become("SENT", actor=actor, at=AT)

        assert not StatusChange.objects.exists()

    def test_of_two_who_read_the_same_row_one_wins(self, make_offer: MakeOffer, actor: User) -> None:
        offer = make_offer()
        start = Barrier(2)

        def change(status: str) -> str:
            try:
                mine = type(offer).objects.get(pk=offer.pk)
                start.wait()
                with transaction.atomic():
                    mine.become(status, actor=actor, at=AT)
            except DomainError as error:
                return error.code
            finally:
                connection.close()
            return "done"

        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(change, ["SENT", "VOID"]))

        assert sorted(results) == ["done", "version-conflict"]
        assert StatusChange.objects.count() == 1
