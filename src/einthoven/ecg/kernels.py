"""The live analysis of many streams at once: one row of state a stream, one call for all their new blocks.

A row is seen through three arrays over the same memory: ``f`` float64, ``w`` int64, ``t`` int32 (filter
tails). ``p`` is the table of ``ecg.design``. Every step runs sample by sample in a fixed order and keeps all
it needs in the row, so that the result does not depend on where blocks are cut (R13). Sums are whole numbers,
hence exact. Departures from Hamilton (2002), on whom the filters and the look-back lean, are in
``docs/analysis.md``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.beats import UNCLASSED
from einthoven.ecg.decide_kernels import begin_stream, note_barren
from einthoven.ecg.design import (
    AT_LEADS,
    AT_STUDY,
    AT_TAILS,
    BIN,
    BINS,
    GROUP,
    L_BAD,
    L_BIN_BAND,
    L_BIN_HIGH,
    L_BLANK_UNTIL,
    L_GROUP_SUM,
    L_LAST,
    L_MAX,
    L_MIN,
    L_RAIL,
    L_RAIL_HIGH,
    L_RAIL_LOW,
    L_SCALE,
    L_SUM_1,
    L_SUM_2,
    L_SUM_3,
    L_SUM_E,
    L_UNIT_UV,
    LEAD_WORDS,
    LEADS,
    RATE_MHZ,
    S_NEXT,
    S_PHASE,
    S_SECOND,
    S_SECOND_STEPS,
    S_STEP,
    TAIL,
    TAIL_WORDS,
    W_ENERGY,
    W_MEAN,
    W_SLOPE,
    W_SMOOTH,
)
from einthoven.ecg.detect_kernels import detect
from einthoven.ecg.findings import COLUMNS
from einthoven.ecg.fingerprint import fingerprint
from einthoven.ecg.holes import short_hole
from einthoven.ecg.jit import inner, lent
from einthoven.ecg.pacing import clean, wake_at
from einthoven.ecg.quality_kernels import close_second, count_rails, second_start, tell_grades
from einthoven.ecg.room import (
    Beats,
    Filters,
    Judges,
    Room,
    Rows,
    lent_forests,
    lent_judges,
    lent_room,
    lent_rows,
)
from einthoven.ecg.stages import begin_stages, finish_stages, stages_second
from einthoven.ecg.study_kernels import begin_study, pending, queue_beat, study_second
from einthoven.ecg.study_layout import (
    O_CODE,
    O_CONF,
    O_CORR_PREV,
    O_CORR_REF,
    O_DOUBT,
    O_EARLY,
    O_FINAL,
    O_P_RR,
    O_P_SCORE,
    O_SHAPE,
    O_WIDTH,
    T_AT_PACING,
)
from einthoven.ecg.study_signal import keep_signal, missing_now
from einthoven.ecg.trees import Trees

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]


BEATS_SPARE = 192
"""Rows that one stretch may yield beyond the usual: all candidates that were waiting, each told three
times."""
TOLD_SPARE = 4096
"""Rows of findings that one second may yield: those of a burst of beats that were waiting."""
ROWS_MHZ = 22_000
"""Rows a second at the most: seven beats, each told when found, when measured and when classed for good, and
the quality of the leads."""


@inner
def _gather(w: I64, at: int, p: I64, samples: I16, first: int, n: int, lead: int, x: I32) -> tuple[int, int]:
    """Copy ``n`` samples of one lead to ``x`` (summed in groups), and count what its quality rests on."""
    leads, group = p[LEADS], p[GROUP]
    low, high = w[at + L_RAIL_LOW], w[at + L_RAIL_HIGH]
    last, least, most = int(w[at + L_LAST]), int(w[at + L_MIN]), int(w[at + L_MAX])
    bad, rail, made = 0, 0, 0
    mine = samples[first + lead : first + n * leads : leads]
    target = x[p[W_SMOOTH] :]
    total, phase = w[at + L_GROUP_SUM], w[S_PHASE]
    for index in range(n):
        value = int(mine[index])
        if value == INVALID_SAMPLE:
            value = last
            bad += 1
        else:
            last = value
            least = min(least, value)
            most = max(most, value)
            rail += (value <= low) | (value >= high)
        if group == 1:
            target[index] = value
        else:
            total += value
            phase += 1
            if phase == group:
                target[made] = total
                made += 1
                total = 0
                phase = 0
    w[at + L_LAST], w[at + L_MIN], w[at + L_MAX] = last, least, most
    w[at + L_BAD] += bad
    w[at + L_RAIL] += rail
    w[at + L_GROUP_SUM] = total
    return (n if group == 1 else made), bad


@inner
def _window_sum(total: int, entering: I32, leaving: I32, sums: I32, m: int) -> int:
    """Running sum of a window; slices keep the indices plain, so that the compiler needs no checks."""
    for k in range(m):
        total += int(entering[k]) - int(leaving[k])
        sums[k] = total
    return total


@inner
def _filter(
    f: F64,
    w: I64,
    t: I32,
    at: int,
    tail: int,
    p: I64,
    m: int,
    x: I32,
    b1: I32,
    b2: I32,
    band: I32,
    slope: I32,
    energy: F64,
) -> None:
    """Run ``m`` steps of one lead's filters from ``x`` to ``energy``; the tails carry over."""
    ws, wm, wd, we, wt = p[W_SMOOTH], p[W_MEAN], p[W_SLOPE], p[W_ENERGY], p[TAIL]
    t1, t2, t3, t4 = tail + ws, tail + 2 * ws, tail + 2 * ws + wm, tail + 2 * ws + wm + wt
    x[:ws] = t[tail:t1]
    b1[:ws] = t[t1:t2]
    b2[:wm] = t[t2:t3]
    band[:wt] = t[t3:t4]
    slope[:wt] = t[t4 : t4 + wt]
    w[at + L_SUM_1] = _window_sum(w[at + L_SUM_1], x[ws:], x, b1[ws:], m)
    w[at + L_SUM_2] = _window_sum(w[at + L_SUM_2], b1[ws:], b1, b2[wm:], m)
    middle, entering, here = b2[wm - wm // 2 :], b2[wm:], band[wt:]
    total = w[at + L_SUM_3]
    for k in range(m):
        total += np.int64(entering[k]) - np.int64(b2[k])
        here[k] = wm * middle[k] - total
    w[at + L_SUM_3] = total
    ago, steep = band[wt - wd :], slope[wt:]
    for k in range(m):
        steep[k] = abs(np.int32(here[k] - ago[k]))
    leaving, scale = slope[wt - we :], f[at + L_SCALE]
    total = w[at + L_SUM_E]
    for k in range(m):
        total += np.int64(steep[k]) - np.int64(leaving[k])
        energy[k] = total * scale
    w[at + L_SUM_E] = total
    t[tail:t1] = x[m : m + ws]
    t[t1:t2] = b1[m : m + ws]
    t[t2:t3] = b2[m : m + wm]
    t[t3:t4] = band[m : m + wt]
    t[t4 : t4 + wt] = slope[m : m + wt]


@inner
def _background(f: F64, w: I64, at: int, p: I64, m: int, x: I32, b2: I32, slope: I32) -> None:
    """Add to the second's bins how much the lead moves in the QRS band and above it."""
    ws, wm, wt = p[W_SMOOTH], p[W_MEAN], p[TAIL]
    width, square = p[BIN], np.int32(ws * ws)
    k, step = 0, w[S_SECOND_STEPS]
    while k < m:
        index = min(BINS - 1, step // width)
        stop = m if index == BINS - 1 else min(m, k + (index + 1) * width - step)
        steep, centre, smooth = slope[k + wt :], x[k + 1 :], b2[k + wm :]
        moved, rough = np.int64(0), np.int64(0)
        for j in range(stop - k):
            moved += steep[j]
        for j in range(stop - k):
            rough += abs(np.int32(square * centre[j] - smooth[j]))
        f[at + L_BIN_BAND + index] += moved
        f[at + L_BIN_HIGH + index] += rough
        step += stop - k
        k = stop


@inner
def _stretch(
    f: F64,
    w: I64,
    t: I32,
    r: I16,
    p: I64,
    q: I64,
    samples: I16,
    first: int,
    n: int,
    scratch: Filters,
    out: I64,
    made: int,
) -> int:
    """Analyse ``n`` samples that lie within one second."""
    scratch_x, scratch_b1, scratch_b2, band, slope, energy, height, cleaned = scratch
    at_pacing, m = p[AT_STUDY] + q[T_AT_PACING], 0
    units = f[p[AT_LEADS] + L_UNIT_UV :: p[LEAD_WORDS]]
    if clean(
        f[at_pacing:], w[at_pacing:], samples, first, n, p[LEADS], w[S_NEXT], p[RATE_MHZ], units, cleaned
    ):
        count_rails(w, p, samples, first, n, 1)
        count_rails(w, p, cleaned, 0, n, -1)
    note_barren(w, w[at_pacing + wake_at(p[LEADS]) :])
    samples, first = cleaned, 0
    for lead in range(p[LEADS]):
        at = p[AT_LEADS] + lead * p[LEAD_WORDS]
        tail = p[AT_TAILS] + lead * p[TAIL_WORDS]
        m, bad = _gather(w, at, p, samples, first, n, lead, scratch_x)
        _filter(
            f, w, t, at, tail, p, m, scratch_x, scratch_b1, scratch_b2, band[lead], slope[lead], energy[lead]
        )
        _background(f, w, at, p, m, scratch_x, scratch_b2, slope[lead])
        blank = w[at + L_BLANK_UNTIL]
        if bad > 0 or blank > w[S_STEP]:
            missing = missing_now(w[p[AT_STUDY] :], lead)
            _blank(w, at, p, samples, first, n, lead, m, missing, energy[lead])
    had, made = made, detect(f, w, p, m, band, slope, energy, height, out, made)
    study = p[AT_STUDY]
    for row in range(had, made):
        queue_beat(f[study:], w[study:], q, f, w, out[row, 4], out[row, 3])
        out[row, O_CODE], out[row, O_CONF], out[row, O_FINAL] = UNCLASSED, 0, 0
        out[row, O_WIDTH], out[row, O_P_SCORE], out[row, O_P_RR], out[row, O_CORR_PREV] = 0, -1, 0, -1
        out[row, O_DOUBT] = -1
        out[row, O_SHAPE], out[row, O_CORR_REF], out[row, O_EARLY] = 0, -1, -1
    keep_signal(w[study:], r[4 * study :], q, samples, first, n)
    w[S_SECOND_STEPS] += m
    w[S_PHASE] = (w[S_PHASE] + n) % p[GROUP]
    w[S_NEXT] += n
    return made


@inner
def _blank(
    w: I64, at: int, p: I64, samples: I16, first: int, n: int, lead: int, m: int, missing: int, energy: F64
) -> None:
    """Silence a lead while more than a short hole is within its filters' reach. ``missing``: samples in a row
    that were not measured before the first."""
    reach = 2 * p[W_SMOOTH] + p[W_MEAN] + p[W_SLOPE] + p[W_ENERGY]
    group, leads, phase = p[GROUP], p[LEADS], w[S_PHASE]
    until, short = w[at + L_BLANK_UNTIL], short_hole(p[RATE_MHZ])
    done = 0
    for index in range(n):
        missing = missing + 1 if samples[first + lead + index * leads] == INVALID_SAMPLE else 0
        if missing > short:
            until = w[S_STEP] + (phase + index) // group + reach
        whole = (phase + index + 1) // group
        if whole > done and done < m:
            if w[S_STEP] + done < until:
                energy[done] = 0.0
            done = whole
    w[at + L_BLANK_UNTIL] = until


@inner
def _whole_second(
    own: tuple[F64, I64, I16, F32, I64],
    stage: tuple[F64, I64, I64],
    stop: int,
    forests: tuple[Trees, Trees],
    judges: Judges,
    shapes: Beats,
    out: I64,
    made: int,
    told: F64,
    n_told: int,
    dump: F64,
    block: int,
) -> tuple[int, int]:
    """What is due when the second before sample ``stop`` is whole."""
    had, had_told = made, n_told
    made = study_second(own, stage, stop, forests, shapes, out, made, dump)
    if judges[0].size > 0:
        number = stage[1][S_SECOND] - 1
        n_told = stages_second(own, stage, stop, number, judges, out[had:made], told, n_told)
        told[had_told:n_told, COLUMNS] = block
    return made, n_told


def _compile(version: int) -> Callable[..., tuple[int, int, int, int]]:
    """The kernel ``advance``, kept on disk under ``version``."""

    @njit(cache=True, nogil=True)
    def advance(
        rows: Rows,
        p: I64,
        q: I64,
        forests: tuple[Trees, Trees],
        slot: I64,
        samples: I16,
        offset: I64,
        start: I64,
        count: I64,
        out: I64,
        tell: U8,
        judges: Judges,
        told: F64,
        dump: F64,
        room: Room,
        from_block: int,
        from_sample: int,
    ) -> tuple[int, int, int, int]:
        if version < 0:
            return from_block, 0, 0, 0
        rows, forests, judges = lent_rows(rows), lent_forests(forests), lent_judges(judges)
        p, q, samples, out, told, dump = lent(p), lent(q), lent(samples), lent(out), lent(told), lent(dump)
        scratch, shapes = lent_room(room)
        study, made, n_told = p[AT_STUDY], 0, 0
        for block in range(from_block, len(slot)):
            skip = from_sample if block == from_block else 0
            n, first = count[block] - skip, offset[block] + skip * p[LEADS]
            if made + n * ROWS_MHZ // p[RATE_MHZ] + BEATS_SPARE > len(out) or len(told) - n_told < TOLD_SPARE:
                return block, skip, made, n_told
            at = slot[block]
            f, w, t, g, r = rows[0][at], rows[1][at], rows[2][at], rows[3][at], rows[4][at]
            if w[S_NEXT] != start[block] + skip:
                begin_stream(f, w, t, p, start[block], samples, first)
                begin_study(w[study:], q, start[block])
                begin_stages(f[study:], w[study:], q)
            made_before = made
            while n > 0:
                stop = second_start(p, w[S_SECOND] + 1)
                part = min(n, stop - w[S_NEXT])
                made = _stretch(f, w, t, r, p, q, samples, first, part, scratch, out, made)
                first, n = first + part * p[LEADS], n - part
                if w[S_NEXT] == stop:
                    close_second(f, w, p, w[study:], r[4 * study :], q, tell)
                    made = tell_grades(w, p, out, made)
                    own = (f[study:], w[study:], r[4 * study :], g[2 * study :], q)
                    made, n_told = _whole_second(
                        own, (f, w, p), stop, forests, judges, shapes, out, made, told, n_told, dump, block
                    )
                    if n > 0 and len(told) - n_told < TOLD_SPARE:
                        out[made_before:made, 0] = block
                        return block, count[block] - n, made, n_told
            out[made_before:made, 0] = block
        return len(slot), 0, made, n_told

    return advance


advance = _compile(fingerprint())
"""Analyse blocks in order, each from the state of its slot, and put the new state back.

Args:
    rows: the same rows, one a slot, as float64, int64, int32, float32 and int16.
    p, q: the tables of the design all these streams share, of the first and of the second stage.
    forests: what classes a beat when it is measured, and for good.
    slot, offset, start, count: int64[k]; where each block's state is, where its samples begin in ``samples``
        (interleaved by lead), its first index, its samples per lead.
    out: int64[n, OUT], what is told of beats (``study_kernels.OUT``).
    tell: uint8[seconds, 2 × leads] of the one stream analysed, or of size 0: quality second by second, as it
    is told of each lead, then as the analysis goes by it.
    judges: what the stages over the beats rest on; with no thresholds in it they do not run.
    told: float64[n, COLUMNS + 1], what the stages tell (``findings``), then the block.
    dump: float64[n, 1 + values] to fill with what the forests were asked, for those who learn them; or of
    size 0. room: memory to work in. from_block, from_sample: where to go on: samples of that block that
    were analysed already.

Returns:
    (block to go on with, samples of it analysed, rows in ``out``, rows in ``told``): fewer than ``k`` blocks
    when ``out`` has no room for the next, or ``told`` none for the next second; call again with both
    emptied, and with an ``out`` larger than the block's count needs.
"""


def _compile_finish(version: int) -> Callable[..., int]:
    """The kernel ``finish``, kept on disk under ``version``."""

    @njit(cache=True, nogil=True)
    def finish(f: F64, w: I64, q: I64, now: int, judges: Judges, out: I64, told: F64) -> int:
        if version < 0:
            return 0
        made = pending(f, w, q, out)
        return finish_stages(f, w, q, now, judges, out[:made], told, 0)

    return finish


finish = _compile_finish(fingerprint())
"""Tell what is due when no sample follows ``now``; the state is used up.

Args:
    f, w: the second stage's slice of a row, as float64 and int64.
    q: its table.
    out: int64[BEATS, OUT], room for the beats that are not classed for good.
    told: float64[TOLD_SPARE, COLUMNS] to fill.

Returns:
    Rows in ``told``.
"""
