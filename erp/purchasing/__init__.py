"""Purchasing: requisitions, orders, receipts and returns to suppliers."""
