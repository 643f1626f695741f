"""Who asks: read with every request from the session and the user as they are stored."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from suite.access.backends import RoleBackend
from suite.access.models import User
from tests.factories.hrm import UserFactory

pytestmark = pytest.mark.django_db


def stored(**values: Any) -> Any:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.update(values)
    session.save()
    return session


def opened(key: str | None) -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def test_session_holds_what_was_saved() -> None:
    key = stored(view_as=7, name="张三").session_key

    session = opened(key)

    assert dict(session.items()) == {"view_as": 7, "name": "张三"}
    assert session.session_key == key


def test_session_that_ended_is_empty_and_its_key_is_not_taken_over() -> None:
    key = stored(view_as=7).session_key
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))

    ended, unknown = opened(key), opened("a" * 32)

    assert [dict(session.items()) for session in (ended, unknown)] == [{}, {}]
    assert [session.session_key for session in (ended, unknown)] == [None, None]


def test_session_of_somebody_elses_making_is_empty() -> None:
    key = stored(view_as=7).session_key
    Session.objects.filter(pk=key).update(session_data="eyJ2aWV3X2FzIjoxfQ:1:forged")

    assert dict(opened(key).items()) == {}


def test_user_is_read_as_stored_and_may_be_changed() -> None:
    user = UserFactory(full_name="李四", language="en")
    fields = [field.attname for field in User._meta.concrete_fields]

    with CaptureQueriesContext(connection) as captured:
        found = RoleBackend().get_user(user.pk)
    assert found is not None
    before = {name: getattr(found, name) for name in fields}
    found.full_name = "王五"
    found.save()

    assert (len(captured), found) == (1, user)
    assert before == {**User.objects.filter(pk=user.pk).values(*fields).get(), "full_name": "李四"}
    assert User.objects.get(pk=user.pk).full_name == "王五"


def test_user_who_is_gone_or_may_not_work_is_nobody() -> None:
    user = UserFactory(is_active=False)

    assert RoleBackend().get_user(user.pk) is None
    assert RoleBackend().get_user(user.pk + 1000) is None


def test_user_who_is_stopped_is_signed_out_at_once() -> None:
    user = UserFactory()
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")

    before = client.get("/me/").status_code
    User.objects.filter(pk=user.pk).update(is_active=False)
    after = client.get("/me/")

    assert before == 200
    assert (after.status_code, after["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_user_comes_with_the_session_once_it_is_known_whose_it_is() -> None:
    user = UserFactory()
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")

    asked = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get("/me/")
        asked.append([query["sql"] for query in captured if "FROM suite_user u WHERE" in query["sql"]])

    assert [len(each) for each in asked] == [1, 0]


def test_session_that_became_somebody_elses_is_theirs() -> None:
    first, second = UserFactory(), UserFactory()
    clients = [Client(), Client()]
    for client, user in zip(clients, (first, second), strict=True):
        client.force_login(user, backend="suite.access.backends.RoleBackend")
        client.get("/me/")
    keys = [client.session.session_key for client in clients]
    taken_over = Session.objects.get(pk=keys[1]).session_data
    Session.objects.filter(pk=keys[0]).update(session_data=taken_over)

    answers = [clients[0].get("/me/") for _time in range(2)]

    assert [answer.wsgi_request.user for answer in answers] == [second, second]


def test_changed_password_ends_the_session_at_once() -> None:
    user = UserFactory()
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    client.get("/me/")

    user.set_password("anders-7781")
    user.save()

    assert client.get("/me/").status_code == 302
