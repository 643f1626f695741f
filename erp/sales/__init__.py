"""Orders of customers, what is delivered on them and what comes back."""
