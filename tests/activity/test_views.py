"""The pages of comments, files, reminders and notifications, and what they refuse."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from suite.access.choices import UserKind
from suite.access.models import User
from suite.activity.models import Attachment, Comment, Notification, Reminder
from suite.masters.models import Party
from tests.factories.activity import (
    AT,
    AttachmentFactory,
    ColleagueFactory,
    CommentFactory,
    NotificationFactory,
    ReminderFactory,
)
from tests.factories.masters import CompanyFactory

HTMX = {"HX-Request": "true"}
PDF = b"%PDF-1.7\n1 0 obj\n"

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_user(db: None) -> Callable[[User], Client]:
    """Return a browser in which somebody is signed in, as in a company that has begun to work."""
    CompanyFactory()

    def sign_in(user: User) -> Client:
        client = Client(headers=HTMX)
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def visitor(as_user: Callable[[User], Client], author: User) -> Client:
    """The author's visitor."""
    return as_user(author)


def address(obj: Any, what: str) -> str:
    """Return the address of a part of an object's activity."""
    return f"/activity/{obj._meta.label_lower}/{obj.pk}/{what}/"


def test_the_stream_is_shown_and_read_on(visitor: Client, order: Any, author: User) -> None:
    for number in range(25):
        CommentFactory(target=order, author=author, body=f"No. {number}", created_at=AT + timedelta(minutes=number))

    first = visitor.get(address(order, "stream"))
    cursor = first.context["stream"].more
    rest = visitor.get(address(order, "stream"), {"cursor": cursor})

    assert first.content.decode().count("<li") == 21
    assert "No. 24" in first.content.decode()
    assert 'hx-swap-oob="true"' in first.content.decode()
    assert rest.content.decode().count("<li") == 6
    assert "No. 4" in rest.content.decode()
    assert "<ol" not in rest.content.decode()


def test_a_comment_is_written_and_shown_escaped(
    visitor: Client, party: Party, author: User, colleague: Callable[..., User]
) -> None:
    deng = colleague(full_name="邓志强")

    answer = visitor.post(
        address(party, "comments"),
        {"body": "@邓志强 <script>alert(1)</script>\nhttps://a.cn/", "mentions": [deng.pk, "x"]},
    )

    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<b>@邓志强</b> &lt;script&gt;alert(1)&lt;/script&gt;<br>" in html
    assert '<a href="https://a.cn/" rel="nofollow">' in html
    assert 'id="comment-form"' in html
    assert Comment.objects.get().author == author
    assert Notification.objects.get().recipient == deng


def test_an_empty_comment_is_refused_beside_the_form(visitor: Client, party: Party) -> None:
    answer = visitor.post(address(party, "comments"), {"body": " "})

    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#comment-form"
    assert "Write something first." in answer.content.decode()
    assert not Comment.objects.exists()


def test_the_author_learns_who_was_not_told(visitor: Client, party: Party, stranger: User) -> None:
    answer = visitor.post(address(party, "comments"), {"body": "@陌生人 看", "mentions": stranger.pk})

    assert "陌生人 cannot see this and was not told." in answer.content.decode()


def test_without_htmx_a_comment_leads_back_to_the_page(party: Party, author: User) -> None:
    client = Client()
    client.force_login(author)

    answer = client.post(address(party, "comments"), {"body": "好"})

    assert (answer.status_code, answer["Location"]) == (302, party.get_absolute_url())


def test_a_comment_is_edited_and_deleted_in_place(visitor: Client, party: Party, author: User) -> None:
    comment = CommentFactory(target=party, author=author, body="原文")

    form = visitor.get(f"/activity/comments/{comment.pk}/edit/")
    refused = visitor.post(f"/activity/comments/{comment.pk}/edit/", {"body": ""})
    edited = visitor.post(f"/activity/comments/{comment.pk}/edit/", {"body": "新文"})
    shown = visitor.get(f"/activity/comments/{comment.pk}/")
    deleted = visitor.post(f"/activity/comments/{comment.pk}/delete/")

    assert "原文" in form.content.decode()
    assert refused.status_code == 422
    assert "commented, edited" in edited.content.decode()
    assert "新文" in shown.content.decode()
    assert "deleted a comment" in deleted.content.decode()
    assert "新文" not in deleted.content.decode()
    assert visitor.get(f"/activity/comments/{comment.pk}/edit/").status_code == 404


