"""Telling the physician: criteria, ladders, which call is due, what counts as reached (R21–R24). Pure."""
