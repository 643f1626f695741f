"""The making of the demo company: the same every time, and always up to today."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contracts.quotations import expire_quotations
from crm.customers.importing import import_leads
from crm.customers.importing.follow_ups import import_follow_ups
from crm.customers.models import Customer, Lead
from crm.customers.ownership import share_customer, transfer_customers
from crm.pool.services import claim_customer, return_customer
from hrm.org.default_roles import role_titles
from rollout.demo import texts
from rollout.demo.approvals import open_office
from rollout.demo.caring import hold_exhibition, look_after_customers
from rollout.demo.deals import open_deal
from rollout.demo.dice import Dice
from rollout.demo.founding import found_company, take_over_customers
from rollout.demo.operations import finish_trade, trade
from rollout.demo.people import PEOPLE
from rollout.demo.stories import care, new_customer, new_lead, work_on_lead
from rollout.demo.timeline import Story, working
from rollout.demo.world import World, sellers
from rollout.services import check_all
from suite.activity.services import mark_all_read
from suite.core.errors import WrongState
from suite.core.triggers import ignoring_triggers
from suite.masters.models import Company
from suite.metrics.services import set_target
from suite.modules import state

# A little more than a year, so that the first of its twelve months is a usual one.
DAYS = 400
LEADS = 150
# Lists of leads: day of the story, how many, source.
LISTS = (
    (62, 36, "FAIR"),
    (246, 36, "FAIR"),
    *((day, 7 + day // 70, "PLATFORM") for day in range(20, 400, 30)),
)
RECOMMENDED = 28
# Customers of before who are about to order when the story begins.
UNDER_WAY = 20
SALES_AT_FIRST = Decimal(1_050_000)
# Share of the company's target that each seller has.
SHARES = {"zhoumin": 20, "liangsiyuan": 18, "zengyawen": 14, "chenjiahao": 12, "huangziqing": 12}


class SignIn(NamedTuple):
    """An account of the demo company."""

    username: str
    password: str
    who: str


@transaction.atomic
def make_demo(*, at: datetime, password: str, progress: Callable[[int], Any] | None = None) -> list[SignIn]:
    """
    Make the company with a year of its life up to ``at`` and return its accounts.

    :param progress: called with the number of days told, :data:`DAYS` in all.
    :raises WrongState: when there is a company already.
    """
    if Company.objects.exists():
        raise WrongState(_("There is a company already."))
    now = timezone.localtime(at).replace(second=0, microsecond=0)
    start = (now - timedelta(days=DAYS)).replace(hour=9, minute=0)
    world = found_company(now=now, start=start, password=password, progress=progress)
    # Nothing is turned on or off from here on; without this every event would ask the database.
    state.start_request()
    # No error is caught on the way, so no service needs a savepoint of its own.
    connection.features.uses_savepoints = False
    try:
        # The history of fields would date every change of the year to now.
        with ignoring_triggers("update_update"):
            _tell(world)
    finally:
        connection.features.uses_savepoints = True
        state.end_request()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    titles = {code: str(title) for code, title in role_titles().items()}
    staff = [person for person in PEOPLE if person.login]
    return [SignIn(p.login, password, f"{p.name} {p.position}（{titles[p.role]}）") for p in staff]


def _tell(world: World) -> None:
    timeline = world.timeline
    start = timeline.start
    for number, customer in enumerate(take_over_customers(world, start - timedelta(days=20)), start=1):
        dice = Dice(f"care for old customer {number}")
        timeline.begin(start, care(world, dice, customer, start - timedelta(days=dice.number(0, 60))))
        if number <= UNDER_WAY:
            at = working(start + timedelta(days=number // 2), dice)
            timeline.begin(at, open_deal(world, dice, customer, at))
    for number in range(1, LEADS + 1):
        dice = Dice(f"lead {number}")
        at = timeline.some_day(dice)
        timeline.begin(at, new_lead(world, dice, at))
    for number in range(1, RECOMMENDED + 1):
        dice = Dice(f"recommended customer {number}")
        at = timeline.some_day(dice)
        timeline.begin(at, new_customer(world, dice, at))
    for number, (day, count, source) in enumerate(LISTS, start=1):
        at = working(start + timedelta(days=day), Dice(f"list {number}"))
        timeline.begin(at, _list_of_leads(world, number, count, source, at))
    timeline.begin(start + timedelta(days=180), _new_districts(world, start + timedelta(days=180)))
    timeline.begin(start + timedelta(days=280), _tidy_up(world, start + timedelta(days=280)))
    trade(world, start)
    timeline.run()
    _finish(world)


def _list_of_leads(world: World, number: int, count: int, source: str, at: datetime) -> Story:
    """The visitors of an exhibition, or the enquiries of a trading platform, arrive as a list."""
    campaign = hold_exhibition(world, number, count, at) if source == "FAIR" else None
    rows = []
    for entry in range(1, count + 1):
        dice = Dice(f"entry {entry} of list {number}")
        firm = world.next_firm(dice)
        rows.append(
            {
                "_row": entry + 1,
                "external_key": f"list-{number}-{entry}",
                "name": firm.person,
                "company_name": firm.name,
                "title": firm.title,
                "mobile": firm.mobile,
                "region": firm.place.province,
                "city": firm.place.city,
                "source": world.sources[source],
                "campaign": campaign,
                "requirement": dice.one_of(texts.LIST_NEEDS[source]),
                "estimated_amount": dice.around(45_000, 1000),
                "owner": world.seller(dice),
            }
        )
    import_leads(rows=rows, actor=world.admin, at=at)
    leads = Lead.objects.filter(external_key__startswith=f"list-{number}-").select_related("owner", "company", "source")
    for lead in leads.order_by("pk"):
        dice = Dice(f"work on {lead.external_key}")
        world.timeline.begin(at + timedelta(minutes=1), work_on_lead(world, dice, lead, at))
    yield from ()


def _new_districts(world: World, at: datetime) -> Story:
    """Customers of one seller go to another one."""
    taker = world.users["heyutong"]
    customers = list(Customer.objects.filter(owner=world.users["luojunjie"]).order_by("pk")[:6])
    transfer_customers(customers=customers, owner=taker, actor=world.manager, at=at, reason="片区调整，客户统一移交")
    for customer in Customer.objects.filter(tier="A", owner__username="zhoumin").order_by("pk")[:3]:
        share_customer(customer=customer, user=world.users["liangsiyuan"], can_change=False, actor=world.manager, at=at)
    yield from ()


def _tidy_up(world: World, at: datetime) -> Story:
    """Customers without hope go into the pool; some of them are taken up again."""
    idle = Customer.objects.filter(first_deal_on=None, owner__isnull=False, tier__in=("C", "D"))
    idle = idle.exclude(opportunities__status="OPEN").order_by("pk")
    given_up = [
        return_customer(customer=customer, reason="半年没有合作意向", actor=world.manager, at=at)
        for customer in idle[:14]
    ]
    at += timedelta(days=9)
    yield at
    for customer, login in zip(given_up[::4], sellers(), strict=False):
        claim_customer(customer=customer, actor=world.users[login], at=at)


def _finish(world: World) -> None:
    """Record what was said, close what has run out, and set targets."""
    now = world.timeline.now
    told = [row for row in world.follow_ups if row["happened_at"] <= now]
    # What was said to a lead is read at the customer that it became.
    became = Lead.objects.filter(customer__isnull=False).select_related("customer").in_bulk()
    for row in told:
        if "lead" in row and row["lead"].pk in became:
            row["customer"] = became[row["lead"].pk].customer
    import_follow_ups(rows=told, actor=world.admin, at=now)
    expire_quotations(at=now)
    _set_targets(world)
    finish_trade(world)
    look_after_customers(world)
    for user in world.users.values():
        mark_all_read(user=user, at=now - timedelta(days=4))
    open_office(world)
    check_all(now)


def _set_targets(world: World) -> None:
    """Targets of the past year and of the months to come until the end of the calendar year."""
    start, now = timezone.localdate(world.timeline.start), timezone.localdate(world.timeline.now)
    common: dict[str, Any] = {"metric": "crm.sales", "actor": world.admin, "at": world.timeline.now}
    for year, month in _months(start.year, start.month, now.year, 12):
        age = (year - start.year) * 12 + month - start.month
        whole = (SALES_AT_FIRST * (1 + Decimal("0.035") * age)).quantize(Decimal("1E4"))
        set_target(year=year, month=month, value=whole, **common)
        for login in sellers():
            own = whole * SHARES.get(login, 8) / 100
            set_target(year=year, month=month, value=own, subject=world.users[login], **common)


def _months(year: int, month: int, last_year: int, last_month: int) -> Iterable[tuple[int, int]]:
    while (year, month) <= (last_year, last_month):
        yield year, month
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
