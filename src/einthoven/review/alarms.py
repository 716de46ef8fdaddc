"""Alarms: acknowledging, pausing sound and pausing a patient's alarms are three acts (R19, IEC 60601-1-8).

Acknowledging is of one case; a pause of sound is of one station; a pause of alarms is of one patient. Each is
shown, limited in time and a deed; none of one patient's reaches another's, and nothing erases what was.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from einthoven.base.deeds import Draft, Json
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import MINUTE, SECOND, Duration, Instant
from einthoven.review.book import CaseBook
from einthoven.review.case import ALARM_TRANSITIONS, AlarmEvent, AlarmState, Case, State
from einthoven.review.facts import Priority
from einthoven.review.signals import SOUNDS

AUDIO_PAUSE_MOST: Duration = 2 * MINUTE
"""Longest pause of sound at a station: a word with a colleague, not a night."""
ALARM_PAUSE_MOST: Duration = 5 * MINUTE
"""Longest pause of a patient's alarms: electrodes are changed in less."""
LOUD = (AlarmState.ACTIVE, AlarmState.LATCHED)


@dataclass(frozen=True, slots=True)
class Shown:
    """One alarm at a station.

    Attributes:
        case, stream: of what.
        priority, state: of the alarm.
        since: when it began.
        flashing: whether it flashes (low: is lit) or stands as acknowledged or paused.
        sounding: whether it may be heard here now.
        why_silent: ``""``, ``acknowledged``, ``audio_paused``, ``alarm_paused``, ``told``
            (low, it was heard once) or ``closed`` (it is kept to be seen).
    """

    case: int
    stream: StreamId
    priority: Priority
    state: AlarmState
    since: Instant
    flashing: bool
    sounding: bool
    why_silent: str


@dataclass(frozen=True, slots=True)
class Signals:
    """What sounds and flashes at a station.

    Attributes:
        sounds: priority of the burst that is heard; ``NONE`` for silence.
        alarms: every alarm, the most pressing first.
        audio_paused_until: until when sound is paused here, or None.
        paused: patients whose alarms are paused, and until when.
    """

    sounds: Priority
    alarms: tuple[Shown, ...]
    audio_paused_until: Instant | None
    paused: tuple[tuple[StreamId, Instant], ...]


def signals(
    book: CaseBook, station: int, now: Instant, streams: Collection[StreamId] | None = None
) -> Signals:
    """What sounds and flashes at a station now.

    Args:
        book: the cases.
        station: its number.
        now: center time.
        streams: the patients that are its concern; None for all (a supervisor's or the standby).
    """
    audio = book.audio.get(station)
    until = audio.until if audio is not None and now < audio.until else None
    if streams is None:
        mine = [book.cases[number] for number in book.lit]
    else:
        numbers = (number for stream in set(streams) for number in book.by_stream.get(stream, ()))
        mine = [book.cases[number] for number in numbers if number in book.lit]
    mine.sort(key=lambda case: (case.priority.rank, case.alarm.since, case.number))
    alarms = tuple(_shown(book, case, until is not None, now) for case in mine)
    sounds = next((alarm.priority for alarm in alarms if alarm.sounding), Priority.NONE)
    paused = tuple(
        (stream, pause.until)
        for stream, pause in sorted(book.paused.items())
        if now < pause.until and (streams is None or stream in streams)
    )
    return Signals(sounds, alarms, until, paused)


def _shown(book: CaseBook, case: Case, audio_paused: bool, now: Instant) -> Shown:
    why = ""
    if case.alarm.state not in LOUD:
        why = "acknowledged"
    elif patient_paused(book, case, now):
        why = "alarm_paused"
    elif case.state is State.CLOSED:
        why = "closed"
    elif audio_paused:
        why = "audio_paused"
    elif not _heard(case, now):
        why = "told"
    return Shown(
        case.number,
        case.stream,
        case.priority,
        case.alarm.state,
        case.alarm.since,
        why in ("", "closed", "audio_paused", "told"),
        why == "",
        why,
    )


def _heard(case: Case, now: Instant) -> bool:
    """Whether an alarm is heard still: one that does not repeat is for the time of one burst."""
    sound = SOUNDS.get(case.priority)
    return sound is not None and (sound.repeats or now - case.alarm.since < sound.every_s * SECOND)


