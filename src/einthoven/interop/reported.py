"""The content of a report (``reports.report``, as it is kept: JSON) as values and strips that leave.

Read from the kept bytes, so that what leaves is what was signed. A content of another format gives nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from einthoven.base.instants import MILLISECOND, SECOND
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.ecg.kinds import BY_NAME
from einthoven.interop import codes
from einthoven.interop.outgoing import Measured, Strip
from einthoven.reports.report import FORMAT
from einthoven.reports.words import DASH, name_of

UNITS: Final[Mapping[str, str]] = {
    "1/min": "/min",
    "1/h": "/h",
    "µV": "uV",
    "ms²": "ms2",
    "beats": "{beats}",
    "couplets": "{couplets}",
    "runs": "{runs}",
}
"""Units of figures that UCUM writes otherwise; a count has an annotation. Others are as they are."""
MEASURED: Final[Mapping[str, str]] = {
    "rate_mean": "rate",
    "rate_least_8_beats": "rate",
    "rate_most_8_beats": "rate",
    "pr": "pr",
    "qrs": "qrs",
    "qt": "qt",
    "qtc_fridericia": "qtc",
    "qtc_bazett": "qtc",
}
"""Figures that are what a code of ``codes.MEASURES`` means; all others have the center's own name alone."""
CONCLUSION: Final = "conclusion"
_KINDS: Final = {name_of(kind): kind for kind in BY_NAME}
_NUMBER: Final = re.compile("[\u2212-]?[0-9\u202f]+(?:[.]([0-9]+))?")
"""A number as ``reports.words`` prints it: with a narrow blank every three digits."""
_TABLES: Final = ("Rhythms found", "Pauses and blocks found")


@dataclass(frozen=True, slots=True)
class Content:
    """What of a content leaves.

    Attributes:
        title: of the report.
        made_by: version of the analysis.
        values, strips: what was found.
    """

    title: str = ""
    made_by: str = ""
    values: tuple[Measured, ...] = ()
    strips: tuple[Strip, ...] = ()


def content_of(raw: bytes) -> Content:
    """The content of a report; empty where it is of another format."""
    told: Any = json.loads(raw)
    if not isinstance(told, Mapping) or told.get("format") != FORMAT:
        return Content()
    values: dict[str, Measured] = {}
    for one in (*_figures(told), *_findings(told)):
        values.setdefault(one.name, one)
    lines = "\n".join(str(line["text"]) for line in told["conclusion"])
    if lines:
        words = "Findings in words, by the analysis"
        values[CONCLUSION] = Measured(CONCLUSION, words, tuple(codes.figure(CONCLUSION, words)), lines)
    return Content(
        str(told["title"]), str(told["made_by"]), tuple(values.values()), tuple(_strips(told["strips"]))
    )


def _figures(told: Mapping[str, Any]) -> Iterator[Measured]:
    """Those of the parts, then those of the headline that stand in no part."""
    for section in told["sections"]:
        for shown in section["shown"]:
            yield from _figure(shown, f"{section['title']}: {shown['label']}", told)
    for shown in told["headline"]:
        yield from _figure(shown, str(shown["label"]), told)


def _figure(shown: Mapping[str, Any], words: str, told: Mapping[str, Any]) -> Iterator[Measured]:
    one = shown["figure"]
    if one is None or one["value"] is None:
        return
    name = str(one["name"]).replace("_", "-")
    begin, end = int(one["start"]), int(one["end"])
    # A time is printed beside an extreme alone: everything else is of the whole stretch.
    timed = bool(shown["note"]) and one["at_ms"] is not None
    at = int(one["at_ms"]) * MILLISECOND if timed else None
    yield Measured(
        name,
        words,
        tuple(codes.figure(name, words, MEASURED.get(str(one["name"]), ""))),
        _as_printed(float(one["value"]), str(shown["text"])),
        UNITS.get(str(one["unit"]), str(one["unit"])),
        at,
        None if at is None else at + round((end - begin) / float(told["rate_hz"]) * SECOND),
        (begin, end),
    )


def _as_printed(value: float, text: str) -> float | int:
    """A value with as many places as it is printed with, so that paper and message say the same."""
    found = _NUMBER.fullmatch(text)
    places = len(found[1] or "") if found is not None else 1
    rounded = round(value, places)
    return int(rounded) if rounded.is_integer() else rounded


def _findings(told: Mapping[str, Any]) -> Iterator[Measured]:
    """Rhythms, pauses and blocks, a line of their tables each."""
    for section in told["sections"]:
        for table in section["tables"]:
            if table["caption"] in _TABLES:
                for row in table["rows"]:
                    yield from _finding(table["columns"], row)


def _finding(columns: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> Iterator[Measured]:
    cells = [str(cell) for cell in row["cells"]]
    kind = _KINDS.get(cells[0])
    if kind is None:
        return
    units = [str(column["unit"]) for column in columns]
    said = [
        " ".join(part for part in (str(column["label"]), cell, unit) if part)
        for column, cell, unit in zip(columns[1:], cells[1:], units[1:], strict=True)
        if cell and cell != DASH
    ]
    samples = None if row["start"] is None else (int(row["start"]), int(row["end"]))
    found = tuple(codes.finding(kind, cells[0]))
    yield Measured(f"found-{kind}", cells[0], found, ", ".join(said), samples=samples)


def _strips(told: Sequence[Mapping[str, Any]]) -> Iterator[Strip]:
    for place, one in enumerate(told, 1):
        traces = one["traces"]
        if not traces or not traces[0]["values"] or not all(trace["gain"] for trace in traces):
            continue  # what has no millivolts is no ECG that another system could draw
        leads = tuple(
            Lead(str(trace["lead"]), gain=float(trace["gain"]), baseline=int(trace["baseline"]))
            for trace in traces
        )
        samples = np.array(
            [[INVALID_SAMPLE if value is None else value for value in trace["values"]] for trace in traces],
            np.int16,
        ).T
        at = None if one["at_ms"] is None else int(one["at_ms"]) * MILLISECOND
        words = " – ".join(part for part in (str(one["caption"]), str(one["why"])) if part)
        layout = Layout(float(one["rate_hz"]), leads)
        yield Strip(f"strip-{place}", words, layout, samples, at, int(one["start"]))
