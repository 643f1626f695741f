"""Links between documents and the chain they make."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction

from suite.access.choices import ScopeLevel
from suite.access.models import Role, RoleScope, User
from suite.core.errors import InvalidInput
from suite.documents.choices import LinkKind
from suite.documents.models import DocumentLink
from suite.documents.selectors import document_chain, is_upstream, links_from
from suite.documents.services import link_documents, save_lines
from suite.modules import state
from suite.modules.registry import registry
from tests.documents.conftest import AT

pytestmark = pytest.mark.django_db

MakeOffer = Callable[..., Any]


@pytest.fixture
def chain(sample: Any, make_offer: MakeOffer, actor: User) -> dict[str, Any]:
    """A note led to two offers, the first of them to two tasks."""
    documents = {
        "note": sample.SampleNote.objects.create(text="need"),
        "first": make_offer(number="QT-1"),
        "second": make_offer(number="QT-2"),
        "left": sample.SampleTask.objects.create(name="left"),
        "right": sample.SampleTask.objects.create(name="right"),
    }
    save_lines(document=documents["first"], rows=[{"description": "x", "unit_price": Decimal(100)}])
    documents["first"].become("SENT", actor=actor, at=AT)
    for source, target in [("note", "first"), ("note", "second"), ("first", "left"), ("first", "right")]:
        link_documents(documents[source], documents[target])
    return documents


def shape(document: Any, user: User) -> list[tuple[str, list[str], bool]]:
    return [
        (stage.label, [item.title for item in stage.items], stage.is_current)
        for stage in document_chain(document, user)
    ]


class TestChain:
    def test_from_the_middle(self, chain: dict[str, Any], actor: User) -> None:
        assert shape(chain["first"], actor) == [
            ("note", ["need"], False),
            ("offer", ["QT-1"], True),
            ("task", ["left", "right"], False),
        ]

    def test_from_both_ends(self, chain: dict[str, Any], actor: User) -> None:
        assert shape(chain["note"], actor) == [
            ("note", ["need"], True),
            ("offer", ["QT-1", "QT-2"], False),
            ("task", ["left", "right"], False),
        ]
        assert shape(chain["left"], actor) == [
            ("note", ["need"], False),
            ("offer", ["QT-1"], False),
            ("task", ["left"], True),
        ]

    def test_what_each_document_says(self, chain: dict[str, Any], actor: User) -> None:
        note, offer, tasks = document_chain(chain["left"], actor)

        item = offer.items[0]
        assert (item.number, item.title, item.status, item.tone) == ("QT-1", "QT-1", "Sent", "go")
        assert (item.amount, item.currency, item.url) == (Decimal(100), "CNY", f"/offers/{chain['first'].pk}/")
        assert (tasks.items[0].status, tasks.items[0].amount, tasks.items[0].url) == ("Open", None, "")
        assert (note.items[0].status, note.items[0].tone) == ("", "")
        assert [stage.is_upstream for stage in (note, offer, tasks)] == [True, True, False]

    def test_a_document_alone_has_no_chain(self, make_offer: MakeOffer, actor: User) -> None:
        assert document_chain(make_offer(), actor) == []

    def test_one_query_for_the_links_and_one_for_each_type(
        self,
        chain: dict[str, Any],
        actor: User,
        django_assert_num_queries: Callable[..., Any],
        request: pytest.FixtureRequest,
    ) -> None:
        # As in a request, which asks once what is on.
        state.start_request()
        request.addfinalizer(state.end_request)

        with django_assert_num_queries(1 + 2):
            document_chain(chain["note"], actor)

    def test_a_longer_way_puts_a_document_later(self, sample: Any, actor: User) -> None:
        a, b, c = (sample.SampleTask.objects.create(name=name) for name in "abc")
        note = sample.SampleNote.objects.create(text="end")
        for source, target in [(a, b), (b, c), (a, note), (c, note)]:
            link_documents(source, target)

        assert shape(a, actor) == [("task", ["a"], True), ("task", ["b", "c"], False), ("note", ["end"], False)]


class TestRestriction:
    def reader(self, sample: Any, *models: Any, level: ScopeLevel = ScopeLevel.ALL) -> User:
        role = Role.objects.create(name="reader")
        for model in models:
            content_type = ContentType.objects.get_for_model(model)
            permission, _ = Permission.objects.get_or_create(
                content_type=content_type, codename=f"view_{model._meta.model_name}", defaults={"name": "view"}
            )
            role.permissions.add(permission)
            RoleScope.objects.create(role=role, content_type=content_type, level=level)
        user = User.objects.create_user("reader", "reader@example.com", full_name="Reader")
        user.groups.add(role)
        return user

    def test_types_without_permission_are_left_out(self, sample: Any, chain: dict[str, Any]) -> None:
        user = self.reader(sample, sample.SampleTask)

        assert shape(chain["first"], user) == [("offer", ["QT-1"], True), ("task", ["left", "right"], False)]

    def test_rows_out_of_reach_are_left_out(self, sample: Any, chain: dict[str, Any], make_offer: MakeOffer) -> None:
        user = self.reader(sample, sample.SampleOffer, level=ScopeLevel.OWN)
        mine = make_offer(number="QT-3", owner=user)
        link_documents(chain["note"], mine)

        assert shape(chain["note"], user) == [("note", ["need"], True), ("offer", ["QT-3"], False)]

    def test_documents_of_a_system_that_is_off_are_left_out(
        self, chain: dict[str, Any], actor: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Registered but not on: the module is neither always on nor switched on.
        monkeypatch.setitem(
            registry.modules, "tests", type(registry.modules["tests"])("tests", "Tests", is_always_on=False)
        )

        assert shape(chain["first"], actor) == [("offer", ["QT-1"], True)]


class TestLinks:
    def test_the_same_link_is_made_once(self, chain: dict[str, Any]) -> None:
        again = link_documents(chain["note"], chain["first"])

        assert DocumentLink.objects.count() == 4
        assert again in links_from(chain["note"])

    def test_another_kind_is_another_link(self, chain: dict[str, Any]) -> None:
        link_documents(chain["first"], chain["second"], LinkKind.REPLACES)

        kinds = links_from(chain["first"]).order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["FOLLOWS", "FOLLOWS", "REPLACES"]

    def test_no_document_comes_from_what_came_from_it(self, chain: dict[str, Any]) -> None:
        for source, target in [("left", "note"), ("first", "note"), ("first", "first")]:
            with pytest.raises(InvalidInput, match="cannot also lead to it"):
                link_documents(chain[source], chain[target])

        assert DocumentLink.objects.count() == 4

    def test_the_table_refuses_a_link_to_itself(self, chain: dict[str, Any]) -> None:
        link = links_from(chain["note"]).first()
        assert link is not None

        with pytest.raises(IntegrityError, match="documentlink_not_itself"), transaction.atomic():
            DocumentLink.objects.filter(pk=link.pk).update(target_type=link.source_type, target_id=link.source_id)

    def test_upstream(self, chain: dict[str, Any]) -> None:
        assert is_upstream(chain["note"], of=chain["left"])
        assert not is_upstream(chain["left"], of=chain["note"])
        assert not is_upstream(chain["second"], of=chain["left"])
