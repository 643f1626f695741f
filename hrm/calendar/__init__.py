"""The holiday calendar, closed months, and what requests about working time have in common."""
