"""The report at the end of a period of strips by telephone: calls, answers, strips; technical (R7, R26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from einthoven.answering.call import Call
from einthoven.base.instants import SECOND
from einthoven.reports.clock import ClockFace, lasting
from einthoven.reports.report import (
    NOTABLE,
    Column,
    Line,
    Report,
    Row,
    Section,
    Shown,
    Strip,
    Table,
)
from einthoven.reports.telephone import (
    LINES,
    MEMORIES,
    NOT_TELEMETRY,
    TECHNICAL,
    Rates,
    Telephoned,
    after,
    answered_s,
    missed,
    ms,
    not_received_s,
    rates_of,
    rows_of,
    symptom_of,
)
from einthoven.reports.telephone_strip import CANNOT, FILTER, ForWhom, began_of, period_dates
from einthoven.reports.words import DASH, count, number, share

STRIPS_MOST: Final = 24
"""Strips of which the first seconds are shown; every strip has a report of its own."""
UNIT: Final = (
    "One service of up to 30 days, however many strips came: counted once, and never as real-time telemetry."
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A call of the period.

    Attributes:
        call: as the book has it.
        by: who took it, ``""`` for nobody.
    """

    call: Call
    by: str


def period_report(
    heard: Sequence[Heard], strips: Sequence[Telephoned], limit_s: float, asked: ForWhom
) -> Report:
    """The report of a period.

    Args:
        heard: its calls, in order.
        strips: of those calls, in order, struck ones among them.
        limit_s: within which a call is to be taken.
        asked: for whom.
    """
    start, zone = asked.episode.start, asked.service.zone
    stop = asked.episode.stop or max([start, *(one.call.rang_at for one in heard)])
    face = ClockFace(zone, ms(start) or 0, ms(stop) or 0, True)
    counted = [one for one in strips if not one.strip.struck]
    told = [(one, _rates(one)) for one in strips]
    shown = [row for one in counted[:STRIPS_MOST] for row in _first(one, face)]
    service = replace(
        asked.service,
        dates=period_dates(replace(asked.episode, stop=stop), zone),
        start_ms=ms(start),
        end_ms=ms(stop),
    )
    notes = [TECHNICAL, CANNOT]
    if len(counted) > STRIPS_MOST:
        notes.append(f"The first seconds of {STRIPS_MOST} strips are shown; each has a report of its own.")
    elif counted:
        notes.append("The first seconds of each strip are shown; each has a report of its own.")
    return Report(
        kind="period",
        title="Strips by telephone, report of the period",
        person=asked.person,
        service=service,
        made_by=asked.made_by,
        rate_hz=250.0,
        leads=tuple(dict.fromkeys(one.tracing.lead for one in counted if one.tracing is not None)),
        filter=FILTER,
        conclusion=_conclusion(heard, strips, counted, limit_s),
        headline=_headline(heard, counted, limit_s),
        sections=(_calls(heard, face, limit_s), _strips(told, face)),
        charts=(),
        strips=tuple(shown),
        notes=(*asked.notes, *notes),
    )


def _rates(one: Telephoned) -> Rates | None:
    countable = one.tracing is not None and one.sized and one.timed and not one.strip.struck
    return rates_of(one.tracing) if one.tracing is not None and countable else None


def _first(one: Telephoned, face: ClockFace) -> list[Strip]:
    rows = rows_of(one, face, 1, began_of(one))
    return [replace(row, caption=f"Strip {one.name}: {symptom_of(one.call.asked)}") for row in rows]


def _conclusion(
    heard: Sequence[Heard], strips: Sequence[Telephoned], counted: Sequence[Telephoned], limit_s: float
) -> tuple[Line, ...]:
    lines = [
        Line(
            f"{count(len(heard), 'call')}, {count(len(counted), 'strip that counts', 'strips that count')}."
        ),
        *_answered(heard, limit_s),
    ]
    struck = len(strips) - len(counted)
    if struck:
        lines.append(Line(f"{count(struck, 'strip')} struck out, listed with the reason."))
    if not heard:
        lines = [Line("The patient did not call: no strip was received.", NOTABLE)]
    return (*lines, Line(UNIT), Line(NOT_TELEMETRY))


