"""Shifts, rosters, punches, and what each day of each person came to."""
