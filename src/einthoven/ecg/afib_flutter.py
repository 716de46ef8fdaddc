"""Atrial flutter from its waves: one strict frequency between the beats, and no quiet line between waves.

Every few seconds the last seconds of signal, without QRS complexes and T waves, are laid against sine waves
of 3.4 to 6.2 Hz (204 to 372 a minute). Waves of flutter keep one frequency over all beats, so that a single
one and its overtone explain most of what moves on the lead that shows them best; fibrillatory waves wander,
and a P wave leaves the line quiet around it. That can only be seen where the ventricles leave room for more
than a wave: at about 78 a minute or less. Where they do not, this stage knows nothing, and the rhythm stays
what the intervals make of it. While such waves are seen, though they be too small or too unlike for a
finding, no P wave is made of them (``waves_go_on``).

State: ``f`` float64 and ``w`` int64 views of the words of ``afib_flutter_layout``, all zero at the start.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.thresholds import position
from einthoven.ecg.afib_flutter_layout import (
    HITS,
    HZ,
    LAST,
    MISSES,
    PHASE,
    SEQ,
    START,
    SUM_RR,
    SUM_SHARE,
    SUM_UV,
    WAVES,
    WAVES_FROM,
    WAVES_LAST,
)
from einthoven.ecg.findings import CLOSE, OPEN, OPEN_END, tell
from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import ATRIAL_FLUTTER
from einthoven.ecg.study_layout import (
    B_RR,
    B_SAMPLE,
    BEAT_WORDS,
    BEATS,
    D_COUNT,
    D_FIRST,
    D_MEASURED,
    T_AT_BEATS,
    T_AT_RING,
    T_GROUP,
    T_RATE_MHZ,
    T_RING,
)

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]

NONE, MAYBE, TOLD = 0, 1, 2
EVERY_S, WINDOW_S = 4, 8.0
HZ_FROM, HZ_STEP, HZ_STEPS = 3.4, 0.1, 29
COARSE_HZ = 31.25
"""The signal is averaged to about this rate."""
QRS_BEFORE_S, QT_S = 0.10, 0.36
"""Left out around a beat."""
CYCLES_LEAST = 1.4
"""Waves that must fit between a T wave and the next QRS complex."""
EXPLAINED, EXPLAINED_HALF = 0.68, 0.4
"""Share that one frequency and its overtone explain on the lead that shows them best, of all and of the worse
half of the stretches between beats: the end of a T wave fills the early half, a P wave the late one. In DS1
of mitdb at most one window in two hundred of a record shows so much, flutter nearly all."""
HEIGHT_UV = 20.0
WAVES_EXPLAINED, WAVES_UV = 0.65, 15.0
"""Waves from which on nothing is made of P waves."""
WAVES_HOLD_S, WAVES_SURE = 10, 3
"""They are still there so long after the last window that shows them; so many windows end sinus rhythm."""
SEEN = 5
SAME_HZ = 0.16
MISSES_MOST = 3
"""So many windows in a row without it end an episode; a minute in which it cannot be seen does, too."""
BLIND_S = 60
HIT_SHARE = 0.7
TH_LEAST_S = position("atrial_fibrillation.detect.duration_s")
MOST = 320


@inner
def _pool(q: I64) -> int:
    """Values of the ring that are averaged to one."""
    return max(1, int(q[T_RATE_MHZ] / 1000.0 / q[T_GROUP] / COARSE_HZ + 0.5))


@inner
def _coarse(w: I64, r: I16, q: I64, unit_uv: F64, fit: I64, samples: F64, y: F64) -> int:
    """Steps from value to value of the averaged leads, µV, in ``y``; where they lie, in ``samples``.

    Steps that touch a QRS complex or a T wave are left out: their place is −1.
    """
    group, ring = q[T_GROUP], q[T_RING]
    rate_hz = q[T_RATE_MHZ] / 1000.0
    pool = _pool(q)
    last = w[q[T_AT_BEATS] + ((w[D_MEASURED] - 1) % BEATS) * BEAT_WORDS + B_SAMPLE]
    stop = (last - w[D_FIRST]) // group
    n = min(int(WINDOW_S * rate_hz / group / pool), MOST)
    start = stop - n * pool
    if start < max(0, w[D_COUNT] - ring):
        return 0
    for k in range(1, n):
        samples[k] = w[D_FIRST] + (start + k * pool) * group
    for lead in range(len(fit)):
        at, before = 4 * q[T_AT_RING] + lead * ring, 0.0
        for k in range(n):
            total = 0
            for j in range(pool):
                total += r[at + (start + k * pool + j) % ring]
            here = unit_uv[lead] * total / pool if fit[lead] else 0.0
            y[lead, k] = here - before
            before = here
    samples[0] = -1.0
    for back in range(1, min(w[D_MEASURED], BEATS) + 1):
        beat = w[q[T_AT_BEATS] + ((w[D_MEASURED] - back) % BEATS) * BEAT_WORDS + B_SAMPLE]
        low, high = beat - QRS_BEFORE_S * rate_hz, beat + QT_S * rate_hz
        for k in range(1, n):
            if low <= samples[k] <= high:
                samples[k] = -1.0
    return n


@inner
def _level(samples: F64, y: F64, n: int, whole: F64) -> None:
    """Take the mean off every stretch between two beats; ``whole`` takes each lead's sum of squares."""
    whole[:] = 0.0
    first = 0
    while first < n:
        stop = first
        while stop < n and samples[stop] >= 0.0:
            stop += 1
        for lead in range(len(y)):
            mean = 0.0
            for k in range(first, stop):
                mean += y[lead, k] / (stop - first)
            for k in range(first, stop):
                y[lead, k] -= mean
                whole[lead] += y[lead, k] * y[lead, k]
        first = stop + 1


