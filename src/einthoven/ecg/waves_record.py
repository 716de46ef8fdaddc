"""One pass over the beats of a record: borders of their waves; arrays as in ``waves``."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.ecg.jit import inner
from einthoven.ecg.waves_beat import RR_USUAL_S, earliest_p, p_borders, roughness, t_borders, tidy
from einthoven.ecg.waves_kernels import (
    KEEP_P,
    KEEP_QRS,
    KEEP_T,
    MARKS,
    P_NEAR,
    P_ON,
    P_SPREAD,
    QRS_OFF,
    QRS_ON,
    QRS_PEAK,
    SMOOTH_FINE,
    SMOOTH_T,
    T_OFF,
    T_ON,
    qrs_borders,
    smooth,
)
from einthoven.ecg.waves_p import HEIGHT, p_centre, p_evidence, p_learn, p_solid

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I16 = NDArray[np.int16]

STEPS_MOST = 400.0
"""From this rate on samples are averaged in groups, to 200–400 steps a second."""
BEFORE_S, AFTER_S = 0.56, 1.0
"""What of the signal round a beat is looked at; never beyond the next beat."""
STEPS_LEAST = 8
VENTRICULAR = 5
PREMATURE = 0.85
"""A beat that comes sooner than this share of the usual interval does not teach what the usual P wave is."""
SURE_LEAST = 0.35
SEEN, SEEN_OTHERWISE, SOLID_OTHERWISE, HEIGHT_OTHERWISE = 0.06, 0.6, 0.3, 0.6
APART_S = 0.02
"""A P wave is told when it is like the usual one (``SEEN``), or clear, high enough and apart from the T wave
before in a heart that has one."""
GUIDED, SPREAD_GUIDED_S = 0.5, 0.06
"""Where the usual P wave is that solid, it tells where to look, give or take."""
NEIGHBOURS = 8
STEADY_S = 0.005


@njit(nogil=True)
def cut(samples: I16, microvolts: F64, start: int, group: int, out: F64) -> None:
    """Samples from ``start`` on, averaged in groups, as µV; a hole holds the value before it."""
    leads, n = out.shape
    for lead in range(leads):
        scale, last = microvolts[lead] / group, 0
        for k in range(n):
            total = 0
            for j in range(group):
                value = int(samples[start + k * group + j, lead])
                if value == INVALID_SAMPLE:
                    value = last
                last = value
                total += value
            out[lead, k] = total * scale


@inner
def p_told(score: float, solid: float, sure: float, high: bool, apart: bool) -> bool:
    """Whether what was found is told as a P wave."""
    if sure < SURE_LEAST:
        return False
    clear = sure >= SEEN_OTHERWISE and high and apart
    if score < 0.0:
        return clear and (solid < 0.0 or solid >= SOLID_OTHERWISE)
    return score >= SEEN or (clear and solid >= SOLID_OTHERWISE)


@inner
def trace_record(
    samples: I16,
    microvolts: F64,
    group: int,
    fs: float,
    at: I64,
    code: I64,
    usual: F64,
    borders: I64,
    sure: F64,
    evidence: F64,
) -> None:
    """Borders of each beat in turn.

    Args:
        samples: int16[n, leads].
        microvolts: µV a unit, of each lead.
        group: samples averaged to one step.
        fs: steps a second.
        at, code: int64[beats], samples and classes.
        usual: state of ``waves_p``; carried on.
        borders, sure, evidence: int64[beats, leads + 1, MARKS], float64[beats, 3], float64[beats, 2]; set.
    """
    n, leads = samples.shape
    t_end, mean_rr = -(1 << 40), 0.0
    before, after = int(BEFORE_S * fs) * group, int(AFTER_S * fs) * group
    for beat in range(len(at)):
        fid = at[beat]
        last = fid - at[beat - 1] if beat > 0 else 0
        start = max(0, fid - before)
        stop = min(n, fid + after)
        if beat + 1 < len(at):
            stop = min(stop, at[beat + 1] + 2 * group)
        steps = (stop - start) // group
        if steps < STEPS_LEAST or fid < 0 or fid >= n:
            borders[beat], sure[beat], evidence[beat] = -1, 0.0, -1.0
            continue
        rr = last / group / fs
        next_fid = (at[beat + 1] - start) // group if beat + 1 < len(at) else steps
        y = np.empty((leads, steps))
        cut(samples, microvolts, start, group, y)
        learn = code[beat] != VENTRICULAR and rr > PREMATURE * mean_rr
        out, told = borders[beat], (t_end - start) // group
        near = (fid - start) // group
        _trace(y, near, rr, next_fid, fs, told, learn, code[beat], usual, out, sure[beat], evidence[beat])
        _place(out, start, group, fid)
        if rr > 0.0:
            mean_rr = rr if mean_rr <= 0.0 else mean_rr + (min(rr, 2.0) - mean_rr) / 8
        t_end = out[0, T_OFF] if out[0, T_OFF] >= 0 else fid + int(0.35 * fs) * group


@inner
def _place(out: I64, start: int, group: int, fid: int) -> None:
    """From steps of the window to samples of the record."""
    for row in range(len(out)):
        for mark in range(MARKS):
            if out[row, mark] >= 0:
                out[row, mark] = start + out[row, mark] * group + group // 2
        if out[row, QRS_ON] >= 0:
            out[row, QRS_ON] = min(out[row, QRS_ON], fid)
            out[row, QRS_PEAK] = fid
            out[row, QRS_OFF] = max(out[row, QRS_OFF], fid)
    tidy(out)


@inner
def _trace(
    y: F64,
    fid: int,
    rr: float,
    next_fid: int,
    fs: float,
    t_end: int,
    learn: bool,
    code: int,
    usual: F64,
    out: I64,
    sure: F64,
    evidence: F64,
) -> None:
    """One beat: QRS, then P in the light of the usual one, then T."""
    leads, n = y.shape
    out[:], sure[:], evidence[:] = -1, 0.0, -1.0
    s = np.empty((leads, n))
    for lead in range(leads):
        smooth(y[lead], int(SMOOTH_FINE * fs + 0.5), s[lead])
    sure[KEEP_QRS] = qrs_borders(s, fid, fs, out)
    on = out[0, QRS_ON]
    if on < 0:
        return
    rough = roughness(y, s, fid - int(0.4 * fs), fid + int(0.4 * fs))
    if code != VENTRICULAR:
        score, solid = p_evidence(usual, s, on, t_end, fs), p_solid(usual, leads, fs)
        evidence[0], evidence[1] = score, solid
        near, spread = P_NEAR, P_SPREAD
        if score >= SEEN and solid >= GUIDED:
            near, spread = p_centre(usual, leads, fs) / fs, SPREAD_GUIDED_S
        earliest = max(earliest_p(fid, rr, fs), t_end)
        height = p_borders(s, earliest, near, spread, fs, out)
        sure[KEEP_P] = height / (height + 2.0 * rough) if height > 0.0 else 0.0
        high, apart = height >= HEIGHT_OTHERWISE * usual[HEIGHT], out[0, P_ON] > t_end + int(APART_S * fs)
        if not p_told(score, solid, sure[KEEP_P], high, apart):
            out[:, P_ON : P_ON + 3] = -1
            sure[KEEP_P] = 0.0
        elif score >= SEEN or usual[HEIGHT] == 0.0:
            usual[HEIGHT] += (height - usual[HEIGHT]) / 8 if usual[HEIGHT] > 0.0 else height
        if learn:
            p_learn(usual, s, on, t_end, fs)
    for lead in range(leads):
        smooth(y[lead], int(SMOOTH_T * fs + 0.5), s[lead])
    next_on = next_fid - (fid - on) if next_fid < n else n
    height = t_borders(s, rr if rr > 0.0 else RR_USUAL_S, next_on, fs, out)
    sure[KEEP_T] = height / (height + 2.0 * rough) if height > 0.0 else 0.0
    if sure[KEEP_T] < SURE_LEAST:
        out[:, T_ON : T_ON + 3] = -1


@inner
def steady_borders(borders: I64, at: I64, code: I64, rate_hz: float) -> I64:
    """Each border of P and T drawn to within ``STEADY_S`` of the median of its neighbours'.

    Neighbours are up to ``NEIGHBOURS`` beats to both sides, of the same class and, for T, of nearly the same
    interval before them.
    """
    beats, rows, marks = borders.shape
    out = borders.copy()
    near = np.empty(2 * NEIGHBOURS + 1, np.int64)
    few = int(STEADY_S * rate_hz)
    for beat in range(beats):
        for row in range(rows):
            for mark in range(marks):
                if QRS_ON <= mark <= QRS_OFF or borders[beat, row, mark] < 0:
                    continue
                count = 0
                for other in range(max(0, beat - NEIGHBOURS), min(beats, beat + NEIGHBOURS + 1)):
                    if code[other] == code[beat] and borders[other, row, mark] >= 0:
                        if mark >= T_ON and not _same_pace(at, beat, other):
                            continue
                        near[count] = borders[other, row, mark] - at[other]
                        count += 1
                usual = at[beat] + _middle(near, count)
                own = borders[beat, row, mark]
                out[beat, row, mark] = min(max(own, usual - few), usual + few)
        tidy(out[beat])
    return out


@inner
def _same_pace(at: I64, beat: int, other: int) -> bool:
    if beat == 0 or other == 0:
        return beat == other
    a, b = at[beat] - at[beat - 1], at[other] - at[other - 1]
    return bool(abs(a - b) <= 0.15 * a)


@inner
def _middle(values: I64, count: int) -> int:
    """Median of the first ``count`` values, which it sorts."""
    for i in range(1, count):
        value, k = values[i], i - 1
        while k >= 0 and values[k] > value:
            values[k + 1] = values[k]
            k -= 1
        values[k + 1] = value
    return int(values[count // 2])
