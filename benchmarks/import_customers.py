"""
Import of 10,000 customers by file, beside COPY of the very same rows in the same run.

The import does what the import page does: reads the xlsx file, resolves relations, judges every cell, and writes party,
customer, owner, contact and person with their search texts and field history. COPY gets the finished rows of these
five tables and writes them into empty copies of them, with their indexes and without any. All of it happens in one
transaction that is rolled back.

    python -m benchmarks.import_customers [rows]
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import django
import xlsxwriter

T = TypeVar("T")

ROWS = 10_000
HEAD = ("code", "name", "phone", "country", "region", "city", "tier", "contact_name", "contact_mobile", "note")
CITIES = (("广东省", "深圳市"), ("广东省", "东莞市"), ("浙江省", "宁波市"), ("江苏省", "苏州市"), ("福建省", "厦门市"))
TRADES = ("电子", "数码", "五金", "塑胶", "光电", "通讯", "精密", "智能")


def customers(count: int) -> Iterator[tuple[str, ...]]:
    """Rows of a believable customer file."""
    for n in range(count):
        region, city = CITIES[n % len(CITIES)]
        yield (
            f"BM{n:06}",
            f"{city.removesuffix('市')}启岳{n}{TRADES[n % len(TRADES)]}有限公司",
            f"0755-{20_000_000 + n}",
            "中国",
            region,
            city,
            "ABC"[n % 3],
            f"方可心{n}",
            f"139{n:08}",
            "展会收集",
        )


def make_file(count: int) -> bytes:
    """An xlsx file of so many customers."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEAD)
        for number, row in enumerate(customers(count), start=1):
            page.write_row(number, 0, row)
    return target.getvalue()


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """The seconds that work takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def measure(count: int = ROWS) -> dict[str, float]:
    """Seconds of each part; the database is left as it was."""
    from django.db import transaction

    from crm.customers.models import Customer
    from suite.access.models import User
    from suite.masters.models import Company, Currency
    from suite.pages.exchange.apply import apply_import, check_import
    from suite.pages.exchange.plan import plan_import
    from suite.pages.exchange.reading import read_sheet
    from suite.pages.registry import pageset_of

    pageset = pageset_of(Customer)
    assert pageset is not None
    content = make_file(count)
    seconds: dict[str, float] = {}
    with transaction.atomic():
        if not Company.objects.filter(is_default=True).exists():
            currency, _created = Currency.objects.get_or_create(code="CNY", defaults={"name": "人民币"})
            Company.objects.create(code="BENCH", name="Bench", base_currency=currency)
        user = User.objects.create_superuser("bench-import", "bench@example.com", None, full_name="Bench")
        at = user.date_joined
        seconds["read"], sheet = timed(lambda: read_sheet(io.BytesIO(content), "customers.xlsx"))
        seconds["plan"], plan = timed(lambda: plan_import(pageset, sheet, user=user))
        seconds["try out"], plan = timed(lambda: check_import(plan, at=at))
        seconds["plan again"], plan = timed(lambda: plan_import(pageset, sheet, user=user, lock=True))
        seconds["write"], outcome = timed(lambda: apply_import(plan, at=at))
        assert outcome.created == count, plan.message or plan.bad_rows[:3]
        seconds |= copy_seconds(
            pks=list(Customer.objects.filter(party__code__startswith="BM").values_list("pk", flat=True))
        )
        transaction.set_rollback(True)
    return seconds


def copy_seconds(pks: list[int]) -> dict[str, float]:
    """Seconds that COPY takes for the rows of the imported customers, with and without indexes."""
    from django.db import connection

    from crm.customers.models import Contact, Customer, OwnerChange
    from suite.masters.models import Party, PartyContact

    tables: list[tuple[str, str]] = [
        (Party._meta.db_table, "id IN (SELECT party_id FROM crm_customer WHERE id = ANY(%s))"),
        (Customer._meta.db_table, "id = ANY(%s)"),
        (OwnerChange._meta.db_table, "customer_id = ANY(%s)"),
        (PartyContact._meta.db_table, "party_id IN (SELECT party_id FROM crm_customer WHERE id = ANY(%s))"),
        (Contact._meta.db_table, "customer_id = ANY(%s)"),
    ]
    data: dict[str, bytes] = {}
    with connection.cursor() as cursor:
        for table, condition in tables:
            cursor.execute(f"CREATE TEMP TABLE rows_{table} AS SELECT * FROM {table} WHERE {condition}", [pks])
            with cursor.copy(f"COPY rows_{table} TO STDOUT") as copy:
                data[table] = b"".join(bytes(chunk) for chunk in copy)
        seconds = {}
        for title, options in (("copy with indexes", "INCLUDING ALL"), ("copy", "")):
            for table, _condition in tables:
                cursor.execute(f'CREATE TEMP TABLE "{title} {table}" (LIKE {table} {options})')
            seconds[title], _done = timed(lambda title=title: _copy_all(cursor, title, data))
    return seconds


def _copy_all(cursor: Any, title: str, data: dict[str, bytes]) -> None:
    for table, rows in data.items():
        with cursor.copy(f'COPY "{title} {table}" FROM STDIN') as copy:
            copy.write(rows)


def main(count: int = ROWS) -> None:
    """Measure and print."""
    seconds = measure(count)
    imported = seconds["read"] + seconds["plan again"] + seconds["write"]
    print(f"import of {count:,} customers by file (xlsx; five rows in five tables for each)")
    print(f"  dry run   {seconds['read'] + seconds['plan'] + seconds['try out']:7.2f} s")
    print(
        f"  import    {imported:7.2f} s   {count / imported:9,.0f} rows/s"
        f"   (read {seconds['read']:.2f}, plan {seconds['plan again']:.2f}, write {seconds['write']:.2f})"
    )
    for title in ("copy with indexes", "copy"):
        print(
            f"  {title:<18}{seconds[title]:6.2f} s   {count / seconds[title]:9,.0f} rows/s"
            f"   import takes {imported / seconds[title]:.1f}×"
        )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suite.settings")
    django.setup()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