@inner
def _explained(samples: F64, y: F64, n: int, cycles: float, both: F64, shown: F64) -> None:
    """Sum of squares that a sine wave explains, for each lead in ``shown``.

    ``cycles`` of it lie between two steps; ``both`` (float64[leads, 2]) is room.
    """
    cc = cs = ss = 0.0
    both[:] = 0.0
    c, s = 1.0, 0.0
    turn_c, turn_s = np.cos(2.0 * np.pi * cycles), np.sin(2.0 * np.pi * cycles)
    for k in range(1, n):
        # From step to step the wave turns by the same angle: no need to ask for sine and cosine again.
        c, s = c * turn_c - s * turn_s, s * turn_c + c * turn_s
        if samples[k] < 0.0:
            continue
        cc, cs, ss = cc + c * c, cs + c * s, ss + s * s
        for lead in range(len(y)):
            both[lead, 0] += c * y[lead, k]
            both[lead, 1] += s * y[lead, k]
    det = cc * ss - cs * cs
    shown[:] = 0.0
    if det <= 1e-9:
        return
    for lead in range(len(y)):
        a = (both[lead, 0] * ss - both[lead, 1] * cs) / det
        b = (both[lead, 1] * cc - both[lead, 0] * cs) / det
        shown[lead] = a * both[lead, 0] + b * both[lead, 1]


@inner
def _basis(cycles: float, k: int, wave: F64) -> None:
    """A wave and its overtone at step ``k``."""
    c, s = np.cos(2.0 * np.pi * cycles * k), np.sin(2.0 * np.pi * cycles * k)
    wave[0], wave[1], wave[2], wave[3] = c, s, c * c - s * s, 2.0 * c * s


@inner
def _solved(a: F64) -> bool:
    """Solve the equations of ``a`` (float64[4, 5], positive definite) in place: the last column takes it."""
    for k in range(4):
        if a[k, k] <= 1e-9:
            return False
        for row in range(4):
            if row == k:
                continue
            part = a[row, k] / a[k, k]
            for column in range(k, 5):
                a[row, column] -= part * a[k, column]
    for k in range(4):
        a[k, 4] /= a[k, k]
    return True


