"""Formats of the field: bytes or documents from values and back."""
