"""Invoices on contracts."""
