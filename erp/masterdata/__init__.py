"""Warehouses, their places, and how items are stocked."""
