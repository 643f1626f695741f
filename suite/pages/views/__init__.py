"""The small views that a PageSet is composed of."""
