"""What five seconds of one lead look like to the judge of ventricular fibrillation: 40 numbers, each cheap.

All of them are computed from the averaged signal (93.75–187.5 Hz, microvolts) in a fixed order of operations,
and nearly all are ratios, so that gain does not matter. The published ones are named at their place; the
departures are that filters are Butterworth pairs designed for any rate and that windows are rounded to whole
samples.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.jit import inner

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

WINDOW_S = 5.0
LEAD_IN_S = 1.5
"""Signal before the window that only settles the filters; less where there is less."""
NAMES = (
    "crest",
    "steepness_ms",
    "quiet",
    "low",
    "kurtosis",
    "slope_kurtosis",
    "skewness",
    "leakage",
    "leakage_hz",
    "hum",
    "drift",
    "log_uv",
    "uneven",
    "threshold",
    "threshold_spread",
    "count_1",
    "count_2",
    "count_3",
    "fill",
    "fill_narrow",
    "peak_hz",
    "peak_share",
    "centre_hz",
    "entropy",
    "below_2",
    "from_2_to_6",
    "from_6_to_10",
    "above_10",
    "harmonics",
    "beat_lag_s",
    "beat_match",
    "beat_trough",
    "humps",
    "hump_spread",
    "hump_width_ms",
    "hump_duty",
    "sample_entropy",
    "turns",
    "level_crossings",
    "spikes",
)
COUNT = len(NAMES)
BINS_HZ = 0.25
FIRST_HZ = 0.75
BINS = 58
"""Bins of the spectrum: 0.75 to 15 Hz."""


@inner
def _second_order(x: F64, y: F64, hz: float, rate: float, high: bool) -> None:
    """Butterworth low or high pass of second order from ``x`` to ``y``, as if ``x[0]`` had stood for ever."""
    k = math.tan(math.pi * hz / rate)
    norm = 1.0 / (1.0 + math.sqrt(2.0) * k + k * k)
    a1, a2 = 2.0 * (k * k - 1.0) * norm, (1.0 - math.sqrt(2.0) * k + k * k) * norm
    b0 = norm if high else k * k * norm
    b1 = -2.0 * b0 if high else 2.0 * b0
    x1 = x2 = x[0]
    y1 = y2 = 0.0 if high else x[0]
    for i in range(len(x)):
        now = x[i]
        made = b0 * now + b1 * x1 + b0 * x2 - a1 * y1 - a2 * y2
        x2, x1 = x1, now
        y2, y1 = y1, made
        y[i] = made


@inner
def _band(x: F64, y: F64, hz: float, width: float, rate: float) -> None:
    """Band pass of second order around ``hz``, ``width`` hertz wide at half power."""
    turn = 2.0 * math.pi * hz / rate
    alpha = math.sin(turn) * width / (2.0 * hz)
    b0, a1, a2 = alpha / (1.0 + alpha), -2.0 * math.cos(turn) / (1.0 + alpha), (1.0 - alpha) / (1.0 + alpha)
    x1 = x2 = x[0]
    y1 = y2 = 0.0
    for i in range(len(x)):
        now = x[i]
        made = b0 * (now - x2) - a1 * y1 - a2 * y2
        x2, x1 = x1, now
        y2, y1 = y1, made
        y[i] = made


@inner
def _shape(y: F64, rate: float, out: F64) -> None:
    """Moments, slopes and shares of time: features 0–8 and 36–39 of which the signal alone is needed."""
    n = len(y)
    mean = 0.0
    for i in range(n):
        mean += y[i]
    mean /= n
    m2 = m3 = m4 = size = top = bottom = 0.0
    for i in range(n):
        d = y[i] - mean
        dd = d * d
        m2 += dd
        m3 += dd * d
        m4 += dd * dd
        size += abs(d)
        top, bottom = max(top, d), min(bottom, d)
    slopes = slope_top = s2 = s4 = 0.0
    turns = 0
    before = 0.0
    for i in range(1, n):
        s = y[i] - y[i - 1]
        slopes += abs(s)
        slope_top = max(slope_top, abs(s))
        s2 += s * s
        s4 += s * s * s * s
        turns += s * before < 0.0
        before = s
    m2, s2 = max(m2, 1e-9), max(s2, 1e-9)
    slopes, slope_top = max(slopes, 1e-9), max(slope_top, 1e-9)
    height = max(top, -bottom)
    quiet = low = 0
    for i in range(1, n):
        quiet += abs(y[i] - y[i - 1]) < 0.1 * slope_top
        low += abs(y[i] - mean) < 0.15 * height
    out[0] = slope_top * (n - 1) / slopes
    out[1] = 1000.0 * height / slope_top / rate
    out[2], out[3] = quiet / (n - 1), low / (n - 1)
    out[4], out[5] = n * m4 / (m2 * m2), (n - 1) * s4 / (s2 * s2)
    out[6] = abs(m3) * math.sqrt(n) / (m2 * math.sqrt(m2))
    half = min(max(int(math.pi * size / slopes + 0.5), 1), n // 4)
    over = total = 0.0
    for i in range(half, n):
        over += abs(y[i] + y[i - half])
        total += abs(y[i]) + abs(y[i - half])
    out[7], out[8] = over / max(total, 1e-9), rate / (2.0 * half)
    out[37] = turns / (n / rate)
    crossings = 0
    for i in range(1, n):
        crossings += (y[i] > mean) != (y[i - 1] > mean)
    out[38] = crossings / (n / rate)


@inner
def _thresholds(y: F64, rate: float, out: F64) -> None:
    """Time beyond a fifth of the top in tapered 3 s windows (TCSC, Arafat 2011); evenness."""
    n, wide = len(y), int(3.0 * rate)
    step = max(1, int(rate))
    taper = np.ones(wide)
    edge = max(1, int(0.25 * rate))
    for i in range(edge):
        taper[i] = taper[wide - 1 - i] = 0.5 * (1.0 - math.cos(math.pi * i / edge))
    shares = total = squares = 0.0
    sized = np.empty(wide)
    first = 0
    while first + wide <= n:
        top = 1e-9
        for i in range(wide):
            sized[i] = abs(y[first + i]) * taper[i]
            top = max(top, sized[i])
        over = 0
        for i in range(wide):
            over += sized[i] > 0.2 * top
        share = over / wide
        shares += 1.0
        total += share
        squares += share * share
        first += step
    mean = total / max(shares, 1.0)
    out[13] = mean
    out[14] = math.sqrt(max(squares / max(shares, 1.0) - mean * mean, 0.0))
    least, most = np.inf, 0.0
    low, second, slopes = np.inf, np.inf, 0.0
    first = 0
    while first + step <= n:
        high, deep, steep = y[first], y[first], 0.0
        for i in range(first + 1, first + step):
            high, deep = max(high, y[i]), min(deep, y[i])
            slope = abs(y[i] - y[i - 1])
            steep = max(steep, slope)
            slopes += slope
        least, most = min(least, high - deep), max(most, high - deep)
        if steep < low:
            low, second = steep, low
        elif steep < second:
            second = steep
        first += step
    out[12] = least / max(most, 1e-9)
    out[39] = second * first / max(slopes, 1e-9)


@inner
def _counts(y: F64, narrow: F64, rate: float, out: F64) -> None:
    """How the 15 Hz band keeps near its top, over its mean, about its mean (Jekova 2000)."""
    _band(y, narrow, 14.6, 4.0, rate)
    step = max(1, int(rate))
    one = two = three = seconds = 0.0
    first = 0
    while first + step <= len(y):
        top = mean = 0.0
        for i in range(first, first + step):
            top = max(top, abs(narrow[i]))
            mean += abs(narrow[i])
        mean /= step
        away = 0.0
        for i in range(first, first + step):
            away += abs(abs(narrow[i]) - mean)
        away /= step
        for i in range(first, first + step):
            size = abs(narrow[i])
            one += size >= 0.5 * top
            two += size >= mean
            three += abs(size - mean) <= away
        seconds += 1.0
        first += step
    scale = 1.0 / (max(seconds, 1.0) * step)
    out[15], out[16], out[17] = one * scale, two * scale, three * scale


@inner
def _fill(y: F64, delay: int, seen: NDArray[np.uint8]) -> float:
    """Share of a 40 × 40 grid that the signal against itself ``delay`` samples ago visits (Amann 2007)."""
    low, high = y.min(), y.max()
    scale = 39.999 / max(high - low, 1e-9)
    seen[:] = 0
    for i in range(delay, len(y)):
        seen[int((y[i] - low) * scale) * 40 + int((y[i - delay] - low) * scale)] = 1
    visited = 0
    for cell in seen:
        visited += cell
    return visited / 1600.0


@inner
def _spectrum(z: F64, rate: float, power: F64) -> None:
    """Power in the bins of the Hann-weighted signal, by Goertzel's recurrence in all bins at once."""
    n = len(z)
    turn = np.empty(BINS)
    for b in range(BINS):
        turn[b] = 2.0 * math.cos(2.0 * math.pi * (FIRST_HZ + b * BINS_HZ) / rate)
    one, two = np.zeros(BINS), np.zeros(BINS)
    angle = 2.0 * math.pi / n
    wave, wave_before, double = math.cos(0.5 * angle), math.cos(0.5 * angle), 2.0 * math.cos(angle)
    for i in range(n):
        now = z[i] * (0.5 - 0.5 * wave)
        wave, wave_before = double * wave - wave_before, wave
        for b in range(BINS):
            made = now + turn[b] * one[b] - two[b]
            two[b] = one[b]
            one[b] = made
    for b in range(BINS):
        power[b] = one[b] * one[b] + two[b] * two[b] - turn[b] * one[b] * two[b]


