"""What lay in the warehouses when the ledger began."""
