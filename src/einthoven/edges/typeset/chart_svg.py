"""Trends over time as SVG in millimetres, legible in black and white: what differs, differs in shape."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from einthoven.reports.report import Chart, Series

WIDTH_MM, LEFT_MM, RIGHT_MM = 180.0, 9.0, 1.0
HEIGHTS = {"rate": 36.0, "ectopy": 15.0, "burden": 12.0, "st": 20.0}
AXIS_MM = 5.0
INK, FAINT, GRID = "#000000", "#333333", "#d5d9de"
SHADE = {"atrial-fibrillation": "#9fb6cf", "atrial-flutter": "#9fb6cf"}
DASHES = ("", "1.2 0.7", "0.3 0.6")
LETTER_MM = 3.4
"""Letters of marks nearer than this stand over each other, in up to three rows; the rest share the last."""


def chart_svg(chart: Chart) -> str:
    """Draw a chart."""
    rows, tops = _rows(chart)
    body = HEIGHTS.get(chart.name, 22.0)
    height = tops + body + AXIS_MM
    plot = _Plot(chart, tops, body)
    parts = [
        plot.stretches(),
        plot.grid(),
        *(plot.series(one, place) for place, one in enumerate(chart.series)),
        plot.points(rows),
        plot.axis(),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {WIDTH_MM:g} {height:g}" font-family="Inter">{"".join(parts)}</svg>'
    )


def _rows(chart: Chart) -> tuple[list[int], float]:
    """Row of each mark's letter, and the height over the plot that they take."""
    last = [-1e9, -1e9, -1e9]
    rows: list[int] = []
    scale = (WIDTH_MM - LEFT_MM - RIGHT_MM) / chart.seconds if chart.seconds else 0.0
    for point in chart.points:
        x = point.at_s * scale
        room = LETTER_MM if len(point.letter) < 2 else LETTER_MM + 1.4
        row = next((k for k, edge in enumerate(last) if x - edge >= room), 2)
        rows.append(row)
        last[row] = x
    used = 1 + max(rows, default=-1)
    return rows, 1.0 + 3.0 * used if used else 2.0


