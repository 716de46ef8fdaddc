"""Instants, spans of samples, layouts, identifiers and the error tree: what every room shares."""
