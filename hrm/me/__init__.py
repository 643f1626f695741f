"""What employees see and ask of their own personnel record; it has no tables of its own."""
