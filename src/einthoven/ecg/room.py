"""The memory that the kernels work in: made once for a bay, held by it, and lent to every call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.design import LEADS, RATE_MHZ, TAIL, W_MEAN
from einthoven.ecg.jit import inner, lent
from einthoven.ecg.study_context import FINAL_NAMES
from einthoven.ecg.study_layout import CLASSES, RR_KEPT, WINDOW
from einthoven.ecg.trees import Trees

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Filters = tuple[I32, I32, I32, I32, I32, F64, F64, I16]
"""Input, two stages of the band filter, band and slope by lead, energy by lead, height, cleaned samples."""
Beats = tuple[F64, F64, F64, F64, F64, F64, F64]
"""Three cuts of float64[leads, WINDOW]; steepness, units and weights; a case, its sums, intervals."""
Room = tuple[Filters, Beats]
Rows = tuple[F64, I64, I32, F32, I16]
"""The rows of a bay, seen as numbers of each kind."""
Judges = tuple[F64, Trees, Trees]
"""Thresholds, the forest of atrial fibrillation, that of ventricular fibrillation."""


def room_for(table: I64) -> Room:
    """Room for one second of filters and for one beat, for streams of the design ``table``."""
    leads, second = int(table[LEADS]), int(table[RATE_MHZ]) // 1000 + 2
    longest = int(table[TAIL] + table[W_MEAN]) + second
    filters = (
        np.empty(longest, np.int32),
        np.empty(longest, np.int32),
        np.empty(longest, np.int32),
        np.empty((leads, longest), np.int32),
        np.empty((leads, longest), np.int32),
        np.empty((leads, longest)),
        np.empty(longest),
        np.empty(leads * second, np.int16),
    )
    beats = (
        np.empty((leads, WINDOW)),
        np.empty((leads, WINDOW)),
        np.empty((leads, WINDOW)),
        np.empty(3 * WINDOW + 2 * leads),
        np.empty(len(FINAL_NAMES)),
        np.empty(CLASSES),
        np.empty(RR_KEPT),
    )
    return filters, beats


@inner
def lent_room(room: Room) -> Room:
    """The same, not counted."""
    a, b = room
    filters = lent(a[0]), lent(a[1]), lent(a[2]), lent(a[3]), lent(a[4]), lent(a[5]), lent(a[6]), lent(a[7])
    return filters, (lent(b[0]), lent(b[1]), lent(b[2]), lent(b[3]), lent(b[4]), lent(b[5]), lent(b[6]))


@inner
def lent_rows(rows: Rows) -> Rows:
    """The same, not counted."""
    return lent(rows[0]), lent(rows[1]), lent(rows[2]), lent(rows[3]), lent(rows[4])


@inner
def _lent_trees(trees: Trees) -> Trees:
    return lent(trees[0]), lent(trees[1]), lent(trees[2]), lent(trees[3])


@inner
def lent_forests(forests: tuple[Trees, Trees]) -> tuple[Trees, Trees]:
    """The same, not counted."""
    return _lent_trees(forests[0]), _lent_trees(forests[1])


@inner
def lent_judges(judges: Judges) -> Judges:
    """The same, not counted."""
    return lent(judges[0]), _lent_trees(judges[1]), _lent_trees(judges[2])
