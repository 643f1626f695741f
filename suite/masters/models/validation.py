"""Validators of amounts, beside the check constraints of the tables."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator

POSITIVE = [MinValueValidator(Decimal("0.00000001"))]
NOT_NEGATIVE = [MinValueValidator(0)]
PERCENTAGE = [MinValueValidator(0), MaxValueValidator(100)]
