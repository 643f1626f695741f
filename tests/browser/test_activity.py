"""Comments, files and jobs, as a person uses them."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from suite.access.models import User
from suite.activity.models import Attachment, Comment, Notification
from suite.masters.models import Party
from tests.factories.activity import AT, ColleagueFactory, CommentFactory, JobFactory, NotificationFactory
from tests.factories.masters import CompanyFactory, PartyFactory
from tests.kit.browser import sign_in

DROP = """([target, name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  for (const type of ["dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture
def reader(transactional_db: None) -> User:
    """An administrator who reads Chinese."""
    CompanyFactory()
    return ColleagueFactory(username="lin", full_name="林志远", language="zh-hans", is_superuser=True)


@pytest.fixture
def party(transactional_db: None) -> Party:
    """A customer to talk about."""
    return PartyFactory(name="东莞市启岳数码科技有限公司")


def test_a_colleague_is_mentioned_from_the_suggestions(page: Page, reader: User, party: Party) -> None:
    deng = ColleagueFactory(username="dzq", full_name="邓志强", is_superuser=True)
    sign_in(page, reader)
    page.goto(party.get_absolute_url())

    area = page.locator("#comment-body")
    area.press_sequentially("请 @dz")
    page.locator("[role=option]", has_text="邓志强").wait_for()
    area.press("Enter")
    area.press_sequentially("先发 100 只")
    area.press("Control+Enter")

    expect(page.locator("#stream .bubble")).to_have_text("请 @邓志强 先发 100 只")
    expect(page.locator("#comment-body")).to_have_value("")
    expect(page.locator("#stream-tabs .count")).to_have_text("1")
    assert list(Comment.objects.get().mentions.all()) == [deng]
    assert Notification.objects.get().recipient == deng


def test_a_comment_is_edited_and_deleted(page: Page, reader: User, party: Party) -> None:
    comment = CommentFactory(target=party, author=reader, body="原文")
    sign_in(page, reader)
    page.goto(party.get_absolute_url())
    entry = page.locator(f"#comment-{comment.pk}")

    entry.locator("button:has(.ti-pencil)").click()
    entry.locator("textarea").fill("新文")
    entry.locator("button[type=submit]").click()
    expect(entry.locator(".bubble")).to_have_text("新文")
    entry.locator("button:has(.ti-trash)").click()
    page.locator("#ask button[value=yes]").click()

    expect(entry.locator(".bubble")).to_have_count(0)
    comment.refresh_from_db()
    assert comment.deleted_at is not None


def test_files_are_chosen_and_dropped(page: Page, reader: User, party: Party, tmp_path: Path) -> None:
    chosen = tmp_path / "合同.pdf"
    chosen.write_bytes(b"%PDF-1.7\n")
    sign_in(page, reader)
    page.goto(party.get_absolute_url())

    page.locator("#files input[type=file]").set_input_files(chosen)
    expect(page.locator("#files")).to_contain_text("合同.pdf")
    target = page.locator("#files [data-drop]").element_handle()
    page.evaluate(DROP, [target, "items.csv", "code,name\n"])
    expect(page.locator("#files")).to_contain_text("items.csv")
    target = page.locator("#files [data-drop]").element_handle()
    page.evaluate(DROP, [target, "page.png", "<!doctype html><script>alert(1)</script>"])
    expect(page.locator("#files .alert")).to_contain_text("page.png")

    expect(page.locator("#stream .ti-paperclip")).to_have_count(2)
    assert sorted(Attachment.objects.values_list("name", flat=True)) == ["items.csv", "合同.pdf"]


def test_a_reminder_is_set_beside_the_comments(page: Page, reader: User, party: Party) -> None:
    sign_in(page, reader)
    page.goto(party.get_absolute_url())

    page.locator("#comment-form button:has(.ti-alarm)").click()
    page.locator("#remind [name=due_at]").fill("2090-01-01T09:00")
    page.locator("#remind [name=note]").fill("回访")
    page.locator("#remind button.btn").click()
    expect(page.locator("#remind li")).to_contain_text("2090-01-01 09:00")
    page.locator("#remind li button").click()

    expect(page.locator("#remind li")).to_have_count(0)


def test_the_bell_leads_to_what_was_told(page: Page, reader: User, party: Party) -> None:
    NotificationFactory(recipient=reader, url=party.get_absolute_url())
    sign_in(page, reader)
    page.goto("/notifications/")

    page.locator(".notice-item").click()

    expect(page).to_have_url(re.compile(rf"{party.get_absolute_url()}$"))
    assert Notification.objects.get().read_at is not None


def test_a_job_shows_its_progress_until_it_ends(page: Page, reader: User) -> None:
    job = JobFactory(owner=reader, status="RUNNING", done=40, total=100, message="第 40 行")
    sign_in(page, reader)
    page.goto(job.get_absolute_url())
    expect(page.locator("#job progress")).to_have_attribute("value", "40")

    values: dict[str, Any] = {"done": 70, "message": "第 70 行"}
    type(job).objects.filter(pk=job.pk).update(**values)
    expect(page.locator("#job progress")).to_have_attribute("value", "70")
    type(job).objects.filter(pk=job.pk).update(status="DONE", done=100, finished_at=AT, result={"created": 100})

    expect(page.locator("#job .st-done")).to_be_visible()
    expect(page.locator("#job progress")).to_have_count(0)
    expect(page.locator("#job .facts")).to_contain_text("100")
