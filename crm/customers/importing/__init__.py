"""Customers, leads and follow-ups out of files: a fixed number of statements for each batch, however many rows."""

from crm.customers.importing.customers import import_customers
from crm.customers.importing.leads import import_leads

__all__ = ["import_customers", "import_leads"]
