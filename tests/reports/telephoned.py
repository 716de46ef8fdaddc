"""Calls and strips by telephone made by hand, and what their reports are asked for with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from einthoven.answering.call import Asked, Call, Line, Memory, State, Strip
from einthoven.base.instants import DAY, MINUTE, SECOND, Instant, from_iso
from einthoven.reports.report import Person, Service
from einthoven.reports.telephone import Telephoned, Tracing
from einthoven.reports.telephone_strip import Episode, ForWhom

RANG = from_iso("2026-11-23T22:31:10Z")
RATE = 250
PERSON = Person("Doe, Jane", "1951-03-02", "female", "P000007")
ASKED = ForWhom(
    PERSON,
    Service("", zone="America/New_York", stream="s000017", transmitter="telephone/17", center="Test center"),
    Episode(RANG - 3 * DAY, RANG + 26 * DAY, False),
    "test-1",
)
TOLD = Asked(
    "palpitations",
    2,
    "climbing stairs",
    "It raced and then stopped.",
    RANG - 4 * MINUTE,
    Memory.POST,
    "metoprolol 50 mg",
)


def second(at: int, **change: Any) -> dict[str, Any]:
    """A second that was received whole and clear, but for what changes."""
    good = {"snr_db": 31.0, "noise_hz": 1.0, "gap": 0.0, "lost": 0.0, "clicks": 0, "clipped": False}
    return {"at": at, **good, **change}


def quality(seconds: int = 21, **change: Any) -> dict[str, Any]:
    """As the receiver tells it."""
    told = {
        "rate_hz": RATE,
        "samples": seconds * RATE,
        "millivolts": True,
        "hz_per_mv_from": "calibration",
        "polarity": "higher is positive",
        "polarity_from": "calibration",
        "speed": 1,
        "band_hz": [0.05, 100.0],
        "complete": True,
        "flat": False,
        "snr_db": 31.0,
        "notes": [],
        "seconds": [second(at) for at in range(seconds)],
    }
    return {**told, **change}


def strip(number: int = 1, told: dict[str, Any] | None = None, **change: Any) -> Strip:
    made = quality() if told is None else told
    samples = int(made["samples"])
    opened = RANG + 30 * SECOND
    return replace(
        Strip(number, opened, opened + 25 * SECOND, samples, made, 17, 5000, 5000 + samples), **change
    )


def call(*strips: Strip, number: int = 12, taken_s: float | None = 6.0, **change: Any) -> Call:
    """A call that was taken, ended and closed."""
    rang: Instant = change.pop("rang_at", RANG)
    taken = None if taken_s is None else rang + round(taken_s * SECOND)
    made = Call(number, Line.SIP, "+12125550134", "+12125550100", rang, State.CLOSED, None)
    return replace(
        made,
        **{
            "taken_by": 3,
            "first_taken_at": taken,
            "ended_at": rang + 2 * MINUTE,
            "why": "the caller hung up",
            "stream": 17,
            "tied": "number",
            "asked": TOLD,
            "strips": strips,
            "outcome": "strip received",
            "note": "Patient calm.",
            "missed": False,
            **change,
        },
    )


def tracing(samples: int = 21 * RATE, every: int = 200, **change: Any) -> Tracing:
    """A triangle wave with a beat each ``every`` samples."""
    values = tuple(abs(place % 50 - 25) * 8 for place in range(samples))
    made = Tracing(5000, float(RATE), "II", 200.0, 0, values, tuple(range(100, samples, every)))
    return replace(made, **change)


def telephoned(of: Call | None = None, place: int = 0, trace: Tracing | None = None) -> Telephoned:
    made = call(strip()) if of is None else of
    return Telephoned(made, made.strips[place], "Roe, Pat (technician)", trace or tracing())
