"""Thin input and output; no edge imports another."""