class _Plot:
    """The plane of a chart: seconds and values to millimetres."""

    def __init__(self, chart: Chart, top: float, height: float) -> None:
        self.chart, self.top, self.height = chart, top, height
        self.scale = (WIDTH_MM - LEFT_MM - RIGHT_MM) / chart.seconds if chart.seconds else 0.0

    def x(self, seconds: float) -> float:
        return LEFT_MM + min(max(seconds, 0.0), self.chart.seconds) * self.scale

    def y(self, value: float) -> float:
        span = self.chart.high - self.chart.low
        inside = min(max(value, self.chart.low), self.chart.high)
        return self.top + self.height * (self.chart.high - inside) / span

    def grid(self) -> str:
        lines, words = [], []
        for value in _values(self.chart.low, self.chart.high, 6 if self.height > 25 else 3):
            y = self.y(value)
            lines.append(f"M{LEFT_MM:g} {y:.2f}H{WIDTH_MM - RIGHT_MM:g}")
            text = f"{value:g}".replace("-", "\u2212")
            words.append(
                f'<text x="{LEFT_MM - 1:g}" y="{y + 0.9:.2f}" font-size="2.5" text-anchor="end" '
                f'fill="{FAINT}">{text}</text>'
            )
        return f'<path d="{"".join(lines)}" stroke="{GRID}" stroke-width="0.12"/>{"".join(words)}'

    def stretches(self) -> str:
        parts = []
        low = self.top + self.height
        for one in self.chart.stretches:
            left, right = self.x(one.start_s), self.x(one.end_s)
            wide = max(right - left, 0.25)
            if one.kind in SHADE:
                parts.append(
                    f'<rect x="{left:.2f}" y="{low - 2.2:.2f}" width="{wide:.2f}" height="2.2" '
                    f'fill="{SHADE[one.kind]}" stroke="{INK}" stroke-width="0.12"/>'
                )
            else:
                parts.append(self._hatch(left, left + wide, one.kind == "gap"))
        return "".join(parts)

    def _hatch(self, left: float, right: float, missing: bool) -> str:
        """Missing samples are hatched in full height, noise only in the upper fifth."""
        low = self.top + (self.height if missing else self.height / 5)
        high = self.top
        tall, step = low - high, 1.4
        lines = []
        start = left - tall
        for k in range(int((right - start) / step) + 1):
            x = start + k * step
            x1, x2 = max(left, x), min(right, x + tall)
            if x2 > x1:
                lines.append(f"M{x1:.2f} {low - (x1 - x):.2f}L{x2:.2f} {low - (x2 - x):.2f}")
        return f'<path d="{"".join(lines)}" stroke="#8a929c" stroke-width="0.12" fill="none"/>'

    def series(self, one: Series, place: int) -> str:
        if one.style == "bar":
            return self._bars(one)
        if one.style == "area":
            return self._area(one)
        path = "".join(self._line(piece, one) for piece in _known(one.values))
        dash = f' stroke-dasharray="{DASHES[place % 3]}"' if place and self.chart.name != "rate" else ""
        return (
            f'<path d="{path}" stroke="{INK}" stroke-width="0.22" fill="none" stroke-linejoin="round"{dash}/>'
        )

    def _line(self, piece: tuple[int, int], one: Series) -> str:
        points = []
        for k in range(*piece):
            value = one.values[k]
            if value is not None:
                points.append(f"{self.x((k + 0.5) * self.chart.step_s):.2f} {self.y(value):.2f}")
        if len(points) == 1:
            return f"M{points[0]}h0.3"
        return f"M{'L'.join(points)}"

    def _area(self, one: Series) -> str:
        parts = []
        for start, stop in _known(one.values):
            up, down = [], []
            for k in range(start, stop):
                low, high = one.values[k], one.upper[k]
                if low is None or high is None:
                    continue
                for edge in (k, k + 1):
                    x = self.x(edge * self.chart.step_s)
                    up.append(f"{x:.2f} {self.y(high):.2f}")
                    down.append(f"{x:.2f} {self.y(low):.2f}")
            if up:
                parts.append(f"M{'L'.join([*up, *reversed(down)])}Z")
        return f'<path d="{"".join(parts)}" fill="#c3cad3" stroke="none"/>'

    def _bars(self, one: Series) -> str:
        parts = []
        for k, value in enumerate(one.values):
            if value:
                left, right = self.x(k * self.chart.step_s), self.x((k + 1) * self.chart.step_s)
                gap = min(0.4, (right - left) / 8)
                y = self.y(value)
                tall = max(0.25, self.y(self.chart.low) - y)
                parts.append(
                    f'<rect x="{left + gap:.2f}" y="{self.y(self.chart.low) - tall:.2f}" '
                    f'width="{max(0.2, right - left - 2 * gap):.2f}" height="{tall:.2f}"/>'
                )
        return f'<g fill="#6d7a8a">{"".join(parts)}</g>'

    def points(self, rows: list[int]) -> str:
        parts = []
        for point, row in zip(self.chart.points, rows, strict=True):
            x = self.x(point.at_s)
            y = self.top - 0.8 - 3.0 * row
            parts.append(
                f'<path d="M{x:.2f} {y + 0.3:.2f}V{self.top + self.height:.2f}" stroke="{INK}" '
                f'stroke-width="0.1" stroke-dasharray="0.5 0.5"/>'
                f'<text x="{x:.2f}" y="{y:.2f}" font-size="2.5" font-weight="700" text-anchor="middle" '
                f'fill="{INK}">{escape(point.letter)}</text>'
            )
        return "".join(parts)

    def axis(self) -> str:
        low = self.top + self.height
        parts = [
            f'<path d="M{LEFT_MM:g} {low:.2f}H{WIDTH_MM - RIGHT_MM:g}" stroke="{INK}" stroke-width="0.18"/>'
        ]
        for tick in self.chart.ticks:
            x = self.x(tick.at_s)
            if x > WIDTH_MM - 6:
                continue
            parts.append(
                f'<path d="M{x:.2f} {low:.2f}v1" stroke="{INK}" stroke-width="0.15"/>'
                f'<text x="{x:.2f}" y="{low + 3.6:.2f}" font-size="2.4" '
                f'fill="{FAINT}">{escape(tick.label)}</text>'
            )
        return "".join(parts)


def _known(values: tuple[float | None, ...]) -> list[tuple[int, int]]:
    """Stretches ``[start, stop)`` of values that are known."""
    edges = [
        0,
        *(k for k, (a, b) in enumerate(pairwise(values), 1) if (a is None) != (b is None)),
        len(values),
    ]
    return [(a, b) for a, b in pairwise(edges) if a < b and values[a] is not None]


def _values(low: float, high: float, most: int) -> list[float]:
    """At most ``most`` + 1 round values between two."""
    for step in (
        1.0,
        2.0,
        5.0,
        10.0,
        20.0,
        25.0,
        50.0,
        100.0,
        200.0,
        500.0,
        1000.0,
        2000.0,
        5000.0,
        1e4,
        5e4,
        1e5,
    ):
        if (high - low) / step <= most:
            first = -(-low // step) * step
            return [first + k * step for k in range(int((high - first) / step) + 1)]
    return [low, high]