def test_others_cannot_edit_or_delete_a_comment(
    as_user: Callable[[User], Client], party: Party, author: User, colleague: Callable[..., User]
) -> None:
    comment = CommentFactory(target=party, author=author, body="原文")
    client = as_user(colleague())

    assert client.post(f"/activity/comments/{comment.pk}/edit/", {"body": "x"}).status_code == 404
    assert client.post(f"/activity/comments/{comment.pk}/delete/").status_code == 403

    comment.refresh_from_db()
    assert (comment.body, comment.deleted_at) == ("原文", None)


def test_what_the_user_cannot_see_does_not_exist(
    as_user: Callable[[User], Client], order: Any, author: User, colleague: Callable[..., User]
) -> None:
    comment = CommentFactory(target=order, author=author)
    file = AttachmentFactory(target=order, uploaded_by=author)
    client = as_user(colleague())

    answers = [
        client.get(address(order, "stream")),
        client.post(address(order, "comments"), {"body": "x"}),
        client.post(address(order, "files"), {"files": SimpleUploadedFile("x.pdf", PDF)}),
        client.get(address(order, "reminders")),
        client.post(address(order, "reminders"), {"due_at": "2030-01-01T09:00"}),
        client.get(f"/activity/comments/{comment.pk}/"),
        client.post(f"/activity/comments/{comment.pk}/delete/"),
        client.get(f"/activity/files/{file.pk}/"),
        client.post(f"/activity/files/{file.pk}/delete/"),
        client.get("/activity/no.model/1/stream/"),
        client.get("/activity/sessions.session/1/stream/"),
        client.get("/activity/suite.party/999999/stream/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 12
    assert (Comment.objects.count(), Attachment.objects.count(), Reminder.objects.count()) == (1, 1, 0)


def test_a_portal_user_sees_nothing_of_what_is_said_about_their_order(
    as_user: Callable[[User], Client], order: Any, author: User, party: Party
) -> None:
    order.customer = party
    order.save()
    file = AttachmentFactory(target=order, uploaded_by=author)
    portal = ColleagueFactory(kind=UserKind.PORTAL, party=party)
    portal.groups.set(author.groups.all())
    client = as_user(portal)

    answers = [
        client.get(address(order, "stream")),
        client.get(f"/activity/files/{file.pk}/"),
        client.get("/activity/people/"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_whoever_is_not_signed_in_is_asked_to(party: Party) -> None:
    file = AttachmentFactory(target=party)

    for url in (address(party, "stream"), f"/activity/files/{file.pk}/", "/activity/people/", "/notifications/"):
        answer = Client().get(url)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_several_files_are_uploaded_and_the_bad_ones_named(visitor: Client, party: Party, author: User) -> None:
    files = [
        SimpleUploadedFile("合同.pdf", PDF),
        SimpleUploadedFile("picture.png", b"<!doctype html><script>alert(1)</script>"),
    ]

    answer = visitor.post(address(party, "files"), {"files": files})

    html = answer.content.decode()
    assert answer["HX-Trigger"] == "activity-changed"
    assert "“picture.png” is of a type that is not accepted." in html
    assert "合同.pdf" in html
    assert [row.name for row in Attachment.objects.all()] == ["合同.pdf"]


def test_a_pdf_is_shown_and_other_files_are_downloaded(visitor: Client, party: Party, author: User) -> None:
    visitor.post(address(party, "files"), {"files": SimpleUploadedFile("合同.pdf", PDF)})
    pdf = Attachment.objects.get()
    text = AttachmentFactory(target=party, uploaded_by=author)

    shown = visitor.get(f"/activity/files/{pdf.pk}/")
    saved = visitor.get(f"/activity/files/{pdf.pk}/?download")
    downloaded = visitor.get(f"/activity/files/{text.pk}/")

    assert b"".join(shown.streaming_content) == PDF
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert shown["Content-Disposition"].startswith("inline; filename*=utf-8''")
    assert shown["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert saved["Content-Disposition"].startswith("attachment; ")
    assert downloaded["Content-Disposition"].startswith("attachment; ")
    assert downloaded["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_a_removed_file_is_gone(visitor: Client, party: Party, author: User) -> None:
    file = AttachmentFactory(target=party, uploaded_by=author)

    answer = visitor.post(f"/activity/files/{file.pk}/delete/")

    assert "说明.txt" not in answer.content.decode()
    assert visitor.get(f"/activity/files/{file.pk}/").status_code == 404


def test_colleagues_are_suggested_by_name_user_name_and_initials(
    visitor: Client, colleague: Callable[..., User], party: Party
) -> None:
    deng = colleague(username="dzq", full_name="邓志强")
    colleague(full_name="邓前", is_active=False)
    ColleagueFactory(full_name="邓门户", kind=UserKind.PORTAL, party=party)

    for typed in ("志强", "DZ", "dzq"):
        found = visitor.get("/activity/people/", {"q": typed}).json()["people"]
        assert found == [{"id": deng.pk, "name": "邓志强", "username": "dzq"}]
    assert visitor.get("/activity/people/", {"q": "没有"}).json() == {"people": []}


def test_a_reminder_is_set_listed_and_done(visitor: Client, party: Party, author: User) -> None:
    refused = visitor.post(address(party, "reminders"), {"due_at": "2020-01-01T09:00"})
    made = visitor.post(address(party, "reminders"), {"due_at": "2090-01-01T09:00", "note": "回访"})
    listed = visitor.get("/activity/reminders/")
    reminder = Reminder.objects.get()
    done = visitor.post(f"/activity/reminders/{reminder.pk}/done/")

    assert refused.status_code == 422
    assert "Choose a time that is still to come." in refused.content.decode()
    assert "2090-01-01 09:00" in made.content.decode()
    assert "启岳数码" in listed.content.decode()
    assert done.status_code == 200
    reminder.refresh_from_db()
    assert reminder.done_at is not None
    assert visitor.post(f"/activity/reminders/{ReminderFactory().pk}/done/").status_code == 404


def test_notifications_are_listed_and_paged(visitor: Client, author: User) -> None:
    NotificationFactory.create_batch(55, recipient=author)
    NotificationFactory(params={"object": "别人的"})

    page = visitor.get("/notifications/")
    older = visitor.get("/notifications/" + page.context["older_url"])
    latest = visitor.get("/notifications/latest/")

    assert [len(answer.context["notifications"]) for answer in (page, older, latest)] == [50, 5, 10]
    assert (page.context["unread"], older.context["older_url"]) == (55, "")
    assert "别人的" not in page.content.decode()


def test_opening_a_notification_marks_it_and_leads_on(visitor: Client, author: User) -> None:
    told = NotificationFactory(recipient=author, url="/crm/leads/1/")

    answer = visitor.get(f"/notifications/{told.pk}/")

    assert (answer.status_code, answer["Location"]) == (302, "/crm/leads/1/")
    told.refresh_from_db()
    assert told.read_at is not None


def test_an_administrator_who_looks_as_somebody_leaves_their_notifications_unread(
    as_user: Callable[[User], Client], author: User
) -> None:
    told = NotificationFactory(recipient=author, url="/crm/leads/1/")
    client = as_user(ColleagueFactory(is_superuser=True))
    session = client.session
    session["view_as"] = author.pk
    session.save()

    answer = client.get(f"/notifications/{told.pk}/")

    assert answer["Location"] == "/crm/leads/1/"
    told.refresh_from_db()
    assert told.read_at is None


def test_notifications_are_marked_as_read(visitor: Client, author: User) -> None:
    first, second = NotificationFactory.create_batch(2, recipient=author, created_at=timezone.now())
    foreign = NotificationFactory()

    visitor.post(f"/notifications/{first.pk}/read/")
    assert Notification.objects.filter(recipient=author, read_at__isnull=True).get() == second
    answer = visitor.post("/notifications/read/")

    assert answer["HX-Trigger"] == "notifications-changed"
    assert not Notification.objects.filter(recipient=author, read_at__isnull=True).exists()
    assert visitor.post(f"/notifications/{foreign.pk}/read/").status_code == 404
    assert visitor.get(f"/notifications/{foreign.pk}/").status_code == 404
    assert visitor.get("/notifications/read/").status_code == 405
