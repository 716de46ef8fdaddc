"""What a short strip of one lead shows: pace, irregularity, P waves, shapes of its beats, what lies between
them.

The values that ``afib_strip`` judges. Amplitudes are shares of the usual QRS complex, so that gain and
electrode do not matter; times are milliseconds. What cannot be measured is NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg import afib_features
from einthoven.ecg.afib_features import measure
from einthoven.ecg.waves import Waves

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

STEPS_HZ = 150.0
"""The signal is brought near this rate by summing groups of samples."""
BEFORE_S, AFTER_S = 0.26, 0.44
P_STOP_S, QRS_HALF_S = 0.07, 0.06
BASELINE_S = 0.9
BANDS_HZ = ((1.0, 4.0), (4.0, 9.0), (9.0, 15.0), (15.0, 35.0))
EARLY, LATE = 0.85, 1.2
"""An interval is early or late against the median of its neighbours from these shares on."""
ALIKE = 0.9
FEW = 5
"""Fewer beats cannot be judged."""

PACE = (
    "beats_per_s", "rr_median", "rr_least", "rr_most", "rr_spread", "rr_quartiles", "rmssd", "under2",
    "under5", "under10", "over20", "early", "late", "early_late", "lag2", "lag3", "rate_least", "rate_most",
    "swing", "trend", "earliest", "second_earliest", "latest", "second_latest", "longest_calm",
)  # fmt: skip
P_WAVES = (
    "p_mean", "p_share", "p_low", "p_solid", "pr_median", "pr_quartiles", "p_width", "qrs_median", "qrs_most",
    "qrs_quartiles", "qt_median", "qt_rate", "sure_p", "sure_t", "t_share", "p_seen", "qrs_wide_share",
)  # fmt: skip
SHAPES = (
    "like_mean", "like_least", "like_low_share", "height_spread", "height_most", "early_like", "early_height",
    "p_energy", "p_peak", "p_scatter", "t_peak", "s_depth", "up", "after_energy", "qrs_half", "odd_beats",
    "oddest", "second_oddest", "widest", "second_widest", "odd_early", "st_level", "slope_most", "kinds",
    "t_area", "like_median", "height_drift", "core_area",
)  # fmt: skip
REST = (
    "rest_1_4", "rest_4_9", "rest_9_15", "rest_15_35", "rest_peak_hz", "rest_peak", "rest_height",
    "gap_height", "gap_turns", "wander", "seconds", "poor_seconds",
)  # fmt: skip
NAMES = tuple(afib_features.NAMES) + PACE + P_WAVES + SHAPES + REST


def _quartiles(values: F64) -> float:
    low, high = np.percentile(values, [25, 75])
    return float(high - low)


def _neighbours(rr: F64) -> F64:
    """Median of the five intervals around each."""
    padded = np.pad(rr, 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 5)
    return np.asarray(np.median(windows, axis=1))


def pace(rr: F64, seconds: float) -> F64:
    """Values of the intervals, float64[n] ms."""
    out = np.full(len(PACE), np.nan)
    if len(rr) < FEW:
        return out
    middle = _neighbours(rr)
    step = np.abs(np.diff(rr)) / (0.5 * (rr[1:] + rr[:-1]))
    early, late = rr < EARLY * middle, rr > LATE * middle
    turn = np.diff(rr)
    share = np.sort(rr / middle)
    broken = np.concatenate([[-1], np.flatnonzero(early | late), [len(rr)]])
    out[:] = (
        len(rr) / seconds,
        np.median(rr),
        rr.min(),
        rr.max(),
        rr.std() / rr.mean(),
        _quartiles(rr) / np.median(rr),
        np.sqrt(np.mean(step**2)),
        (step < 0.02).mean(),
        (step < 0.05).mean(),
        (step < 0.10).mean(),
        (step > 0.20).mean(),
        early.mean(),
        late.mean(),
        (early[:-1] & late[1:]).mean(),
        np.mean(np.abs(rr[2:] - rr[:-2])) / rr.mean(),
        np.mean(np.abs(rr[3:] - rr[:-3])) / rr.mean(),
        60000.0 / middle.max(),
        60000.0 / middle.min(),
        np.sum(turn[1:] * turn[:-1]) / max(np.sum(turn**2), 1e-9),
        (np.median(rr[len(rr) // 2 :]) - np.median(rr[: len(rr) // 2])) / np.median(rr),
        share[0],
        share[1],
        share[-1],
        share[-2],
        np.diff(broken).max() / len(rr),
    )
    return out


def _median(values: F64) -> float:
    return float(np.median(values)) if len(values) else np.nan


def p_waves(waves: Waves, rr: F64, rate_hz: float) -> F64:
    """Values of the waves' borders and of the P waves' scores."""
    ms = 1000.0 / rate_hz
    border = np.where(waves.borders[:, 0] >= 0, waves.borders[:, 0] * ms, np.nan)
    known = waves.p_score[waves.p_score >= 0]
    pr, width = border[:, 3] - border[:, 0], border[:, 5] - border[:, 3]
    qt = border[:, 8] - border[:, 3]
    pr, width, qt = pr[np.isfinite(pr)], width[np.isfinite(width)], qt[np.isfinite(qt)]
    p_long = border[:, 2] - border[:, 0]
    usual = _median(rr)
    some = len(known) > 0
    return np.array(
        [
            known.mean() if some else np.nan,
            (known > 0.3).mean() if some else np.nan,
            np.percentile(known, 20) if some else np.nan,
            waves.p_solid[-1],
            _median(pr),
            _quartiles(pr) if len(pr) > 2 else np.nan,
            _median(p_long[np.isfinite(p_long)]),
            _median(width),
            np.percentile(width, 95) if len(width) else np.nan,
            _quartiles(width) if len(width) > 2 else np.nan,
            _median(qt),
            _median(qt) / np.sqrt(usual / 1000.0),
            waves.sure[:, 0].mean(),
            waves.sure[:, 2].mean(),
            len(qt) / len(border),
            len(pr) / len(border),
            (width > 1.3 * _median(width)).mean() if len(width) else np.nan,
        ]
    )


def _running_mean(x: F64, width: int) -> F64:
    padded = np.pad(x, (width // 2 + 1, width // 2), mode="edge")
    total = np.cumsum(padded)
    return np.asarray((total[width:] - total[:-width])[: len(x)] / width)


def levelled(x: F64, rate_hz: float) -> tuple[F64, F64, float]:
    """The signal near ``STEPS_HZ`` without its slow movement, that movement, and the rate."""
    group = max(1, round(rate_hz / STEPS_HZ))
    x = x[: len(x) // group * group].reshape(-1, group).mean(axis=1)
    fs = rate_hz / group
    width = int(BASELINE_S * fs) | 1
    slow = _running_mean(_running_mean(x, width), width)
    return x - slow, slow, fs


def _odd(cut: F64, usual: F64, core: slice, interval: F64, height: float) -> tuple[float, ...]:
    """The two beats least like the usual one, the two widest, and how early the least alike came."""
    wide = slice(core.start - (core.stop - core.start) // 2, core.stop + (core.stop - core.start))
    apart = np.sqrt(np.mean((cut[:, wide] - usual[wide]) ** 2, axis=1)) / height
    slope = np.abs(np.diff(cut[:, wide], axis=1))
    spread = slope.sum(axis=1) ** 2 / np.maximum((slope**2).sum(axis=1), 1e-9) / slope.shape[1]
    order = np.argsort(apart, kind="stable")
    early = interval[order[-1]] / np.nanmedian(interval)
    widths = np.sort(spread) / np.median(spread)
    return (
        float(apart[order[-1]]),
        float(apart[order[-2]]),
        float(widths[-1]),
        float(widths[-2]),
        float(early),
    )


def _kinds(centred: F64) -> int:
    """How many shapes of QRS complexes there are: a beat unlike all shapes so far is a new one."""
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    known: list[F64] = []
    for beat in unit:
        if not any(float(beat @ other) > ALIKE for other in known):
            known.append(beat)
    return len(known)


def shapes(y: F64, beats: I64, rr: F64, fs: float) -> tuple[F64, F64, float]:
    """Values of the beats' shapes; what is left of the signal without the usual beat; the usual height."""
    before, after = int(BEFORE_S * fs), int(AFTER_S * fs)
    inside = (beats >= before) & (beats + after <= len(y))
    out = np.full(len(SHAPES), np.nan)
    if inside.sum() < FEW:
        return out, y, max(float(np.abs(y).max()), 1e-9)
    cut = np.stack([y[beat - before : beat + after] for beat in beats[inside]])
    usual = np.median(cut, axis=0)
    half = int(QRS_HALF_S * fs)
    core = slice(before - half, before + half + 1)
    height = max(float(np.ptp(usual[core])), 1e-9)
    centred = cut[:, core] - cut[:, core].mean(axis=1, keepdims=True)
    mine = usual[core] - usual[core].mean()
    like = centred @ mine / np.maximum(np.linalg.norm(centred, axis=1) * np.linalg.norm(mine), 1e-9)
    tall = np.ptp(cut[:, core], axis=1) / height
    interval = np.concatenate([[np.nan], rr])[: len(beats)][inside]
    early = interval < EARLY * np.nanmedian(interval)
    p = slice(0, before - int(P_STOP_S * fs))
    whole = usual[p] - np.linspace(usual[p][0], usual[p][-1], len(usual[p]))
    tail = usual[before + half + int(0.04 * fs) :]
    rest = y.copy()
    for beat in beats[inside]:
        rest[beat - before : beat + after] -= usual
    out[:] = (
        like.mean(),
        like.min(),
        (like < ALIKE).mean(),
        tall.std(),
        tall.max(),
        like[early].mean() if early.any() else 1.0,
        tall[early].mean() if early.any() else 1.0,
        whole.std() / height,
        whole.max() / height,
        np.median((cut[:, p] - usual[p]).std(axis=1)) / height,
        tail.max() / height,
        usual[core].min() / height,
        usual[before] / height,
        np.median((cut[:, before + half :] - usual[before + half :]).std(axis=1)) / height,
        (np.abs(mine) > 0.5 * np.abs(mine).max()).mean(),
        ((like < ALIKE) | (np.abs(tall - 1) > 0.5)).sum(),
        *_odd(cut, usual, core, interval, height),
        np.median(tail[: int(0.06 * fs)]) / height,
        np.abs(np.diff(usual[core])).max() * fs / height,
        _kinds(centred),
        tail.mean() / height,
        np.median(like),
        np.median(tall[len(tall) // 2 :]) - np.median(tall[: len(tall) // 2]),
        np.abs(mine).mean() / height,
    )
    return out, rest, height


def remainder(rest: F64, y: F64, slow: F64, beats: I64, fs: float, height: float) -> F64:
    """Values of what the usual beat does not explain: bands of its spectrum, gaps before the beats."""
    rest = rest - rest.mean()
    power = np.abs(np.fft.rfft(rest * np.hanning(len(rest)))) ** 2
    hertz = np.fft.rfftfreq(len(rest), 1.0 / fs)
    total = max(float(power[(hertz >= 1) & (hertz < 35)].sum()), 1e-9)
    shares = [power[(hertz >= low) & (hertz < high)].sum() / total for low, high in BANDS_HZ]
    band = np.where((hertz >= 3.5) & (hertz < 10), power, 0.0)
    smooth = np.convolve(band, np.ones(5), "same")
    top = int(smooth.argmax())
    heights, turns = [], []
    for here, following in zip(beats[:-1].tolist(), beats[1:].tolist(), strict=True):
        gap = y[here + int(0.55 * (following - here)) : following - int(0.06 * fs)]
        if len(gap) >= 8:
            heights.append(float(np.ptp(gap)))
            moves = np.diff(np.convolve(gap, np.ones(3) / 3, "valid"))
            turns.append(float((moves[1:] * moves[:-1] < 0).sum() * fs / len(gap)))
    return np.array(
        [
            *shares,
            hertz[top],
            smooth[top] / total,
            rest.std() / height,
            np.median(heights) / height if heights else np.nan,
            np.median(turns) if turns else np.nan,
            slow.std() / height,
        ]
    )


def strip_values(x: F64, rate_hz: float, beats: I64, waves: Waves, quality: NDArray[np.uint8]) -> F64:
    """Values named in ``NAMES``, float64[len(NAMES)].

    Args:
        x: float64[n], the signal, any unit.
        rate_hz: its rate.
        beats: int64[k], sample indices, at least ``FEW``.
        waves: their borders.
        quality: uint8[seconds, 1].
    """
    seconds = len(x) / rate_hz
    rr = np.diff(beats) * 1000.0 / rate_hz
    kept = rr[(rr >= 200) & (rr <= 3000)]
    irregular = np.full(len(afib_features.NAMES), np.nan)
    if len(kept) >= FEW:
        kept_here = np.ascontiguousarray(kept[: afib_features.SPAN])
        measure(kept_here, len(kept_here) // 2, irregular)
    y, slow, fs = levelled(x, rate_hz)
    at = np.minimum(np.rint(beats * fs / rate_hz).astype(np.int64), len(y) - 1)
    form, rest, height = shapes(y, at, rr, fs)
    left = remainder(rest, y, slow, at, fs, height)
    poor = float((quality[:, 0] != 0).mean()) if len(quality) else np.nan
    parts = (
        irregular,
        pace(kept, seconds),
        p_waves(waves, rr, rate_hz),
        form,
        left,
        np.array([seconds, poor]),
    )
    return np.concatenate(parts)
