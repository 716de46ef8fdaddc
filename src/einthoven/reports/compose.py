"""A report out of days and strips: daily, and at the end of the service (R25, R26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from einthoven.base.thresholds import Thresholds
from einthoven.reports.clock import DAY_MS, ClockFace
from einthoven.reports.conclusion import conclusion_of, headline_of
from einthoven.reports.day import Day
from einthoven.reports.over_time import charts_of, days_section, hours_section
from einthoven.reports.report import Kind, Person, Report, Section, Service, Strip
from einthoven.reports.sections import Made, sections_of
from einthoven.reports.strips import DAILY_MOST, FINAL_MOST, Cut, among
from einthoven.reports.totals import Totals, totals_of
from einthoven.reports.words import count, number

FILTER = "as recorded, no filter"
"""Strips show the stored samples themselves."""
UNREAD = "Found by the analysis of the recording; it is for a physician to read."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked for with.

    Attributes:
        person: whose it is.
        service: of which service; its ``dates`` are set when it is composed.
        limits: from what on something was a finding.
        notes: what stands before the other notes, such as what is missing.
    """

    person: Person
    service: Service
    limits: Thresholds
    notes: tuple[str, ...] = ()


def daily(day: Day, cuts: Sequence[Cut], left_out: int, asked: Asked) -> Report:
    """The report of one day.

    Args:
        day: its figures.
        cuts: its strips, as chosen.
        left_out: how many more were worth one.
        asked: for whom.
    """
    totals = totals_of([day])
    strips = tuple(one.strip for one in cuts)
    part = f"day {asked.service.number}" if asked.service.number else ""
    if part and asked.service.of:
        part += f" of {asked.service.of}"
    title = f"Daily report, {part}" if part else "Daily report"
    return composed("daily", title, totals, strips, left_out, asked)


def final(days: Sequence[Day], cuts: Sequence[Cut], asked: Asked, left_out: int = 0) -> Report:
    """The report at the end of the service, over its days in order (at least one).

    Args:
        days: their figures.
        cuts: strips of all days.
        asked: for whom.
        left_out: how many strips the days left out already.
    """
    totals = totals_of(days)
    face = face_of(totals, asked.service.zone)
    strips, more = among(cuts, totals, FINAL_MOST, face)
    return composed("end", "Report at the end of service", totals, tuple(strips), left_out + more, asked)


def face_of(totals: Totals, zone: str) -> ClockFace:
    """How times of these days are printed: without a zone they are counted from the start."""
    start, end = totals.first.start_ms, totals.last.end_ms
    if start is None or end is None:
        return ClockFace("", 0, round(totals.seconds * 1000), several=len(totals.days) > 1)
    return ClockFace(zone, start, end, several=end - start > DAY_MS)


def composed(
    kind: Kind,
    title: str,
    totals: Totals,
    strips: tuple[Strip, ...],
    left_out: int,
    asked: Asked,
) -> Report:
    """A report of days taken together, with these strips; ``left_out``: how many more were worth one."""
    face = face_of(totals, asked.service.zone)
    made = Made(totals, face, asked.limits)
    service = asked.service
    over_time = days_section(totals, face) if len(totals.days) > 1 else hours_section(totals.first, face)
    return Report(
        kind=kind,
        title=title,
        person=asked.person,
        service=Service(
            dates=face.dates(),
            start_ms=totals.first.start_ms if face.zone else None,
            end_ms=totals.last.end_ms if face.zone else None,
            zone=face.zone,
            number=service.number,
            of=service.of,
            stream=service.stream,
            transmitter=service.transmitter,
            physician=service.physician,
            center=service.center,
            indication=service.indication,
        ),
        made_by=totals.last.made_by,
        rate_hz=totals.first.rate_hz,
        leads=totals.first.leads,
        filter=FILTER,
        conclusion=conclusion_of(made),
        headline=headline_of(made),
        sections=_ordered(sections_of(made), over_time),
        charts=charts_of(totals, face),
        strips=strips,
        notes=(*asked.notes, *notes_of(totals, len(strips), left_out)),
    )


def _ordered(sections: tuple[Section, ...], over_time: Section) -> tuple[Section, ...]:
    """The table of hours or days before the list of episodes: it is looked at first."""
    names = [one.name for one in sections]
    place = next((names.index(name) for name in ("symptoms", "events", "wear") if name in names), len(names))
    return (*sections[:place], over_time, *sections[place:])


def notes_of(totals: Totals, strips: int, left_out: int) -> tuple[str, ...]:
    """What has to be known to read the report."""
    notes = [UNREAD]
    relabelled = sum(day.relabelled for day in totals.days)
    if relabelled:
        notes.append(f"{count(relabelled, 'beat')} carry a technician's label instead of the analysis' own.")
    rejected = sum(day.rejected for day in totals.days)
    if rejected:
        notes.append(f"{count(rejected, 'finding')} rejected by a technician and counted nowhere.")
    if len(totals.days) > 1:
        notes.append("Days are cut at one hour: a run over it counts in both, an episode over it is one.")
    late = sum(one.late for kind in totals.episodes.values() for one in kind.listed)
    if late:
        notes.append(f"{count(late, 'episode')} found in samples that came late.")
    if left_out:
        notes.append(
            f"{number(strips)} strips are shown; {count(left_out, 'more episode')} with a strip of its own "
            "can be seen in the full disclosure."
        )
    versions = sorted({day.made_by for day in totals.days})
    if len(versions) > 1:
        notes.append(f"Analysed by more than one version: {', '.join(versions)}.")
    return tuple(notes)


__all__ = ["DAILY_MOST", "FINAL_MOST", "Asked", "daily", "face_of", "final", "notes_of"]
