"""The report of one event that a physician was told of (R26): what was found, its ECG before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from einthoven.reports.compose import Asked, composed, face_of
from einthoven.reports.conclusion import conclusion_of
from einthoven.reports.day import Day
from einthoven.reports.report import GRAVE, Line, Report
from einthoven.reports.sections import Made
from einthoven.reports.strips import BY_HAND, STRIP_S, Choice, Cut
from einthoven.reports.totals import totals_of

BEFORE_S, AFTER_S = 60.0, 300.0
"""Seconds round an event that its report tells of: enough for its onset, its end and what it came out of."""
LONGEST_S = 1800.0
"""Of an event that lasts longer its report tells the first half hour; the daily report tells all of it."""
ROWS_BEFORE, ROWS_AFTER = 1, 4
"""Strips before the onset and from it on, one behind the other."""


def stretch(onset: int, end: int | None, rate_hz: float, stored: int) -> tuple[int, int]:
    """Samples ``[start, stop)`` that the report of an event tells of.

    Args:
        onset, end: of the event; None while it lasts.
        rate_hz: sampling rate.
        stored: the first sample that is not stored.
    """
    last = onset if end is None else min(end, onset + round(LONGEST_S * rate_hz))
    stop = last + round(AFTER_S * rate_hz)
    return max(0, onset - round(BEFORE_S * rate_hz)), max(onset + 1, min(stop, stored))


def choices(onset: int, end: int | None, title: str, rate_hz: float, day: Day, verdict: str) -> list[Choice]:
    """The strips of an event: one before it, then on without a gap.

    Args:
        onset, end: of the event, samples of the stream; None while it lasts.
        title: what it is called.
        rate_hz: sampling rate.
        day: the stretch that they lie in.
        verdict: what a technician said of it, or ``""``.
    """
    length = round(STRIP_S * rate_hz)
    first = max(day.start, onset - round(rate_hz))
    rows = []
    for place in range(-ROWS_BEFORE, ROWS_AFTER):
        start = first + place * length
        if start < day.start or start >= day.end:
            continue
        since = (start - onset) / rate_hz
        if place < 0:
            words = "Before the onset"
        elif place == 0:
            words = f"{title}: onset {-since:.0f} s into the strip"
        else:
            goes_on = end is None or start < end
            words = f"{'Going on, ' if goes_on else 'Afterwards, '}{since:.0f} s after the onset"
        rows.append(Choice(start, BY_HAND, float(-place), words, "told to the physician", verdict))
    return rows


def urgent(day: Day, cuts: Sequence[Cut], case: str, title: str, met: Sequence[str], asked: Asked) -> Report:
    """The report of an event.

    Args:
        day: the figures of the stretch round it.
        cuts: its strips, in order.
        case: number of the case.
        title: what it is called.
        met: the physician's criteria that it met, a sentence each.
        asked: for whom.
    """
    totals = totals_of([day])
    face = face_of(totals, asked.service.zone)
    made = Made(totals, face, asked.limits)
    lead = Line(f"{title}: told to the physician by telephone.", GRAVE, day.start, day.end)
    lines = (lead, *(Line(f"Criterion met: {words}", GRAVE) for words in met), *conclusion_of(made))
    report = composed(
        "urgent", f"Urgent report, case {case}", totals, tuple(one.strip for one in cuts), 0, asked
    )
    kept = tuple(
        one for one in report.sections if one.name in ("rate", "rhythm", "conduction", "events", "symptoms")
    )
    return replace(report, conclusion=lines, sections=kept)
