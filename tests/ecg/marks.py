"""Annotations for tests, written as text: ``"100 N"``, ``"500 + (AFIB"``, ``"700 ~ 48"``."""

from __future__ import annotations

import numpy as np

from einthoven.ecg.ec57 import Marks

CODES = {
    "N": 1,
    "V": 5,
    "F": 6,
    "S": 9,
    "e": 34,
    "/": 12,
    "Q": 13,
    "!": 31,
    "~": 14,
    "+": 28,
    "[": 32,
    "]": 33,
}


def marks(*lines: str) -> Marks:
    """Each line: sample, symbol, and a subtype (``~``) or text (``+``)."""
    rows = [line.split() for line in lines]
    sub = [int(row[2]) if row[1] == "~" and len(row) > 2 else 0 for row in rows]
    return Marks(
        np.array([int(row[0]) for row in rows], np.int64),
        np.array([CODES[row[1]] for row in rows], np.int64),
        np.array(sub, np.int64),
        {place: row[2] for place, row in enumerate(rows) if row[1] == "+"},
    )
