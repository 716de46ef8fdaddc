"""What reports of strips by telephone are made of, and how they word it: technical only (R6, R7, R26, R28).

Beats and rates are counted and nothing is read into them. Between strips nobody watches this patient's ECG,
and every such report says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from einthoven.answering import call as calls
from einthoven.base.instants import MILLISECOND, SECOND, Instant
from einthoven.reports.clock import ClockFace, lasting
from einthoven.reports.report import Strip, Trace
from einthoven.reports.words import count, number

ROW_S: Final = 7.0
"""Seconds of a row: 175 mm at 25 mm/s, what a page is wide."""
NOISY_DB: Final = 12.0
"""Signal-to-noise under which a second is told of."""
LOST_LEAST: Final = 0.02
"""Share of a second that must be missing to be told of: one packet of 20 ms."""
NOT_TELEMETRY: Final = (
    "This is not real-time telemetry. The patient recorded a strip and sent it over the telephone; nobody "
    "watched the ECG before it, after it, or between strips."
)
TECHNICAL: Final = "Technical report: tracing, counts and quality. It holds no interpretation."
LINES: Final[Mapping[calls.Line, str]] = {
    calls.Line.SIP: "telephone line (SIP, G.711)",
    calls.Line.MEDIA: "telephone service (media stream)",
    calls.Line.FILE: "recording that was handed in",
}
TIED: Final[Mapping[str, str]] = {
    "number": "by the number that called",
    "code": "by the patient's code, keyed in",
    "asked": "asked by whoever took the call",
}
MEMORIES: Final[Mapping[calls.Memory, str]] = {
    calls.Memory.POST: "after the symptom (post-symptom)",
    calls.Memory.BEFORE: "before the event (pre-event memory)",
    calls.Memory.AFTER: "after the event (post-event memory)",
    calls.Memory.UNKNOWN: "not known",
}
SEVERITIES: Final = ("", "mild", "moderate", "severe")


@dataclass(frozen=True, slots=True)
class Tracing:
    """The samples of a strip.

    Attributes:
        start: of the stream; None where they lie in none, because their size is not known.
        rate_hz: samples a second of the recorder's time.
        lead: its name.
        gain: steps a millivolt; 0 where the size is not known: values are tenths of a hertz then.
        baseline: of 0 mV.
        values: None where nothing was received.
        beats: samples of the beats counted, from its start; None where none could be counted.
    """

    start: int | None
    rate_hz: float
    lead: str
    gain: float
    baseline: int
    values: tuple[int | None, ...]
    beats: tuple[int, ...] | None

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.values) / self.rate_hz


@dataclass(frozen=True, slots=True)
class Rates:
    """What was counted in a strip.

    Attributes:
        beats: how many.
        mean, least, most: 1/min of the intervals between beats without a gap in them; None without one.
        intervals: how many intervals.
    """

    beats: int
    mean: float | None
    least: float | None
    most: float | None
    intervals: int


@dataclass(frozen=True, slots=True)
class Telephoned:
    """A strip as its report tells it.

    Attributes:
        call, strip: as the book has them.
        by: who took the call, with what they are; ``""`` where nobody did.
        tracing: its samples; None where they are not at hand.
    """

    call: calls.Call
    strip: calls.Strip
    by: str
    tracing: Tracing | None

    @property
    def name(self) -> str:
        """``12.1``: call and strip."""
        return f"{self.call.number}.{self.strip.number}"

    @property
    def quality(self) -> Mapping[str, Any]:
        """As ``telephone.quality.as_json`` tells it; empty where it is not told."""
        return self.strip.quality or {}

    @property
    def sized(self) -> bool:
        """Whether its millivolts are known."""
        return bool(self.quality.get("millivolts"))

    @property
    def timed(self) -> bool:
        """Whether its speed is known."""
        return bool(self.quality.get("speed"))

    @property
    def seconds(self) -> float:
        """How long it is, of the recorder's time."""
        rate = float(self.quality.get("rate_hz") or 250.0)
        return self.strip.samples / rate if self.tracing is None else self.tracing.seconds


def ms(at: Instant | None) -> int | None:
    """Milliseconds since 1970."""
    return None if at is None else at // MILLISECOND


def rates_of(tracing: Tracing) -> Rates | None:
    """Beats and rates of a strip; None where none could be counted."""
    if tracing.beats is None:
        return None
    intervals = [
        stop - start
        for start, stop in pairwise(tracing.beats)
        if None not in tracing.values[start : stop + 1]
    ]
    if not intervals:
        return Rates(len(tracing.beats), None, None, None, 0)
    minute = 60.0 * tracing.rate_hz
    return Rates(
        len(tracing.beats),
        minute * len(intervals) / sum(intervals),
        minute / max(intervals),
        minute / min(intervals),
        len(intervals),
    )


