"""``einthoven report``: the report of a bare record, without a center (R25, R26)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import click

from einthoven.base.errors import InputError
from einthoven.base.instants import MICROSECOND, SECOND, Instant
from einthoven.base.thresholds import Thresholds, shipped
from einthoven.bootstrap.analyze import readable
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.compiling import telling_compilation
from einthoven.bootstrap.interrupts import heeding
from einthoven.bootstrap.progress import progress_bar
from einthoven.ecg.analyze import analyze
from einthoven.ecg.measure_record import record_trends
from einthoven.ecg.measure_st import st_findings
from einthoven.edges.exchange.atomic import write_files
from einthoven.edges.exchange.records import Record
from einthoven.edges.typeset.pdf import Paper, typeset
from einthoven.enrollment import checks
from einthoven.reports.analysed import study_of
from einthoven.reports.clock import AS_RECORDED, zone_of
from einthoven.reports.compose import Asked, daily, face_of, final
from einthoven.reports.day import Day, day_of
from einthoven.reports.report import Person, Report, Service, content, digest
from einthoven.reports.strips import DAILY_MOST, Cut, choose, cut
from einthoven.reports.study import Study
from einthoven.reports.totals import totals_of
from einthoven.reports.window import window

DAY_S = 24 * 3600
REST_S = 4 * 3600
"""What is left behind the last whole day and is shorter than this belongs to it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``report`` shall make.

    Attributes:
        out: the PDF.
        kind: ``daily`` or ``end``.
        day: which day of a daily report, from 1; None: the first.
        person: whose record it is; the name may be missing.
        start: ISO 8601 instant of the first sample, instead of the file's.
        zone: time zone that the file's or the given time on the wall is of; ``""`` if not known.
        physician, indication: as ordered.
        paper: A4 or Letter.
        leads: names or numbers of the leads; none: all.
        values: file for the report's content as JSON, or None.
        thresholds: from what on something is a finding.
    """

    out: Path
    kind: str = "daily"
    day: int | None = None
    person: Person = field(default_factory=Person)
    start: str = ""
    zone: str = ""
    physician: str = ""
    indication: str = ""
    paper: Paper = "a4"
    leads: tuple[str, ...] = ()
    values: Path | None = None
    thresholds: Thresholds = field(default_factory=shipped)


def person_of(name: str, birth_date: str | None, sex: str | None, identifier: str | None) -> Person:
    """Whose report it is, checked; all may be missing.

    Raises:
        EnrollmentError: names the option.
    """
    return Person(
        checks.name("--name", name) if name.strip() else "",
        checks.day("--birth-date", birth_date, RealClock().wall()),
        sex or "",
        checks.line("--id", identifier, 64),
    )


def report_record(path: str, wanted: Wanted) -> dict[str, object]:
    """Make the report of a record.

    Returns:
        ``record``, ``report`` (the PDF), ``kind``, ``days`` in the record, ``sha256`` of the content.

    Raises:
        InputError: the record cannot be analysed, has no such day, or the time or zone is none; one line.
        StoreError: the PDF cannot be made or written; nothing is.
    """
    zone_of(wanted.zone)
    if wanted.values is not None and wanted.values.resolve() == wanted.out.resolve():
        raise InputError(f"{wanted.out}: the PDF and the JSON cannot be one file")
    if not wanted.out.parent.is_dir():
        raise InputError(f"{wanted.out.parent}: there is no such folder")
    with heeding(), telling_compilation():
        record = readable(path, wanted.leads)
        for note in record.notes:
            click.echo(f"einthoven: note: {path}: {note}", err=True)
        start, zone = _when(record, wanted)
        spans = _days(len(record.samples), record.layout.rate_hz)
        if wanted.day is not None and not 1 <= wanted.day <= len(spans):
            raise InputError(f"{path}: there is no day {wanted.day}: the record has {len(spans)}")
        study = _study(record, start, wanted.thresholds)
        report = _report(record, study, spans, zone, wanted)
    files = {wanted.out: typeset(report, paper=wanted.paper)}
    data = content(report)
    if wanted.values is not None:
        files[wanted.values] = data
    write_files(files)
    if wanted.kind == "daily" and wanted.day is None and len(spans) > 1:
        words = f"{path}: {len(spans)} days; this is the first (--day 2 …, or --kind end for all of them)"
        click.echo(f"einthoven: note: {words}", err=True)
    return {
        "record": record.name,
        "report": str(wanted.out),
        "kind": report.kind,
        "days": len(spans),
        "sha256": digest(data),
    }


def _when(record: Record, wanted: Wanted) -> tuple[Instant, str]:
    """Instant of sample 0, and the zone that times are printed in: 0 and none where neither is known."""
    if not wanted.start:
        if record.start is None:
            return 0, ""
        return _on_the_wall(record.start, wanted.zone), wanted.zone or AS_RECORDED
    try:
        moment = datetime.fromisoformat(wanted.start)
    except ValueError as error:
        raise InputError(
            f"--start {wanted.start!r} is not a date and time (want e.g. 2026-11-21T08:00:00)"
        ) from error
    given = _instant(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)
    if moment.tzinfo is not None:
        return given, wanted.zone or "UTC"
    return _on_the_wall(given, wanted.zone), wanted.zone or AS_RECORDED


def _on_the_wall(as_utc: Instant, zone: str) -> Instant:
    """What a clock on the wall of a zone showed, given as if it were UTC, as an instant."""
    wall = datetime.fromtimestamp(as_utc // SECOND, UTC).replace(tzinfo=zone_of(zone))
    return _instant(wall) + as_utc % SECOND


def _instant(moment: datetime) -> Instant:
    whole = moment.replace(microsecond=0)
    return round(whole.timestamp()) * SECOND + moment.microsecond * MICROSECOND


def _days(samples: int, rate_hz: float) -> list[tuple[int, int]]:
    """Stretches of 24 hours from the first sample on; a short rest belongs to the last."""
    edges = list(range(0, samples, round(DAY_S * rate_hz)))
    if len(edges) > 1 and samples - edges[-1] < REST_S * rate_hz:
        edges.pop()
    return list(pairwise([*edges, samples]))


def _study(record: Record, start: Instant, thresholds: Thresholds) -> Study:
    samples, layout = record.samples, record.layout
    with progress_bar(record.name) as tell:

        def share(done: float) -> None:
            tell(round(done * len(samples)), len(samples))

        share(0.0)
        present = None if record.present is None else list(record.present)
        result = analyze(samples, layout, share, present, thresholds)
    trends = record_trends(samples, layout, result)
    result.findings.extend(st_findings(trends, layout, result, len(samples), thresholds))
    result.findings.sort(key=lambda finding: (finding["start_sample"], finding["kind"]))
    return study_of(len(samples), layout, start, result, trends, thresholds, present)


def _report(record: Record, study: Study, spans: list[tuple[int, int]], zone: str, wanted: Wanted) -> Report:
    number = 0 if wanted.kind == "end" else (wanted.day or 1)
    service = Service(
        "",
        zone=zone,
        number=number if len(spans) > 1 else 0,
        of=len(spans) if len(spans) > 1 else 0,
        stream=record.name,
        physician=checks.line("--physician", wanted.physician, 200),
        indication=checks.line("--indication", wanted.indication, 500),
    )
    asked = Asked(wanted.person, service, wanted.thresholds)
    if wanted.kind == "daily":
        day, cuts, left_out = _day(record, study, spans[number - 1], zone)
        return daily(day, cuts, left_out, asked)
    days, every, left = [], [], 0
    with progress_bar(f"{record.name}: days", "days") as tell:
        for place, span in enumerate(spans):
            day, cuts, left_out = _day(record, study, span, zone)
            days.append(day)
            every += cuts
            left += left_out
            tell(place + 1, len(spans))
    return final(days, every, asked, left)


def _day(record: Record, study: Study, span: tuple[int, int], zone: str) -> tuple[Day, list[Cut], int]:
    """The figures of a day, its strips, and how many more were worth one."""
    part = window(study, *span)
    day = day_of(part)
    face = face_of(totals_of([day]), zone)
    chosen, left_out = choose(day, part, DAILY_MOST)
    first = span[0]
    cuts = [cut(one, part, lambda a, b: record.samples[first + a : first + b], face) for one in chosen]
    return day, cuts, left_out
