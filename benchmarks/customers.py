"""
What CRM does with all customers every night: recycling, notice to owners, insights (churn, RFM, tiers), reminders.

Customers, signed contracts and follow-ups are written by INSERT … SELECT over generate_series into a company of their
own. Each piece of work stands beside the least SQL that answers the same question in the same run, in narrow tables
without index, history or constraint.

    python -m benchmarks.customers [customers] [contracts] [follow-ups]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import django

from benchmarks.attendance import measure

SIZES = (200_000, 600_000, 400_000)
SELLERS = 200
# Keys begin here, beyond those of other benchmarks.
BASE = 50_000_000
CONTACT_DAYS = 60
FIRST_DEALS = """
    UPDATE crm_customer c SET first_deal_on = o.day
    FROM (SELECT customer_id, min(signed_on) AS day FROM crm_contract GROUP BY 1) AS o WHERE o.customer_id = c.id
"""
NARROW = """
    CREATE TABLE floor_customer AS
        SELECT id, owner_id, owner_since, last_contact_at, tier, first_deal_on IS NULL AS is_undealt
        FROM crm_customer WHERE id > {base};
    CREATE TABLE floor_order AS
        SELECT customer_id, signed_on AS ordered_on, net_total AS amount FROM crm_contract WHERE id > {base};
    CREATE TABLE floor_change (customer_id bigint, owner_id bigint, at timestamptz);
    ANALYZE floor_customer, floor_order;
"""
RECYCLE = """
    WITH lost AS (
        UPDATE floor_customer c SET owner_id = NULL FROM floor_customer o
        WHERE o.id = c.id AND c.is_undealt AND c.owner_id IS NOT NULL
          AND greatest(c.owner_since, c.last_contact_at) < %(at)s - make_interval(days => %(days)s)
        RETURNING c.id, o.owner_id
    ) INSERT INTO floor_change SELECT id, owner_id, %(at)s FROM lost
"""
NOTICE = """
    SELECT owner_id, count(*) FROM floor_customer c
    WHERE is_undealt AND greatest(owner_since, last_contact_at) < %(at)s - make_interval(days => %(days)s - 7)
    GROUP BY owner_id
"""
INSIGHT = """
    CREATE TABLE floor_insight AS
    WITH sums AS (
        SELECT customer_id, count(*) AS f, sum(amount) AS m, max(ordered_on) AS last_on FROM floor_order GROUP BY 1
    ), gaps AS (
        SELECT customer_id, ordered_on - lag(ordered_on) OVER (PARTITION BY customer_id ORDER BY ordered_on) AS gap
        FROM floor_order
    ), medians AS (
        SELECT customer_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS median FROM gaps GROUP BY 1
    )
    SELECT s.customer_id, s.last_on, s.m, ntile(4) OVER (ORDER BY s.last_on) AS r_score,
           ntile(4) OVER (ORDER BY s.f) AS f_score, ntile(4) OVER (ORDER BY s.m) AS m_score,
           (%(today)s::date - s.last_on) > 1.5 * m.median AS is_warned, NULL::date AS reminded_on
    FROM sums s JOIN medians m ON m.customer_id = s.customer_id
"""
REMIND = """
    WITH marked AS (
        UPDATE floor_insight i SET reminded_on = %(today)s FROM floor_customer c
        WHERE c.id = i.customer_id AND i.last_on <= %(today)s::date - 330 AND i.reminded_on IS NULL
        RETURNING c.owner_id
    ) SELECT owner_id, count(*) FROM marked GROUP BY owner_id
