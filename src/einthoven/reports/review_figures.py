"""Figures of a stretch for the reviewer: histogram and Poincaré plot of intervals, trends by bins (R25).

All are made of labelled ``BEAT`` rows (``review_labels.labelled``); a stretch of thirty days is a few arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.spans import Span
from einthoven.ecg.beats import ARTEFACT, GRADES
from einthoven.reports.review_labels import CODES

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Beats = NDArray[np.void]

LETTERS: Final = ("N", "S", "V", "F", "/", "Q")
"""Classes that are counted, in this order."""
RR_LOW_MS, RR_HIGH_MS = 200, 3000
HISTOGRAM_MS: Final = 20
"""Width of a bin of the histogram; what is longer or shorter stands in the last and first one."""
PLOT_MS: Final = 25
"""Side of a cell of the Poincaré plot."""
PLOT_CELLS: Final = 72
"""Cells along a side, from ``RR_LOW_MS`` on: up to 2000 ms."""
OVER: Final = 4
"""Intervals over which the least and the highest rate of a bin are averaged."""


def true_beats(beats: Beats) -> Beats:
    """The rows that are beats of the heart."""
    kept: Beats = beats[(beats["code"] != GRADES) & (beats["code"] != ARTEFACT)]
    return kept


def intervals(beats: Beats) -> dict[str, Any]:
    """Histogram and Poincaré plot of the intervals of labelled beats, JSON-ready.

    Returns:
        ``bin_ms``, ``low_ms``; ``counts``: by class of the beat that ends the interval, how many intervals
        there are in each bin; ``cell_ms``, ``cells``: side of a cell and cells along a side; ``plot``: flat
        [x, y, intervals, of which end with an ectopic beat] of every cell that is not empty, x by the
        interval before, y by the interval; ``count``, ``mean_ms``, ``longest`` and ``shortest`` as
        [ms, sample] or null.
    """
    rows = true_beats(beats)
    rr, code = rows["rr_ms"].astype(np.int64), rows["code"]
    known = rr > 0
    bins = (RR_HIGH_MS - RR_LOW_MS) // HISTOGRAM_MS
    place = np.clip((rr - RR_LOW_MS) // HISTOGRAM_MS, 0, bins - 1)
    counts = {
        letter: np.bincount(place[known & (code == CODES[letter])], minlength=bins).tolist()
        for letter in LETTERS
    }
    told: dict[str, Any] = {
        "bin_ms": HISTOGRAM_MS,
        "low_ms": RR_LOW_MS,
        "counts": counts,
        "cell_ms": PLOT_MS,
        "cells": PLOT_CELLS,
        "plot": _plot(rr, code),
        "count": int(known.sum()),
        "mean_ms": float(np.round(rr[known].mean(), 1)) if known.any() else None,
        "longest": None,
        "shortest": None,
    }
    if known.any():
        at = np.flatnonzero(known)
        ends = {"longest": at[np.argmax(rr[at])], "shortest": at[np.argmin(rr[at])]}
        told |= {name: [int(rr[row]), int(rows["sample"][row])] for name, row in ends.items()}
    return told


def _plot(rr: I64, code: NDArray[np.uint8]) -> list[int]:
    """The cells that are not empty, flat."""
    both = (rr[1:] > 0) & (rr[:-1] > 0)
    x, y = (np.clip((one[both] - RR_LOW_MS) // PLOT_MS, 0, PLOT_CELLS - 1) for one in (rr[:-1], rr[1:]))
    ectopic = np.isin(code[1:][both], [CODES[letter] for letter in "SVF"])
    cell = x * PLOT_CELLS + y
    every = np.bincount(cell, minlength=PLOT_CELLS**2)
    odd = np.bincount(cell[ectopic], minlength=PLOT_CELLS**2)
    full = np.flatnonzero(every)
    flat: list[int] = (
        np.stack([full // PLOT_CELLS, full % PLOT_CELLS, every[full], odd[full]], axis=1).ravel().tolist()
    )
    return flat


def trend(beats: Beats, start: int, size: int, count: int, fibrillation: Sequence[Span]) -> dict[str, Any]:
    """Rates, classes and fibrillation by bins of ``size`` samples from ``start`` on, JSON-ready.

    Args:
        beats: labelled rows of ``[start, start + count × size)``.
        start, size, count: the bins.
        fibrillation: where the atria fibrillate or flutter; may lie beyond.

    Returns:
        ``start``, ``size``; lists by bin: ``rate``, ``rate_low``, ``rate_high`` (1/min; the latter over
        ``OVER`` intervals; null where there is none), ``longest_ms`` (the longest interval), ``af`` (share of
        the bin), and under ``beats`` how many of each class.
    """
    rows = true_beats(beats)
    place = (rows["sample"].astype(np.int64) - start) // size
    rows = rows[(place >= 0) & (place < count)]
    place = place[(place >= 0) & (place < count)]
    rr = rows["rr_ms"].astype(np.float64)
    known = rr > 0
    total = np.bincount(place, np.where(known, rr, 0.0), minlength=count)
    number = np.bincount(place[known], minlength=count)
    smooth = _smooth(rr, known)
    longest = np.zeros(count)
    np.maximum.at(longest, place[known], rr[known])
    return {
        "start": start,
        "size": size,
        "rate": _listed(_per_minute(total / np.maximum(number, 1)), number > 0),
        "rate_low": _extreme(smooth, place, count, low=True),
        "rate_high": _extreme(smooth, place, count, low=False),
        "longest_ms": _listed(longest, number > 0),
        "af": [round(share, 4) for share in _share(fibrillation, start, size, count).tolist()],
        "beats": {
            letter: np.bincount(place[rows["code"] == CODES[letter]], minlength=count).tolist()
            for letter in LETTERS
        },
    }


def _smooth(rr: F64, known: NDArray[np.bool_]) -> F64:
    """Mean of each interval and those before it, ``OVER`` in all, float64[n]; NaN where one is not known."""
    out = np.full(len(rr), np.nan)
    if len(rr) < OVER:
        return out
    sums = np.convolve(np.where(known, rr, np.nan), np.ones(OVER), "valid")
    out[OVER - 1 :] = sums / OVER
    return out


def _extreme(smooth: F64, place: I64, count: int, *, low: bool) -> list[float | None]:
    """The least or the highest rate of each bin."""
    known = ~np.isnan(smooth)
    found = np.full(count, -1.0 if low else 1e9)
    (np.maximum if low else np.minimum).at(found, place[known], smooth[known])
    return _listed(_per_minute(found), np.bincount(place[known], minlength=count) > 0)


def _per_minute(ms: F64) -> F64:
    return 60_000.0 / np.where(ms > 0, ms, np.nan)


def _listed(values: F64, known: NDArray[np.bool_]) -> list[float | None]:
    return [round(value, 1) if there else None for value, there in zip(values.tolist(), known, strict=True)]


def _share(spans: Sequence[Span], start: int, size: int, count: int) -> F64:
    """Share of each bin that lies in spans, float64[count]."""
    edges = start + size * np.arange(count + 1, dtype=np.float64)
    covered = np.zeros(count)
    for span in spans:
        inside = np.minimum(edges[1:], span.stop) - np.maximum(edges[:-1], span.start)
        covered += np.maximum(inside, 0.0)
    return np.minimum(covered / size, 1.0)
