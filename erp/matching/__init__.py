"""Three-way match: what was ordered, what came, and what the supplier bills."""