def patient_paused(book: CaseBook, case: Case, now: Instant) -> bool:
    """Whether a pause of its patient's alarms holds this one: one of high priority is never held."""
    pause = book.paused.get(case.stream)
    return pause is not None and now < pause.until and case.priority is not Priority.HIGH


def acknowledge(book: CaseBook, number: int, by: int, station: int | None) -> list[Draft]:
    """Staff ``by`` has seen the alarm of a case: it stops, until something new or graver comes of it.

    Raises:
        NotFoundError: there is no such case.
        RefusedError: there is nothing to acknowledge.
    """
    case = book.case(number)
    if (case.alarm.state, AlarmEvent.ACKNOWLEDGE) not in ALARM_TRANSITIONS:
        raise RefusedError("no_alarm", f"case {number}: its alarm is {case.alarm.state}")
    body: dict[str, Json] = {"case": number, "by": by, "station": station, "how": "hand"}
    return [Draft("alarm.acknowledged", f"case {number}", body)]


def pause_audio(
    book: CaseBook,
    station: int,
    by: int,
    seconds: float,
    now: Instant,
    streams: Collection[StreamId] | None = None,
) -> list[Draft]:
    """Sound is paused at one station; everything is seen as before. A new alarm that presses more than what
    sounded then breaks the pause.

    Args:
        book: the cases.
        station: which.
        by: a member of staff.
        seconds: how long.
        now: center time.
        streams: the patients that are its concern, as for ``signals``.

    Raises:
        InputError: so long it may not be.
    """
    length = _length(seconds, AUDIO_PAUSE_MOST, "audio pause")
    heard = [alarm.priority for alarm in signals(book, station, now, streams).alarms if alarm.flashing]
    covers = min(heard, key=lambda each: each.rank, default=Priority.NONE)
    body: dict[str, Json] = {
        "station": station,
        "by": by,
        "until": now + length,
        "covers": covers.value,
        "seconds": length / SECOND,
    }
    return [Draft("alarm.audio_paused", f"station {station}", body)]


def resume_audio(book: CaseBook, station: int, by: int) -> list[Draft]:
    """Sound is heard again at a station; nothing follows where it was not paused."""
    if station not in book.audio:
        return []
    body: dict[str, Json] = {"station": station, "by": by, "cause": "hand", "case": None}
    return [Draft("alarm.audio_resumed", f"station {station}", body)]


def pause(book: CaseBook, stream: StreamId, by: int, seconds: float, why: str, now: Instant) -> list[Draft]:
    """Alarms of one patient neither sound nor flash for a while; they are shown as paused, cases are made as
    ever, and an alarm of high priority breaks it.

    Raises:
        InputError: so long it may not be, or no reason is given.
        RefusedError: an alarm of high priority goes on: it is to be acknowledged, not paused.
    """
    length = _length(seconds, ALARM_PAUSE_MOST, "alarm pause")
    if not why.strip():
        raise InputError("alarm pause: a reason is needed")
    for case in book.of_stream(stream):
        if case.number in book.lit and case.priority is Priority.HIGH and case.alarm.state in LOUD:
            raise RefusedError("high", f"case {case.number}: an alarm of high priority is not paused")
    body: dict[str, Json] = {
        "stream": stream,
        "by": by,
        "until": now + length,
        "why": why.strip(),
        "seconds": length / SECOND,
    }
    return [Draft("alarm.paused", stream_name(stream), body)]


def resume(book: CaseBook, by: int, stream: StreamId | None = None) -> list[Draft]:
    """Alarms of one patient, or of all whose are paused, go on."""
    streams = sorted(book.paused) if stream is None else [stream] if stream in book.paused else []
    return [
        Draft("alarm.resumed", stream_name(each), {"stream": each, "by": by, "cause": "hand", "case": None})
        for each in streams
    ]


def _length(seconds: float, most: Duration, what: str) -> Duration:
    if not 0 < seconds <= most / SECOND:
        raise InputError(f"{what}: {seconds:g} s: want more than 0 and at most {most // SECOND} s")
    return round(seconds * SECOND)
