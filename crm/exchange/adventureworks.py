"""
The prospective buyers of AdventureWorks DW, the sample data warehouse of Microsoft's SQL Server, as leads.

Their telephone numbers are switchboards that up to 23 people share, so only the e-mail address tells a duplicate, or
the number together with the name.
"""

from __future__ import annotations

from pathlib import Path

from crm.customers.models import Lead
from crm.exchange.tables import Table, read_records

FILE = "ProspectiveBuyer.csv"
COLUMNS = ("external_key", "name", "title", "email", "mobile", "address", "city", "region", "source")


def read_prospective_buyers(folder: Path) -> Table:
    """
    Read the leads.

    :raises InvalidInput: when the file is missing.
    """
    rows = [
        (
            f"adventureworks:{row['ProspectiveBuyerKey']}",
            " ".join(filter(None, (row["FirstName"], row["MiddleName"], row["LastName"]))),
            row["Occupation"],
            row["EmailAddress"],
            row["Phone"],
            ", ".join(filter(None, (row["AddressLine1"], row["AddressLine2"]))),
            row["City"],
            row["StateProvinceCode"],
            "IMPORT",
        )
        for row in read_records(folder, FILE)
    ]
    return Table(Lead, COLUMNS, rows)
