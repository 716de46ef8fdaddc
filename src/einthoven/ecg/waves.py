"""Borders of the waves of a whole record (``analyze --waves``): each beat, each lead, all leads together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout
from einthoven.ecg.waves_cached import trace_beats
from einthoven.ecg.waves_kernels import MARKS, P_ON, P_PEAK, QRS_ON, T_ON
from einthoven.ecg.waves_p import words
from einthoven.ecg.waves_record import STEPS_MOST

I64 = NDArray[np.int64]

LEARN_FIRST = 24
"""Beats whose usual P wave is learned before they are judged."""
ARTEFACT = 16
WFON, WFOFF, PWAVE, TWAVE = 39, 40, 24, 27
"""WFDB annotation codes of ``(``, ``)``, ``p`` and ``t``."""
MARKED = ((P_ON, PWAVE, 0), (QRS_ON, 0, 1), (T_ON, TWAVE, 2))
"""First column of each wave, code of its peak (0: the beat's own), and the number that its borders carry."""


@dataclass(frozen=True, slots=True)
class Waves:
    """Borders of all beats of a record.

    Attributes:
        borders: int64[beats, leads + 1, 9], sample indices, −1 where not seen. Row 0 all leads together, row
            1 + k lead k. Columns: P onset, peak, end; QRS onset, fiducial point, end; T onset, peak, end.
        sure: float64[beats, 3], confidence 0–1 of P, QRS and T.
        p_score: float64[beats], how well the usual P wave is seen: 0 none … 1 clearly, −1 not decidable.
        p_solid: float64[beats], whether the beats until then share a P wave at all: 0 none … 1; −1 too few.
    """

    borders: I64
    sure: NDArray[np.float64]
    p_score: NDArray[np.float64]
    p_solid: NDArray[np.float64]


def delineate_record(
    samples: NDArray[np.int16], layout: Layout, beats: NDArray[np.void], steady: bool = True
) -> Waves:
    """Borders of P, QRS and T of every beat.

    Args:
        samples: int16[n, leads].
        layout: rate and gains.
        beats: ``BEAT`` rows in order; artefacts among them get no borders.
        steady: keep borders of P and T within 5 ms of the median of neighbouring beats of their class.
    """
    real = np.flatnonzero(beats["code"] != ARTEFACT)
    leads, count = samples.shape[1], len(real)
    group = max(1, int(layout.rate_hz * 2 // STEPS_MOST))
    fs = layout.rate_hz / group
    borders = np.full((count, leads + 1, MARKS), -1, np.int64)
    sure, evidence = np.zeros((count, 3)), np.full((count, 2), -1.0)
    microvolts = np.array([1000.0 / lead.gain for lead in layout.leads])
    at = np.ascontiguousarray(beats["sample"][real].astype(np.int64))
    code = np.ascontiguousarray(beats["code"][real].astype(np.int64))
    state = np.zeros(words(leads, fs))
    borders = trace_beats(
        np.ascontiguousarray(samples),
        microvolts,
        group,
        fs,
        at,
        code,
        state,
        borders,
        sure,
        evidence,
        LEARN_FIRST,
        steady,
    )
    whole = np.full((len(beats), leads + 1, MARKS), -1, np.int64)
    clear, p = np.zeros((len(beats), 3)), np.full((len(beats), 2), -1.0)
    whole[real], clear[real], p[real] = borders, sure, evidence
    return Waves(whole, clear, p[:, 0], p[:, 1])


def wave_annotations(waves: Waves, codes: NDArray[np.integer]) -> tuple[I64, I64, I64]:
    """The borders of all leads together as WFDB annotations ``( p ) ( N ) ( t )``.

    Args:
        waves: of ``delineate_record``.
        codes: annotation code of each beat.

    Returns:
        (sample, code, number), in order of the samples; number 0 P, 1 QRS, 2 T, as in the QT database.
    """
    samples, kinds, numbers = [], [], []
    for first, peak, number in MARKED:
        part = waves.borders[:, 0, first : first + 3]
        seen = (part[:, 0] >= 0) & (part[:, 2] >= 0)
        marks = part[seen]
        middle = np.full(len(marks), peak) if peak else codes[seen].astype(np.int64)
        samples.append(marks.ravel())
        kinds.append(np.column_stack([np.full(len(marks), WFON), middle, np.full(len(marks), WFOFF)]).ravel())
        tag = np.zeros((len(marks), 3), np.int64)
        tag[:, [0, 2]] = number
        numbers.append(tag.ravel())
    sample, kind, tag = (np.concatenate(parts).astype(np.int64) for parts in (samples, kinds, numbers))
    order = np.argsort(sample, kind="stable")
    return sample[order], kind[order], tag[order]


def intervals_ms(waves: Waves, rate_hz: float) -> NDArray[np.float64]:
    """PR, QRS and QT of each beat in milliseconds: float64[beats, 3], NaN where a border is not seen."""
    b = waves.borders[:, 0].astype(np.float64)
    b[b < 0] = np.nan
    pairs = ((P_ON, QRS_ON), (QRS_ON, QRS_ON + 2), (QRS_ON, T_ON + 2))
    return np.column_stack([(b[:, last] - b[:, first]) * 1000.0 / rate_hz for first, last in pairs])


__all__ = ["P_PEAK", "Waves", "delineate_record", "intervals_ms", "wave_annotations"]
