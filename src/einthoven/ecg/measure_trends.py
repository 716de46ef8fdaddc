"""The average beat followed through a whole record: PR, QRS, QT and ST every ten seconds
(``measure.Trends``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.layout import Layout
from einthoven.base.spans import Span
from einthoven.ecg.beats import GOOD, NORMAL
from einthoven.ecg.fingerprint import crc_of
from einthoven.ecg.measure import Trends, touching
from einthoven.ecg.waves_live import (
    AFTER_S,
    BEFORE_S,
    KEEP,
    M_EACH,
    M_LEADS,
    M_PR,
    SHIFT,
    average_beat,
    live_words,
    measure_average,
    measured_words,
)
from einthoven.ecg.waves_record import cut

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I16 = NDArray[np.int16]
U8 = NDArray[np.uint8]

EVERY_S = 10
STEPS_MHZ = 125_000
"""The average beat is kept at about so many thousandths of a step a second, as in the live engine."""
TAKEN = int(KEEP)
SPARE = SHIFT + 2
SOURCES = (
    "beats.py",
    "jit.py",
    "measure_trends.py",
    "waves_beat.py",
    "waves_kernels.py",
    "waves_live.py",
    "waves_p.py",
    "waves_record.py",
)


def _compile(version: int) -> Callable[..., Any]:
    @njit(nogil=True, cache=True)
    def follow(
        samples: I16, microvolts: F64, group: int, fs: float, at: I64, rr_s: F64, stop: I64, state: F64,
        rows: F64, span: I64,
    ) -> None:  # fmt: skip
        """Take beats into the average and measure it at the end of each stretch.

        Args:
            samples: int16[n, leads].
            microvolts: of a unit, each lead.
            group: samples of a step.
            fs: steps a second.
            at, rr_s: beats fit for the average: sample, interval before it in seconds.
            stop: int64[k], where each stretch ends.
            state: of ``waves_live``.
            rows: float64[k, measured_words(leads)], set; NaN where no beat was taken in the stretch.
            span: int64[k, 4], set: first and last sample that a row rests on, how many beats, and how many
                were taken since the first.
        """
        assert version >= 0
        n, leads = samples.shape
        before, after = (int(BEFORE_S * fs) + SPARE) * group, (int(AFTER_S * fs) + SPARE) * group
        y = np.empty((leads, (before + after) // group))
        recent, taken, beat = np.zeros(TAKEN, np.int64), 0, 0
        for k in range(len(stop)):
            new = 0
            while beat < len(at) and at[beat] + after < stop[k]:
                start = at[beat] - before
                if start >= 0 and at[beat] + after <= n:
                    cut(samples, microvolts, start, group, y)
                    if average_beat(state, y, before // group, rr_s[beat], fs):
                        recent[taken % TAKEN] = at[beat]
                        taken, new = taken + 1, new + 1
                beat += 1
            rows[k] = np.nan
            if new > 0 and measure_average(state, leads, fs, rows[k]):
                kept = min(taken, TAKEN)
                span[k, 0] = recent[(taken - kept) % TAKEN] - before
                span[k, 1], span[k, 2], span[k, 3] = recent[(taken - 1) % TAKEN] + after, kept, taken

    compiled: Callable[..., Any] = follow
    return compiled


follow = _compile(crc_of(SOURCES))


def trends_of(
    samples: I16,
    layout: Layout,
    at: I64,
    code: I64,
    rr_ms: I64,
    quality: U8,
    fibrillation: list[Span] | None = None,
) -> Trends:
    """Measurements of the average beat every ten seconds.

    Args:
        samples: int16[n, leads].
        layout: rate and gains.
        at, code, rr_ms: of each beat, in order.
        quality: uint8[seconds, leads]. Beats in seconds without a good lead are left out, and the ST of a
            lead in stretches that it is not good in for the most part.
        fibrillation: where the atria fibrillate or flutter, in order, apart: there is no PR interval.
    """
    leads, rate = samples.shape[1], layout.rate_hz
    group = max(1, (layout.rate_mhz + STEPS_MHZ // 2) // STEPS_MHZ)
    second = np.minimum((at / rate).astype(np.int64), max(0, len(quality) - 1))
    fit = (code == NORMAL) & (rr_ms > 0)
    fit &= (quality == GOOD).any(axis=1)[second] if len(quality) else True
    stretches = max(1, int(np.ceil(len(samples) / (EVERY_S * rate))))
    stop = np.ceil(np.arange(1, stretches + 1) * EVERY_S * rate).astype(np.int64)
    rows = np.full((stretches, measured_words(leads)), np.nan)
    span = np.zeros((stretches, 4), np.int64)
    follow(
        np.ascontiguousarray(samples),
        np.array([1000.0 / lead.gain for lead in layout.leads]),
        group,
        rate / group,
        at[fit],
        rr_ms[fit] / 1000.0,
        stop,
        np.zeros(live_words(leads, rate / group)),
        rows,
        span,
    )
    rows[touching(span[:, 0], span[:, 1], fibrillation or []), M_PR] = np.nan
    for lead in range(leads):
        for k in range(stretches):
            graded = quality[k * EVERY_S : (k + 1) * EVERY_S, lead]
            if 2 * (graded == GOOD).sum() <= len(graded):
                rows[k, M_LEADS + lead * M_EACH : M_LEADS + (lead + 1) * M_EACH] = np.nan
    return Trends(span[:, 0], span[:, 1], span[:, 2], rows, span[:, 3])
