"""Heart rate variability of normal beats, after the Task Force of ESC and NASPE (Circulation 1996;93:1043).

An NN interval lies between two successive normal beats with no gap, artefact or ectopic beat between them,
and within ``LOCAL`` of the median of its neighbours. What rests on too little is "not determined", with the
reason. Spectra are Lomb–Scargle periodograms of 5 min segments, detrended: they need no filled-in intervals.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg.jit import inner
from einthoven.ecg.measure import Bool, Intervals, Measure, undetermined

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

SEGMENT_S = 300.0
COVER_SEGMENT = 0.75
"""Share of a segment that its NN intervals must cover."""
COVER_RECORD = 0.5
SHORT_S, LONG_S = 120.0, 18 * 3600.0
"""Least NN time for SDNN, RMSSD, pNN50; and for SDANN and the triangular index (Task Force: 18 of 24 h)."""
SEGMENTS_LEAST = 3
BIN_MS = 7.8125
NN_LEAST_MS, NN_MOST_MS = 300.0, 2000.0
LOCAL, LOCAL_OF = 0.25, 5
"""An NN interval farther than this share from the median of ``2·LOCAL_OF + 1`` around it is an artefact."""
BANDS = {"vlf": (0.003, 0.04), "lf": (0.04, 0.15), "hf": (0.15, 0.40)}
FREQUENCY_MOST = 0.40


def nn_intervals(rr: Intervals, leave_out: Bool | None = None) -> Intervals:
    """NN intervals fit for variability.

    Args:
        rr: all trusted intervals.
        leave_out: bool[len(rr)], for instance those within atrial fibrillation.
    """
    mask = np.ones(len(rr), np.bool_) if leave_out is None else ~leave_out
    part = rr.where(mask).normal
    part = part.where((part.rr_ms >= NN_LEAST_MS) & (part.rr_ms <= NN_MOST_MS))
    if len(part) < 2 * LOCAL_OF + 1:
        return part
    padded = np.pad(part.rr_ms, LOCAL_OF, mode="reflect")
    usual = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * LOCAL_OF + 1), axis=1)
    return part.where(np.abs(part.rr_ms - usual) <= LOCAL * usual)


def _segments(nn: Intervals, rate_hz: float) -> tuple[I64, Bool, I64]:
    """Segment of each interval, which segments are covered well enough, and their first samples."""
    step = SEGMENT_S * rate_hz
    which = (nn.end / step).astype(np.int64)
    first = int(which[0]) if len(which) else 0
    which -= first
    covered = np.bincount(which, weights=nn.rr_ms) / (1000.0 * SEGMENT_S)
    edge = np.ceil((np.arange(len(covered) + 1) + first) * step).astype(np.int64)
    return which, np.asarray(covered >= COVER_SEGMENT, np.bool_), edge


def time_domain(nn: Intervals, rate_hz: float) -> dict[str, Measure]:
    """SDNN, RMSSD, pNN50, SDNN index, SDANN and the triangular index of the NN intervals."""
    names = {"sdnn": "ms", "rmssd": "ms", "pnn50": "%", "sdnn_index": "ms", "sdann": "ms", "triangular": ""}
    total_s = float(nn.rr_ms.sum()) / 1000.0
    if len(nn) < 2:
        return {name: undetermined(unit, "fewer than two NN intervals") for name, unit in names.items()}
    start, end, used = int(nn.start[0]), int(nn.end[-1]), len(nn)
    values: dict[str, float | str] = dict.fromkeys(names, f"less than {SHORT_S:g} s of NN intervals")
    covered = total_s / max((end - start) / rate_hz, 1e-9)
    if total_s >= SHORT_S:
        values |= _whole(nn, covered)
        values |= _by_segment(nn, rate_hz)
        values |= _long(nn, total_s, values)
    out: dict[str, Measure] = {}
    for name, unit in names.items():
        value = values[name]
        if isinstance(value, str):
            out[name] = undetermined(unit, value, start, end)
        else:
            out[name] = Measure(value, unit, start, end, used)
    return out


def _whole(nn: Intervals, covered: float) -> dict[str, float | str]:
    """SDNN and, of successive intervals, RMSSD and pNN50."""
    if covered < COVER_RECORD:
        poor = f"NN intervals cover {100 * covered:.0f} % of the time"
        return dict.fromkeys(("sdnn", "rmssd", "pnn50"), poor)
    next_to = nn.start[1:] == nn.end[:-1]
    step = np.diff(nn.rr_ms)[next_to]
    if len(step) < 2:
        return {"sdnn": float(nn.rr_ms.std(ddof=1)), "rmssd": "no successive NN", "pnn50": "no successive NN"}
    return {
        "sdnn": float(nn.rr_ms.std(ddof=1)),
        "rmssd": float(np.sqrt(np.mean(step**2))),
        "pnn50": float(100.0 * np.mean(np.abs(step) > 50.0)),
    }


def _by_segment(nn: Intervals, rate_hz: float) -> dict[str, float | str]:
    """SDNN index (mean of the segments' spreads) and SDANN (spread of their means)."""
    which, whole, _ = _segments(nn, rate_hz)
    if whole.sum() < SEGMENTS_LEAST:
        few = f"fewer than {SEGMENTS_LEAST} segments of 5 min"
        return {"sdnn_index": few, "sdann": few}
    count = np.bincount(which).astype(np.float64)
    mean = np.bincount(which, weights=nn.rr_ms) / np.maximum(count, 1.0)
    away = np.bincount(which, weights=(nn.rr_ms - mean[which]) ** 2)
    spread = np.sqrt(away / np.maximum(count - 1.0, 1.0))
    return {"sdnn_index": float(spread[whole].mean()), "sdann": float(mean[whole].std(ddof=1))}


def _long(nn: Intervals, total_s: float, values: dict[str, float | str]) -> dict[str, float | str]:
    """What the Task Force defines on 24 h: the triangular index; SDANN is withheld on less."""
    if total_s < LONG_S:
        short = f"less than {LONG_S / 3600:g} h of NN intervals"
        return {"triangular": short, "sdann": short}
    most = np.bincount((nn.rr_ms / BIN_MS).astype(np.int64)).max()
    return {"triangular": float(len(nn) / most), "sdann": values["sdann"]}


def frequency_domain(nn: Intervals, rate_hz: float) -> dict[str, Measure]:
    """Mean power of the 5 min segments in the bands VLF, LF and HF (ms²), and LF:HF."""
    names = {**dict.fromkeys(BANDS, "ms²"), "lf_hf": ""}
    if len(nn) < 2:
        return {name: undetermined(unit, "fewer than two NN intervals") for name, unit in names.items()}
    which, whole, edge = _segments(nn, rate_hz)
    if not whole.any():
        why = f"no segment of 5 min is covered to {100 * COVER_SEGMENT:g} %"
        return {n: undetermined(u, why, int(nn.start[0]), int(nn.end[-1])) for n, u in names.items()}
    power = spectra(nn.end / rate_hz, nn.rr_ms, which, len(whole))[whole].mean(axis=0)
    frequency = np.arange(1, len(power) + 1) / SEGMENT_S
    used = int(np.isin(which, np.flatnonzero(whole)).sum())
    span = int(edge[np.flatnonzero(whole)[0]]), int(edge[np.flatnonzero(whole)[-1] + 1])
    out: dict[str, Measure] = {}
    for name, (low, high) in BANDS.items():
        inside = (frequency >= low - 1e-9) & (frequency < high - 1e-9)
        out[name] = Measure(float(power[inside].sum()), "ms²", *span, used)
    high_power = out["hf"].value
    ratio = undetermined("", "no power in HF", *span)
    out["lf_hf"] = Measure(out["lf"].value / high_power, "", *span, used) if high_power > 1e-9 else ratio
    return out


def spectra(time_s: F64, value: F64, which: I64, segments: int) -> F64:
    """Power of each segment at k / 300 s, k = 1 … 120: float64[segments, 120], unit² a step.

    Args:
        time_s, value: float64[n], in order.
        which: int64[n], segment of each, not falling.
        segments: how many.
    """
    bounds = np.searchsorted(which, np.arange(segments + 1))
    out = np.zeros((segments, round(FREQUENCY_MOST * SEGMENT_S)))
    _lomb(time_s, np.asarray(value, np.float64), bounds.astype(np.int64), 1.0 / SEGMENT_S, out)
    return out


@njit(nogil=True, cache=True)
def _lomb(time_s: F64, value: F64, bounds: I64, step_hz: float, out: F64) -> None:
    """Lomb–Scargle periodogram (Scargle 1982) of each detrended segment, scaled so that a sine of amplitude A
    gives A²/2 at its frequency; cosines of the next frequency follow from the last by one rotation."""
    for segment in range(len(bounds) - 1):
        a, b = bounds[segment], bounds[segment + 1]
        n = b - a
        if n < 3:
            continue
        t, x = time_s[a:b] - time_s[a], value[a:b].copy()
        _detrend(t, x)
        turn_c, turn_s = np.cos(2 * np.pi * step_hz * t), np.sin(2 * np.pi * step_hz * t)
        c, s = np.ones(n), np.zeros(n)
        for k in range(out.shape[1]):
            xc, xs, cc, cs = 0.0, 0.0, 0.0, 0.0
            for i in range(n):
                cosine = c[i] * turn_c[i] - s[i] * turn_s[i]
                sine = s[i] * turn_c[i] + c[i] * turn_s[i]
                c[i], s[i] = cosine, sine
                xc += x[i] * cosine
                xs += x[i] * sine
                cc += cosine * cosine
                cs += cosine * sine
            ss = n - cc
            lag = 0.5 * np.arctan2(2 * cs, cc - ss)
            at_c, at_s = np.cos(lag), np.sin(lag)
            even, odd = xc * at_c + xs * at_s, xs * at_c - xc * at_s
            weight = cc * at_c * at_c + 2 * cs * at_c * at_s + ss * at_s * at_s
            power = even * even / weight if weight > 1e-9 else 0.0
            power += odd * odd / (n - weight) if n - weight > 1e-9 else 0.0
            out[segment, k] = power / n


@inner
def _detrend(t: F64, x: F64) -> None:
    """Take the straight line of least squares away."""
    n = len(x)
    middle, level, turn, spread = 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        middle += t[i] / n
        level += x[i] / n
    for i in range(n):
        turn += (t[i] - middle) * (x[i] - level)
        spread += (t[i] - middle) * (t[i] - middle)
    slope = turn / spread if spread > 0.0 else 0.0
    for i in range(n):
        x[i] -= level + slope * (t[i] - middle)
