"""The atria between two beats: how many P waves, where the last one lies, and whether it is on time.

The usual P wave is learned before the patient's normal beats (``waves_p``). Here it is looked for in all of
the stretch between the T wave and the next QRS complex, so that P waves that were not conducted are found,
and those that march through an escape rhythm. The form is kept as it was when it last stood in its usual
place: a rhythm in which P waves stand anywhere must not wear it away. Where no P wave keeps its place before
the beats, as when a record begins in third degree block, its form is found between them
(``rhythm_p_strange``). Whether P waves march through a slow rhythm, ``rhythm_p_march`` tells.

State, ``f`` float64 and ``w`` int64 views of the same words, all zero at the start: the words named in
``rhythm_layout``, then the usual P wave as ``waves_p`` keeps it.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.ecg import waves_p
from einthoven.ecg.jit import inner
from einthoven.ecg.rhythm_layout import (
    APART,
    ATRIA_HEAD,
    CENTRE,
    CYCLE_MS,
    CYCLES,
    HIDDEN,
    LAST_P,
    LAST_PR,
    LAST_WIDTH,
    OFFSET_MS,
    OFFSETS,
    STRANGE,
    STRAYS,
    UNSEEN,
)
from einthoven.ecg.rhythm_p_march import marches
from einthoven.ecg.rhythm_p_strange import forget_strange, learn_strange, strange_known
from einthoven.ecg.rhythm_signal import stretch
from einthoven.ecg.study_layout import GRID_HZ, T_LEADS, T_P_WORDS, T_RATE_MHZ
from einthoven.ecg.waves_kernels import SMOOTH_FINE, smooth

F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]

A_COUNT, A_PR_MS, A_ON_TIME, TOLD = range(4)
"""What is told of a beat: P waves since the beat before (−1 unknown; ``HIDDEN`` added for each that was not
seen, but must lie where a QRS complex or a T wave hides it; ``APART`` added when they march through them), PR
of the last one in ms (0 unknown), whether it came when the atria were due (1, 0; −1 unknown)."""

T_END_S, T_WIDE_S = 0.40, 0.06
"""The T wave ends so long after the fiducial point at a rate of 60; so much later behind a wide beat."""
LONGEST_S = 4.0
WIDE_MS = 130
P_ROOM_S = 0.08
"""The middle of a P wave lies no closer than this behind the T wave, to be seen."""
MARGIN_S = 0.1
MOST = 8
USUAL_SCORE = 0.3
"""A P wave seen so well in its usual place may stand for the usual one."""
STEADY_MS = 20
"""PR of two beats in a row differs no further when the P wave before them may stand for the usual one."""
OTHER_P_MS = 60
"""A P wave found so far from where the usual one was seen before the beat is a T wave, most likely."""
CENTRE_MOVED = 2
"""Steps by which the middle of the usual P wave moves before PR is measured anew against it."""
UNSEEN_MOST = 8
"""A form that was found between beats is forgotten when it is not seen in so many intervals in a row."""
STRAYS_MOST = 4
"""The interval of the atria is forgotten when so many P waves in a row did not keep it."""
SAME_CYCLE = 0.12
"""Two intervals of the atria, or one and a multiple of another, are the same within this share."""
UNEVEN = 0.15
"""The same for P waves between two beats: a QRS complex between two of them shortens the interval."""
CYCLE_LEAST_MS, CYCLE_MOST_MS = 450.0, 2000.0
"""What looks like the P wave of the sinus comes no faster than 133 a minute at rest: T waves, if it does."""
MEMORY = 16.0
HIDDEN_MOST = 4
"""So many intervals of the atria at the most lie between two P waves that are seen."""


@inner
def _search(
    f: F64, w: I64, r: I16, q: I64, unit_uv: F64, sample: int, begin: float, end: float, found: F64
) -> int:
    """Samples of the P waves from ``begin`` to ``end`` seconds after a beat; their number, −1 unknown."""
    rate_hz = q[T_RATE_MHZ] / 1000.0
    n = int((end - begin + 2.0 * MARGIN_S) * GRID_HZ)
    if end - begin < MARGIN_S:
        return -1
    x, s = np.empty((q[T_LEADS], n)), np.empty((q[T_LEADS], n))
    if not stretch(w, r, q, sample + (begin - MARGIN_S) * rate_hz, unit_uv, x):
        return -1
    for lead in range(q[T_LEADS]):
        smooth(x[lead], int(SMOOTH_FINE * GRID_HZ + 0.5), s[lead])
    places = np.empty(MOST, np.int64)
    first = int(MARGIN_S * GRID_HZ)
    count = waves_p.p_between(f[ATRIA_HEAD:], s, first, n - first, GRID_HZ, places)
    for k in range(count):
        found[k] = sample + (begin - MARGIN_S + places[k] / GRID_HZ) * rate_hz
    return count


@njit(nogil=True)
def between(
    f: F64, w: I64, study: F64, row: tuple[F64, I64, I16, I64], unit_uv: F64, sample: int, rr_ms: int,
    width_ms: int, usual: bool, normal: bool, told_pr_ms: int, told: F64,
) -> None:  # fmt: skip
    """Look at the atria between a beat and the one before it.

    Args:
        f, w: this state as float64 and as int64.
        study: the state of the usual P wave that the second stage keeps.
        row: the stage's words as float64, int64 and int16, and its table.
        unit_uv: float64[leads], microvolts of a unit.
        sample, rr_ms, width_ms: the beat's place, interval and QRS width; no interval: 0.
        usual: the usual P wave lies in its usual place. normal: it is a normal beat.
        told_pr_ms: its PR as measured there, 0 unknown.
        told: float64[TOLD], takes the results.
    """
    told[A_COUNT], told[A_PR_MS], told[A_ON_TIME] = -1.0, float(told_pr_ms), -1.0
    _, ws, r, q = row
    wide = w[LAST_WIDTH] >= WIDE_MS
    w[LAST_WIDTH] = width_ms
    steady = told_pr_ms > 0 and abs(told_pr_ms - w[LAST_PR]) <= STEADY_MS
    w[LAST_PR] = told_pr_ms
    if usual and normal and steady:
        _keep_usual(f, w, study, q)
    last_p, w[LAST_P] = w[LAST_P], 0
    if rr_ms <= 0 or rr_ms > 1000 * LONGEST_S:
        return
    rr_s, found = rr_ms / 1000.0, np.empty(MOST)
    begin = -rr_s + T_END_S * min(rr_s, 1.5) ** (1.0 / 3.0) + (T_WIDE_S if wide else 0.0)
    end = -0.0005 * width_ms - 0.02
    if not _known(f, w, q):
        learn_strange(f, w, (ws, r, q), unit_uv, sample, rr_s, (begin, end))
        return
    count = _search(f, ws, r, q, unit_uv, sample, begin, end, found)
    if _marched(w, sample, rr_ms, (begin, end), found, count, q[T_RATE_MHZ] / 1000.0, told):
        return
    w[UNSEEN] = 0 if count > 0 else w[UNSEEN] + 1
    if w[STRANGE] and w[UNSEEN] >= UNSEEN_MOST:
        forget_strange(f, w)
    if count <= 0:
        told[A_COUNT] = float(count)
        return
    to_ms = 1e6 / q[T_RATE_MHZ]
    if _pr(f, w, (sample - found[count - 1]) * to_ms, usual, steady, told_pr_ms, told):
        _follow(f, w, found[:count], last_p, sample + begin * 1000.0 / to_ms, to_ms, usual, told)


@inner
def _known(f: F64, w: I64, q: I64) -> bool:
    """Whether there is a P wave to look for."""
    solid = waves_p.p_solid(f[ATRIA_HEAD:], q[T_LEADS], GRID_HZ) >= waves_p.SOLID_LEAST
    return bool(solid and (not w[STRANGE] or strange_known(f, w)))


@inner
def _marched(
    w: I64,
    sample: int,
    rr_ms: int,
    line: tuple[float, float],
    found: F64,
    count: int,
    rate_hz: float,
    told: F64,
) -> bool:
    """Whether P waves march through; tells so. ``line``: where they could be seen, seconds from the beat."""
    newest = int(found[count - 1] + 0.5) if count > 0 else 0
    ends = (sample + int(line[0] * rate_hz), sample + int(line[1] * rate_hz))
    if not marches(w, sample, rr_ms, newest, ends, rate_hz):
        return False
    told[A_COUNT], told[A_PR_MS] = float(max(count, 1) + APART), 0.0
    if count > 0:
        told[A_PR_MS], w[LAST_P] = max(1.0, 1000.0 * (sample - newest) / rate_hz), newest
    return True


@inner
def _keep_usual(f: F64, w: I64, study: F64, q: I64) -> None:
    """The usual P wave as the second stage knows it now."""
    w[STRANGE] = 0
    f[ATRIA_HEAD : ATRIA_HEAD + q[T_P_WORDS]] = study
    centre = waves_p.p_centre(study, q[T_LEADS], GRID_HZ)
    if abs(centre - w[CENTRE]) >= CENTRE_MOVED:
        w[OFFSETS], w[CENTRE] = 0, centre


@inner
def _pr(f: F64, w: I64, raw_ms: float, usual: bool, steady: bool, told_pr_ms: int, told: F64) -> bool:
    """Tell PR of the P wave that lies ``raw_ms`` before the beat; False when that is none."""
    if usual and steady:
        w[OFFSETS] = min(w[OFFSETS] + 1, int(MEMORY))
        f[OFFSET_MS] += (told_pr_ms - raw_ms - f[OFFSET_MS]) / w[OFFSETS]
    if w[STRANGE]:
        # The form was not found before beats: PR is reckoned from the middle of P, and is none but by chance.
        told[A_PR_MS] = max(1.0, raw_ms)
        return True
    if w[OFFSETS] > 0:
        pr = max(1.0, raw_ms + f[OFFSET_MS])
        if usual and told_pr_ms > 0 and abs(pr - told_pr_ms) > OTHER_P_MS:
            return False
        told[A_PR_MS] = pr
    return True


@inner
def _follow(
    f: F64, w: I64, found: F64, last_p: int, seen_from: float, to_ms: float, usual: bool, told: F64
) -> None:
    """Count P waves at ``found``, judge whether they march on from ``last_p``, learn their interval."""
    count = len(found)
    newest = int(found[count - 1] + 0.5)
    w[LAST_P] = newest
    if count > 1 and last_p <= 0:
        return
    if count > 1 and not _even(found, last_p, CYCLE_LEAST_MS / to_ms):
        # A T wave taken for P, or a premature P wave that was not conducted.
        told[A_COUNT], told[A_ON_TIME] = 1.0, 0.0
        w[STRAYS] += 1
        return
    told[A_COUNT] = float(count)
    for k in range(1, count):
        _learn_cycle(f, w, (found[k] - found[k - 1]) * to_ms)
    if last_p <= 0:
        return
    if w[CYCLES] > 0:
        _march(f, last_p, newest, seen_from, to_ms, told)
    on_time = told[A_ON_TIME] != 0.0
    w[STRAYS] = 0 if on_time else w[STRAYS] + 1
    if w[STRAYS] >= STRAYS_MOST:
        w[CYCLES] = 0
    if count == 1 and usual and told[A_COUNT] == 1.0 and on_time:
        _learn_cycle(f, w, (newest - last_p) * to_ms)


@inner
def _even(found: F64, last_p: int, least: float) -> bool:
    """P waves follow one another, and the one before the beat before, at one interval or a multiple of it."""
    count = len(found)
    cycle = (found[count - 1] - found[0]) / (count - 1)
    if cycle < least:
        return False
    for k in range(1, count):
        if abs(found[k] - found[k - 1] - cycle) > UNEVEN * cycle:
            return False
    since = (found[0] - last_p) / cycle
    whole = max(1.0, float(int(since + 0.5)))
    return bool(abs(since - whole) <= UNEVEN * whole and whole <= HIDDEN_MOST)


@inner
def _march(f: F64, last_p: int, newest: int, seen_from: float, to_ms: float, told: F64) -> None:
    """Whether the newest P wave came when due; those that a QRS complex or a T wave hid are counted."""
    cycle = f[CYCLE_MS] / to_ms
    since = (newest - last_p) / cycle
    whole = int(since + 0.5)
    told[A_ON_TIME] = 1.0 if 1 <= whole <= HIDDEN_MOST and abs(since - whole) <= SAME_CYCLE * whole else 0.0
    if told[A_ON_TIME] == 0.0:
        return
    count = int(told[A_COUNT])
    if whole <= count:
        return
    # Those that would have been seen must have been.
    newest_hidden = newest - count * (newest - last_p) / whole
    if newest_hidden > seen_from + P_ROOM_S * 1000.0 / to_ms:
        told[A_ON_TIME] = 0.0
        return
    told[A_COUNT] = float(whole + HIDDEN * (whole - count))


@inner
def _learn_cycle(f: F64, w: I64, ms: float) -> None:
    """Take an interval between two P waves with nothing between them into that of the atria."""
    if not CYCLE_LEAST_MS <= ms <= CYCLE_MOST_MS:
        return
    if w[CYCLES] > 0 and abs(ms - f[CYCLE_MS]) > 2.0 * SAME_CYCLE * f[CYCLE_MS]:
        w[CYCLES] = 0
    w[CYCLES] = min(w[CYCLES] + 1, 4)
    f[CYCLE_MS] += (ms - f[CYCLE_MS]) / w[CYCLES]
