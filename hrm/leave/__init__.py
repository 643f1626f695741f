"""Leave: its kinds, the ledger of balances, and requests."""