@inner
def _with_overtone(samples: F64, y: F64, n: int, cycles: float, wave: F64) -> tuple[float, float, float]:
    """Lay a wave and its overtone against one lead: a saw-tooth has both.

    Returns:
        The share of squares explained; that of the worse half, where each stretch between two beats has an
        early and a late half; the height of the wave's steps, µV.
    """
    a = np.zeros((4, 5))
    for k in range(1, n):
        if samples[k] < 0.0:
            continue
        _basis(cycles, k, wave)
        for row in range(4):
            for column in range(4):
                a[row, column] += wave[row] * wave[column]
            a[row, 4] += wave[row] * y[k]
    if not _solved(a):
        return 0.0, 0.0, 0.0
    half, first = np.zeros((2, 2)), 1
    while first < n:
        stop = first
        while stop < n and samples[stop] >= 0.0:
            stop += 1
        for k in range(first, stop):
            _basis(cycles, k, wave)
            left = y[k]
            for row in range(4):
                left -= a[row, 4] * wave[row]
            late = 1 if 2 * k >= first + stop else 0
            half[late, 0] += left * left
            half[late, 1] += y[k] * y[k]
        first = stop + 1
    if min(half[0, 1], half[1, 1]) <= 0.0:
        return 0.0, 0.0, 0.0
    share = 1.0 - half[:, 0].sum() / half[:, 1].sum()
    worse = 1.0 - max(half[0, 0] / half[0, 1], half[1, 0] / half[1, 1])
    return share, worse, np.sqrt(a[0, 4] * a[0, 4] + a[1, 4] * a[1, 4])


@njit(nogil=True)
def look(w: I64, r: I16, q: I64, unit_uv: F64, fit: I64, seen: F64) -> bool:
    """Look for waves of flutter in the last seconds.

    Args:
        w, r, q: the second stage's words as int64 and int16, and its table.
        unit_uv: float64[leads], microvolts of a unit. fit: int64[leads], 1 where a lead is fit.
        seen: float64[SEEN], takes, of the lead that shows them best: share explained, frequency, height in
            µV; mean interval in ms; share explained of the worse half of the stretches between beats.

    Returns:
        False when there is no telling.
    """
    beats, total = 0, 0.0
    for back in range(1, min(w[D_MEASURED], BEATS - 4) + 1):
        rr = w[q[T_AT_BEATS] + ((w[D_MEASURED] - back) % BEATS) * BEAT_WORDS + B_RR]
        if beats < 8 and rr > 0:
            beats, total = beats + 1, total + rr
    if beats < 6:
        return False
    mean = total / beats
    if mean < 1000.0 * (QRS_BEFORE_S + QT_S + CYCLES_LEAST / 5.0) or mean > 2000.0:
        return False
    samples, y = np.empty(MOST), np.empty((len(fit), MOST))
    n = _coarse(w, r, q, unit_uv, fit, samples, y)
    if n < 16:
        return False
    leads, seen[:3] = len(fit), 0.0
    seen[3], seen[4] = mean, 0.0
    whole, shown, best, best_hz = np.empty(leads), np.empty(leads), np.zeros(leads), np.zeros(leads)
    _level(samples, y, n, whole)
    both, wave = np.empty((leads, 2)), np.empty(4)
    step_s = _pool(q) * q[T_GROUP] * 1000.0 / q[T_RATE_MHZ]
    for k in range(HZ_STEPS):
        hz = HZ_FROM + k * HZ_STEP
        _explained(samples, y, n, hz * step_s, both, shown)
        for lead in range(leads):
            if shown[lead] > best[lead]:
                best[lead], best_hz[lead] = shown[lead], hz
    for lead in range(leads):
        hz = best_hz[lead]
        if hz <= 0.0 or whole[lead] <= 0.0:
            continue
        share, worse, step_uv = _with_overtone(samples, y[lead], n, hz * step_s, wave)
        # A sine wave's step over 32 ms, taken back to its height from top to bottom.
        height = step_uv / np.sin(np.pi * hz / COARSE_HZ)
        if share > seen[0] and height >= WAVES_UV:
            seen[0], seen[1], seen[2], seen[4] = share, hz, height, worse
    return True


