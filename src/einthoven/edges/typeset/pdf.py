"""A report onto paper: PDF/A-3a and PDF/UA-1 by typst, its content attached as JSON (R28).

The same content and standing give the same bytes: no clock is read, fonts come with the package.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typst

from einthoven.base.errors import StoreError
from einthoven.edges.typeset.chart_svg import chart_svg
from einthoven.edges.typeset.strip_svg import strip_svg
from einthoven.reports.over_time import LEGEND
from einthoven.reports.report import TECHNICAL, Chart, Report, content, digest
from einthoven.reports.standing import STATES, Standing

if TYPE_CHECKING:
    from typst import PDFStandard

Paper = Literal["a4", "us-letter"]
FAMILIES = (
    "Inter",
    "Noto Sans S Chinese",
    "Noto Sans Korean",
    "Noto Naskh Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
)
STANDARDS: list[PDFStandard] = ["a-3a", "ua-1"]
UNSEEN_MOST = 40
"""Pieces of text in scripts that no font of the package has, in one report."""
_NO_GLYPH = re.compile(r'the text `?"(.+)"`? could not be displayed', re.DOTALL)
NO_NAME = "name not given"


def typeset(report: Report, standing: Standing | None = None, paper: Paper = "a4") -> bytes:
    """A report as PDF.

    Args:
        report: its content.
        standing: impression, signatures, addenda; None: preliminary.
        paper: A4 or Letter; strips are true to scale on both.

    Raises:
        StoreError: the fonts are not there, or the report cannot be set; says why.
    """
    stands = Standing() if standing is None else standing
    data = content(report)
    inputs = {
        "content": data.decode(),
        "standing": json.dumps(asdict(stands), ensure_ascii=False),
        "drawn": json.dumps(_drawn(report, stands, paper, digest(data)), ensure_ascii=False),
    }
    attached = {"attached": inputs["content"]}
    for _ in range(UNSEEN_MOST):
        try:
            compiled = typst.compile(
                _template(),
                font_paths=package_fonts(),
                sys_inputs=inputs | attached,
                format="pdf",
                pdf_standards=STANDARDS,
                timestamp=_date(report),
            )
        except typst.TypstError as error:
            unseen = without_glyph(error.message)
            if unseen is None:
                raise StoreError(f"the report cannot be set: {error.message}"[:400]) from error
            inputs = {name: spelled(text, unseen) for name, text in inputs.items()}
        else:
            if not isinstance(compiled, bytes):
                raise StoreError("the report cannot be set: no document came out")
            return compiled
    raise StoreError(f"the report cannot be set: more than {UNSEEN_MOST} pieces of text without a glyph")


def without_glyph(message: str) -> str | None:
    """The text that no font has letters for, of an error of typst's; None for any other error."""
    unseen = _NO_GLYPH.search(message)
    return None if unseen is None else unseen[1]


def spelled(text: str, unseen: str) -> str:
    """A text with the characters that no font has spelled by their number, so that none goes unseen."""
    for char in {char for char in unseen if not char.isascii()}:
        text = text.replace(char, f"[U+{ord(char):04X}]")
    return text


@lru_cache(maxsize=1)
def _template() -> bytes:
    return (files("einthoven.edges.typeset") / "report.typ").read_bytes()


@lru_cache(maxsize=1)
def package_fonts() -> typst.Fonts:
    """The fonts of the package, read once; no others, so that every machine sets the same page."""
    with as_file(files("einthoven.edges.typeset") / "fonts") as folder:
        return fonts_of(Path(folder))


def fonts_of(folder: Path) -> typst.Fonts:
    """The fonts of a folder: all that a report may need, for what is set without them has no letters.

    Raises:
        StoreError: one of the families is not there.
    """
    made = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    there = made.families()
    missing = [name for name in FAMILIES if name not in there]
    if missing:
        raise StoreError(
            f"{folder}: fonts of reports are not there: {', '.join(missing)}: run `make frontend`"
        )
    return made


def _date(report: Report) -> datetime:
    """When the reported time ended: a report is dated by what it is about."""
    return datetime.fromtimestamp((report.service.end_ms or 0) // 1000, UTC)


def _drawn(report: Report, standing: Standing, paper: Paper, sha: str) -> dict[str, Any]:
    """What is printed and is no content: pictures, the identification of the page."""
    date = _date(report)
    rate = f"{report.rate_hz:g}"
    strips = []
    for one in report.strips:
        drawn = strip_svg(one)
        leads = ", ".join(trace.lead for trace in one.traces)
        if len(one.traces) < len(report.leads):
            leads += f" ({len(one.traces)} of {len(report.leads)} leads)"
        sized = all(trace.gain for trace in one.traces)
        size = f"{drawn.mm_per_mv:g} mm/mV" if sized else f"SIZE NOT KNOWN, {drawn.mm_per_mv:g} mm per 100 Hz"
        line = f"{one.why}  ·  {leads}  ·  25 mm/s, {size}"
        if drawn.cut:
            line += "  ·  TRACE CUT: it goes beyond the paper"
        if one.verdict:
            line += f"  ·  technician: {one.verdict}"
        strips.append({"svg": drawn.svg, "line": line, "alt": f"ECG strip at {one.when}: {one.caption}."})
    return {
        "name": report.person.name or NO_NAME,
        "birth": _birth(report.person.birth_date),
        "state": _state(report, standing),
        "digest": sha[:16],
        "date": [date.year, date.month, date.day, date.hour, date.minute, date.second],
        "fonts": list(FAMILIES),
        "paper": paper,
        "recording": _recording(report, rate),
        "technical": report.kind in TECHNICAL,
        "charts": [chart_svg(one) for one in report.charts],
        "legends": [_legend(one) for one in report.charts],
        "strips": strips,
    }


def _state(report: Report, standing: Standing) -> str:
    """What every page says of where it stands."""
    if report.kind in TECHNICAL and standing.state == "preliminary":
        return "PRELIMINARY – not issued yet"
    return STATES[standing.state]


def _recording(report: Report, rate: str) -> str:
    if report.kind in TECHNICAL:
        lead = f" ({', '.join(report.leads)})" if report.leads else ""
        return f"One lead{lead}, {rate} Hz, by telephone"
    return f"{len(report.leads)} leads ({', '.join(report.leads)}), {rate} Hz"


def _birth(text: str) -> str:
    """A birth date as people write it; what is none is left as it is."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return text
    return f"{day.day} {day:%b %Y}"


def _legend(chart: Chart) -> str:
    """What letters, shades and lines of a chart mean, as far as they are on it."""
    parts = [
        f"{letter} {LEGEND[letter]}" for letter in LEGEND if any(p.letter == letter for p in chart.points)
    ]
    kinds = {one.kind for one in chart.stretches}
    if kinds & {"atrial-fibrillation", "atrial-flutter"}:
        parts.append("bar at the foot: AF or flutter")
    if "gap" in kinds:
        parts.append("hatched: not received")
    if "noise" in kinds:
        parts.append("hatched at the top: too noisy")
    if chart.name == "rate":
        parts.insert(0, "line: mean, grey: lowest to highest of eight intervals")
    elif len(chart.series) > 1:
        names = ("solid", "dashed", "dotted")
        bars = [one.label for one in chart.series if one.style == "bar"]
        lines = [(place, one.label) for place, one in enumerate(chart.series) if one.style == "line"]
        parts += [f"bars: {label}" for label in bars] + [
            f"{names[place % 3]}: {label}" for place, label in lines
        ]
    return "  ·  ".join([*parts, chart.note] if chart.note else parts)
