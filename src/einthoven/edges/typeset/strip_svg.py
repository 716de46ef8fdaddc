"""A strip on ECG paper as SVG in millimetres: 25 mm/s, 10 mm/mV, true to scale in print (R28).

The grid is 1 mm and 5 mm; on a page that loses its colour (a fax) seconds stay readable by the ticks under
the trace, and millivolts by the calibration pulse before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise

from einthoven.reports.report import Strip, Trace

MM_PER_S = 25.0
UNSIZED = 1000.0
"""Steps that are drawn as a millivolt where its size is not known: tenths of a hertz, at 100 Hz/mV."""
GAINS = (10.0, 5.0, 2.5)
"""Millimetres a millivolt: the first at which the trace fits."""
WIDTH_MM = 180.0
PULSE_MM = 5.0
"""Width of the calibration pulse and its lead-in: 0.2 s."""
LEAST_MM, MOST_MM = 20.0, 45.0
"""Height of one lead."""
FOOT_MM = 4.0
"""Under the traces: letters of the beats and ticks of the seconds."""
MINOR, MAJOR, INK = "#f4d4cf", "#e6a79f", "#000000"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A strip as drawn: SVG, its height in millimetres, the gain it is drawn at, whether a trace is cut."""

    svg: str
    height_mm: float
    mm_per_mv: float
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Band:
    """Where one lead is drawn: its millimetres for its stored values."""

    trace: Trace
    top: float
    height: float
    gain: float
    middle: float

    def y(self, millivolts: float) -> float:
        return self.top + self.height / 2 - (millivolts - self.middle) * self.gain


def strip_svg(strip: Strip) -> Drawn:
    """Draw a strip."""
    gain = next((one for one in GAINS if all(_height(t, one) <= MOST_MM for t in strip.traces)), GAINS[-1])
    bands: list[_Band] = []
    top = 0.0
    for trace in strip.traces:
        height = min(_height(trace, gain), MOST_MM)
        low, high = _range(trace)
        bands.append(_Band(trace, top, height, gain, (low + high) / 2))
        top += height
    height = top + FOOT_MM
    parts = [_grid(top), *(_lead(band, strip) for band in bands), _foot(strip, top)]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {WIDTH_MM:g} {height:g}" font-family="Inter">{"".join(parts)}</svg>'
    )
    return Drawn(svg, height, gain, any(_height(trace, gain) > MOST_MM for trace in strip.traces))


def _range(trace: Trace) -> tuple[float, float]:
    """Lowest and highest value, mV."""
    known = [value for value in trace.values if value is not None]
    if not known:
        return 0.0, 0.0
    gain = trace.gain or UNSIZED
    return (min(known) - trace.baseline) / gain, (max(known) - trace.baseline) / gain


