"""What the demo company does for its customers beside selling: exhibitions, rules of the pool, tickets, insight."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from crm.assignment.choices import AssignmentStrategy
from crm.assignment.services import create_assignment_rule
from crm.campaigns.choices import CampaignKind, CostKind
from crm.campaigns.models import Campaign
from crm.campaigns.services import create_campaign, finish_campaign, start_campaign
from crm.contracts.choices import ContractStatus
from crm.contracts.models import Contract
from crm.customers.models import Customer
from crm.duplicates.nightly import find_pairs
from crm.insights.choices import TagColor
from crm.insights.computing import compute_insights
from crm.insights.models import Tag
from crm.insights.tags import adopt_tags
from crm.invoicing.services import record_invoice
from crm.pool.models import Capacity, Pool
from crm.pool.rules import create_recycle_rule
from crm.service.choices import Channel, Priority, TicketKind
from crm.service.rating import rate_ticket
from crm.service.services import ask_customer, create_ticket, reply_ticket, solve_ticket, start_ticket
from crm.targets.services import save_policy
from rollout.demo.world import World

PICKS_A_DAY, MOST_CUSTOMERS = 5, 120
INVOICED = 12
# What customers want, how urgent it is, and how far it has come: days ago, subject, kind, priority, answer, solution.
TICKETS = (
    (12, "充电头外壳有划痕，要求换货", TicketKind.RETURN, Priority.NORMAL, "请拍照确认数量", "已安排换货 30 件"),
    (9, "两箱快充线接口松动", TicketKind.COMPLAINT, Priority.HIGH, "品质部正在复现", "更换批次并补发 200 条"),
    (6, "询问订单什么时候发货", TicketKind.DELIVERY, Priority.NORMAL, "在途，预计后天到", "客户已收货"),
    (4, "发票抬头写错，需要重开", TicketKind.INVOICE, Priority.NORMAL, "已转财务处理", ""),
    (3, "移动电源鼓包，客户担心安全", TicketKind.COMPLAINT, Priority.URGENT, "已寄样品检测", ""),
    (2, "索取 CE 认证文件", TicketKind.INQUIRY, Priority.LOW, "", ""),
    (1, "少发一箱无线充", TicketKind.DELIVERY, Priority.HIGH, "仓库在核对装箱单", ""),
    (0, "维修：车充不通电", TicketKind.REPAIR, Priority.NORMAL, "", ""),
)
SCORES = (5, 3, 4)


def hold_exhibition(world: World, number: int, visitors: int, at: datetime) -> Campaign:
    """Plan and run the exhibition at which a list of leads is gathered."""
    day = at.date() - timedelta(days=3)
    costs = (
        (CostKind.VENUE, "展位和搭建", Decimal(32_000)),
        (CostKind.MATERIAL, "样品和画册", Decimal(6_800)),
        (CostKind.TRAVEL, "人员差旅", Decimal(4_500)),
    )
    campaign = create_campaign(
        name=f"消费电子展（第 {number} 届）",
        kind=CampaignKind.EXHIBITION,
        starts_on=day,
        ends_on=day + timedelta(days=2),
        budget=Decimal(45_000),
        expected_leads=visitors,
        source=world.sources["FAIR"],
        items=[world.items[code] for code in sorted(world.items)[:3]],
        lines=[
            {"id": None, "spent_on": day, "kind": kind, "description": text, "amount": amount}
            for kind, text, amount in costs
        ],
        actor=world.manager,
        at=at,
    )
    return start_campaign(campaign=campaign, actor=world.manager, at=at)


def look_after_customers(world: World) -> None:
    """Say who may keep how many customers, answer what they ask for, and see who is about to leave."""
    now = world.timeline.now
    _rules(world, now)
    for campaign in Campaign.objects.filter(ends_on__lt=now.date() - timedelta(days=60)):
        finish_campaign(campaign=campaign, actor=world.manager, at=now)
    _tickets(world, now)
    _invoices(world, now)
    adopt_tags()
    for tag, color in zip(
        Tag.objects.order_by("name"),
        (TagColor.BLUE, TagColor.GREEN, TagColor.AMBER, TagColor.VIOLET, TagColor.RED),
        strict=False,
    ):
        tag.color = color
        tag.save()
    compute_insights(at=now)
    find_pairs(at=now)
    save_policy(company=world.company, is_ranking_open=True, actor=world.admin, at=now)


def _rules(world: World, at: datetime) -> None:
    pool = Pool.objects.get(company=world.company)
    pool.daily_limit, pool.new_data_days, pool.cool_down_days = PICKS_A_DAY, 1, 30
    pool.save()
    Capacity.objects.create(company=world.company, maximum=MOST_CUSTOMERS, excludes_dealt=True)
    # Looked at in the preview before it is switched on.
    create_recycle_rule(
        name="60 天无跟进回收",
        pool=pool,
        contact_days=60,
        deal_days=365,
        is_active=False,
        lines=[{"tier": "A", "contact_days": 120}],
        actor=world.manager,
        at=at,
    )
    create_assignment_rule(
        name="华南线索轮流分配",
        company=world.company,
        regions=["广东省", "福建省"],
        strategy=AssignmentStrategy.ROUND_ROBIN,
        lines=[{"user": world.users[login], "capacity": 80} for login in ("zhoumin", "liangsiyuan", "heyutong")],
        actor=world.manager,
        at=at,
    )


def _tickets(world: World, now: datetime) -> None:
    customers = Customer.objects.filter(owner__isnull=False, first_deal_on__isnull=False).order_by("-first_deal_on")
    scores = iter(SCORES)
    asking = zip(TICKETS, customers.select_related("owner"), strict=False)
    for (days, subject, kind, priority, answer, solution), customer in asking:
        owner = customer.owner
        if owner is None:
            continue
        at = now - timedelta(days=days, hours=5)
        soon = at + timedelta(hours=2)
        ticket = create_ticket(
            customer=customer,
            subject=subject,
            kind=kind,
            priority=priority,
            channel=Channel.PHONE,
            owner=owner,
            actor=owner,
            at=at,
        )
        if not answer:
            continue
        ticket = start_ticket(ticket=ticket, actor=owner, at=soon)
        if kind == TicketKind.COMPLAINT and not solution:
            ask_customer(ticket=ticket, body="请提供批次号和照片", actor=owner, at=soon)
            continue
        ticket = reply_ticket(ticket=ticket, body=answer, actor=owner, at=soon)
        if solution:
            later = at + timedelta(hours=4)
            ticket = solve_ticket(ticket=ticket, solution=solution, actor=owner, at=later)
            rate_ticket(ticket=ticket, score=next(scores), actor=owner, at=later)


def _invoices(world: World, now: datetime) -> None:
    contracts = Contract.objects.filter(status=ContractStatus.EXECUTING).order_by("-signed_on", "-pk")
    for number, contract in enumerate(contracts[:INVOICED], start=1):
        record_invoice(
            contract=contract,
            number=f"2444200000{number:04}",
            amount=contract.gross_total if number % 3 else (contract.gross_total / 2).quantize(Decimal("0.01")),
            issued_on=min(contract.document_date + timedelta(days=10), now.date()),
            actor=world.finance,
            at=now,
        )