"""


class Town:
    """A company with its customers, and what was sold and said to them."""

    def __init__(self, customers: int, contracts: int, follow_ups: int) -> None:
        from django.db import connection
        from django.utils import timezone

        from suite.access.models import User
        from suite.masters.models import Company, Currency

        self.now = timezone.now()
        self.company = Company.objects.create(
            code="BENCH-C", name="基准客户公司", base_currency=Currency.objects.get(code="CNY")
        )
        User.objects.bulk_create(
            User(pk=BASE + n, username=f"bench-seller-{n}", full_name=f"销售{n}", email=f"s{n}@example.com")
            for n in range(1, SELLERS + 1)
        )
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            self._customers(customers)
            self._contracts(contracts, customers)
            self._follow_ups(follow_ups, customers)
            cursor.execute(FIRST_DEALS)
            cursor.execute("SET session_replication_role = origin")
            cursor.execute("VACUUM ANALYZE crm_customer, crm_contract, crm_followup, suite_party")

    def _customers(self, number: int) -> None:
        from crm.customers.models import Customer
        from suite.masters.models import Party

        name = "'基准客户' || n"
        texts = {"code": "'K' || n", "name": name, "name_norm": name, "search_text": "'k' || n"}
        insert(Party, number, {"id": f"{BASE} + n", **texts})
        insert(
            Customer,
            number,
            {
                "id": f"{BASE} + n",
                "party_id": f"{BASE} + n",
                "company_id": str(self.company.pk),
                "owner_id": f"{BASE} + 1 + n % {SELLERS}",
                "created_by_id": f"{BASE} + 1",
                "owner_since": "now() - (n % 400) * interval '1 day'",
                "last_contact_at": "now() - (n % 97) * interval '1 day'",
                "tier": "(ARRAY['A', 'B', 'C', 'D'])[1 + n % 4]",
                "tags": "ARRAY[]::varchar[]",
                "search_text": "'k' || n",
            },
        )

    def _contracts(self, number: int, customers: int) -> None:
        from crm.contracts.models import Contract

        # Four of five customers have ordered, at days that differ from customer to customer.
        day = "current_date - ((n * 37) % 1400)"
        insert(
            Contract,
            number,
            {
                "id": f"{BASE} + n",
                "number": "'BHT' || n",
                "company_id": str(self.company.pk),
                "customer_id": f"{BASE} + 1 + (n * 7) % {max(customers * 4 // 5, 1)}",
                "currency_id": str(self.company.base_currency_id),
                "owner_id": f"{BASE} + 1 + n % {SELLERS}",
                "created_by_id": f"{BASE} + 1",
                "status": "'EXECUTING'",
                "document_date": day,
                "signed_on": day,
                "net_total": "1000 + (n::bigint * 7919) % 100000",
                "gross_total": "1000 + (n::bigint * 7919) % 100000",
                "search_text": "'b' || n",
            },
        )

    def _follow_ups(self, number: int, customers: int) -> None:
        from crm.customers.models import FollowUp

        insert(
            FollowUp,
            number,
            {
                "customer_id": f"{BASE} + 1 + n % {customers}",
                "owner_id": f"{BASE} + 1 + n % {SELLERS}",
                "company_id": str(self.company.pk),
                "kind": "'CALL'",
                "body": "'跟进 ' || n",
                "happened_at": "now() - (n % 97) * interval '1 day'",
            },
        )

    def add_rule(self) -> None:
        """Recycle what nobody has contacted for a while and never bought."""
        from crm.pool.models import Pool, RecycleRule

        pool = Pool.objects.create(code="BENCH-C", name="基准公海", company=self.company)
        RecycleRule.objects.create(pool=pool, name="基准规则", is_active=True, contact_days=CONTACT_DAYS, notify_days=7)


def insert(model: Any, number: int, columns: Mapping[str, str]) -> None:
    """Insert rows by generate_series; columns that are not named get the model's defaults."""
    from django.db import connection

    rest = [f for f in model._meta.concrete_fields if f.column not in columns and not f.has_db_default()]
    rest = [field for field in rest if not field.primary_key]
    defaults = [field.get_db_prep_save(field.get_default(), connection) for field in rest]
    names = ", ".join((*columns, *(field.column for field in rest)))
    values = ", ".join((*(text.replace("%", "%%") for text in columns.values()), *(["%s"] * len(rest))))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM generate_series(1, {number}) AS n",
            defaults,
        )


def floor(statement: str, values: Mapping[str, Any]) -> Callable[[], Any]:
    """The work of one statement."""
    from django.db import connection

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    return work


def line(name: str, own: tuple[float, int, Any], least: float | None = None) -> None:
    """Print what one piece of work took, beside its floor."""
    seconds, statements, result = own
    text = f"  {name:<34}{seconds:>8.2f} s{statements:>6} statements{result:>10,} customers"
    if least is not None:
        text += f"   floor {least:.2f} s ({seconds / least:.1f}×)"
    sys.stdout.write(f"{text}\n")


def main(customers: int = SIZES[0], contracts: int = SIZES[1], follow_ups: int = SIZES[2]) -> None:
    """Print the figures."""
    from django.db import connection

    from crm.insights.computing import compute_insights, remind_of_silence
    from crm.insights.services import close_won_back
    from crm.pool.recycling import recycle_customers, remind_owners

    town = Town(customers, contracts, follow_ups)
    town.add_rule()
    at: datetime = town.now
    with connection.cursor() as cursor:
        cursor.execute(NARROW.format(base=BASE))
    values = {"at": at, "today": at.date(), "days": CONTACT_DAYS}
    least = {
        name: measure(floor(text, values))[0]
        for name, text in (("notice", NOTICE), ("insight", INSIGHT), ("remind", REMIND), ("recycle", RECYCLE))
    }
    sys.stdout.write(f"night over {customers:,} customers, {contracts:,} contracts, {follow_ups:,} follow-ups\n")
    line("insights, first night", measure(lambda: compute_insights(at=at)), least["insight"])
    line("insights, every night", measure(lambda: compute_insights(at=at + timedelta(days=1))), least["insight"])
    line("almost a year without an order", measure(lambda: remind_of_silence(at=at)), least["remind"])
    line("the same again: nobody twice", measure(lambda: remind_of_silence(at=at)))
    line("won back", measure(lambda: close_won_back(at=at)))
    line("notice before recycling", measure(lambda: remind_owners(at=at)), least["notice"])
    line("recycling", measure(lambda: recycle_customers(at=at)), least["recycle"])
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE floor_customer, floor_order, floor_change, floor_insight")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "suite.settings"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from benchmarks.database import own_database

    with own_database("suite_bench_customers"):
        main(*(int(argument) for argument in sys.argv[1:]))
