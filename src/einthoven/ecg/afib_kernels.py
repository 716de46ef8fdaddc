"""Atrial fibrillation from the intervals between beats: told once when it begins and once when it ends.

Intervals that no ventricular beat bounds are kept in a ring. Every ``STRIDE``-th is measured with those
around it (``afib_features``) and judged by a small forest; P waves that are clearly seen before the beats
speak against. A path of two states (Viterbi) through the judgements, followed ``LAG`` steps behind, says
where fibrillation begins and ends; a beat is decided about 80 beats after it, and the finding is dated
back. Where the path is sure enough, an episode is told before it is decided: its first beats are judged
with those of the next minute around them, so that a minute of irregular beats is told within it. And where
P waves and regular intervals are plainly back, it is closed before its end is decided.

The state of a stream is ``WORDS`` words, ``f`` float64 and ``w`` int64 views of the same memory. ``th`` is
the vector of thresholds; ``trees`` the forest's feature, threshold, child and root; ``out`` gets rows as in
``findings``, ``n`` counts them.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.thresholds import position
from einthoven.ecg.afib_features import COUNT, LEFT, NEAR, RIGHT, SPAN, measure
from einthoven.ecg.findings import CLOSE, OPEN, OPEN_END, tell
from einthoven.ecg.jit import inner
from einthoven.ecg.kinds import ATRIAL_FIBRILLATION
from einthoven.ecg.trees import Trees, score

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

KEPT, STEPS_KEPT = 160, 32
(
    ITEMS,
    STEPS,
    DECIDED,
    PATH_AF,
    PATH_NOT,
    PHASE,
    START,
    END,
    SEQ,
    BROKEN,
    LAST,
    BEATS,
    P_KNOWN,
    AFTER,
    WHOLE_WORDS,
) = range(15)
"""Whole numbers of the state: intervals, steps judged and decided so far since the stage began afresh; the
states along the better path into either state, newest in the lowest bit; phase, onset and last beat of the
episode; running number of findings; whether the beat before spoils the interval; sample of the last beat;
beats of the episode, and those of which the P wave is known; until where the sinus was seen to be back."""
SCORE_AF, SCORE_NOT, SUM_RR, SUM_CHANCE, SUM_STEP, SUM_P = range(WHOLE_WORDS, WHOLE_WORDS + 6)
AT_SAMPLE = SUM_P + 1
AT_RR = AT_SAMPLE + KEPT
AT_P = AT_RR + KEPT
AT_CHANCE = AT_P + KEPT
AT_IRREGULAR = AT_CHANCE + STEPS_KEPT
WORDS = AT_IRREGULAR + STEPS_KEPT

NONE, MAYBE, TOLD = 0, 1, 2
"""Phase of the episode: none, too short to be told, told."""
STRIDE = 4
"""Intervals a step."""
LAG = 6
"""Steps behind the newest judgement at which the path is followed."""
WAIT_S = 60
"""A beat is judged when ``RIGHT`` intervals or so many seconds came after it."""
BIAS = 1.4
"""Added to the judgement: where sensitivity and predictivity balance on what the forest was not grown on."""
ENTER, LEAVE = 15.0, 30.0
"""What it costs the path to begin and to end an episode, in judgements (log odds) of single beats."""
SURE = 50.0
"""The path through fibrillation must be so much better than the other for an episode to be told early."""
EDGE = 0
"""Intervals by which an episode begins before the steps that are sure. Windows half in it look regular, and a
dozen finds more of it in DS1 and costs predictivity there and in afdb: none."""
JOIN_S = 30
"""Episodes that lie closer are one."""
SILENT_S = 10
"""After so long without a beat what is known is decided, and the stage begins afresh."""
RR_LEAST_MS, RR_MOST_MS = 200, 3000
P_LEAST = 8
"""Beats of which it must be known whether a P wave is there, for P waves to count."""
P_FROM, P_FULL, P_WEIGHT = 0.12, 0.32, 8.0
"""Mean score of the P waves from which on they speak against fibrillation, where fully, and how strongly."""
P_SEEN = 0.3
"""Score from which on a beat counts as one with a P wave, in the evidence."""
BACK_BEATS, BACK_S, BACK_STEP, BACK_MOST = 20, 20, 0.1, 44
"""So many intervals, over so many seconds, none of which differs from the one before by more than this share,
are a sinus rhythm that is back …"""
BACK_P, BACK_P_KNOWN = 10, 8
"""… where the newest beats all have a P wave, as far as that is known, and of so many it is."""
VENTRICULAR, FUSION = 5, 6
ROWS_MAX = 4
"""Rows that one beat or second tells at the most."""
TH_LEAST_S = position("atrial_fibrillation.detect.duration_s")


@njit(nogil=True)
def begin(f: F64, w: I64) -> None:
    """Set up the state of a stream of which nothing was seen (``WORDS`` words of any content)."""
    f[:WORDS] = 0.0
    w[LAST] = -1
    w[BROKEN] = 1


@inner
def _judge(f: F64, w: I64, trees: Trees, step: int) -> float:
    """Logarithm of the odds that the heart fibrillates around a step."""
    count = w[ITEMS]
    centre = min(step * STRIDE + STRIDE // 2, count - 1)
    first = max(0, centre - LEFT, count - KEPT)
    stop = min(count, centre + RIGHT + 1)
    rr = np.empty(SPAN)
    for item in range(first, stop):
        rr[item - first] = f[AT_RR + item % KEPT]
    values, sums = np.empty(COUNT), np.empty(1)
    measure(rr[: stop - first], centre - first, values)
    score(trees[0], trees[1], trees[2], trees[3], values, sums)
    known, seen = 0, 0.0
    for item in range(max(first, centre - NEAR), min(stop, centre + NEAR + 1)):
        p = f[AT_P + item % KEPT]
        if p >= 0.0:
            known += 1
            seen += p
    odds = sums[0] + BIAS
    if known >= P_LEAST:
        odds -= P_WEIGHT * min(1.0, max(0.0, (seen / known - P_FROM) / (P_FULL - P_FROM)))
    f[AT_CHANCE + step % STEPS_KEPT] = 1.0 / (1.0 + np.exp(-odds))
    f[AT_IRREGULAR + step % STEPS_KEPT] = 0.5 * (values[5] + values[6])
    return float(odds)


@inner
def _walk(f: F64, w: I64, odds: float) -> None:
    """Take the two best paths, one into each state, a step further."""
    af, sinus = f[SCORE_AF], f[SCORE_NOT]
    path_af, path_not = w[PATH_AF], w[PATH_NOT]
    stays = af >= sinus - ENTER
    f[SCORE_AF] = (af if stays else sinus - ENTER) + 0.5 * STRIDE * odds
    w[PATH_AF] = ((path_af if stays else path_not) << 1) | 1
    stays = sinus >= af - LEAVE
    f[SCORE_NOT] = (sinus if stays else af - LEAVE) - 0.5 * STRIDE * odds
    w[PATH_NOT] = (path_not if stays else path_af) << 1
    top = max(f[SCORE_AF], f[SCORE_NOT])
    f[SCORE_AF] -= top
    f[SCORE_NOT] -= top


@inner
def _say(f: F64, w: I64, action: int, now: int, rate_mhz: int, out: F64, n: int) -> int:
    """Tell the episode with what was seen of it so far."""
    beats = max(w[BEATS], 1)
    seen = f[SUM_P] / w[P_KNOWN] if w[P_KNOWN] > 0 else np.nan
    return tell(
        out,
        n,
        ATRIAL_FIBRILLATION,
        action,
        w[START],
        w[END] if action == CLOSE else OPEN_END,
        now,
        w[SEQ],
        f[SUM_CHANCE] / beats,
        60000.0 * beats / max(f[SUM_RR], 1.0),
        float(w[BEATS]),
        100.0 * f[SUM_STEP] / beats,
        seen,
        (w[END] - w[START]) * 1000.0 / rate_mhz,
    )


@inner
def _add(f: F64, w: I64, step: int, first: int, stop: int) -> None:
    """Take a step's beats into the evidence of the episode."""
    for item in range(first, stop):
        w[BEATS] += 1
        f[SUM_RR] += f[AT_RR + item % KEPT]
        f[SUM_CHANCE] += f[AT_CHANCE + step % STEPS_KEPT]
        f[SUM_STEP] += f[AT_IRREGULAR + step % STEPS_KEPT]
        p = f[AT_P + item % KEPT]
        if p >= 0.0:
            w[P_KNOWN] += 1
            f[SUM_P] += p >= P_SEEN


