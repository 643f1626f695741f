"""Tickets of customers that are about an order: where it is, and what came back."""
