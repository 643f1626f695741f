"""Stock: its ledger, its worth and what of it can be promised."""
