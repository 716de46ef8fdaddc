"""Conformance suites for the ports and fakes that are real code; shipped for those who write adapters."""
