"""Reorganisations: decided on one day, in force on another, with a look at whose data scope changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.customers.models import Customer
from hrm.org.default_roles import create_default_roles
from hrm.org.errors import OrganisationCycle
from hrm.org.models import Department
from hrm.org.services import close_department, move_department
from hrm.reorg.choices import ReorganisationStatus, StepKind
from hrm.reorg.models import Reorganisation
from hrm.reorg.preview import Change, Node, ReachChange, Reader, TreeCycleError, apply, reach_changes
from hrm.reorg.selectors import scope_changes
from hrm.reorg.services import (
    apply_due_reorganisations,
    apply_reorganisation,
    approve_reorganisation,
    cancel_reorganisation,
    create_reorganisation,
    reject_reorganisation,
    submit_reorganisation,
    update_reorganisation,
)
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.restrict import restrict
from suite.access.services import define_role
from suite.core.errors import WrongState
from suite.documents.errors import LineErrors
from suite.modules.services import enable_module
from tests.factories.crm import CustomerFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory

TOP, SALES, EAST, WEST = 1, 2, 3, 4
TREE = {TOP: Node(None, 10), SALES: Node(TOP, 20), EAST: Node(SALES, 30), WEST: Node(TOP, 40)}


# -- the preview, without a database -----------------------------------------------------------


def test_who_stands_above_the_old_place_loses_what_who_stands_above_the_new_one_gains() -> None:
    readers = [Reader(10, TOP, True), Reader(20, SALES, True), Reader(30, EAST, True), Reader(40, WEST, True)]

    found = reach_changes(TREE, apply(TREE, [Change(EAST, moves=True, parent=WEST)]), readers)

    assert found == [
        ReachChange(20, frozenset(), frozenset({EAST})),
        ReachChange(40, frozenset({EAST}), frozenset()),
    ]


def test_a_new_head_reaches_what_the_old_one_no_longer_does() -> None:
    readers = [Reader(20, None, True), Reader(21, EAST, True), Reader(22, None, False)]

    found = reach_changes(TREE, apply(TREE, [Change(SALES, changes_head=True, head=21)]), readers)

    assert found == [
        ReachChange(20, frozenset(), frozenset({SALES, EAST})),
        ReachChange(21, frozenset({SALES}), frozenset()),
    ]


def test_a_scope_of_the_department_alone_ends_at_the_department() -> None:
    readers = [Reader(40, WEST, False), Reader(20, SALES, False)]

    assert reach_changes(TREE, apply(TREE, [Change(EAST, moves=True, parent=WEST)]), readers) == []


def test_steps_are_taken_in_their_order() -> None:
    swap = [Change(EAST, moves=True, parent=TOP), Change(SALES, moves=True, parent=EAST)]

    assert apply(TREE, swap)[SALES].parent == EAST
    with pytest.raises(TreeCycleError) as refused:
        apply(TREE, swap[::-1])
    assert refused.value.department == SALES


# -- with the organisation ---------------------------------------------------------------------


@pytest.fixture
def boss(db: None) -> User:
    """Who decides; personnel and CRM are on."""
    CompanyFactory(is_default=True)
    for code in ("crm", "hrm"):
        enable_module(code=code, actor=None, at=timezone.now())
    user = UserFactory()
    user.groups.add(create_default_roles(actor=None, at=timezone.now())["boss"])
    return user


@pytest.fixture
def tree(boss: User) -> dict[str, Department]:
    """Head office, two regions and a shop below the first, each with a head who sees what is below."""
    from suite.masters.models import Company

    reader = define_role(
        name="区域负责人",
        grants={Customer: (("view",), ScopeLevel.DEPARTMENT_TREE)},
        actor=None,
        at=timezone.now(),
    )
    top = DepartmentFactory(company=Company.objects.get(), code="TOP", name="总部")
    found = {"top": top}
    for code, parent in (("east", "top"), ("west", "top"), ("shop", "east")):
        found[code] = DepartmentFactory(parent=found[parent], code=code, name=code)
    for code in ("top", "east", "west", "shop"):
        head = EmployeeFactory(department=found[code], user=UserFactory(), name=f"{code}主管")
        head.user.groups.add(reader)
        found[code].head = head
        found[code].save()
    return found


def planned(
    tree: dict[str, Department], boss: User, days: int = 0, lines: list[dict[str, Any]] | None = None
) -> Reorganisation:
    """The shop goes from the east to the west."""
    step = {"department": tree["shop"], "kind": StepKind.MOVE, "parent": tree["west"]}
    return create_reorganisation(
        title="门店划归西区",
        effective_on=timezone.localdate() + timedelta(days=days),
        lines=[step] if lines is None else lines,
        actor=boss,
        at=timezone.now(),
    )


def fresh(department: Department) -> Department:
    """As it stands in the database."""
    return Department.objects.get(pk=department.pk)


def test_the_preview_says_what_then_happens(tree: dict[str, Department], boss: User) -> None:
    customer = CustomerFactory(owner=tree["shop"].head.user, company=tree["top"].company)
    east, west = tree["east"].head, tree["west"].head
    reorganisation = planned(tree, boss)

    expected = {(each.person, tuple(each.gained), tuple(each.lost)) for each in scope_changes(reorganisation)}
    before = [restrict(Customer.objects.all(), user=User.objects.get(pk=each.user_id)).count() for each in (east, west)]
    submit_reorganisation(reorganisation=reorganisation, actor=boss, at=timezone.now())
    after = [restrict(Customer.objects.all(), user=User.objects.get(pk=each.user_id)).count() for each in (east, west)]

    assert expected == {(east, (), (tree["shop"],)), (west, (tree["shop"],), ())}
    assert (before, after) == ([1, 0], [0, 1])
    assert customer.pk is not None
    assert fresh(tree["shop"]).parent == tree["west"]
    assert Reorganisation.objects.get().status == ReorganisationStatus.APPLIED


def test_it_waits_for_its_day(tree: dict[str, Department], boss: User) -> None:
    reorganisation = planned(tree, boss, days=3)
    now = timezone.now()

    submit_reorganisation(reorganisation=reorganisation, actor=boss, at=now)
    assert apply_due_reorganisations(at=now) == 0
    with pytest.raises(WrongState, match="生效"):
        apply_reorganisation(reorganisation=reorganisation, actor=boss, at=now)
    assert fresh(tree["shop"]).parent == tree["east"]

    assert apply_due_reorganisations(at=now + timedelta(days=3)) == 1
    assert fresh(tree["shop"]).parent == tree["west"]
    assert apply_due_reorganisations(at=now + timedelta(days=3)) == 0


def test_all_steps_or_none_and_it_says_why(tree: dict[str, Department], boss: User) -> None:
    lines = [
        {"department": tree["shop"], "kind": StepKind.RENAME, "name": "旗舰店"},
        {"department": tree["shop"], "kind": StepKind.MOVE, "parent": tree["west"]},
    ]
    now = timezone.now()
    reorganisation = planned(tree, boss, days=1, lines=lines)
    submit_reorganisation(reorganisation=reorganisation, actor=boss, at=now)
    # The west is closed meanwhile.
    Department.objects.filter(pk=tree["west"].pk).update(is_active=False)

    assert apply_due_reorganisations(at=now + timedelta(days=1)) == 0

    reorganisation.refresh_from_db()
    assert reorganisation.status == ReorganisationStatus.APPROVED
    assert "west" in reorganisation.failure
    assert (fresh(tree["shop"]).name, fresh(tree["shop"]).parent) == ("shop", tree["east"])


def test_every_kind_of_step(tree: dict[str, Department], boss: User) -> None:
    empty = DepartmentFactory(parent=tree["west"], code="empty", name="撤销部")
    lines = [
        {"department": tree["east"], "kind": StepKind.HEAD, "head": tree["shop"].head},
        {"department": tree["west"], "kind": StepKind.RENAME, "name": "西区"},
        {"department": empty, "kind": StepKind.CLOSE},
    ]

    submit_reorganisation(reorganisation=planned(tree, boss, lines=lines), actor=boss, at=timezone.now())

    assert fresh(tree["east"]).head == tree["shop"].head
    assert fresh(tree["west"]).name == "西区"
    assert (fresh(empty).is_active, fresh(empty).valid_to) == (False, timezone.localdate())


def test_wrong_steps_are_refused_where_they_stand(tree: dict[str, Department], boss: User) -> None:
    elsewhere = DepartmentFactory()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"department": None, "kind": StepKind.MOVE}, "department"),
        ({"department": tree["shop"], "kind": StepKind.MOVE, "parent": elsewhere}, "parent"),
        ({"department": tree["shop"], "kind": StepKind.RENAME}, "name"),
        ({"department": tree["shop"], "kind": StepKind.CLOSE, "head": tree["shop"].head}, "head"),
    ]

    for row, column in wrong:
        with pytest.raises(LineErrors) as refused:
            planned(tree, boss, lines=[row])
        assert list(refused.value.rows[0]) == [column]
    with pytest.raises(LineErrors) as refused:
        planned(
            tree,
            boss,
            lines=[
                {"department": tree["shop"], "kind": StepKind.MOVE, "parent": tree["west"]},
                {"department": elsewhere, "kind": StepKind.CLOSE},
            ],
        )
    assert list(refused.value.rows) == [1]
    with pytest.raises(OrganisationCycle):
        planned(tree, boss, lines=[{"department": tree["east"], "kind": StepKind.MOVE, "parent": tree["shop"]}])
    assert Reorganisation.objects.count() == 0


def test_who_may_not_decide_waits_for_who_may(tree: dict[str, Department], boss: User, client: Client) -> None:
    officer = UserFactory()
    officer.groups.add(create_default_roles(actor=None, at=timezone.now())["hr"])
    reorganisation = planned(tree, boss)
    now: datetime = timezone.now()

    submit_reorganisation(reorganisation=reorganisation, actor=officer, at=now)
    assert Reorganisation.objects.get().status == ReorganisationStatus.APPROVING
    client.force_login(officer)
    url = reorganisation.get_absolute_url()
    assert client.post(f"{url}actions/approve/").status_code == 403
    reject_reorganisation(reorganisation=reorganisation, reason="再议", actor=boss, at=now)
    update_reorganisation(
        reorganisation=reorganisation,
        title="门店归西区",
        lines=[{"department": tree["shop"], "kind": StepKind.MOVE, "parent": tree["top"]}],
        actor=officer,
        at=now,
    )
    submit_reorganisation(reorganisation=reorganisation, actor=officer, at=now)
    approve_reorganisation(reorganisation=reorganisation, actor=boss, at=now)

    assert fresh(tree["shop"]).parent == tree["top"]
    with pytest.raises(WrongState):
        cancel_reorganisation(reorganisation=reorganisation, reason="晚了", actor=boss, at=now)


def test_page_shows_whose_scope_changes(tree: dict[str, Department], boss: User, client: Client) -> None:
    reorganisation = planned(tree, boss, days=2)
    client.force_login(boss)

    page = client.get(reorganisation.get_absolute_url()).content.decode()

    assert "east主管" in page
    assert "west主管" in page
    assert "top主管" not in page

    # What was possible when it was drawn up is not any more.
    now = timezone.now()
    move_department(department=tree["west"], parent=tree["shop"], actor=boss, at=now)
    page = client.get(reorganisation.get_absolute_url()).content.decode()
    assert "不可行" in page
    with pytest.raises(OrganisationCycle):
        submit_reorganisation(reorganisation=reorganisation, actor=boss, at=now)


def test_a_closed_department_cannot_be_closed_again(tree: dict[str, Department], boss: User) -> None:
    empty = DepartmentFactory(parent=tree["west"], code="empty", name="撤销部")
    now = timezone.now()
    reorganisation = planned(tree, boss, days=1, lines=[{"department": empty, "kind": StepKind.CLOSE}])
    submit_reorganisation(reorganisation=reorganisation, actor=boss, at=now)
    close_department(department=empty, actor=boss, at=now)

    assert apply_due_reorganisations(at=now + timedelta(days=1)) == 0
    assert Reorganisation.objects.get().failure
