"""Classes of short strips counted as the PhysioNet/CinC challenge of 2017 does: F1 of N, A, O, and their
mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from einthoven.ecg.afib_strip import CLASSES

LETTERS = "NAO~"
"""Letters of the challenge, in the order of ``afib_strip.CLASSES``."""
COUNTED = 3


def strips_report(found: Mapping[str, str], known: Mapping[str, str]) -> dict[str, Any]:
    """F1 of each class and their mean, and how often which was taken for which.

    Args:
        found: class of each strip, by its name in ``afib_strip.CLASSES``.
        known: letter of each strip.
    """
    matrix = np.zeros((len(LETTERS), len(LETTERS)), np.int64)
    for name, label in found.items():
        matrix[LETTERS.index(known[name]), [str(each) for each in CLASSES].index(label)] += 1
    f1: dict[str, float | None] = {}
    for place, letter in enumerate(LETTERS[:COUNTED]):
        both, total = int(matrix[place, place]), int(matrix[place].sum() + matrix[:, place].sum())
        f1[letter] = round(2 * both / total, 4) if total else None
    values = [value for value in f1.values() if value is not None]
    return {
        "strips": int(matrix.sum()),
        "F1": f1,
        "mean_F1": round(sum(values) / COUNTED, 4) if len(values) == COUNTED else None,
        "matrix_rows_and_columns": LETTERS,
        "matrix": matrix.tolist(),
    }
