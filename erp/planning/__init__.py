"""Planning: what will be asked for, when to order and how much."""
