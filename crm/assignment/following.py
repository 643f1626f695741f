"""What becomes of decisions when two customers or leads become one."""

from suite.masters.merging import follows

# The log is guarded against edits; that it belongs to the row that stays is no edit of what was decided.
for _column in ("customer", "lead"):
    follows(f"crm.AssignmentLog.{_column}", ignoring=("append_only",))