def _height(trace: Trace, gain: float) -> float:
    """Height of a lead at a gain, mm: of big squares."""
    low, high = _range(trace)
    return max(LEAST_MM, 5.0 * -(-((high - low) * gain + 4.0) // 5.0))


def _grid(height: float) -> str:
    minor = "".join(f"M{x} 0V{height:g}" for x in range(int(WIDTH_MM) + 1) if x % 5)
    minor += "".join(f"M0 {y}H{WIDTH_MM:g}" for y in range(int(height) + 1) if y % 5)
    major = "".join(f"M{x} 0V{height:g}" for x in range(0, int(WIDTH_MM) + 1, 5))
    major += "".join(f"M0 {y}H{WIDTH_MM:g}" for y in range(0, int(height) + 1, 5))
    return (
        f'<path d="{minor}" stroke="{MINOR}" stroke-width="0.1" fill="none"/>'
        f'<path d="{major}" stroke="{MAJOR}" stroke-width="0.16" fill="none"/>'
    )


def _lead(band: _Band, strip: Strip) -> str:
    middle = band.y(band.middle)
    low, high = middle + band.gain / 2, middle - band.gain / 2
    # What has no millivolts has no pulse of one.
    pulse = f"M0.6 {low:.2f}H1.4V{high:.2f}H3.8V{low:.2f}H4.6" if band.trace.gain else ""
    step = MM_PER_S / strip.rate_hz
    path = "".join(_piece(piece, band, step) for piece in _pieces(band.trace))
    lost = "".join(_lost(a, b, band, step) for a, b in _holes(band.trace))
    return (
        f'{lost}<path d="{pulse}" stroke="{INK}" stroke-width="0.25" fill="none"/>'
        f'<path d="{path}" stroke="{INK}" stroke-width="0.25" fill="none" stroke-linejoin="round"/>'
        f'<text x="{PULSE_MM + 1:g}" y="{band.top + 3.4:.2f}" font-size="3" font-weight="600" '
        f'stroke="#ffffff" stroke-width="0.7" paint-order="stroke">{escape(band.trace.lead)}</text>'
        f'<text x="{PULSE_MM + 1:g}" y="{band.top + 3.4:.2f}" font-size="3" font-weight="600" '
        f'fill="{INK}">{escape(band.trace.lead)}</text>'
    )


def _pieces(trace: Trace) -> list[tuple[int, int]]:
    """Stretches ``[start, stop)`` of measured samples."""
    edges = [0, *(i for i, (a, b) in enumerate(pairwise(trace.values), 1) if (a is None) != (b is None))]
    edges.append(len(trace.values))
    return [(a, b) for a, b in pairwise(edges) if a < b and trace.values[a] is not None]


def _holes(trace: Trace) -> list[tuple[int, int]]:
    inside = _pieces(trace)
    edges = [0, *(edge for piece in inside for edge in piece), len(trace.values)]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def _piece(piece: tuple[int, int], band: _Band, step: float) -> str:
    points = []
    for index in range(*piece):
        value = band.trace.values[index]
        if value is not None:
            y = band.y((value - band.trace.baseline) / (band.trace.gain or UNSIZED))
            points.append(
                f"{PULSE_MM + index * step:.2f} {min(max(y, band.top), band.top + band.height):.2f}"
            )
    return f"M{'L'.join(points)}" if len(points) > 1 else ""


def _lost(start: int, stop: int, band: _Band, step: float) -> str:
    """Hatch where nothing was measured, with words where there is room."""
    left, right = PULSE_MM + start * step, PULSE_MM + stop * step
    low = band.top + band.height
    lines = "".join(
        f"M{max(left, x):.2f} {low if x >= left else low - (left - x):.2f}"
        f"L{min(right, x + band.height):.2f} {low - (min(right, x + band.height) - x):.2f}"
        for x in _steps(left - band.height, right, 3.0)
    )
    words = ""
    if right - left > 30:
        middle = (left + right) / 2
        words = (
            f'<rect x="{middle - 12:.2f}" y="{low - band.height / 2 - 2.6:.2f}" width="24" height="4.4" '
            f'fill="#ffffff"/><text x="{middle:.2f}" y="{low - band.height / 2 + 0.6:.2f}" font-size="2.8" '
            f'text-anchor="middle" fill="{INK}">not measured</text>'
        )
    return f'<path d="{lines}" stroke="#777777" stroke-width="0.12" fill="none"/>{words}'


def _steps(start: float, stop: float, step: float) -> list[float]:
    return [start + step * k for k in range(int((stop - start) / step) + 1)]


def _foot(strip: Strip, top: float) -> str:
    """A tick each second, and a letter under each beat."""
    seconds = int((strip.end - strip.start) / strip.rate_hz)
    ticks = "".join(f"M{PULSE_MM + MM_PER_S * s:g} {top:g}v1.2" for s in range(seconds + 1))
    letters = "".join(
        f'<text x="{PULSE_MM + sample * MM_PER_S / strip.rate_hz:.2f}" y="{top + 3.4:.2f}" font-size="2.5" '
        f'text-anchor="middle" fill="{INK}" font-weight="{400 if letter == "N" else 700}">'
        f"{escape(letter)}</text>"
        for sample, letter in strip.beats
    )
    return f'<path d="{ticks}" stroke="{INK}" stroke-width="0.18" fill="none"/>{letters}'
