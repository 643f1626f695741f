"""Where orders are, and why they are late."""
