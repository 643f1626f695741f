"""The office in the browser: the calendar on a phone, files dropped into a folder."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from oa.library.models import Document
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory
from tests.factories.oa_office import FolderFactory, MeetingFactory, RoomFactory
from tests.kit.browser import PHONE, assert_fits, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
DROP = """
    (card) => {
        const files = new DataTransfer();
        files.items.add(new File(["扭矩"], "甲.txt"));
        files.items.add(new File(["间隙"], "乙.txt"));
        card.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
    }
"""


@pytest.fixture(autouse=True)
def office_on(transactional_db: None) -> None:
    """Turn the office on."""
    for code in ("hrm", "oa"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()
    CompanyFactory(is_default=True)


def test_the_calendar_and_free_times_fit_a_phone(page: Page) -> None:
    root = UserFactory(is_superuser=True)
    meeting = MeetingFactory(owner=root, room=RoomFactory(), starts_at=datetime(2037, 3, 2, 1, 0, tzinfo=UTC))
    sign_in(page, root)
    page.set_viewport_size(PHONE)

    page.goto("/oa/calendar/?day=2037-03-04")
    expect(page.locator(".cal-item")).to_contain_text(meeting.title)
    for url in (
        "/oa/calendar/?day=2037-03-04",
        "/oa/calendar/?day=2037-03-04&view=month",
        "/oa/free-busy/?day=2037-03-02",
    ):
        page.goto(url)
        assert_fits(page)

    page.locator(".slot-links a").first.click()
    expect(page.locator("input[name=starts_at]")).to_have_value("2037-03-02T08:00")


def test_files_that_are_dropped_become_documents(page: Page) -> None:
    root = UserFactory(is_superuser=True)
    folder = FolderFactory(owner=root)
    sign_in(page, root)

    page.goto(folder.get_absolute_url())
    page.locator("#files").evaluate(DROP)

    expect(page.get_by_role("link", name="甲", exact=True)).to_be_visible()
    assert set(Document.objects.values_list("title", "folder")) == {("甲", folder.pk), ("乙", folder.pk)}
