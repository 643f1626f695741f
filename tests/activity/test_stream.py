"""The stream of an object and the history of its fields."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.activity.models import Comment
from suite.activity.selectors import StreamEntry, StreamSource, field_history, stream, stream_entries
from suite.activity.services import delete_comment
from suite.core.triggers import authored
from tests.factories.activity import AT, AttachmentFactory, ColleagueFactory, CommentFactory
from tests.factories.masters import PartyFactory

pytestmark = pytest.mark.django_db


def change(order: Any, *, at: datetime, by: User | None, **values: Any) -> None:
    """Change an order as a request of a user does."""
    with authored(at=at, **({"user": by.pk} if by else {})):
        for name, value in values.items():
            setattr(order, name, value)
        order.save()


def test_everything_is_merged_newest_first(order: Any, author: User) -> None:
    CommentFactory(target=order, author=author, body="第一", created_at=AT)
    AttachmentFactory(target=order, uploaded_by=author, created_at=AT + timedelta(minutes=2))
    change(order, at=AT + timedelta(minutes=1), by=author, title="Second")
    CommentFactory(target=PartyFactory(), author=author, body="别家的")

    page = stream(order, user=author)

    assert [(entry.kind, entry.actor, entry.at) for entry in page] == [
        ("file", author, AT + timedelta(minutes=2)),
        ("change", author, AT + timedelta(minutes=1)),
        ("comment", author, AT),
        ("change", None, AT - timedelta(days=1)),
    ]
    assert [entry.text for entry in page][-1] == "created this"
    assert (page.more, page.comment_count, len(page)) == ("", 1, 4)


def test_tabs_narrow_the_stream(order: Any, author: User) -> None:
    comment, gone = CommentFactory(target=order, author=author), CommentFactory(target=order, author=author)
    delete_comment(comment=gone, actor=author, at=AT)
    AttachmentFactory(target=order, uploaded_by=author)
    change(order, at=AT, by=author, title="Second")

    comments = stream(order, user=author, tab="comments")
    changes = stream(order, user=author, tab="changes")

    assert [entry.row for entry in comments] == [gone, comment]
    assert [entry.kind for entry in changes] == ["change", "change"]
    assert [(code, number) for code, _label, number in changes.tabs] == [("all", 0), ("comments", 1), ("changes", 0)]
    assert stream(order, user=author, tab="nonsense").tab == "all"


def test_pages_join_without_gap_or_repeat_also_at_one_moment(order: Any, author: User) -> None:
    for number in range(9):
        CommentFactory(target=order, author=author, body=str(number))
        AttachmentFactory(target=order, uploaded_by=author, name=f"{number}.txt")
        change(order, at=AT, by=author, title=f"Version {number}")

    seen: list[StreamEntry] = []
    page = stream(order, user=author, size=4)
    while True:
        seen += page.entries
        if not page.more:
            break
        page = stream(order, user=author, cursor=page.more, size=4)

    newest_first = [str(number) for number in reversed(range(9))]
    assert [entry.kind for entry in seen] == ["change"] * 9 + ["comment"] * 9 + ["file"] * 9 + ["change"]
    assert [entry.changes[0].after.removeprefix("Version ") for entry in seen[:9]] == newest_first
    assert [entry.body for entry in seen[9:18]] == newest_first
    assert [entry.note.removesuffix(".txt") for entry in seen[18:27]] == newest_first


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "eyJhIjoxfQ", "WyIyMDI2LTExLTAxVDAwOjAwOjAwIiwiYSIsMV0"])
def test_a_damaged_cursor_starts_at_the_beginning(order: Any, author: User, cursor: str) -> None:
    CommentFactory(target=order, author=author)

    assert len(stream(order, user=author, cursor=cursor)) == 2


def test_the_number_of_queries_does_not_grow(order: Any, author: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_entries, "providers", [])

    def fill(count: int) -> None:
        for _number in range(count):
            CommentFactory(target=order).mentions.add(author)
            AttachmentFactory(target=order)
            change(order, at=AT, by=ColleagueFactory(), customer=PartyFactory())

    def read() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            page = stream(order, user=author, size=100)
        return len(page), len(queries)

    fill(2)
    read()
    few, queries = read()
    fill(15)
    many, more_queries = read()

    assert (few, many) == (7, 52)
    assert queries == more_queries == 9


def test_changes_show_labels_and_human_values(order: Any, author: User) -> None:
    customer = PartyFactory(name="启岳数码")
    changes = {"title": "Second", "kind": "RUSH", "customer": customer, "due_date": date(2026, 11, 28)}
    change(order, at=AT, by=author, is_urgent=True, **changes)

    (entry,) = field_history(order, user=author)

    assert (entry.actor, entry.at) == (author, AT)
    assert {each.label: (each.before, each.after) for each in entry.changes} == {
        "Subject": ("First", "Second"),
        "Kind": ("Standard", "Rush"),
        "Customer": ("", "启岳数码"),
        "Due date": ("", "2026-11-28"),
        "Urgent": ("No", "Yes"),
    }


def test_sensitive_fields_need_their_permission(order: Any, author: User, sample: Any) -> None:
    change(order, at=AT, by=author, cost=Decimal("500000.50"))
    change(order, at=AT + timedelta(minutes=1), by=author, cost=Decimal("800000"), title="Second")
    trusted = ColleagueFactory()
    grants = {sample.SampleOrder: (["view", "view_sensitive"], ScopeLevel.ALL)}
    trusted.groups.add(define_role(name="Finance", grants=grants, actor=None, at=AT))

    def told(user: User) -> list[tuple[str, str, str]]:
        return [(c.label, c.before, c.after) for entry in field_history(order, user=user) for c in entry.changes]

    assert told(author) == [("Subject", "First", "Second")]
    assert told(trusted) == [
        ("Subject", "First", "Second"),
        ("Cost", "500,000.5", "800,000"),
        ("Cost", "0", "500,000.5"),
    ]
    assert {c.label for entry in stream(order, user=author) for c in entry.changes} == {"Subject"}


def test_columns_of_the_program_are_no_changes(order: Any, author: User) -> None:
    change(order, at=AT, by=author)

    assert field_history(order, user=author) == []
    assert [entry.text for entry in stream(order, user=author)] == ["created this"]


def test_what_is_written_while_an_object_is_made_is_part_of_making_it(author: User, sample: Any) -> None:
    with authored(at=AT, user=author.pk):
        order = sample.SampleOrder.objects.create(title="First", owner=author)
        sample.SampleOrder.objects.filter(pk=order.pk).update(cost=Decimal(5), title="First, with lines")
        made = [entry.text for entry in stream(order, user=author)]
    change(order, at=AT + timedelta(minutes=1), by=author, title="Second")

    (entry,) = field_history(order, user=author)

    assert made == ["created this"]
    assert [(each.before, each.after) for each in entry.changes] == [("First, with lines", "Second")]


def test_a_change_of_state_is_told_once_with_its_reason(order: Any, author: User) -> None:
    order.become("DONE", actor=author, at=AT, reason="都发了")

    page = stream(order, user=author, tab="changes")

    assert [(entry.kind, entry.text, entry.body, entry.tone) for entry in page] == [
        ("status", "from “Draft” to “Finished”", "都发了", "ok"),
        ("change", "created this", "", ""),
    ]


def test_pages_without_anything_to_show_are_passed_over(order: Any, author: User) -> None:
    CommentFactory(target=order, author=author, body="之前", created_at=AT - timedelta(hours=1))
    for minute in range(8):
        change(order, at=AT + timedelta(minutes=minute), by=author, cost=Decimal(minute))

    page = stream(order, user=author, size=5)

    assert [entry.text for entry in page] == ["commented", "created this"]
    assert page.more == ""


def test_an_object_without_history_has_none(author: User) -> None:
    assert field_history(author, user=author) == []


def test_other_systems_contribute_their_own_sources(order: Any, author: User, monkeypatch: pytest.MonkeyPatch) -> None:
    CommentFactory(target=order, author=author, created_at=datetime(2027, 1, 1, tzinfo=UTC))

    def notes(obj: Any, user: User) -> StreamSource | None:
        def render(rows: Sequence[Comment]) -> list[StreamEntry | None]:
            return [StreamEntry(at=row.created_at, subject="QT-1", text="printed", kind="note") for row in rows]

        return StreamSource("notes", Comment.objects.filter(object_id=obj.pk), render)

    def nothing(obj: Any, user: User) -> StreamSource | None:
        return None

    notes.__module__ = nothing.__module__ = "suite.activity.sample"
    monkeypatch.setattr(stream_entries, "providers", [notes, nothing])

    page = stream(order, user=author)

    assert [(entry.kind, entry.subject) for entry in page][:2] == [("comment", ""), ("note", "QT-1")]
