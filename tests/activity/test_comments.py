"""Writing, changing and taking back comments."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import translation

from suite.access.choices import UserKind
from suite.access.models import User
from suite.activity.models import Comment, Notification
from suite.activity.selectors import comment_entry, unreached
from suite.activity.services import add_comment, delete_comment, edit_comment
from suite.activity.targets import url_of
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.masters.models import Party
from tests.factories.activity import AT, ColleagueFactory, CommentFactory

LATER = AT + timedelta(minutes=5)

pytestmark = pytest.mark.django_db


def test_a_comment_tells_the_colleagues_it_names(party: Party, author: User, colleague: Callable[..., User]) -> None:
    deng = colleague(username="deng", full_name="邓志强", language="zh-hans")
    zhou = colleague(username="zhou.min", full_name="周敏", language="en")
    colleague(username="su", full_name="苏婉清")

    comment = add_comment(
        obj=party, body="  @邓志强 能不能先发 100 只？请 @zhou.min. 确认\r\n", mentions=[deng.pk], actor=author, at=AT
    )

    assert comment.body == "@邓志强 能不能先发 100 只？请 @zhou.min. 确认"
    assert comment.created_at == AT
    assert set(comment.mentions.all()) == {deng, zhou}
    assert list(Notification.objects.order_by("pk").values_list("recipient", "actor", "kind", "body", "url")) == [
        (deng.pk, author.pk, "MENTION", comment.body, url_of(party)),
        (zhou.pk, author.pk, "MENTION", comment.body, url_of(party)),
    ]


def test_a_notification_is_read_in_the_language_of_its_reader(
    party: Party, author: User, colleague: Callable[..., User]
) -> None:
    deng = colleague(full_name="邓志强")

    add_comment(obj=party, body="@邓志强", mentions=[deng.pk], actor=author, at=AT)

    told = Notification.objects.get()
    assert told.message == "%(actor)s mentioned you: %(object)s"
    assert told.title == "陈嘉豪 mentioned you: 启岳数码"
    with translation.override("zh-hans"):
        assert told.title.endswith("启岳数码")


def test_a_key_without_the_name_in_the_text_tells_nobody(
    party: Party, author: User, colleague: Callable[..., User]
) -> None:
    deng = colleague(full_name="邓志强")

    comment = add_comment(obj=party, body="没有点名", mentions=[deng.pk], actor=author, at=AT)

    assert not comment.mentions.exists()
    assert not Notification.objects.exists()


def test_who_may_not_see_the_object_is_not_told(party: Party, author: User, stranger: User) -> None:
    comment = add_comment(obj=party, body="@陌生人 看一下", mentions=[stranger.pk], actor=author, at=AT)

    assert not comment.mentions.exists()
    assert not Notification.objects.exists()
    assert unreached(comment, [stranger.pk]) == ["陌生人"]


def test_portal_users_and_former_colleagues_are_not_told(
    party: Party, author: User, colleague: Callable[..., User]
) -> None:
    portal = colleague(full_name="客户代表", kind=UserKind.PORTAL, party=party)
    former = colleague(full_name="离职员工", is_active=False)

    comment = add_comment(obj=party, body="@客户代表 @离职员工", mentions=[portal.pk, former.pk], actor=author, at=AT)

    assert not comment.mentions.exists()
    assert not Notification.objects.exists()


def test_nobody_is_told_of_their_own_comment(party: Party, author: User) -> None:
    comment = add_comment(obj=party, body="@陈嘉豪 备忘", mentions=[author.pk], actor=author, at=AT)

    assert list(comment.mentions.all()) == [author]
    assert not Notification.objects.exists()


def test_who_cannot_see_the_object_cannot_comment(party: Party, stranger: User) -> None:
    with pytest.raises(NotAllowed):
        add_comment(obj=party, body="你好", actor=stranger, at=AT)

    assert not Comment.objects.exists()


def test_a_portal_user_cannot_comment_on_their_own_party(party: Party, colleague: Callable[..., User]) -> None:
    portal = colleague(kind=UserKind.PORTAL, party=party)

    with pytest.raises(NotAllowed):
        add_comment(obj=party, body="你好", actor=portal, at=AT)

    assert not Comment.objects.exists()


@pytest.mark.parametrize("body", ["", "  \n ", "长" * 5001])
def test_empty_and_endless_comments_are_refused(party: Party, author: User, body: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add_comment(obj=party, body=body, actor=author, at=AT)

    assert refusal.value.field == "body"
    assert not Comment.objects.exists()


def test_too_many_names_are_refused(party: Party, author: User, colleague: Callable[..., User]) -> None:
    named = [colleague(full_name=f"张{n:02}") for n in range(21)]

    with pytest.raises(InvalidInput):
        add_comment(
            obj=party,
            body=" ".join(f"@{user.full_name}" for user in named),
            mentions=[user.pk for user in named],
            actor=author,
            at=AT,
        )

    assert not Comment.objects.exists()
    assert not Notification.objects.exists()


def test_editing_tells_only_those_who_are_named_now(party: Party, author: User, colleague: Callable[..., User]) -> None:
    deng, zhou = colleague(full_name="邓志强"), colleague(full_name="周敏")
    comment = add_comment(obj=party, body="@邓志强 先发", mentions=[deng.pk], actor=author, at=AT)

    edit_comment(comment=comment, body="@邓志强 @周敏 先发", mentions=[zhou.pk], actor=author, at=LATER)

    comment.refresh_from_db()
    assert (comment.body, comment.edited_at, comment.created_at) == ("@邓志强 @周敏 先发", LATER, AT)
    assert set(comment.mentions.all()) == {deng, zhou}
    assert list(Notification.objects.order_by("pk").values_list("recipient", flat=True)) == [deng.pk, zhou.pk]


def test_only_the_author_edits(party: Party, author: User, colleague: Callable[..., User]) -> None:
    comment = CommentFactory(target=party, author=author, body="原文")

    with pytest.raises(NotAllowed):
        edit_comment(comment=comment, body="改", actor=colleague(), at=LATER)

    comment.refresh_from_db()
    assert (comment.body, comment.edited_at) == ("原文", None)


def test_who_lost_sight_of_the_object_cannot_edit(party: Party, author: User) -> None:
    comment = CommentFactory(target=party, author=author, body="原文")
    author.groups.clear()

    with pytest.raises(NotAllowed):
        edit_comment(comment=comment, body="改", actor=User.objects.get(pk=author.pk), at=LATER)

    comment.refresh_from_db()
    assert comment.body == "原文"


def test_a_deleted_comment_shows_that_something_was_said_and_not_what(party: Party, author: User) -> None:
    comment = CommentFactory(target=party, author=author, body="说错了")

    delete_comment(comment=comment, actor=author, at=LATER)

    comment.refresh_from_db()
    entry = comment_entry(comment, author)
    assert comment.deleted_at == LATER
    assert (entry.body, entry.is_own, entry.can_delete) == ("", False, False)
    with pytest.raises(WrongState):
        edit_comment(comment=comment, body="又来", actor=author, at=LATER)


def test_only_the_author_and_administrators_delete(party: Party, author: User) -> None:
    comment = CommentFactory(target=party, author=author)

    with pytest.raises(NotAllowed):
        delete_comment(comment=comment, actor=ColleagueFactory(), at=LATER)

    comment.refresh_from_db()
    assert comment.deleted_at is None
    delete_comment(comment=comment, actor=ColleagueFactory(is_superuser=True), at=LATER)
    comment.refresh_from_db()
    assert comment.deleted_at == LATER


def test_names_are_marked_and_nothing_else(party: Party, author: User, colleague: Callable[..., User]) -> None:
    deng = colleague(full_name="邓志强")

    comment = add_comment(obj=party, body="请 @邓志强 看 <b>x</b>", mentions=[deng.pk], actor=author, at=AT)

    assert comment_entry(comment, author).parts == [(False, "请 "), (True, "@邓志强"), (False, " 看 <b>x</b>")]
