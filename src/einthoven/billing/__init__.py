"""Payer policies as dated data, determinations with reasons, codes, claims (R29–R40)."""
