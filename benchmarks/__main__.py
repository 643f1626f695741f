"""Run every benchmark on a database of its own: ``python -m benchmarks [customers] [follow-ups]``."""

from __future__ import annotations

import os
import sys

import django


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "suite.settings"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from django.test.utils import setup_test_environment

    from benchmarks import approvals, attendance, customers, import_customers, lists, payroll, stock
    from benchmarks.database import own_database

    sizes = [int(argument) for argument in sys.argv[1:]]
    setup_test_environment()
    with own_database("suite_bench"):
        import_customers.main()
        stock.main()
        payroll.main()
        attendance.main()
        approvals.main()
        customers.main()
        lists.main(*(sizes or lists.SIZES))


if __name__ == "__main__":
    main()
