"""The report of one strip that came by telephone: technical only (R6, R7, R26, R28)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from einthoven.answering.call import Memory
from einthoven.base.instants import SECOND, Instant
from einthoven.reports.clock import ClockFace, lasting
from einthoven.reports.figures import Figure
from einthoven.reports.report import (
    GRAVE,
    NOTABLE,
    PLAIN,
    Column,
    Line,
    Person,
    Report,
    Row,
    Section,
    Service,
    Shown,
    Table,
)
from einthoven.reports.telephone import (
    LINES,
    MEMORIES,
    NOT_TELEMETRY,
    TECHNICAL,
    TIED,
    Rates,
    Telephoned,
    after,
    answered_s,
    band_words,
    ms,
    not_received_s,
    polarity_words,
    rates_of,
    rows_of,
    size_words,
    speed_words,
    symptom_of,
    uneven,
)
from einthoven.reports.words import DASH, count, number

ROWS_MOST: Final = 30
"""Rows of a strip on paper: three and a half minutes; more is in the full disclosure."""
SECONDS_MOST: Final = 40
"""Seconds of a strip that are told one by one."""
CANNOT: Final = (
    "What a short strip of one lead cannot say: how the heart beat before and after it; where in the heart a "
    "beat came from; ST, axis and QT as a standard ECG shows them; whether what a few beats do is the rule. "
    "The telephone carries no steady voltage, and clicks, voices and the line itself can look like beats."
)
FILTER: Final = "as demodulated from the telephone's tone, 250 samples a second, no other filter"


@dataclass(frozen=True, slots=True)
class Episode:
    """The period of service that a strip belongs to.

    Attributes:
        start: first moment.
        stop: when it ended, or is planned to end; None where neither is known.
        ended: whether it has.
    """

    start: Instant
    stop: Instant | None
    ended: bool


@dataclass(frozen=True, slots=True)
class ForWhom:
    """What reports of the telephone are asked for with.

    Attributes:
        person, service: whose; the dates are set when it is made.
        episode: of the service.
        made_by: version of the analysis.
        notes: what stands before the other notes.
    """

    person: Person
    service: Service
    episode: Episode
    made_by: str
    notes: tuple[str, ...] = ()


def period_dates(episode: Episode, zone: str) -> str:
    """Dates of service: ``20 Nov 2026 – 19 Dec 2026 (America/New_York)``."""
    face = ClockFace(zone, ms(episode.start) or 0, ms(episode.start) or 0)
    days = [face.local(ms(at) or 0) for at in (episode.start, episode.stop) if at is not None]
    words = " – ".join(f"{one.day} {one:%b %Y}" for one in days)
    return f"{words if len(days) > 1 else f'since {words}'} ({zone})"


def began_of(one: Telephoned, speed: int = 1) -> Instant | None:
    """When its first sample was received, so that it ends when it was received."""
    del speed
    closed = one.strip.closed_at
    return one.strip.opened_at if closed is None else closed - round(one.seconds * SECOND)


def strip_report(one: Telephoned, asked: ForWhom, began: Instant | None = None) -> Report:
    """The report of a strip.

    Args:
        one: the strip with its call.
        asked: for whom.
        began: instant of its first sample as it lies in the stream; None: as ``began_of``.
    """
    first = began_of(one) if began is None else began
    zone = asked.service.zone
    face = ClockFace(zone, ms(one.call.rang_at) or 0, ms(one.strip.closed_at or one.call.rang_at) or 0, True)
    rates = None if one.tracing is None or not _countable(one) else rates_of(one.tracing)
    rows = [] if one.strip.struck else rows_of(one, face, ROWS_MOST, first)
    received = face.local(ms(one.strip.opened_at) or 0)
    day = f"{received.day} {received:%b %Y}"
    service = replace(
        asked.service,
        dates=f"strip of {day}; service {period_dates(asked.episode, zone)}",
        start_ms=ms(first),
        end_ms=ms(None if first is None else first + round(one.seconds * SECOND)),
    )
    return Report(
        kind="strip",
        title=f"Strip by telephone, call {one.call.number}, strip {one.strip.number}",
        person=asked.person,
        service=service,
        made_by=asked.made_by,
        rate_hz=250.0 if one.tracing is None else one.tracing.rate_hz,
        leads=() if one.tracing is None else (one.tracing.lead,),
        filter=FILTER,
        conclusion=_received(one, face, rates),
        headline=_headline(one, rates),
        sections=(_call(one, face), _told(one, face), _tracing(one, rates), _quality(one)),
        charts=(),
        strips=tuple(rows),
        notes=(*asked.notes, *_notes(one, len(rows))),
    )


def _countable(one: Telephoned) -> bool:
    """Beats are counted only where size and speed are known: nothing else was analysed."""
    return one.sized and one.timed and not one.strip.struck


def _received(one: Telephoned, face: ClockFace, rates: Rates | None) -> tuple[Line, ...]:
    if one.strip.struck:
        return (
            Line(f"STRUCK OUT: {one.strip.struck}. This strip does not count for this patient.", GRAVE),
            Line(NOT_TELEMETRY),
        )
    memory = one.call.asked.memory
    known = memory is not Memory.UNKNOWN
    recorded = f"recorded {MEMORIES[memory]}" if known else "before or after the symptom is not known"
    lines = [
        Line(
            f"{lasting(one.seconds)} of ECG in one lead, received on "
            f"{face.time(ms(one.strip.opened_at))}; {recorded}."
        )
    ]
    if not one.sized:
        lines.append(Line("Size not known: what is shown is true in time, not in millivolts.", NOTABLE))
    if not one.timed:
        lines.append(Line("Speed of playback not known: no rate is told.", NOTABLE))
    if (said := said_line(one)) is not None:
        lines.append(said)
    if one.quality.get("polarity") is None and one.quality:
        lines.append(Line("Polarity not known: the strip may be upside down.", NOTABLE))
    lost = not_received_s(one)
    if lost >= 0.05:
        share = 100.0 * lost / max(one.seconds, 1.0)
        gravity = NOTABLE if share >= 10.0 else PLAIN
        lines.append(Line(f"{number(lost, 1)} s not received; gaps are hatched, never filled.", gravity))
    if one.quality and not one.quality.get("complete", True):
        lines.append(Line("The call broke off within the strip: it may have been longer.", NOTABLE))
    if one.quality.get("flat"):
        lines.append(Line("The tone does not move: no ECG can be seen in it.", NOTABLE))
    if rates is not None and rates.mean is not None:
        lines.append(Line(f"{count(rates.beats, 'beat')} counted, mean rate {number(rates.mean)}/min."))
    lines.append(Line(NOT_TELEMETRY))
    return tuple(lines)


def said_line(one: Telephoned) -> Line | None:
    """What rests on a person's word: size or speed that the sound did not tell."""
    said, quality = one.call.played, one.quality
    if said is None:
        return None
    told = ["size"] if said.profile and quality.get("hz_per_mv_from") == "profile" else []
    told += ["speed of playback"] if said.speed and quality.get("speed_from") == "profile" else []
    if not told:
        return None
    named = " and ".join(told).capitalize()
    return Line(f"{named} not measured, but said by whoever took the call: {said.why.rstrip('.')}.", NOTABLE)


