"""What becomes of pairs of possible duplicates when one of the two goes."""

from suite.masters.merging import stays

for _column in ("customer", "other_customer", "lead", "other_lead"):
    stays(f"crm.DuplicatePair.{_column}", reason="pairs go with the row that goes, and come back with it")
