"""The average beat followed through a whole record: PR, QRS, QT and ST every ten seconds
(``measure.Trends``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    M_QRS,
    M_QT,
    M_RR,
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

NO_PR, NO_QT = ("pr",), ("pr", "qt")
SILENCED = {
    "atrial-fibrillation": (NO_PR, "no P waves in atrial fibrillation"),
    "atrial-flutter": (NO_QT, "flutter waves run through P and T"),
    "junctional-rhythm": (NO_PR, "no P waves before the beats of a junctional rhythm"),
    "av-block-3": (NO_PR, "no P wave is conducted in third degree block"),
}
"""Findings in which the interval has no meaning or no end that can be seen, and why."""
COLUMN = {"pr": M_PR, "qt": M_QT}
FOLLOWED = "the next beat comes before T has ended"
EARLY, USUAL_OF, EARLY_MS = 0.8, 4, 700
"""A beat that is followed sooner than this share of the mean of the intervals round it, so many to both
sides, and sooner than this, is no beat to measure QT of: the wave of the follower may lie on its T."""
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
        samples: I16, microvolts: F64, group: int, fs: float, at: I64, rr_s: F64, behind_s: F64, stop: I64,
        state: F64, rows: F64, span: I64,
    ) -> None:  # fmt: skip
        """Take beats into the average and measure it at the end of each stretch.

        Args:
            samples: int16[n, leads].
            microvolts: of a unit, each lead.
            group: samples of a step.
            fs: steps a second.
            at, rr_s, behind_s: beats fit for the average: sample, intervals before and behind in seconds.
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
                    if average_beat(state, y, before // group, rr_s[beat], behind_s[beat], fs):
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


def followers(at: I64, rr_ms: I64, rate_hz: float) -> tuple[F64, NDArray[np.bool_]]:
    """Of each beat the interval to the next, ms (that before it where there is none), and whether that is
    early.

    Args:
        at, rr_ms: of each beat, in order; ``rr_ms`` 0 where there is no beat before, or a gap.
        rate_hz: sampling rate.
    """
    behind = rr_ms.astype(np.float64)
    if len(at) > 1:
        behind[:-1] = np.where(rr_ms[1:] > 0, np.diff(at) * (1000.0 / rate_hz), behind[:-1])
    window = np.ones(2 * USUAL_OF + 1)
    known = np.convolve(rr_ms > 0, window)[USUAL_OF : USUAL_OF + len(at)] if len(at) else np.zeros(0)
    total = np.convolve(rr_ms, window)[USUAL_OF : USUAL_OF + len(at)] if len(at) else np.zeros(0)
    early = (behind * known < EARLY * total) & (behind < EARLY_MS)
    return behind, np.asarray(early, np.bool_)


def _follow(samples: I16, layout: Layout, at: I64, rr_ms: I64, behind_ms: F64) -> tuple[F64, I64]:
    """``follow`` over stretches of ``EVERY_S``: its rows and what they rest on."""
    leads, rate = samples.shape[1], layout.rate_hz
    group = max(1, (layout.rate_mhz + STEPS_MHZ // 2) // STEPS_MHZ)
    stretches = max(1, int(np.ceil(len(samples) / (EVERY_S * rate))))
    rows = np.full((stretches, measured_words(leads)), np.nan)
    span = np.zeros((stretches, 4), np.int64)
    follow(
        np.ascontiguousarray(samples),
        np.array([1000.0 / lead.gain for lead in layout.leads]),
        group,
        rate / group,
        at,
        rr_ms / 1000.0,
        behind_ms / 1000.0,
        np.ceil(np.arange(1, stretches + 1) * EVERY_S * rate).astype(np.int64),
        np.zeros(live_words(leads, rate / group)),
        rows,
        span,
    )
    return rows, span


def trends_of(
    samples: I16,
    layout: Layout,
    at: I64,
    code: I64,
    rr_ms: I64,
    quality: U8,
    rhythms: Mapping[str, list[Span]] | None = None,
) -> Trends:
    """Measurements of the average beat every ten seconds.

    Args:
        samples: int16[n, leads].
        layout: rate and gains.
        at, code, rr_ms: of each beat, in order.
        quality: uint8[seconds, leads]. Beats in seconds without a good lead are left out, and the ST of a
            lead in stretches that it is not good in for the most part.
        rhythms: of kinds in ``SILENCED``, where they were found, in order, apart: there is no PR, or no QT.
    """
    leads, rate = samples.shape[1], layout.rate_hz
    second = np.minimum((at / rate).astype(np.int64), max(0, len(quality) - 1))
    fit = (code == NORMAL) & (rr_ms > 0)
    fit &= (quality == GOOD).any(axis=1)[second] if len(quality) else True
    behind_ms, followed = followers(at, rr_ms, rate)
    rows, span = _follow(samples, layout, at[fit], rr_ms[fit], behind_ms[fit])
    stretches, silent = len(rows), {}
    if (fit & followed).any():
        late = fit & ~followed
        apart, _ = _follow(samples, layout, at[late], rr_ms[late], behind_ms[late])
        lost = np.isfinite(rows[:, M_QRS]) & ~np.isfinite(apart[:, M_QRS])
        rows[:, M_QT] = apart[:, M_QT]
        rows[:, M_RR] = np.where(np.isfinite(apart[:, M_RR]), apart[:, M_RR], rows[:, M_RR])
        silent["qt"] = (FOLLOWED, int(lost.sum()))
    for kind, spans in (rhythms or {}).items():
        names, why = SILENCED[kind]
        within = touching(span[:, 0], span[:, 1], spans) & (span[:, 2] > 0)
        for name in names:
            rows[within, COLUMN[name]] = np.nan
            if within.sum() > silent.get(name, ("", 0))[1]:
                silent[name] = (why, int(within.sum()))
    for lead in range(leads):
        for k in range(stretches):
            graded = quality[k * EVERY_S : (k + 1) * EVERY_S, lead]
            if 2 * (graded == GOOD).sum() <= len(graded):
                rows[k, M_LEADS + lead * M_EACH : M_LEADS + (lead + 1) * M_EACH] = np.nan
    return Trends(span[:, 0], span[:, 1], span[:, 2], rows, span[:, 3], silent)
