"""Helpers for browser tests."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.test import Client
from playwright.sync_api import Page


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


def sign_in_by_form(page: Page, username: str, password: str) -> None:
    """Sign in as a person does, from the sign-in page."""
    page.goto("/accounts/login/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", password)
    page.click("form button[type=submit]")