@inner
def _bands(power: F64, out: F64) -> None:
    """Where the power lies: peak, centre, spread, shares of bands, share of the peak and its multiples."""
    total, peak = 1e-9, 0
    for b in range(BINS):
        total += max(power[b], 0.0)
        if power[b] > power[peak]:
            peak = b
    centre = entropy = share = multiples = 0.0
    out[24:28] = 0.0
    top_hz = FIRST_HZ + peak * BINS_HZ
    for b in range(BINS):
        part, hz = max(power[b], 0.0) / total, FIRST_HZ + b * BINS_HZ
        centre += part * hz
        if part > 0.0:
            entropy -= part * math.log(part)
        if abs(b - peak) <= 2:
            share += part
        ratio = hz / top_hz
        if ratio > 1.5 and abs(ratio - math.floor(ratio + 0.5)) * top_hz <= 0.6:
            multiples += part
        out[24 + (hz >= 2.0) + (hz >= 6.0) + (hz >= 10.0)] += part
    out[20], out[21], out[22], out[23] = top_hz, share, centre, entropy / math.log(BINS)
    out[28] = multiples


@inner
def _repeats(z: F64, rate: float, out: F64) -> None:
    """How the signal matches itself a beat later: best lag after the first trough, match, trough."""
    n = len(z)
    lags = min(int(1.6 * rate) + 2, n - 2)
    sums = np.zeros(lags)
    back = z[::-1].copy()
    power = 0.0
    for i in range(n):
        now = z[i]
        power += now * now
        ago = back[n - 1 - i :]
        for lag in range(min(lags, i + 1)):
            sums[lag] += now * ago[lag]
    head = tail = 0.0
    for lag in range(lags):
        sums[lag] /= math.sqrt(max((power - head) * (power - tail), 1e-12))
        head += z[lag] * z[lag]
        tail += z[n - 1 - lag] * z[n - 1 - lag]
    down = 1
    while down < lags - 1 and sums[down] > sums[down + 1]:
        down += 1
    trough = down
    for lag in range(1, lags):
        if sums[lag] < sums[trough]:
            trough = lag
    best = down
    for lag in range(max(down, int(0.13 * rate)), lags):
        if sums[lag] > sums[best]:
            best = lag
    # The first lag that matches nearly as well: one beat, not two.
    for lag in range(max(down, int(0.13 * rate)) + 1, min(best, lags - 1)):
        if sums[lag] > 0.85 * sums[best] and sums[lag] >= sums[lag - 1] and sums[lag] >= sums[lag + 1]:
            best = lag
            break
    out[29], out[30], out[31] = best / rate, sums[best], sums[trough]