@inner
def _note(w: I64, seen: F64, now: int, rate_hz: float) -> None:
    """Count windows that show waves, though it be too few of them, or too unlike, for flutter."""
    if seen[0] < WAVES_EXPLAINED:
        return
    if w[WAVES] == 0 or now - w[WAVES_LAST] > WAVES_HOLD_S * rate_hz:
        w[WAVES], w[WAVES_FROM] = 0, max(0, now - int(WINDOW_S * rate_hz))
    w[WAVES] += 1
    w[WAVES_LAST] = now


@inner
def waves_go_on(w: I64, now: int, rate_hz: float) -> int:
    """Whether waves of one frequency fill the line between beats: 0 no, 1 maybe, 2 surely."""
    if w[WAVES] == 0 or now - w[WAVES_LAST] > WAVES_HOLD_S * rate_hz:
        return 0
    return 2 if w[WAVES] >= WAVES_SURE else 1


@inner
def flutter_second(
    f: F64, w: I64, th: F64, number: int, now: int, own: tuple[I64, I16, I64], unit_uv: F64, fit: I64,
    out: F64, n: int,
) -> int:  # fmt: skip
    """End a second.

    Args:
        f, w: the state. th: thresholds. number: the second's. now: sample behind it.
        own: the second stage's words as int64 and int16, and its table.
        unit_uv, fit: as for ``look``.
        out, n: rows, and how many there are. Returns how many then.
    """
    if number % EVERY_S != 0:
        return n
    ws, r, q = own
    rate_hz = q[T_RATE_MHZ] / 1000.0
    seen = np.empty(SEEN)
    if not look(ws, r, q, unit_uv, fit, seen):
        if w[PHASE] != NONE and now - w[LAST] >= BLIND_S * rate_hz:
            return finish_flutter(f, w, now, rate_hz, out, n)
        return n
    _note(w, seen, now, rate_hz)
    same = w[PHASE] == NONE or abs(seen[1] - f[HZ]) <= SAME_HZ
    if seen[0] >= EXPLAINED and seen[4] >= EXPLAINED_HALF and seen[2] >= HEIGHT_UV and same:
        if w[PHASE] == NONE:
            w[PHASE], w[START], w[HITS] = MAYBE, max(0, now - int(WINDOW_S * rate_hz)), 0
            f[HZ] = f[SUM_SHARE] = f[SUM_UV] = f[SUM_RR] = 0.0
        w[HITS] += 1
        w[MISSES], w[LAST] = 0, now
        f[HZ] += (seen[1] - f[HZ]) / w[HITS]
        f[SUM_SHARE], f[SUM_UV], f[SUM_RR] = f[SUM_SHARE] + seen[0], f[SUM_UV] + seen[2], f[SUM_RR] + seen[3]
        due = (now - w[START]) >= th[TH_LEAST_S] * rate_hz
        if w[PHASE] == MAYBE and due and w[HITS] >= HIT_SHARE * (now - w[START]) / (EVERY_S * rate_hz):
            w[PHASE] = TOLD
            w[SEQ] += 1
            return _say(f, w, OPEN, OPEN_END, now, rate_hz, out, n)
    elif w[PHASE] != NONE:
        w[MISSES] += 1
        if w[MISSES] >= MISSES_MOST:
            return finish_flutter(f, w, now, rate_hz, out, n)
    return n


@inner
def _say(f: F64, w: I64, action: int, end: int, now: int, rate_hz: float, out: F64, n: int) -> int:
    hits = max(w[HITS], 1)
    return tell(
        out, n, ATRIAL_FLUTTER, action, w[START], end, now, w[SEQ], f[SUM_SHARE] / hits, 60.0 * f[HZ],
        60_000.0 * hits / max(f[SUM_RR], 1.0), f[SUM_UV] / hits, float(w[HITS]),
        (w[LAST] - w[START]) / rate_hz,
    )  # fmt: skip


@inner
def finish_flutter(f: F64, w: I64, now: int, rate_hz: float, out: F64, n: int) -> int:
    """Close what is open, forget what was not told."""
    if w[PHASE] == TOLD:
        n = _say(f, w, CLOSE, min(w[LAST], now), now, rate_hz, out, n)
    w[PHASE] = NONE
    w[MISSES] = 0
    return n
