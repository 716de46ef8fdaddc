"""A report as a plain value: what is printed, shown on a page, signed and kept, nothing beside it (R25–R28).

Every text that a reader sees is in it, with the samples that it came from, so that paper, page and signature
speak of one thing. Its canonical bytes are what a signature is bound to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from einthoven.reports.figures import Figure

FORMAT = "einthoven-report-1"
Kind = Literal["daily", "urgent", "end", "strip", "period"]
TECHNICAL = frozenset({"strip", "period"})
"""Kinds of strips by telephone: tracing and counts, no interpretation (R7)."""
Gravity = Literal["grave", "notable", "plain"]
GRAVE: Gravity = "grave"
NOTABLE: Gravity = "notable"
PLAIN: Gravity = "plain"


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the conclusion, and the samples of the stream it is about; None: the whole stretch."""

    text: str
    gravity: Gravity = PLAIN
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as it is printed.

    Attributes:
        label: what it is.
        text: the value as printed, without its unit; a dash where it could not be told.
        unit: as printed.
        note: when it was, or why it could not be told.
        figure: the value itself and its samples; None for text that is no figure.
    """

    label: str
    text: str
    unit: str = ""
    note: str = ""
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, the unit under it, and whether its cells are numbers."""

    label: str
    unit: str = ""
    number: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells as printed, and the samples of the stream it is about."""

    cells: tuple[str, ...]
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``caption`` says what is in it, ``note`` what is not."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: figures, then tables, then what has to be said of them."""

    name: str
    title: str
    shown: tuple[Shown, ...] = ()
    tables: tuple[Table, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a chart: equally spaced values, None where there is none."""

    label: str
    style: Literal["line", "area", "bar"]
    values: tuple[float | None, ...]
    upper: tuple[float | None, ...] = ()
    """Of an area: its upper edge; ``values`` are the lower."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch marked on a chart, in seconds from its left edge."""

    kind: str
    label: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Point:
    """A moment marked on a chart, in seconds from its left edge; ``letter`` stands at it."""

    letter: str
    label: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick of a chart's time axis, in seconds from its left edge."""

    at_s: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart over time.

    Attributes:
        name, title, unit: what it shows.
        alt: what it shows in a sentence, for who cannot see it.
        seconds: its width.
        step_s: between two values.
        low, high: of the axis.
        series, stretches, points, ticks: what is drawn.
        note: what is not drawn, and why.
    """

    name: str
    title: str
    unit: str
    alt: str
    seconds: float
    step_s: float
    low: float
    high: float
    series: tuple[Series, ...]
    stretches: tuple[Stretch, ...] = ()
    points: tuple[Point, ...] = ()
    ticks: tuple[Tick, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """One lead of a strip: stored values; None where the lead measured nothing or nothing was received.

    ``gain`` is steps a millivolt; 0 where the size is not known: values are tenths of a hertz of a tone then,
    drawn as if 100 Hz were a millivolt and with no pulse of one.
    """

    lead: str
    gain: float
    baseline: int
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """A piece of ECG as printed at 25 mm/s and 10 mm/mV.

    Attributes:
        start, end: samples of the stream.
        at_ms: when it begins.
        when: the same as printed.
        caption: what is seen.
        why: why it was chosen.
        rate_hz: samples per second.
        traces: its leads.
        beats: (sample from its start, letter of the class) of each beat.
        verdict: what a technician said of it; ``""`` where it was not looked at.
    """

    start: int
    end: int
    at_ms: int | None
    when: str
    caption: str
    why: str
    rate_hz: float
    traces: tuple[Trace, ...]
    beats: tuple[tuple[int, str], ...]
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose report it is; ``""`` where it is not known."""

    name: str = ""
    birth_date: str = ""
    sex: str = ""
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """Of which service.

    Attributes:
        dates: dates of service as printed on every page (R28).
        start_ms, end_ms: the stretch that is reported.
        zone: name of the time zone that times are printed in; ``""``: counted from the start of the record.
        number, of: which day of how many; 0 where that is not known.
        stream, transmitter: where the samples are.
        physician, center: who ordered, who watched.
        indication: as ordered.
    """

    dates: str
    start_ms: int | None = None
    end_ms: int | None = None
    zone: str = ""
    number: int = 0
    of: int = 0
    stream: str = ""
    transmitter: str = ""
    physician: str = ""
    center: str = ""
    indication: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report.

    Attributes:
        kind, title: what it is.
        person, service: of whom and when.
        made_by: version of the analysis and of the table of thresholds.
        rate_hz, leads, filter: of the recording, and what was done to the signal that is shown.
        conclusion: what a reader needs in ten seconds.
        headline: the figures under it.
        sections, charts, strips: the rest.
        notes: what has to be known to read it: what was not there, what was relabelled, what was left out.
    """

    kind: Kind
    title: str
    person: Person
    service: Service
    made_by: str
    rate_hz: float
    leads: tuple[str, ...]
    filter: str
    conclusion: tuple[Line, ...]
    headline: tuple[Shown, ...]
    sections: tuple[Section, ...]
    charts: tuple[Chart, ...]
    strips: tuple[Strip, ...]
    notes: tuple[str, ...] = ()
    format: str = FORMAT


def content(report: Report) -> bytes:
    """The canonical bytes of a report: JSON in UTF-8, keys sorted, no spaces; one report gives one text."""
    return canonical(asdict(report))


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8 with sorted keys and no spaces; NaN is refused."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest(data: bytes) -> str:
    """SHA-256 of a report's canonical bytes, 64 hexadecimal digits: what a signature names."""
    return hashlib.sha256(data).hexdigest()