def _answered(heard: Sequence[Heard], limit_s: float) -> list[Line]:
    times = [seconds for one in heard if (seconds := answered_s(one.call)) is not None]
    lost = [one for one in heard if missed(one.call)]
    lines = []
    if times:
        soon = sum(seconds <= limit_s for seconds in times)
        lines.append(
            Line(
                f"{number(soon)} of {count(len(heard), 'call')} taken by a person within "
                f"{number(limit_s)} s; "
                f"median {lasting(median(times))}, longest {lasting(max(times))}."
            )
        )
    if lost:
        back = sum(one.call.first_taken_at is not None for one in lost)
        words = f"{count(len(lost), 'call was', 'calls were')} not taken before the caller hung up"
        lines.append(Line(f"{words}; {number(back)} called back.", NOTABLE))
    return lines


def _headline(heard: Sequence[Heard], counted: Sequence[Telephoned], limit_s: float) -> tuple[Shown, ...]:
    times = [seconds for one in heard if (seconds := answered_s(one.call)) is not None]
    soon = sum(seconds <= limit_s for seconds in times)
    within = share(100.0 * soon / len(heard)) if heard else DASH
    return (
        Shown("Calls", number(len(heard))),
        Shown("Missed", number(sum(missed(one.call) for one in heard))),
        Shown(f"Taken within {number(limit_s)} s", within, "%"),
        Shown("Strips", number(len(counted))),
        Shown("ECG received", number(sum(one.seconds - not_received_s(one) for one in counted)), "s"),
    )


def _calls(heard: Sequence[Heard], face: ClockFace, limit_s: float) -> Section:
    rows = tuple(
        Row(
            (
                number(one.call.number),
                face.time(ms(one.call.rang_at)),
                LINES[one.call.line].partition(" (")[0],
                _taken(one),
                symptom_of(one.call.asked),
                number(len(one.call.strips)),
                one.call.outcome or str(one.call.state),
            )
        )
        for one in heard
    )
    columns = (
        Column("Call"),
        Column("Rang", number=False),
        Column("Over", number=False),
        Column("Taken", number=False),
        Column("Symptom", number=False),
        Column("Strips"),
        Column("Outcome", number=False),
    )
    if not rows:
        return Section("calls", "Calls", note="None.")
    note = f"A person is to take a call within {number(limit_s)} s; one that nobody has goes on to others."
    return Section("calls", "Calls", (), (Table("Calls of the period", columns, rows, note),))


def _taken(one: Heard) -> str:
    seconds, call = answered_s(one.call), one.call
    if seconds is not None:
        return f"{one.by}, {after(seconds)}"
    if call.first_taken_at is not None:
        return (
            f"missed; called back by {one.by} after {lasting((call.first_taken_at - call.rang_at) / SECOND)}"
        )
    return "missed" if missed(call) else "by nobody yet"


def _strips(told: Sequence[tuple[Telephoned, Rates | None]], face: ClockFace) -> Section:
    rows = tuple(_strip(one, rates, face) for one, rates in told)
    columns = (
        Column("Strip"),
        Column("Received", number=False),
        Column("Length", "s"),
        Column("Beats"),
        Column("Rate", "/min"),
        Column("Signal to noise", "dB"),
        Column("Not received", "s"),
        Column("Recorded", number=False),
    )
    if not rows:
        return Section("strips", "Strips", note="None.")
    return Section("strips", "Strips", (), (Table("Strips of the period", columns, rows),))


def _strip(one: Telephoned, rates: Rates | None, face: ClockFace) -> Row:
    what = MEMORIES[one.call.asked.memory]
    if one.strip.struck:
        what = f"struck out: {one.strip.struck}"
    elif not one.sized:
        what += "; size not known"
    tracing = one.tracing
    at = None if tracing is None else tracing.start
    return Row(
        (
            one.name,
            face.time(ms(one.strip.opened_at)),
            number(one.seconds, 1),
            number(None if rates is None else rates.beats),
            number(None if rates is None else rates.mean),
            number(one.quality.get("snr_db")),
            number(not_received_s(one), 1),
            what,
        ),
        at,
        None if at is None or tracing is None else at + len(tracing.values),
    )
