"""
Helpers for browser tests: what people do, step by step, each step waiting until the next page is there.

What is asked right after a click is asked of the page before, of none, or of half a page, as it happens.
"""

import re

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.test import Client
from playwright.sync_api import Locator, Page, ViewportSize, expect

PHONE = ViewportSize(width=390, height=844)
PASSWORD = "Xunxu-2026-browser"


def sign_in(page: Page, user: AbstractBaseUser) -> None:
    """Give the page's browser a session of the user, without the sign-in form."""
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "domain": "localhost",
                "path": "/",
            }
        ]
    )


def sign_in_by_form(page: Page, username: str) -> None:
    """Sign in from the sign-in page as a person whose password is ``PASSWORD``."""
    page.goto("/accounts/login/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", PASSWORD)
    follow(page, page.get_by_role("button", name="登录"))


def switch(page: Page, username: str) -> None:
    """Sign out by the menu and let somebody else, whose password is ``PASSWORD``, sign in from the sign-in page."""
    page.get_by_role("button", name="账户").click()
    follow(page, page.get_by_role("button", name="退出登录"))
    expect(page).to_have_url(re.compile("/accounts/login/"))
    sign_in_by_form(page, username)
    expect(page.locator("nav .sysnav")).not_to_have_count(0)


def follow(page: Page, leading: Locator) -> None:
    """Click what leads to another page, and wait until that is loaded with its scripts."""
    with page.expect_event("load"):
        leading.click()


def open_list(page: Page, system: str, title: str) -> None:
    """Go to a list of a system by the menu."""
    follow(page, page.locator(".sysnav-link", has_text=system))
    entry = page.locator(".sysnav-sub").get_by_role("link", name=title, exact=True)
    if not entry.is_visible():
        inside = page.locator("a", has_text=re.compile(rf"^\s*{title}\s*$"))
        page.locator(".sysnav-group", has=inside).locator("summary").click()
    follow(page, entry)
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)


def open_first(page: Page) -> None:
    """Open the first row of the list."""
    follow(page, page.locator("#list tbody tr td a").first)
    expect(page.locator(".dochead .actions")).to_be_visible()


def press(page: Page, name: str) -> None:
    """Press the button or link of a document's next step."""
    follow(page, page.locator(".dochead .actions").locator("button, a").filter(has_text=name).first)


def press_in_menu(page: Page, name: str) -> None:
    """Press an action that is not the next step, in the menu beside it."""
    page.locator(".dochead").get_by_role("button", name="更多操作").click()
    follow(page, page.locator(".dropdown-menu.show").locator("button, a").filter(has_text=name).first)


def send(page: Page, name: str) -> None:
    """Send off the form of an action."""
    follow(page, page.locator("main .card-footer button[type=submit]", has_text=name))


def choose(page: Page, cell: Locator, typed: str) -> None:
    """Choose from a select that asks the server."""
    cell.locator(".ts-control").click()
    cell.locator(".ts-control input").press_sequentially(typed)
    page.locator(".ts-dropdown [data-selectable]", has_text=typed).first.click()


def assert_fits(page: Page) -> None:
    """Nothing stands out of the page at the side."""
    page.wait_for_load_state()
    size = page.viewport_size
    assert size is not None
    expect(page.locator("html")).to_have_js_property("scrollWidth", size["width"])
