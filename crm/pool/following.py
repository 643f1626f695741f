"""What becomes of picks and notices when two customers become one."""

from suite.masters.merging import follows

# The ledger is guarded against edits; that a pick belongs to the customer that stays is no edit of what happened.
follows("crm.PoolPick.customer", ignoring=("append_only",))
follows("crm.RecycleNotice.customer", once=("owner", "due_at"))
