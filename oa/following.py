"""How what the office keeps about a row follows it when it becomes one with another."""

from suite.masters.merging import follows

# Two approvals at once, or the same paper archived twice, cannot become one: the database refuses the merge.
follows("oa.FlowRun.subject_id")
follows("oa.Document.object_id")
# What a seal was put on is fixed in the register; that it belongs to the row that stays changes nothing in it.
follows("oa.SealUse.object_id", ignoring=("register_fixed",))
