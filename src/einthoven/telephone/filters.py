"""Filters of linear phase, designed from a band and a rate: windowed ideal low-passes (Kaiser 1974).

Every delay is a known whole or half number of samples and is taken off where times are told.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
STOP_DB = 60.0


def low_pass(rate_hz: float, passed_hz: float, stopped_hz: float, stop_db: float = STOP_DB) -> F64:
    """Odd number of taps, sum 1: passes up to ``passed_hz``, stops from ``stopped_hz`` on by ``stop_db``."""
    wide = (stopped_hz - passed_hz) / rate_hz
    half = int(np.ceil((stop_db - 7.95) / (14.36 * wide) / 2))
    beta = 0.1102 * (stop_db - 8.7)
    at = np.arange(-half, half + 1)
    corner = (passed_hz + stopped_hz) / rate_hz
    taps: F64 = np.sinc(corner * at) * np.kaiser(2 * half + 1, beta)
    out: F64 = taps / taps.sum()
    return out


def phases(
    rate_hz: Fraction, out_hz: int, passed_hz: float, stopped_hz: float, stop_db: float = STOP_DB
) -> tuple[F64, int, int]:
    """A low-pass that also changes the rate: taps for every place of an output between two inputs.

    Output ``k`` lies at input ``k × step / q`` (``step / q = rate_hz / out_hz``, in lowest terms).

    Returns:
        taps float64[q, 2 × half]: row ``r`` weighs inputs ``i − half + 1 … i + half`` for an output that lies
        ``r / q`` behind input ``i``; ``step``; ``q``.
    """
    ratio = rate_hz / out_hz
    step, q = ratio.numerator, ratio.denominator
    rate = float(rate_hz)
    half = int(np.ceil((stop_db - 7.95) / (14.36 * (stopped_hz - passed_hz) / rate) / 2)) + 1
    beta = 0.1102 * (stop_db - 8.7)
    place = np.arange(-half + 1, half + 1)[None, :] - np.arange(q)[:, None] / q
    window = np.i0(beta * np.sqrt(np.maximum(0, 1 - (place / half) ** 2))) / np.i0(beta)
    taps: F64 = np.sinc((passed_hz + stopped_hz) / rate * place) * window
    return taps / taps.sum(axis=1, keepdims=True), step, q


def interpolated(values: F64, rate_hz: float, out_hz: float, passed_hz: float, stopped_hz: float) -> F64:
    """A signal at another rate, low-passed on the way; for whole arrays, ends held.

    Args:
        values: at ``rate_hz``.
        out_hz: any rate.
        passed_hz, stopped_hz: corners of the low-pass.
    """
    ratio = Fraction(rate_hz).limit_denominator(10_000) / Fraction(out_hz).limit_denominator(10_000)
    half = int(np.ceil((STOP_DB - 7.95) / (14.36 * (stopped_hz - passed_hz) / rate_hz) / 2)) + 1
    beta = 0.1102 * (STOP_DB - 8.7)
    fine = 512
    table_at = np.arange(-half * fine, half * fine + 1) / fine
    table = np.sinc((passed_hz + stopped_hz) / rate_hz * table_at)
    table *= np.i0(beta * np.sqrt(np.maximum(0, 1 - (table_at / half) ** 2))) / np.i0(beta)
    padded = np.pad(values, half, mode="edge")
    out: F64 = np.zeros(int(len(values) / ratio))
    chunk = 20_000
    for first in range(0, len(out), chunk):
        at = np.arange(first, min(first + chunk, len(out))) * float(ratio)
        whole = np.floor(at).astype(np.int64)
        offset = np.arange(-half + 1, half + 1)
        place = (offset[None, :] - (at - whole)[:, None]) * fine + half * fine
        left = np.minimum(place.astype(np.int64), len(table) - 2)
        weights = table[left] + (place - left) * (table[left + 1] - table[left])
        out[first : first + len(at)] = (padded[whole[:, None] + offset + half] * weights).sum(
            1
        ) / weights.sum(1)
    return out