def _headline(one: Telephoned, rates: Rates | None) -> tuple[Shown, ...]:
    snr = one.quality.get("snr_db")
    why = "" if rates is not None else _why_not(one)
    mean = None if rates is None else rates.mean
    return (
        Shown("Length", number(one.seconds, 1), "s"),
        Shown("Beats counted", number(None if rates is None else rates.beats), "", why),
        Shown("Mean rate", number(mean), "/min", why, _figure(one, "rate_mean", mean, "1/min", rates)),
        Shown("Signal to noise", number(snr), "dB", "" if snr is not None else "not told"),
        Shown("Not received", number(not_received_s(one), 1), "s"),
    )


def _why_not(one: Telephoned) -> str:
    if one.strip.struck:
        return "struck out"
    if not one.sized:
        return "size not known"
    return "speed not known" if not one.timed else "not analysed"


def _figure(one: Telephoned, name: str, value: float | None, unit: str, rates: Rates | None) -> Figure | None:
    tracing = one.tracing
    if tracing is None or tracing.start is None:
        return None
    told = None if value is None else round(value, 4)
    stop = tracing.start + len(tracing.values)
    beats = 0 if rates is None else rates.intervals
    return Figure(
        name, told, unit, tracing.start, stop, beats, None, "" if told is not None else _why_not(one)
    )


