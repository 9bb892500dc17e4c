"""Time: the one place that reads it."""
