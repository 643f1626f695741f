"""The designer of flows in the browser: a leave flow with a condition from nothing, at a desk and on a phone."""

from __future__ import annotations

import os

import pytest
from django.contrib.contenttypes.models import ContentType
from playwright.sync_api import Page, expect

from hrm.leave.models import LeaveRequest
from oa.flows import publishing
from oa.flows.choices import DefinitionStatus
from oa.flows.definition import Branch, Step
from oa.flows.models import FlowDefinition, FlowVersion
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.hrm import UserFactory
from tests.factories.oa_flows import AT
from tests.kit.browser import PHONE, assert_fits, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(transactional_db: None) -> User:
    """An administrator, with personnel and office collaboration on."""
    for code in ("hrm", "oa"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()
    return User.objects.create_superuser("root", "root@example.com", full_name="管理员")


@pytest.fixture
def flow(admin: User) -> FlowDefinition:
    """A leave flow without any step."""
    subject = ContentType.objects.get_for_model(LeaveRequest)
    return publishing.create_flow(code="LEAVE", name="请假审批", subject=subject, admin=admin, actor=admin, at=AT)


def shot(page: Page, name: str) -> None:
    """Keep what the page looks like where SHOTS names a folder."""
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/{name}.png")


def add(page: Page, place: int, kind: str) -> None:
    """Add a step at a point of the line, counted from above."""
    page.locator(".flow-add").nth(place).click()
    page.locator(f".flow-menu .flow-{kind}").click()


def pick(page: Page, control: str, text: str) -> None:
    """Choose a row in a select that asks the server."""
    box = page.locator(f"[data-flow-panel] {control} + .ts-wrapper")
    box.locator("input").fill(text)
    box.locator(".option", has_text=text).first.click()


def test_a_leave_flow_is_built_checked_previewed_and_published(admin: User, flow: FlowDefinition, page: Page) -> None:
    boss = UserFactory(full_name="赵总")
    sign_in(page, admin)
    page.goto(f"/oa/flows/{flow.pk}/design/")
    panel = page.locator("[data-flow-panel]")

    add(page, 0, "approve")
    panel.locator("[data-first]").fill("直接上级")
    add(page, 1, "branch")
    panel.locator("[data-first]").fill("天数")
    page.locator("div.flow-arm").first.locator(".flow-card").click()
    panel.locator("[data-first]").fill("三天以上")
    panel.locator(".condition-box button").click()
    row = panel.locator(".cond-row")
    row.locator("select").nth(0).select_option("hours")
    row.locator("select").nth(1).select_option("GT")
    row.locator("input").fill("24")
    row.locator("input").blur()
    # The point in the arm comes after those before, between and behind the two nodes.
    page.locator("div.flow-arm").first.locator(".flow-add").first.click()
    page.locator(".flow-menu .flow-approve").click()
    panel.locator("[data-first]").fill("总经理")
    panel.locator(".flow-who select").first.select_option("PERSON")
    page.locator("[data-do=check]").click()
    expect(panel.locator(".is-error")).to_have_count(1)
    shot(page, "faults")
    panel.locator(".is-error button").click()
    pick(page, "select[data-async='/lookup/suite.user/']", "赵总")
    page.locator("[data-do=save]").click()
    expect(page.locator("[data-flow-state]")).to_be_empty()
    shot(page, "desk")

    page.locator("[data-do=preview]").click()
    panel.locator("form input[inputmode=decimal]").fill("32")
    panel.locator("form button[type=submit]").click()
    expect(panel.locator(".flow-route li")).to_have_count(2)
    expect(panel.locator(".flow-route li").nth(1)).to_contain_text("赵总")
    shot(page, "preview")
    page.locator("[data-do=publish]").click()
    page.locator("#ask [value=yes]").click()
    page.wait_for_url(f"**/oa/flows/{flow.pk}/")
    shot(page, "published")

    version = FlowVersion.objects.get()
    assert (version.status, version.published_by) == (DefinitionStatus.PUBLISHED, admin)
    first, fork = version.flow.nodes
    assert (first.title, fork.title) == ("直接上级", "天数")
    assert isinstance(fork, Branch)
    long, rest = fork.arms
    assert long.condition is not None
    assert (long.condition.fits({"hours": "25"}), long.condition.fits({"hours": "24"}), rest.condition) == (
        True,
        False,
        None,
    )
    (step,) = long.nodes
    assert isinstance(step, Step)
    assert (step.title, step.resolvers[0].values) == ("总经理", (str(boss.pk),))


def test_steps_are_moved_copied_deleted_and_brought_back(admin: User, flow: FlowDefinition, page: Page) -> None:
    sign_in(page, admin)
    page.goto(f"/oa/flows/{flow.pk}/design/")
    titles = page.locator(".flow-node .flow-title")

    add(page, 0, "handle")
    add(page, 0, "copy")
    first, second = titles.all_inner_texts()
    page.locator(".flow-tools .btn").nth(1).click()
    expect(titles).to_have_text([second, first])
    page.locator(".flow-tools .btn").nth(2).click()
    expect(titles).to_have_count(3)
    page.locator(".flow-card").first.focus()
    page.keyboard.press("Delete")
    expect(titles).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(titles).to_have_count(3)
    page.locator("[data-do=undo]").click()
    expect(titles).to_have_count(2)
    page.locator(".flow-add").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator(".flow-menu")).to_have_count(0)
    page.locator("[data-do=save]").click()
    expect(page.locator("[data-flow-state]")).to_be_empty()

    assert [node.kind for node in FlowVersion.objects.get().flow.nodes] == ["handle", "copy"]


def test_a_phone_shows_the_tree_and_the_panel_over_it(admin: User, flow: FlowDefinition, page: Page) -> None:
    page.set_viewport_size(PHONE)
    sign_in(page, admin)
    page.goto(f"/oa/flows/{flow.pk}/design/")
    panel = page.locator("[data-flow-panel]")

    expect(panel).to_be_hidden()
    add(page, 0, "branch")
    expect(panel).to_be_visible()
    shot(page, "phone-panel")
    panel.locator(".flow-close").click()
    expect(panel).to_be_hidden()
    shot(page, "phone")

    assert_fits(page)


def test_the_condition_of_a_binding_is_entered_by_rows(admin: User, flow: FlowDefinition, page: Page) -> None:
    sign_in(page, admin)
    page.goto("/oa/flow-bindings/new/")

    page.locator("select[name=subject]").select_option(str(flow.subject_id))
    page.locator(".condition-box button").click()
    row = page.locator(".cond-row")
    row.locator("select").nth(0).select_option("hours")
    row.locator("input").fill("8")
    row.locator("input").blur()
    page.locator("select[name=definition]").select_option(str(flow.pk))
    shot(page, "binding")
    page.locator("form[data-guard] .savebar button.btn-primary").click()
    page.wait_for_url("**/oa/flow-bindings/*/")

    (bound,) = flow.bindings.all()
    assert bound.condition["parts"] == [{"kind": "compare", "field": "hours", "operator": "GE", "value": "8"}]
