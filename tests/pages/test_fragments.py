"""What pages keep: drawn once for each key, never out of date, never somebody else's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template import Context, Engine, TemplateSyntaxError
from django.test import Client
from django.utils import translation

from suite.access.models import User
from suite.core.bounded import Bounded
from suite.masters.models import Company, Currency
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.fragments import fragments
from suite.pages.registry import pageset_of
from tests.factories.hrm import UserFactory
from tests.kit.objects import give

ENGINE = Engine(builtins=["suite.pages.templatetags.suite"], libraries={"i18n": "django.templatetags.i18n"})


class Drawn:
    """Counts how often a body is drawn."""

    def __init__(self) -> None:
        self.times = 0

    def __str__(self) -> str:
        self.times += 1
        return "drawn"


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    fragments.clear()


def draw(source: str, engine: Engine = ENGINE, **values: Any) -> str:
    return engine.from_string(source).render(Context(values))


def test_body_is_drawn_once_for_a_key() -> None:
    body = Drawn()
    source = '{% kept "a" key %}{{ body }} {{ key }}{% endkept %}'

    shown = [draw(source, key=key, body=body) for key in (1, 1, 2)]

    assert shown == ["drawn 1", "drawn 1", "drawn 2"]
    assert body.times == 2


def test_values_are_filled_in_each_time_and_escaped() -> None:
    source = '{% kept "a" 1 here=address %}<a href="{{ here }}">{{ here }}</a>{% endkept %}'

    shown = [draw(source, address=address) for address in ("/a/?b=1&c=2", '/"><b>')]

    assert shown == [
        '<a href="/a/?b=1&amp;c=2">/a/?b=1&amp;c=2</a>',
        '<a href="/&quot;&gt;&lt;b&gt;">/&quot;&gt;&lt;b&gt;</a>',
    ]


def test_one_kept_part_may_stand_in_another() -> None:
    source = '{% kept "a" 1 n=n %}{{ n }}{% kept "b" 1 n=n %}({{ n }}){% endkept %}{% endkept %}'

    shown = [draw(source, n=n) for n in ("1", "2")]

    assert shown == ["1(1)", "2(2)"]


def test_what_is_fresh_is_drawn_each_time_within_what_is_kept() -> None:
    body = Drawn()
    source = (
        '{% kept "a" 1 n=n %}{{ body }} {{ n }}{% fresh %}[{% for x in each %}{{ x }}{% endfor %}]{% endfresh %}'
        '{% kept "b" 1 n=n %}{% fresh %}{{ n }}{% endfresh %}{% endkept %}{% endkept %}'
    )

    shown = [draw(source, body=body, n=n, each=each) for n, each in (("<", "ab"), ("2", ">"))]

    assert shown == ["drawn &lt;[ab]&lt;", "drawn 2[&gt;]2"]
    assert body.times == 1


def test_what_is_fresh_is_drawn_where_nothing_is_kept() -> None:
    source = '{% kept "a" None %}{% fresh %}{{ n }}{% endfresh %}{% endkept %}{% fresh %}{{ n }}{% endfresh %}'

    assert [draw(source, n=n) for n in "12"] == ["11", "22"]


def test_one_key_of_several_that_cannot_be_told_keeps_nothing() -> None:
    source = '{% kept "a" 1 key n=1 %}{{ n }}{{ key }}{{ more }}{% endkept %}'

    shown = [draw(source, key=key, more=more) for key, more in ((None, "a"), (None, "b"), (2, "a"), (2, "b"), (3, "b"))]

    assert shown == ["1Nonea", "1Noneb", "12a", "12a", "13b"]


def test_each_language_is_drawn_by_itself() -> None:
    source = '{% load i18n %}{% kept "a" 1 %}{% translate "Save" %}{% endkept %}'

    shown = []
    for language in ("en", "zh-hans", "en"):
        with translation.override(language):
            shown.append(draw(source))

    assert shown == ["Save", "保存", "Save"]


@pytest.mark.parametrize(("engine", "key"), [(ENGINE, None), (Engine(debug=True, builtins=ENGINE.builtins), 1)])
def test_without_key_or_with_debug_nothing_is_kept(engine: Engine, key: int | None) -> None:
    body = Drawn()
    source = '{% kept "a" key n=n %}{{ body }} {{ n }}{% endkept %}'

    shown = [draw(source, engine, key=key, body=body, n="<") for _n in range(2)]

    assert shown == ["drawn &lt;", "drawn &lt;"]
    assert (body.times, len(fragments)) == (2, 0)


def test_key_that_cannot_be_told_keeps_nothing() -> None:
    source = '{% kept "a" nobody.key %}{{ n }}{% endkept %}'

    shown = [draw(source, n=n) for n in ("1", "2")]

    assert shown == ["1", "2"]


def test_name_must_be_given() -> None:
    with pytest.raises(TemplateSyntaxError, match="a name in quotes"):
        ENGINE.from_string("{% kept key %}{% endkept %}")


def test_what_is_full_starts_anew() -> None:
    kept = Bounded[int, int](limit=2)

    for number in (1, 2, 3):
        kept.put(number, number)

    assert (len(kept), kept.get(1), kept.get(3)) == (1, None, 3)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


@pytest.fixture
def crm_on(db: None) -> None:
    ModuleState.objects.create(code="crm", is_enabled=True)
    state.forget()


@pytest.mark.usefixtures("crm_on")
def test_menu_follows_permissions_modules_and_company() -> None:
    leads = pageset_of("crm.Lead")
    assert leads is not None
    seller = signed_in(give(UserFactory(), leads, {"view"}))
    nobody = signed_in(UserFactory())
    address = f'href="{leads.url("list")}"'

    seen = [address in client.get("/me/").content.decode() for client in (seller, nobody, seller)]
    currency = Currency.objects.create(code="CNY")
    company = Company.objects.create(code="A", name="甲公司", base_currency=currency, is_default=True)
    named = "甲公司" in seller.get("/me/").content.decode()
    company.name = "乙公司"
    company.save()
    renamed = "乙公司" in seller.get("/me/").content.decode()
    ModuleState.objects.update(is_enabled=False)
    state.forget()
    off = address in seller.get("/me/").content.decode()

    assert seen == [True, False, True]
    assert (named, renamed, off) == (True, True, False)


@pytest.mark.usefixtures("crm_on")
def test_list_follows_what_its_user_may_do() -> None:
    leads = pageset_of("crm.Lead")
    assert leads is not None
    reader, maker = (signed_in(give(UserFactory(), leads, actions)) for actions in ({"view"}, {"view", "add"}))
    address = f"{leads.url('list')}?as=list"

    shown = [leads.url("create") in client.get(address).content.decode() for client in (reader, maker, reader)]

    assert shown == [False, True, False]


@pytest.mark.usefixtures("crm_on")
def test_token_and_address_are_those_of_the_request() -> None:
    leads = pageset_of("crm.Lead")
    assert leads is not None
    address = f"{leads.url('list')}?as=list"
    user = give(UserFactory(), leads, {"view"})
    first, second = signed_in(user), signed_in(user)

    pages = [client.get(f"{address}&after={n}").content.decode() for n, client in enumerate((first, second))]

    tokens = [set(re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page)) for page in pages]
    assert [len(each) for each in tokens] == [1, 1]
    assert tokens[0] != tokens[1]
    assert [f'name="next" value="/crm/leads/?as=list&amp;after={n}"' in page for n, page in enumerate(pages)] == [
        True
    ] * 2


def test_a_part_within_a_part_that_is_kept_keeps_nothing_of_a_request() -> None:
    inner = '{% kept "inner" "k" here=address %}<i>{{ here }}</i>{% endkept %}'
    source = f'{{% kept "outer" "k" here=address %}}<b>{inner}</b>{{% endkept %}}'

    shown = [draw(source, address=address) for address in ("/of/somebody/", "/of/another/")]

    assert shown == ["<b><i>/of/somebody/</i></b>", "<b><i>/of/another/</i></b>"]


def test_what_differs_within_must_be_named_around() -> None:
    inner = '{% kept "inner" "k" here=address %}{{ here }}{% endkept %}'

    with pytest.raises(ValueError, match="here"):
        draw(f'{{% kept "outer" "k" %}}{inner}{{% endkept %}}', address="/of/somebody/")


@pytest.mark.usefixtures("crm_on")
def test_a_list_says_once_what_was_done_and_shows_what_came_meanwhile() -> None:
    root = User.objects.create_superuser("root", "root@example.com", full_name="管理员")
    client, address = signed_in(root), "/crm/sources/"
    shown = []

    for name in ("展会", "转介绍"):
        shown.append(client.get(address).content.decode())
        client.post(f"{address}new/", {"code": name, "name": name, "is_active": "on"})
        shown.append(client.get(address).content.decode())
    shown.append(client.get(address).content.decode())

    assert ["展会" in page[page.index("<main") :] for page in shown] == [False, True, True, True, True]
    assert ["notice-text" in page.split("toast-blank")[0] for page in shown] == [False, True, False, True, False]
