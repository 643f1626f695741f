"""What roles allow, as every request reads it with its user."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suite.access.choices import ScopeLevel
from suite.access.grants import grants_of
from suite.access.models import RoleScope, User
from suite.masters.models import Item, Party
from tests.factories.hrm import UserFactory

pytestmark = pytest.mark.django_db

BACKEND = "suite.access.backends.RoleBackend"


def permission(model: Any, action: str) -> Permission:
    kind = ContentType.objects.get_for_model(model)
    return Permission.objects.get(content_type=kind, codename=f"{action}_{model._meta.model_name}")


def role(name: str, *permissions: Permission) -> Group:
    group = Group.objects.create(name=name)
    group.permissions.set(permissions)
    return group


def reach(group: Group, model: Any, level: str, chosen: tuple[int, ...] = ()) -> None:
    kind = ContentType.objects.get_for_model(model)
    RoleScope.objects.create(role=group, content_type=kind, level=level, chosen=list(chosen))


def as_asked(user: User) -> Any:
    """The user as a request has them."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    client.get("/me/")
    return client.get("/me/").wsgi_request.user


def test_roles_add_up_and_each_reaches_as_far_as_it_does() -> None:
    user = UserFactory()
    seller = role("卖", permission(Party, "view"), permission(Party, "change"), permission(Item, "view"))
    keeper = role("管", permission(Party, "view"))
    reach(seller, Party, ScopeLevel.CHOSEN, (7, 12))
    reach(keeper, Party, ScopeLevel.ALL)
    reach(keeper, Item, ScopeLevel.ALL)
    reach(role("别的", permission(Item, "delete")), Item, ScopeLevel.ALL)
    user.groups.set([seller, keeper])
    expected = {
        "suite.view_party": {("CHOSEN", (7, 12)), ("ALL", ())},
        "suite.change_party": {("CHOSEN", (7, 12))},
        # Without a scope of its own a role reaches what is one's own.
        "suite.view_item": {("OWN", ())},
    }

    assert grants_of(User.objects.get(pk=user.pk)).reaches == expected
    assert grants_of(as_asked(user)).reaches == expected


def test_without_roles_and_with_empty_ones_nothing_is_allowed() -> None:
    none, empty = UserFactory(), UserFactory()
    empty.groups.add(role("空"))

    assert [grants_of(as_asked(user)).reaches for user in (none, empty)] == [{}, {}]
    assert not grants_of(as_asked(none)).allows("suite.view_party")


def test_withdrawn_permission_is_gone_with_the_next_request() -> None:
    user, group = UserFactory(), role("卖", permission(Party, "view"))
    user.groups.add(group)
    before = as_asked(user).has_perm("suite.view_party")

    group.permissions.clear()

    assert (before, as_asked(user).has_perm("suite.view_party")) == (True, False)


def test_scope_that_became_wider_counts_with_the_next_request() -> None:
    user, group = UserFactory(), role("卖", permission(Party, "view"))
    user.groups.add(group)
    reach(group, Party, ScopeLevel.OWN)
    before = grants_of(as_asked(user)).how_far("suite.view_party")

    RoleScope.objects.filter(role=group).update(level=ScopeLevel.ALL)

    assert before == {("OWN", ())}
    assert grants_of(as_asked(user)).how_far("suite.view_party") == {("ALL", ())}


def test_permission_that_is_new_is_known() -> None:
    user, group = UserFactory(), role("卖")
    user.groups.add(group)
    as_asked(user)
    kind = ContentType.objects.get_for_model(Party)
    group.permissions.add(Permission.objects.create(content_type=kind, codename="bless_party", name="Bless"))

    assert as_asked(user).has_perm("suite.bless_party")


def test_permission_given_to_a_person_instead_of_a_role_counts_for_nothing() -> None:
    user = UserFactory()
    user.user_permissions.add(permission(Party, "view"))

    asked = as_asked(user)

    assert not asked.has_perm("suite.view_party")
    assert asked.get_all_permissions() == set()


def test_superuser_has_everything_and_yet_the_reach_of_their_roles() -> None:
    user, group = UserFactory(is_superuser=True), role("卖", permission(Party, "view"))
    user.groups.add(group)
    reach(group, Party, ScopeLevel.COMPANY)

    asked = as_asked(user)

    assert asked.has_perm("suite.view_item")
    assert grants_of(asked).reaches == {"suite.view_party": {("COMPANY", ())}}


def test_who_may_not_work_and_who_is_nobody_may_nothing() -> None:
    stopped = UserFactory(is_superuser=True, is_active=False)

    assert not stopped.has_perm("suite.view_party")
    assert not AnonymousUser().has_perm("suite.view_party")
    assert grants_of(stopped).reaches == {}


def test_permissions_take_no_statement_of_their_own() -> None:
    user = UserFactory()
    user.groups.add(role("卖", permission(Party, "view")))
    client = Client()
    client.force_login(user, backend=BACKEND)
    client.get("/me/")

    with CaptureQueriesContext(connection) as captured:
        client.get("/me/")

    asked = [query["sql"] for query in captured if "auth_group_permissions" in query["sql"]]
    assert len(asked) == 1
    assert "django_session" in asked[0]
