"""Signing in and out leaves a trace."""

from typing import Any

import pytest
from allauth.account.signals import password_reset
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.signals import authentication_failed
from allauth.mfa.totp.internal import auth as totp
from django.test import Client, RequestFactory

from suite.access.models import AuditEntry, User
from suite.masters.models import Party
from tests.accounts.conftest import PASSWORD
from tests.factories.activity import ColleagueFactory
from tests.factories.masters import PartyFactory

pytestmark = pytest.mark.django_db


def entries() -> list[tuple[Any, ...]]:
    """Return what the audit says, oldest first."""
    return list(AuditEntry.objects.order_by("pk").values_list("kind", "actor__username", "subject", "details"))


def test_sign_in_and_sign_out_are_audited(person: User) -> None:
    client = Client(headers={"User-Agent": "Firefox"})

    answer = client.post("/accounts/login/", {"login": "min", "password": PASSWORD})
    client.post("/accounts/logout/")

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert entries() == [("SIGN_IN", "min", "min", {}), ("SIGN_OUT", "min", "min", {})]
    first = AuditEntry.objects.order_by("pk")[0]
    assert (first.ip_address, first.user_agent) == ("127.0.0.1", "Firefox")


def test_a_failed_sign_in_is_audited_without_the_password(person: User) -> None:
    answer = Client().post("/accounts/login/", {"login": "min", "password": "wrong-secret"})

    assert answer.status_code == 200
    assert entries() == [("SIGN_IN_FAILED", None, "min", {})]
    assert "wrong-secret" not in str(list(AuditEntry.objects.values()))


def test_too_many_failures_are_stopped(person: User) -> None:
    client = Client()
    for _attempt in range(5):
        client.post("/accounts/login/", {"login": "min", "password": "wrong"})

    answer = client.post("/accounts/login/", {"login": "min", "password": PASSWORD})

    assert answer.status_code == 200
    assert [entry[0] for entry in entries()] == ["SIGN_IN_FAILED"] * 5


def test_a_former_colleague_cannot_sign_in(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)

    client = Client()
    client.post("/accounts/login/", {"login": "min", "password": PASSWORD})

    assert "_auth_user_id" not in client.session
    assert [entry[0] for entry in entries()] == ["SIGN_IN_FAILED"]


def test_a_new_password_is_audited(visitor: Client, person: User) -> None:
    new = "circumspect-heron-17"

    answer = visitor.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert answer.status_code == 302
    assert ("PASSWORD", "min", "min", {"act": "changed"}) in entries()
    person.refresh_from_db()
    assert person.check_password(new)


def test_a_reset_password_is_audited(person: User, rf: RequestFactory) -> None:
    password_reset.send(sender=User, request=rf.get("/"), user=person)

    assert entries() == [("PASSWORD", "min", "min", {"act": "reset"})]


def test_two_step_sign_in_is_audited(person: User, rf: RequestFactory) -> None:
    from allauth.mfa.signals import authenticator_added, authenticator_removed

    device = totp.TOTP.activate(person, totp.generate_totp_secret()).instance
    codes = RecoveryCodes.activate(person).instance
    request = rf.get("/")

    authenticator_added.send(sender=Authenticator, request=request, user=person, authenticator=device)
    authenticator_added.send(sender=Authenticator, request=request, user=person, authenticator=codes)
    authenticator_removed.send(sender=Authenticator, request=request, user=person, authenticator=device)
    authentication_failed.send(sender=Authenticator, request=request, user=person, authenticator=device)

    assert entries() == [
        ("MFA", "min", "min", {"act": "added", "type": "totp"}),
        ("MFA", "min", "min", {"act": "added", "type": "recovery_codes"}),
        ("MFA", "min", "min", {"act": "removed", "type": "totp"}),
        ("SIGN_IN_FAILED", "min", "min", {"step": "code"}),
    ]


def test_nobody_signs_up() -> None:
    answer = Client().post(
        "/accounts/signup/",
        {"username": "new", "email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD},
    )

    assert answer.status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example/"])
def test_sign_in_leads_to_no_other_site(person: User, target: str) -> None:
    answer = Client().post("/accounts/login/", {"login": "min", "password": PASSWORD, "next": target})

    assert answer["Location"] == "/"


def test_portal_users_land_in_the_portal(person: User) -> None:
    party: Party = PartyFactory()
    contact = ColleagueFactory(username="portal", kind="PORTAL", party=party)
    contact.set_password(PASSWORD)
    contact.save()

    answer = Client().post("/accounts/login/", {"login": "portal", "password": PASSWORD})

    assert answer["Location"] == "/portal/"