def _call(one: Telephoned, face: ClockFace) -> Section:
    call = one.call
    taken = face.time(ms(call.first_taken_at)) if call.first_taken_at is not None else DASH
    shown = [
        Shown("Call", f"{call.number}, {face.time(ms(call.rang_at))}"),
        Shown("Received over", LINES[call.line]),
        Shown("Caller", call.caller or "number withheld"),
        Shown("Known", TIED.get(call.tied, call.tied) or "not tied to a patient"),
        Shown("Taken", taken, note=after(answered_s(call)) if call.first_taken_at is not None else ""),
        Shown("by", one.by or "nobody"),
        Shown("Ended", face.time(ms(call.ended_at)), note=call.why),
    ]
    note = " ".join(part for part in (f"Outcome: {call.outcome}." if call.outcome else "", call.note) if part)
    return Section("call", "Call", tuple(shown), note=f"Technician's note: {note}" if note else "")


def _told(one: Telephoned, face: ClockFace) -> Section:
    asked = one.call.asked
    felt = face.time(ms(asked.symptom_at))
    shown = (
        Shown("Symptom", symptom_of(asked)),
        Shown("Felt at", felt if asked.symptom_at is not None else "not told"),
        Shown("Doing", asked.activity or "not told"),
        Shown("Recorded", MEMORIES[asked.memory]),
        Shown("Medication", asked.medication or "not told"),
    )
    return Section("told", "As the patient told it", shown, note=f"“{asked.text}”" if asked.text else "")


def _tracing(one: Telephoned, rates: Rates | None) -> Section:
    shown = [
        Shown("Strip", f"{one.strip.number} of {len(one.call.strips)} in this call"),
        Shown("Size", size_words(one)),
        Shown("Played", speed_words(one)),
        Shown("Polarity", polarity_words(one)),
        Shown("Shows", band_words(one)),
    ]
    if rates is not None:
        shown.append(Shown("Beats counted", number(rates.beats)))
        shown.append(Shown("Mean rate", number(rates.mean), "/min"))
        shown.append(Shown("Slowest interval", number(rates.least), "/min"))
        shown.append(Shown("Fastest interval", number(rates.most), "/min"))
    return Section("tracing", "Tracing", tuple(shown))


def _quality(one: Telephoned) -> Section:
    every = uneven(one)
    rows = tuple(Row(cells) for cells in every[:SECONDS_MOST])
    columns = (
        Column("Second"),
        Column("Signal to noise", "dB"),
        Column("Not received", "%"),
        Column("What", number=False),
    )
    if not rows:
        told = "Every second was received whole and clear." if one.quality else "Its quality was not told."
        return Section("quality", "Quality of the line", note=told)
    left = len(every) - len(rows)
    note = "Seconds that are not listed were received whole and clear."
    if left:
        note = f"{count(left, 'second')} more, not listed here, were not whole or clear."
    table = Table("Seconds that were not received whole and clear", columns, rows, note)
    return Section("quality", "Quality of the line", (), (table,))


def _notes(one: Telephoned, rows: int) -> tuple[str, ...]:
    notes = [TECHNICAL, CANNOT]
    if one.tracing is not None and rows == ROWS_MOST and one.tracing.seconds > ROWS_MOST * 7.0:
        notes.append("The strip goes on: the whole of it is in the full disclosure.")
    notes += [f"{words[:1].upper()}{words[1:].rstrip('.')}." for words in one.quality.get("notes") or ()]
    return tuple(notes)