@inner
def _levels(values: F64) -> tuple[float, float, float]:
    """Levels below which lie 25, 90 and 98 % of values that are not negative, to 1/200 of the largest."""
    most = max(values.max(), 1e-9)
    count = np.zeros(201, np.int64)
    for value in values:
        count[int(200.0 * value / most)] += 1
    quarter = high = top = 200
    total, n = len(values), len(values)
    for k in range(200, -1, -1):
        total -= count[k]
        if total > 0.98 * n:
            top = k
        if total > 0.9 * n:
            high = k
        if total > 0.25 * n:
            quarter = k
    step = most / 200.0
    return quarter * step, high * step, top * step


@inner
def _humps(y: F64, envelope: F64, rate: float, out: F64) -> None:
    """The slope's envelope (80 ms): how often it humps, how regular, how wide."""
    n, wide = len(y), max(2, int(0.08 * rate + 0.5))
    total = 0.0
    envelope[0] = 0.0
    for i in range(1, n):
        total += abs(y[i] - y[i - 1])
        if i > wide:
            total -= abs(y[i - wide] - y[i - wide - 1])
        envelope[i] = total
    quarter, high, top = _levels(envelope)
    line = 0.5 * top
    calm = max(1, int(0.12 * rate))
    humps, inside, above, last, last_end = 0, False, 0, -1, -(1 << 30)
    intervals = squares = 0.0
    for i in range(n):
        over = envelope[i] > line
        above += over
        if over and not inside and i - last_end > calm:
            if last >= 0:
                gap = (i - last) / rate
                intervals += gap
                squares += gap * gap
            last = i
            humps += 1
        inside = over
        if over:
            last_end = i
    gaps = max(humps - 1, 1)
    mean = intervals / gaps
    out[32] = humps
    out[33] = math.sqrt(max(squares / gaps - mean * mean, 0.0)) / max(mean, 0.05)
    out[34] = 1000.0 * above / rate / max(humps, 1)
    out[35] = quarter / max(high, 1e-9)


