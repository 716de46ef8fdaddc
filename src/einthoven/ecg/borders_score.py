"""Borders of waves against a cardiologist's, as the QT database has them: mean and spread of the error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.waves import PWAVE, TWAVE, WFOFF, WFON
from einthoven.ecg.waves_kernels import P_ON, QRS_ON, T_ON

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

BORDERS: dict[str, int] = {
    "P onset": P_ON,
    "P end": P_ON + 2,
    "QRS onset": QRS_ON,
    "QRS end": QRS_ON + 2,
    "T end": T_ON + 2,
}
"""What is scored, and its column in ``waves.Waves.borders``."""
COLUMNS = 9
UWAVE = 29
P_BEFORE_S = 0.6
"""A P wave farther than this before a QRS complex belongs to another."""


@dataclass(frozen=True, slots=True)
class BorderErrors:
    """One record: float64[beats, 9] milliseconds (found less known), NaN where either is missing.

    Attributes:
        joint: of the answer of all leads together.
        better: of the lead that lies nearer, border by border, as is usual for this database.
        known: bool[beats, 9], what was annotated.
    """

    joint: F64
    better: F64
    known: NDArray[np.bool_]


def known_borders(sample: I64, code: I64, rate_hz: float) -> F64:
    """Borders of each annotated beat, float64[beats, 9] as ``Waves.borders``, NaN where there is none.

    Args:
        sample, code: of the annotations ``( p ) ( N ) ( t ) ( u )``; a mark that is missing is not known.
        rate_hz: sampling rate.
    """
    waves = _waves(sample.tolist(), code.tolist())
    rows = []
    for place, (kind, on, peak, off) in enumerate(waves):
        if kind in (PWAVE, TWAVE, UWAVE):
            continue
        row = np.full(COLUMNS, np.nan)
        row[QRS_ON : QRS_ON + 3] = on, peak, off
        before, after = waves[place - 1 : place], waves[place + 1 : place + 2]
        if before and before[0][0] == PWAVE and peak - before[0][2] < P_BEFORE_S * rate_hz:
            row[P_ON : P_ON + 3] = before[0][1:]
        if after and after[0][0] == TWAVE:
            row[T_ON : T_ON + 3] = after[0][1:]
        rows.append(row)
    return np.array(rows).reshape(-1, COLUMNS)


def _waves(samples: Sequence[int], codes: Sequence[int]) -> list[tuple[int, float, float, float]]:
    """(code, onset, peak, end) of each wave in order."""
    waves: list[tuple[int, float, float, float]] = []
    opened = np.nan
    for sample, code in zip(samples, codes, strict=True):
        if code == WFON:
            opened = float(sample)
            continue
        if code != WFOFF:
            waves.append((code, opened, float(sample), np.nan))
        elif waves and np.isnan(waves[-1][3]):
            waves[-1] = (*waves[-1][:3], float(sample))
        opened = np.nan
    return waves


def border_errors(known: F64, borders: I64, beats: I64, rate_hz: float) -> BorderErrors:
    """Errors of each annotated beat by the beat found nearest to it.

    Args:
        known: of ``known_borders``.
        borders: int64[found beats, leads + 1, 9], of ``Waves``.
        beats: int64[found beats], their samples.
        rate_hz: sampling rate.
    """
    seen = np.isfinite(known)
    if not len(beats) or not len(known):
        none = np.full(known.shape, np.nan)
        return BorderErrors(none, none, seen)
    middle = known[:, QRS_ON + 1]
    nearest = np.abs(beats[:, None] - middle[None, :]).argmin(axis=0)
    told = borders[nearest].astype(np.float64)
    told[told < 0] = np.nan
    away = (told - known[:, None]) * 1000.0 / rate_hz
    size = np.where(np.isfinite(away[:, 1:]), np.abs(away[:, 1:]), np.inf)
    better = np.take_along_axis(away[:, 1:], size.argmin(axis=1)[:, None], axis=1)[:, 0]
    return BorderErrors(away[:, 0], better, seen)


def borders_report(records: Mapping[str, BorderErrors]) -> dict[str, Any]:
    """Per border: how many are annotated and seen, mean and SD of the error over all beats, and the mean of
    the records' own SDs; of all leads together and of the better lead. Milliseconds."""
    out: dict[str, Any] = {}
    for name, column in BORDERS.items():
        known = sum(int(each.known[:, column].sum()) for each in records.values())
        joint = _summary([each.joint[:, column] for each in records.values()])
        better = _summary([each.better[:, column] for each in records.values()])
        out[name] = {"annotated": known, "all_leads": joint, "better_lead": better}
    return out


def _summary(parts: list[F64]) -> dict[str, Any]:
    kept = [part[np.isfinite(part)] for part in parts]
    kept = [part for part in kept if len(part)]
    if not kept:
        return {"seen": 0, "mean_ms": None, "sd_ms": None, "sd_of_records_ms": None}
    whole = np.concatenate(kept)
    return {
        "seen": len(whole),
        "mean_ms": round(float(whole.mean()), 2),
        "sd_ms": round(float(whole.std()), 2),
        "sd_of_records_ms": round(float(np.mean([part.std() for part in kept])), 2),
    }


__all__ = ["BORDERS", "BorderErrors", "border_errors", "borders_report", "known_borders"]
