"""The demo company turns on the office in the last days: flows decide about documents, and some wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from crm.contracts.models import Contract, Quotation
from erp.masterdata.services import default_warehouse
from erp.purchasing.models import PurchaseOrder, PurchaseRequest
from erp.purchasing.requests import create_request as create_requisition
from erp.purchasing.requests import submit_request as submit_requisition
from erp.sales.models import SalesOrder
from hrm.attendance.models import OvertimeRequest
from hrm.leave.models import LeaveRequest
from hrm.org.models import StandardRole
from hrm.payroll.models import PayRun
from hrm.people.models import PersonnelChange
from oa.flows.acting import approve_task
from oa.flows.models import FlowTask
from oa.flows.publishing import create_flow, publish_version, save_draft, set_binding
from oa.forms.models import FormRequest, FormTemplate
from oa.forms.services import create_request, submit_request
from oa.library.archiving import set_archive_rule
from oa.library.folders import create_folder
from rollout.demo.operations import open_system
from rollout.demo.world import World
from rollout.services import advance_stage
from suite.access.models import Role

Nodes = list[dict[str, Any]]
LARGE, HUGE = "50000", "200000"
# A quotation with more discount on a line, or with less margin, is the sales manager's to decide; in percent.
MOST_DISCOUNT, LEAST_MARGIN = "10", "15"


def open_office(world: World) -> None:
    """Introduce the office in the last two weeks, put documents under flows, and let some requests wait."""
    now = world.timeline.now
    opened, set_up, live = (now - timedelta(days=days) for days in (14, 9, 4))
    open_system(world, "oa", "xiewanting", opened, "审批统一走流程，请假报销在手机上办")
    advance_stage(code="oa", actor=world.admin, at=set_up, reason="流程和表单已设置")
    for code, name, model, nodes in _flows():
        _flow(world, code, name, model, nodes, set_up)
    _archive(world, set_up)
    advance_stage(code="oa", actor=world.admin, at=live, reason="全员在手机上办理审批")
    _requests(world, now - timedelta(hours=3))


def _flows() -> list[tuple[str, str, type[Model], Nodes]]:
    roles = dict(StandardRole.objects.values_list("code", "role"))
    manager = _step("manager", "直属上级", {"kind": "MANAGER"}, on_self="MANAGER")
    boss = _step("boss", "总经理", {"kind": "ROLE", "values": [str(roles["boss"])]}, mode="ANY")
    sales = _step("sales", "销售总监", {"kind": "ROLE", "values": [str(roles["sales_manager"])]}, mode="ANY")
    finance = _step("finance", "财务经理", {"kind": "ROLE", "values": [str(roles["finance"])]}, mode="ANY")
    hr = {"kind": "copy", "key": "hr", "title": "人事", "resolvers": [{"kind": "ROLE", "values": [str(roles["hr"])]}]}
    return [
        ("quotation", "报价审批", Quotation, [_beyond([sales])]),
        ("contract", "合同审批", Contract, [_from(LARGE, [sales, _from(HUGE, [boss], "huge")], "large")]),
        ("sales-order", "销售订单审批", SalesOrder, [_from(LARGE, [sales], "large")]),
        ("purchase-order", "采购订单审批", PurchaseOrder, [_from(LARGE, [finance, boss], "large")]),
        ("requisition", "请购审批", PurchaseRequest, [{**manager, "on_empty": "PERSON", **_stand_in()}]),
        ("leave", "请假审批", LeaveRequest, [manager, hr]),
        ("overtime", "加班审批", OvertimeRequest, [manager]),
        ("personnel", "人事异动审批", PersonnelChange, [manager, boss]),
        ("payroll", "工资审批", PayRun, [finance, boss]),
    ]


def _stand_in() -> dict[str, str]:
    boss = Group.objects.get(standard__code="boss")
    return {"stand_in": str(boss.user_set.order_by("pk")[0].pk)}


def _step(key: str, title: str, resolver: dict[str, Any], **values: Any) -> dict[str, Any]:
    timeout = {"hours": "16", "action": "REMIND", "times": 2}
    return {"kind": "approve", "key": key, "title": title, "resolvers": [resolver], "timeout": timeout, **values}


def _from(amount: str, nodes: Nodes, key: str) -> dict[str, Any]:
    """A branch: below an amount nobody is asked, from it on the nodes are."""
    below = {"kind": "compare", "field": "amount", "operator": "LT", "value": amount}
    arms = [
        {"key": f"{key}-below", "title": f"{Decimal(amount):,.0f} 元以下", "condition": below},
        {"key": f"{key}-from", "title": f"{Decimal(amount):,.0f} 元及以上", "nodes": nodes},
    ]
    return {"kind": "branch", "key": key, "title": "按金额", "arms": arms}


def _beyond(nodes: Nodes) -> dict[str, Any]:
    """A branch: within discount and margin nobody is asked; beyond, or when nobody knows the margin, the nodes are."""
    within = [
        {"kind": "compare", "field": "max_discount_percent", "operator": "LE", "value": MOST_DISCOUNT},
        {"kind": "compare", "field": "margin_percent", "operator": "GE", "value": LEAST_MARGIN},
    ]
    title = f"折扣超过 {MOST_DISCOUNT}% 或毛利低于 {LEAST_MARGIN}%"
    arms = [
        {"key": "within", "title": "授权范围内", "condition": {"kind": "all", "parts": within}},
        {"key": "beyond", "title": title, "nodes": nodes},
    ]
    return {"kind": "branch", "key": "authority", "title": "按折扣和毛利", "arms": arms}


def _flow(world: World, code: str, name: str, model: type[Model], nodes: Nodes, at: datetime) -> None:
    admin = world.admin
    subject = ContentType.objects.get_for_model(model)
    definition = create_flow(code=code, name=name, subject=subject, admin=admin, actor=admin, at=at)
    draft = definition.versions.get()
    draft = save_draft(flow_version=draft, graph={"nodes": nodes}, expected_version=draft.version, actor=admin, at=at)
    publish_version(flow_version=draft, actor=admin, at=at)
    set_binding(subject=subject, definition=definition, actor=admin, at=at)


def _archive(world: World, at: datetime) -> None:
    """Approved contracts and requests go into folders by themselves; sales reads the first, finance both."""
    roles = dict(StandardRole.objects.values_list("code", "role"))
    common: dict[str, Any] = {"owner": world.users["xiewanting"], "actor": world.admin, "at": at}
    folders = (
        ("CONTRACT", "合同档案", 120, Contract, ("boss", "finance", "sales_manager")),
        ("REQUEST", "申请档案", 60, FormRequest, ("boss", "finance")),
    )
    for code, name, months, model, readers in folders:
        readable_by = Role.objects.filter(pk__in=[roles[each] for each in readers])
        folder = create_folder(code=code, name=name, keep_months=months, roles=readable_by, **common)
        subject = ContentType.objects.get_for_model(model)
        set_archive_rule(subject=subject, folder=folder, actor=world.admin, at=at)


def _requests(world: World, at: datetime) -> None:
    """Somebody claims expenses, somebody asks for goods; one is decided, the others wait."""
    expense = FormTemplate.objects.get(code="expense")
    day = at.date().isoformat()
    for login, reason, cost in (
        ("zhoumin", "拜访苏州客户的交通和住宿", "3260.00"),
        ("chenjiahao", "展会布展材料", "1480.00"),
        ("liangsiyuan", "客户接待", "860.00"),
    ):
        user = world.users[login]
        lines = [{"on": day, "kind": expense_kinds(expense)[0], "cost": cost, "note": reason}]
        request = create_request(
            template=expense, data={"reason": reason, "lines": lines}, title=reason, actor=user, at=at
        )
        submit_request(formrequest=request, actor=user, at=at)
    first = FlowTask.objects.filter(status="PENDING").order_by("pk").select_related("run", "person").first()
    if first is not None and first.person is not None:
        approve_task(flowtask=first, actor=first.person, at=at + timedelta(hours=1), comment="同意")
    planner = world.users["caiwenbin"]
    item = world.items[sorted(world.items)[0]]
    requisition = create_requisition(
        warehouse=default_warehouse(world.company),
        needed_on=(at + timedelta(days=14)).date(),
        lines=[{"item": item, "quantity": Decimal(500)}],
        reason="安全库存补充",
        actor=planner,
        at=at,
    )
    submit_requisition(request=requisition, actor=planner, at=at)


def expense_kinds(template: FormTemplate) -> list[str]:
    """The categories of expenses in the language of the form."""
    version = template.versions.get(status="PUBLISHED")
    table = version.form.fields["lines"]
    return [str(choice) for column in table.columns if column.key == "kind" for choice in column.choices]
