"""The only place that picks real things and reads the clock."""
