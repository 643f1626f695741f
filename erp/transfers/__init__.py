"""Transfers between warehouses, with what is on its way, and stock that lies at suppliers."""
