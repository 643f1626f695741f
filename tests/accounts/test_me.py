"""The page "Me"."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from knox.models import AuthToken

from suite.access.models import AuditEntry, User
from suite.accounts import services
from suite.accounts.services import MAX_TOKENS
from suite.activity.selectors import mail_preferences
from suite.core.errors import InvalidInput
from tests.factories.activity import ColleagueFactory

pytestmark = pytest.mark.django_db


def test_the_page_shows_the_account(visitor: Client) -> None:
    page = visitor.get("/me/").content.decode()

    for shown in ("周敏", "min@example.com", "/accounts/password/change/", "/accounts/2fa/", "API tokens"):
        assert shown in page
    assert Client().get("/me/")["Location"].startswith("/accounts/login/")


def test_name_phone_and_language_are_changed(visitor: Client, person: User) -> None:
    visitor.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    answer = visitor.post("/me/profile/", {"full_name": " 周敏敏 ", "phone": "138", "language": "zh-hans"})

    person.refresh_from_db()
    assert (person.full_name, person.phone, person.language) == ("周敏敏", "138", "zh-hans")
    assert answer["Location"] == "/me/"
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == ""


def test_an_empty_name_is_refused(visitor: Client, person: User) -> None:
    answer = visitor.post("/me/profile/", {"full_name": "", "phone": "138", "language": "en"})

    assert answer.status_code == 422
    person.refresh_from_db()
    assert (person.full_name, person.phone) == ("周敏", "")
    with pytest.raises(InvalidInput):
        services.update_profile(user=person, full_name=" ", phone="138", language="en")
    with pytest.raises(InvalidInput):
        services.update_profile(user=person, full_name="周敏", phone="138", language="xx")


def test_nothing_but_the_profile_can_be_posted(visitor: Client, person: User) -> None:
    visitor.post(
        "/me/profile/",
        {
            "full_name": "周敏",
            "phone": "",
            "language": "en",
            "is_superuser": "on",
            "username": "boss",
            "kind": "PORTAL",
        },
    )

    person.refresh_from_db()
    assert (person.is_superuser, person.username, person.kind) == (False, "min", "STAFF")


def test_mail_is_chosen_by_kind(visitor: Client, person: User) -> None:
    visitor.post("/me/mail/", {"kinds": ["JOB", "REMINDER"]})
    refused = visitor.post("/me/mail/", {"kinds": ["NONSENSE"]})

    assert {kind for kind, by_mail in mail_preferences(person).items() if by_mail} == {"JOB", "REMINDER"}
    assert refused.status_code == 422


def test_a_token_is_shown_once_and_works(visitor: Client, person: User) -> None:
    answer = visitor.post("/me/tokens/", {"days": "90"})

    token = AuthToken.objects.get(user=person)
    text = answer.context["new_token"]
    assert text in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert text not in visitor.get("/me/").content.decode()
    assert round((token.expiry - token.created) / timedelta(days=1)) == 90
    assert Client().get("/api/jobs/00000000-0000-0000-0000-000000000000/").status_code == 401
    used = Client().get("/api/jobs/00000000-0000-0000-0000-000000000000/", headers={"Authorization": f"Token {text}"})
    assert used.status_code == 404
    audit = AuditEntry.objects.get(kind="TOKEN")
    assert (audit.actor, audit.details) == (person, {"created": token.token_key, "days": 90})
    assert text not in str(audit.details)


def test_a_token_may_live_until_it_is_revoked(visitor: Client, person: User) -> None:
    visitor.post("/me/tokens/", {"days": ""})

    assert AuthToken.objects.get(user=person).expiry is None


def test_a_revoked_token_works_no_more(visitor: Client, person: User) -> None:
    token, text = AuthToken.objects.create(user=person)

    visitor.post(f"/me/tokens/{token.token_key}/revoke/")

    answer = Client().get("/api/jobs/00000000-0000-0000-0000-000000000000/", headers={"Authorization": f"Token {text}"})
    assert answer.status_code == 401
    assert AuditEntry.objects.get(kind="TOKEN").details == {"revoked": token.token_key}


def test_the_token_of_somebody_else_does_not_exist(visitor: Client) -> None:
    token, _text = AuthToken.objects.create(user=ColleagueFactory())

    answer = visitor.post(f"/me/tokens/{token.token_key}/revoke/")

    assert answer.status_code == 404
    assert AuthToken.objects.get() == token


def test_tokens_are_limited(visitor: Client, person: User) -> None:
    for _number in range(MAX_TOKENS):
        AuthToken.objects.create(user=person)

    answer = visitor.post("/me/tokens/", {"days": "30"})

    assert answer.status_code == 422
    assert AuthToken.objects.count() == MAX_TOKENS


def test_signing_out_everywhere_ends_every_session(visitor: Client, person: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(person)
    AuthToken.objects.create(user=person)
    assert elsewhere.get("/me/").status_code == 200

    answer = visitor.post("/me/sign-out-everywhere/")

    assert answer["Location"] == "/accounts/login/"
    assert visitor.get("/me/").status_code == 302
    assert elsewhere.get("/me/").status_code == 302
    assert AuthToken.objects.count() == 1
    assert AuditEntry.objects.filter(kind="SIGN_OUT", details={"everywhere": True}).get().actor == person
