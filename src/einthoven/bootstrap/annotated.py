"""What the analysis found in a record, as WFDB annotations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout
from einthoven.ecg.analyze import Analysis
from einthoven.ecg.beats import GOOD, NOISY, UNKNOWN
from einthoven.ecg.waves import delineate_record, wave_annotations
from einthoven.interop.wfdb import Annotations
from einthoven.interop.wfdb_annotations import CODES

NOT_BEATS = tuple(CODES[symbol] for symbol in "+~[")
"""Told before a beat of the same sample."""
QUALITY_SIGNALS = 4
"""Signals that a quality mark speaks of (ecgcodes.h)."""


def annotations_of(result: Analysis, layout: Layout, numbers: tuple[int, ...] = ()) -> Annotations:
    """Beats, ``+`` where the rhythm changes, ``[`` and ``]`` around ventricular fibrillation, ``~`` where
    quality does.

    The subtype of ``~`` is a bit mask of the file's first four signals: low half noisy, high half unusable
    (ecgcodes.h).

    Args:
        result: of the analysis.
        layout: rate and leads.
        numbers: which signal of the file each lead is; none: in order.
    """
    rows = [(int(sample), int(code), 0, "") for sample, code in zip(*_columns(result.beats), strict=True)]
    rows += [(sample, CODES["+"], 0, aux) for sample, aux in result.rhythm]
    signals = numbers or tuple(range(len(layout.leads)))
    rows += [(sample, CODES["~"], sub, "") for sample, sub in _changes(result.quality, layout, signals)]
    for start, stop in result.fibrillation:
        rows += [(start, CODES["["], 0, ""), (stop - 1, CODES["]"], 0, "")]
    rows.sort(key=lambda row: (row[0], row[1] not in NOT_BEATS, row[1]))
    sample, code, sub, aux = zip(*rows, strict=True) if rows else ((), (), (), ())
    plain = Annotations.of(np.array(sample, np.int64), np.array(code, np.uint8), tuple(aux), layout.rate_hz)
    return replace(plain, sub=np.array(sub, np.int8))


def borders_of(samples: NDArray[np.int16], layout: Layout, beats: NDArray[np.void]) -> Annotations:
    """``( p ) ( N ) ( t )`` round the waves of each beat, all leads together; the number of a border is 0
    for P, 1 for QRS, 2 for T, as in the QT database."""
    sample, code, number = wave_annotations(delineate_record(samples, layout, beats), beats["code"])
    plain = Annotations.of(sample, code.astype(np.uint8), (), layout.rate_hz)
    return replace(plain, num=number.astype(np.int8))


def _columns(beats: NDArray[np.void]) -> tuple[list[int], list[int]]:
    return beats["sample"].tolist(), beats["code"].tolist()


def _changes(quality: NDArray[np.uint8], layout: Layout, signals: tuple[int, ...]) -> list[tuple[int, int]]:
    """``(sample, subtype)`` at every second where it is not what it was; signals begin as good."""
    told = [(lead, number) for lead, number in enumerate(signals) if number < QUALITY_SIGNALS]
    changes: list[tuple[int, int]] = []
    before = 0
    for second, codes in enumerate(quality.tolist()):
        if any(codes[lead] == UNKNOWN for lead, _ in told):
            continue
        now = sum(_bits(codes[lead]) << number for lead, number in told)
        if now != before:
            changes.append((-(-second * layout.rate_mhz // 1000), now - 256 if now > 127 else now))
            before = now
    return changes


def _bits(code: int) -> int:
    """Of the first lead: 1 noisy, 16 unusable."""
    return 0 if code == GOOD else 1 if code == NOISY else 16