@inner
def _onset(f: F64, w: I64, first: int, rate_mhz: int) -> int:
    """Where an episode begins of which ``first`` is the first sure interval; not within the one before."""
    first = max(first - EDGE, 0, w[ITEMS] - KEPT)
    rr = int(f[AT_RR + first % KEPT])
    return int(max(w[END], w[AT_SAMPLE + first % KEPT] - rr * rate_mhz // 1_000_000))


@inner
def _start(f: F64, w: I64, first: int, rate_mhz: int) -> None:
    """An episode may begin with the interval ``first``, or a little before."""
    w[PHASE], w[START] = MAYBE, _onset(f, w, first, rate_mhz)
    w[BEATS] = w[P_KNOWN] = 0
    f[SUM_RR] = f[SUM_CHANCE] = f[SUM_STEP] = f[SUM_P] = 0.0


@inner
def _early(f: F64, w: I64, th: F64, now: int, rate_mhz: int, out: F64, n: int) -> int:
    """Tell an episode that is not decided yet when its path is sure and it has lasted to the newest beat."""
    if w[PHASE] == TOLD or f[SCORE_AF] - f[SCORE_NOT] < SURE:
        return n
    row = 0
    while row <= LAG and (w[PATH_AF] >> row) & 1 == 1:
        row += 1
    while row > 0 and w[AT_SAMPLE + (STRIDE * (w[STEPS] - row)) % KEPT] <= w[AFTER]:
        row -= 1
    if row == 0:
        return n
    fresh = row <= LAG or w[PHASE] == NONE
    first = STRIDE * (w[STEPS] - row)
    newest, onset = w[AT_SAMPLE + (w[ITEMS] - 1) % KEPT], w[START]
    if fresh:
        onset = _onset(f, w, first, rate_mhz)
    if (newest - onset) * 1000 < th[TH_LEAST_S] * rate_mhz:
        return n
    if fresh:
        _start(f, w, first, rate_mhz)
    w[PHASE] = TOLD
    w[SEQ] += 1
    beats, known = w[BEATS], w[P_KNOWN]
    sums = f[SUM_RR : SUM_P + 1].copy()
    for step in range(max(w[DECIDED], w[STEPS] - row), w[STEPS]):
        _add(f, w, step, step * STRIDE, (step + 1) * STRIDE)
    w[END] = newest
    n = _say(f, w, OPEN, now, rate_mhz, out, n)
    w[BEATS], w[P_KNOWN] = beats, known
    f[SUM_RR : SUM_P + 1] = sums
    w[END] = w[AT_SAMPLE + (w[STEPS] * STRIDE - 1) % KEPT]
    return n


@inner
def _decide(f: F64, w: I64, th: F64, fibrillates: bool, now: int, rate_mhz: int, out: F64, n: int) -> int:
    """Take the next step's state into the episode: open, go on, or close."""
    step = w[DECIDED]
    w[DECIDED] = step + 1
    first, stop = step * STRIDE, min(w[ITEMS], (step + 1) * STRIDE)
    last = w[AT_SAMPLE + (stop - 1) % KEPT]
    if fibrillates and last > w[AFTER]:
        if w[PHASE] == NONE:
            _start(f, w, first, rate_mhz)
        w[END] = last
        _add(f, w, step, first, stop)
        if w[PHASE] == MAYBE and (w[END] - w[START]) * 1000 >= th[TH_LEAST_S] * rate_mhz:
            w[PHASE] = TOLD
            w[SEQ] += 1
            n = _say(f, w, OPEN, now, rate_mhz, out, n)
    elif w[PHASE] != NONE and (last - w[END]) * 1000 >= JOIN_S * rate_mhz:
        n = _end(f, w, now, rate_mhz, out, n)
    return n


@inner
def _end(f: F64, w: I64, now: int, rate_mhz: int, out: F64, n: int) -> int:
    """Close the episode; one that was never told is forgotten."""
    if w[PHASE] == TOLD:
        n = _say(f, w, CLOSE, now, rate_mhz, out, n)
    w[PHASE] = NONE
    return n


@inner
def _regular(f: F64, w: I64, rate_mhz: int) -> int:
    """How many of the newest intervals are plainly those of the sinus; 0 when that is not sure."""
    newest, run, known = w[ITEMS] - 1, 0, 0
    while run < min(BACK_MOST, w[ITEMS] - 1):
        rr, before = f[AT_RR + (newest - run) % KEPT], f[AT_RR + (newest - run - 1) % KEPT]
        p = f[AT_P + (newest - run) % KEPT]
        if abs(rr - before) > BACK_STEP * before or (run < BACK_P and 0.0 <= p < P_SEEN):
            break
        known += run < BACK_P and p >= 0.0
        run += 1
    since = w[AT_SAMPLE + newest % KEPT] - w[AT_SAMPLE + (newest - run) % KEPT]
    sure = run >= BACK_BEATS and known >= BACK_P_KNOWN and since * 1000 >= BACK_S * rate_mhz
    return run if sure else 0


@inner
def _early_end(f: F64, w: I64, now: int, rate_mhz: int, out: F64, n: int) -> int:
    """Close an episode before its end is decided where P waves and regular intervals are plainly back."""
    run = _regular(f, w, rate_mhz) if w[PHASE] == TOLD else 0
    last = w[ITEMS] - 2 - run
    if run == 0 or last < 0 or w[AT_SAMPLE + last % KEPT] <= max(w[START], w[END]):
        return n
    for step in range(w[DECIDED], w[STEPS]):
        if (step + 1) * STRIDE <= last + 1:
            _add(f, w, step, step * STRIDE, (step + 1) * STRIDE)
    w[END], w[AFTER] = w[AT_SAMPLE + last % KEPT], w[AT_SAMPLE + (w[ITEMS] - 1) % KEPT]
    return int(_end(f, w, now, rate_mhz, out, n))


@inner
def _follow(
    f: F64, w: I64, th: F64, trees: Trees, now: int, every: bool, rate_mhz: int, out: F64, n: int
) -> int:
    """Judge and decide the steps that are due; with ``every`` all there are."""
    count = w[ITEMS]
    newest = w[AT_SAMPLE + (count - 1) % KEPT]
    while w[STEPS] * STRIDE + STRIDE <= count:
        centre = w[STEPS] * STRIDE + STRIDE // 2
        waited = (newest - w[AT_SAMPLE + centre % KEPT]) * 1000 >= WAIT_S * rate_mhz
        if not (every or waited or centre + RIGHT < count):
            break
        _walk(f, w, _judge(f, w, trees, w[STEPS]))
        w[STEPS] += 1
        if w[STEPS] > LAG:
            path = w[PATH_AF] if f[SCORE_AF] >= f[SCORE_NOT] else w[PATH_NOT]
            n = _decide(f, w, th, (path >> LAG) & 1 == 1, now, rate_mhz, out, n)
        n = _early(f, w, th, now, rate_mhz, out, n)
    return n


@njit(nogil=True)
def beat(
    f: F64,
    w: I64,
    th: F64,
    trees: Trees,
    now: int,
    sample: int,
    rr_ms: int,
    code: int,
    p_score: float,
    rate_mhz: int,
    out: F64,
    n: int,
) -> int:
    """Take a final beat.

    Args:
        now: sample index of the whole second at which it is passed on.
        sample: its own sample index.
        rr_ms: interval to the beat before, 0 for none.
        code: its class as WFDB numbers them; artefacts are not to be passed on.
        p_score: 0 (no P wave before it) to 1 (clearly one), −1 when not known.
    """
    spoils = code in (VENTRICULAR, FUSION)
    keep = not spoils and w[BROKEN] == 0 and RR_LEAST_MS <= rr_ms <= RR_MOST_MS
    w[BROKEN], w[LAST] = spoils, sample
    if not keep:
        return n
    place = w[ITEMS] % KEPT
    w[AT_SAMPLE + place] = sample
    f[AT_RR + place], f[AT_P + place] = rr_ms, p_score
    w[ITEMS] += 1
    n = _follow(f, w, th, trees, now, False, rate_mhz, out, n)
    return int(_early_end(f, w, now, rate_mhz, out, n))


@njit(nogil=True)
def finish(f: F64, w: I64, th: F64, trees: Trees, now: int, rate_mhz: int, out: F64, n: int) -> int:
    """Decide all that is known, close what is open and start afresh: at a gap, and at a record's end."""
    if w[ITEMS] >= STRIDE:
        n = _follow(f, w, th, trees, now, True, rate_mhz, out, n)
        path = w[PATH_AF] if f[SCORE_AF] >= f[SCORE_NOT] else w[PATH_NOT]
        for back in range(w[STEPS] - w[DECIDED] - 1, -1, -1):
            n = _decide(f, w, th, (path >> back) & 1 == 1, now, rate_mhz, out, n)
        n = _end(f, w, now, rate_mhz, out, n)
    seq = w[SEQ]
    begin(f, w)
    w[SEQ] = seq
    return n


@njit(nogil=True)
def second(f: F64, w: I64, th: F64, trees: Trees, now: int, rate_mhz: int, out: F64, n: int) -> int:
    """Take a whole second (after its beats): when the heart or the signal has long been silent, conclude."""
    if w[ITEMS] > 0 and (now - w[LAST]) * 1000 >= SILENT_S * rate_mhz:
        n = finish(f, w, th, trees, now, rate_mhz, out, n)
    return n
