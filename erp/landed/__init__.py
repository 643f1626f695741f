"""What bringing goods in costs: freight, customs, insurance, shared out over what was received."""
