"""
Pages of CRM with 1,000 and with 200,000 customers (and five follow-ups for each), and what is spent outside SQL.

The pages are asked of the whole Django stack in this process. For each the median of several requests is printed, the
time inside SQL apart. What rendering a list of 50 rows costs stands beside an empty page of the same shell.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

SIZES = (200_000, 1_000_000)
SMALL = (1_000, 5_000)
REPEAT = 9
PAGES = (
    ("list", "/crm/customers/"),
    ("filter", "/crm/customers/?tier=B&stage=FOLLOWING"),
    ("search", "/crm/customers/?q=%E5%90%AF%E5%B2%B37"),
    ("last page", "/crm/customers/?last=1"),
    ("360° page", "/crm/customers/{pk}/"),
    ("follow-ups", "/crm/follow-ups/"),
)
CITIES = ("深圳", "东莞", "宁波", "苏州", "厦门", "杭州", "义乌")
TRADES = ("电子", "数码", "五金", "塑胶", "光电", "通讯", "精密")


def load(customers: int, follow_ups: int, user: Any) -> None:
    """Customers and follow-ups by COPY, on top of none."""
    from crm.customers.models import Customer, FollowUp, OwnerChange
    from suite.masters.models import Company, Party
    from suite.search.text import index_text

    company = Company.objects.get(code="BENCH")
    now = timezone.now().isoformat()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for model in (FollowUp, OwnerChange, Customer, Party):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
        names = [f"{CITIES[n % 7]}市启岳{n}{TRADES[n // 7 % 7]}有限公司" for n in range(1, customers + 1)]
        texts = [index_text([f"C{n:06}", name]) for n, name in enumerate(names, start=1)]
        party = ((n, f"C{n:06}", name, name, "qy", texts[n - 1]) for n, name in enumerate(names, start=1))
        _copy(cursor, Party, ("id", "code", "name", "name_norm", "pinyin", "search_text"), party)
        rows = (
            (
                n,
                n,
                company.pk,
                user.pk,
                now,
                "ABC"[n % 3],
                ("NEW", "FOLLOWING", "DEAL")[n % 7 % 3],
                user.pk,
                texts[n - 1],
            )
            for n in range(1, customers + 1)
        )
        names_of = (
            "id",
            "party_id",
            "company_id",
            "owner_id",
            "owner_since",
            "tier",
            "stage",
            "created_by_id",
            "search_text",
        )
        _copy(cursor, Customer, names_of, rows)
        said = ((n, 1 + n % customers, "CALL", f"跟进 {n}", now, user.pk, company.pk) for n in range(1, follow_ups + 1))
        _copy(cursor, FollowUp, ("id", "customer_id", "kind", "body", "happened_at", "owner_id", "company_id"), said)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("UPDATE crm_customer SET created_at = now() - id * interval '1 minute'")
        cursor.execute("UPDATE crm_followup SET happened_at = now() - id * interval '1 minute'")
        cursor.execute("VACUUM ANALYZE")


def _copy(cursor: Any, model: Any, columns: tuple[str, ...], rows: Any) -> None:
    """COPY rows; columns that are not named get the model's defaults."""
    rest = [f for f in model._meta.concrete_fields if f.column not in columns and not f.has_db_default()]
    fixed = tuple(_text(f.get_default()) for f in rest)
    target = ", ".join((*columns, *(f.column for f in rest)))
    with cursor.copy(f"COPY {model._meta.db_table} ({target}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((*row, *fixed))


def _text(value: Any) -> Any:
    return "{}" if value == [] else value


def median(work: Callable[[], Any]) -> tuple[float, float]:
    """Median of the milliseconds in all, and of those inside SQL."""
    work()
    whole, inside = [], []
    for _n in range(REPEAT):
        spent = [0.0]

        def timed(execute: Any, *arguments: Any, spent: list[float] = spent) -> Any:
            start = time.perf_counter()
            try:
                return execute(*arguments)
            finally:
                spent[0] += time.perf_counter() - start

        start = time.perf_counter()
        with connection.execute_wrapper(timed):
            work()
        whole.append((time.perf_counter() - start) * 1000)
        inside.append(spent[0] * 1000)
    return statistics.median(whole), statistics.median(inside)


def measure(user: Any) -> dict[str, tuple[float, float]]:
    """Milliseconds of each page."""
    from crm.customers.models import Customer

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    pk = Customer.objects.order_by("pk").values_list("pk", flat=True)[500]

    def ask(path: str) -> None:
        response = client.get(path.format(pk=pk))
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}")

    return {name: median(lambda path=path: ask(path)) for name, path in PAGES}


def measure_rendering(user: Any) -> tuple[float, float]:
    """Milliseconds of rendering an empty page of the shell, and a list of 50 rows, both outside SQL."""
    from django.template.loader import get_template
    from django.test import RequestFactory

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    request = RequestFactory().get("/crm/customers/", HTTP_HOST="127.0.0.1")
    request.user = user
    request.viewing_as = None  # type: ignore[attr-defined]
    shell = get_template("base.html")
    empty, empty_sql = median(lambda: shell.render({}, request))
    page, page_sql = median(lambda: client.get("/crm/customers/?size=50"))
    return empty - empty_sql, page - page_sql


def main(customers: int = SIZES[0], follow_ups: int = SIZES[1]) -> None:
    """Measure and print."""
    from suite.access.models import User

    user = User.objects.create_superuser("bench", "bench@example.com", None, full_name="Bench")
    load(*SMALL, user)
    small = measure(user)
    start = time.perf_counter()
    load(customers, follow_ups, user)
    loaded = time.perf_counter() - start
    large = measure(user)
    out = io.StringIO()
    out.write(
        f"pages with {SMALL[0]:,} and {customers:,} customers ({follow_ups:,} follow-ups, loaded in {loaded:.0f} s)\n"
    )
    out.write(f"  {'page':<12}{'ms':>9}{'ms':>9}{'ratio':>8}   outside SQL\n")
    for name, (few, few_sql) in small.items():
        many, many_sql = large[name]
        outside = f"{few - few_sql:.1f} → {many - many_sql:.1f} ms"
        out.write(f"  {name:<12}{few:>9.1f}{many:>9.1f}{many / few:>7.2f}×   {outside}\n")
    empty, page = measure_rendering(user)
    out.write(f"  rendering: empty shell {empty:.1f} ms, list of 50 rows {page:.1f} ms: {page / empty:.1f}×\n")
    print(out.getvalue())