def rows_of(one: Telephoned, face: ClockFace, most: int, began: Instant | None) -> list[Strip]:
    """A strip in rows as wide as a page, true to scale; beats that were counted have a point, no class.

    Args:
        most: rows.
        began: instant of its first sample; None where that is not known.
    """
    tracing = one.tracing
    if tracing is None:
        return []
    length, rows = round(ROW_S * tracing.rate_hz), []
    for place, first in enumerate(range(0, len(tracing.values), length)):
        if place == most:
            break
        stop = min(first + length, len(tracing.values))
        at = None if began is None else began + round(first / tracing.rate_hz * SECOND)
        start = first + (tracing.start or 0)
        rows.append(
            Strip(
                start=start,
                end=start + stop - first,
                at_ms=ms(at),
                when=face.time(ms(at)),
                caption=f"Strip {one.name}, second {number(first / tracing.rate_hz)} on",
                why=MEMORIES[one.call.asked.memory] if place == 0 else "goes on",
                rate_hz=tracing.rate_hz,
                traces=(Trace(tracing.lead, tracing.gain, tracing.baseline, tracing.values[first:stop]),),
                beats=tuple((at - first, "•") for at in tracing.beats or () if first <= at < stop),
                verdict="",
            )
        )
    return rows


def symptom_of(asked: calls.Asked) -> str:
    """What was felt, as told: ``palpitations, severe``; what was not asked is said to be."""
    severity = SEVERITIES[asked.severity] if 0 <= asked.severity < len(SEVERITIES) else ""
    return ", ".join(filter(None, (asked.symptom, severity))) or "not told"


def answered_s(call: calls.Call) -> float | None:
    """Seconds until a person took a call; None where nobody did while it was there."""
    if call.first_taken_at is None or missed(call):
        return None
    return (call.first_taken_at - call.rang_at) / SECOND


def missed(call: calls.Call) -> bool:
    """Whether the line went down before anybody took it."""
    return call.missed and (
        call.first_taken_at is None or call.ended_at is None or call.first_taken_at > call.ended_at
    )


def uneven(one: Telephoned) -> list[tuple[str, str, str, str]]:
    """Seconds that were not received whole and clear: which, signal-to-noise, not received, what was."""
    rows = []
    for second in one.quality.get("seconds") or ():
        snr, gap, lost = second.get("snr_db"), float(second["gap"]), float(second["lost"])
        told = []
        if lost >= LOST_LEAST:
            told.append("lost by the line")
        if gap - lost >= LOST_LEAST:
            told.append("tone covered or away")
        if snr is not None and snr < NOISY_DB:
            told.append("noisy")
        if second.get("clicks"):
            told.append(count(int(second["clicks"]), "jump of phase", "jumps of phase"))
        if second.get("clipped"):
            told.append("clipped")
        if told:
            rows.append((number(second["at"]), number(snr, 0), number(100.0 * gap), ", ".join(told)))
    return rows


def not_received_s(one: Telephoned) -> float:
    """Seconds of a strip that were not received."""
    return float(sum(float(second["gap"]) for second in one.quality.get("seconds") or ()))


def size_words(one: Telephoned) -> str:
    """How its size is known."""
    if not one.sized:
        return "SIZE NOT KNOWN: no calibration came and no transmitter is on record; no millivolts"
    said = one.call.played
    if said is not None and said.profile and one.quality.get("hz_per_mv_from") == "profile":
        return f"not measured: by the kind of recorder that whoever took the call named ({said.profile})"
    source = {
        "calibration": "by the calibration pulses that came with it",
        "profile": "by the transmitter on record",
    }
    return source.get(str(one.quality.get("hz_per_mv_from")), "known")


def speed_words(one: Telephoned) -> str:
    """How fast it was played."""
    if not one.timed:
        return "not known: times as if played once as fast as recorded"
    if one.call.played is not None and one.call.played.speed and one.quality.get("speed_from") == "profile":
        return f"{_times(one.call.played.speed)}, as whoever took the call said"
    return _times(one.quality["speed"])


def _times(speed: object) -> str:
    return "as fast as recorded" if speed == 1 else f"{speed} times as fast"


def polarity_words(one: Telephoned) -> str:
    """Whether up is up."""
    if one.quality.get("polarity") is None:
        return "not known: shown as if a higher tone were positive"
    return f"{one.quality['polarity']} (by the {one.quality.get('polarity_from')})"


def band_words(one: Telephoned) -> str:
    """What frequencies it can show."""
    low, high = one.quality.get("band_hz") or (None, None)
    if high is None:
        return "not told"
    lower = "lower corner not known" if low is None else f"{low:g}"
    return f"{lower} to {high:g} Hz"


def after(seconds: float | None) -> str:
    """``after 6 s``; ``nobody`` where nobody did."""
    return "nobody in time" if seconds is None else f"after {lasting(max(0.0, seconds))}"
