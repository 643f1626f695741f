"""Campaigns 市场活动: what they cost, whom they reached, and what they brought."""
