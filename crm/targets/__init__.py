"""Sales targets 业绩目标 of people, departments and companies, and how far they are reached."""