@inner
def _sample_entropy(z: F64) -> float:
    """Sample entropy of pairs within a fifth of a standard deviation, every second point."""
    n = len(z) // 2
    y = np.empty(n)
    mean = spread = 0.0
    for i in range(n):
        y[i] = z[2 * i]
        mean += y[i]
    mean /= n
    for i in range(n):
        spread += (y[i] - mean) * (y[i] - mean)
    reach = 0.2 * math.sqrt(spread / n)
    pairs, triples = 1, 1
    for i in range(n - 2):
        one, two, three = y[i], y[i + 1], y[i + 2]
        # Without a branch, so that the compiler compares several at once.
        for j in range(i + 1, n - 2):
            near = int(abs(one - y[j]) <= reach) & int(abs(two - y[j + 1]) <= reach)
            pairs += near
            triples += near & int(abs(three - y[j + 2]) <= reach)
    return math.log(pairs / triples)


@inner
def features(x: F64, rate: float, out: F64) -> None:
    """Describe the last five seconds of one lead.

    Args:
        x: float64[n], microvolts, oldest first; ``round(5 × rate)`` samples and up to 1.5 s before them.
        rate: samples a second, 90–190.
        out: float64[COUNT], the values of ``NAMES``.
    """
    n = int(WINDOW_S * rate + 0.5)
    before = len(x) - n
    whole, smooth = np.empty(len(x)), np.empty(len(x))
    _second_order(x, smooth, 30.0, rate, False)
    _second_order(smooth, whole, 1.0, rate, True)
    y = whole[before:]
    fine = coarse = wander = 0.0
    for i in range(before, len(x)):
        fine += abs(x[i] - smooth[i])
        coarse += abs(whole[i])
        wander += abs(smooth[i] - whole[i] - x[before])
    out[9], out[10] = fine / max(coarse, 1e-9), wander / max(coarse, 1e-9)
    out[11] = math.log10(max(coarse / n, 0.1))
    _shape(y, rate, out)
    _thresholds(y, rate, out)
    _counts(y, smooth[before:], rate, out)
    seen = np.empty(1600, np.uint8)
    out[18] = _fill(y, int(0.5 * rate), seen)
    out[19] = _fill(y, max(1, int(0.07 * rate)), seen)
    group = max(1, int(rate / 40.0 + 0.5))
    z = np.empty(n // group)
    for i in range(len(z)):
        total = 0.0
        for j in range(i * group, (i + 1) * group):
            total += y[j]
        z[i] = total / group
    power = np.empty(BINS)
    _spectrum(z, rate / group, power)
    _bands(power, out)
    _repeats(z, rate / group, out)
    _humps(y, smooth[before:], rate, out)
    out[36] = _sample_entropy(z)
