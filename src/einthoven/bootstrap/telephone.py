"""``einthoven telephone``: a record as a call's sound, and the strips of a call's sound as records (R6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, RecordError
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.edges.exchange.call_files import looked_at, sound_of
from einthoven.edges.exchange.records import Record, read_record, write_record
from einthoven.edges.exchange.sound_files import Coding, write_sound
from einthoven.telephone.dtmf import Dialled
from einthoven.telephone.modulate import Playing, modulate
from einthoven.telephone.profiles import profile
from einthoven.telephone.quality import RATE_HZ, Scale, Summary, as_json
from einthoven.telephone.receiver import Closed, Event, Receiver, Samples, millivolts

GAIN: Final = 400.0
"""Units per millivolt: 2.5 µV a step, ±80 mV."""
GAIN_HZ: Final = 20.0
"""Units per hertz where millivolts are not known."""
PAUSE_S: Final = 1.0
STRIP_S: Final = 60.0
PROGRESS_BLOCKS: Final = 300
"""Blocks of a fifth of a second: a minute."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``telephone encode`` shall send.

    Attributes:
        profile: name of the transmitter's.
        lead: name or number; "" for the first.
        start_s, seconds: part of the record; seconds of None: to its end.
        speed: times as fast as recorded.
        rate: of the sound; 8000 for a line.
        coding: of a WAV file.
    """

    profile: str
    lead: str = ""
    start_s: float = 0.0
    seconds: float | None = None
    speed: int = 1
    rate: int = 8000
    coding: Coding = "mu"


def encode(record: str, out: Path, wanted: Wanted) -> dict[str, Any]:
    """Write the sound of a strip.

    Raises:
        InputError: no such record, lead, part, profile or speed; samples are missing in the part.
        StoreError: the file cannot be written.
    """
    one = read_record(record, (wanted.lead,) if wanted.lead else ())
    mv = _part(one, wanted, record)
    of = profile(wanted.profile)
    sound = modulate(mv, one.layout.rate_hz, of, wanted.rate, Playing(speed=wanted.speed))
    pause = np.zeros(round(PAUSE_S * wanted.rate))
    sound = np.concatenate([pause, sound, pause])
    write_sound(out, sound, wanted.rate, wanted.coding)
    return {
        "sound": str(out), "seconds": round(len(sound) / wanted.rate, 3), "rate_hz": wanted.rate,
        "profile": of.name, "lead": one.layout.names[0], "strip_s": round(len(mv) / one.layout.rate_hz, 3),
        "speed": wanted.speed,
    }  # fmt: skip


def _part(one: Record, wanted: Wanted, record: str) -> NDArray[np.float64]:
    rate, lead = one.layout.rate_hz, one.layout.leads[0]
    first = round(wanted.start_s * rate)
    rest = max(0, len(one.samples) - first)
    stop = first + (
        min(rest, round(STRIP_S * rate)) if wanted.seconds is None else round(wanted.seconds * rate)
    )
    if not 0 <= first < stop <= len(one.samples):
        raise InputError(
            f"{record}: holds {len(one.samples) / rate:g} s, not {wanted.start_s:g} s and what was asked"
        )
    part = one.samples[first:stop, 0]
    if (part == INVALID_SAMPLE).any():
        raise InputError(
            f"{record}: samples are missing in the part: choose another with --from and --seconds"
        )
    return (part.astype(np.float64) - lead.baseline) / lead.gain


def decode(
    sound: Path,
    out: Path,
    profile_name: str | None,
    channel: int = 0,
    progress: Callable[[float, float], None] | None = None,
) -> dict[str, Any]:
    """Write every strip of a call as a WFDB record beside each other, and tell what was heard.

    The first strip is ``out``, others ``out-2``, ``out-3``. Gaps hold the value that says "not measured".
    Where millivolts are not known the lead is written in hertz, which no reader takes for an ECG in
    millivolts. A file that is damaged or cut short gives what was good of it, and ``fault`` says so.

    Args:
        progress: is told seconds done and in all, about once a minute of sound.

    Raises:
        InputError: no such file or profile, no sound, or a rate or channel it does not have.
        StoreError: the disk does not take it.
    """
    of = profile(profile_name) if profile_name else None
    if not sound.is_file():
        raise InputError(f"{sound}: there is no such file")
    with sound.open("rb") as file:
        recording = looked_at(file, str(sound), channel)
        try:
            receiver = Receiver(recording.rate, of)
        except InputError as error:
            raise InputError(f"{sound}: {error}") from error
        dialled = Dialled(recording.rate)
        events: list[Event] = []
        fault: str | None = None
        try:
            for number, block in enumerate(sound_of(file, str(sound), channel)):
                events += receiver.feed(block)
                dialled.feed(block)
                if progress is not None and number % PROGRESS_BLOCKS == PROGRESS_BLOCKS - 1:
                    progress(receiver.taken / recording.rate, recording.seconds)
        except RecordError as error:
            fault = str(error).removeprefix(f"{sound}: ")
        seconds = receiver.taken / recording.rate
        events += receiver.end()
    strips = [_written(one, events, out) for one in events if isinstance(one, Closed)]
    digits = "".join(key.digit for key in dialled.end())
    return {"sound": str(sound), "seconds": round(seconds, 3), "channel": channel,
            "channels": recording.channels, "fault": fault, "dialled": digits, "strips": strips}  # fmt: skip


def _written(closed: Closed, events: list[Event], out: Path) -> dict[str, Any]:
    one = closed.summary
    name = out.name if one.number == 1 else f"{out.name}-{one.number}"
    parts = [event for event in events if isinstance(event, Samples) and event.strip == one.number]
    told = as_json(one)
    if not parts:
        return told | {"record": None}
    hz = np.concatenate([part.hz for part in parts])
    flags = np.concatenate([part.flags for part in parts])
    samples, lead = _stored(hz, flags, one.scale)
    comments = [f"telephone strip: {note}" for note in (_said(one), *one.notes)]
    written = write_record(
        out.parent, name, Layout(float(RATE_HZ), (lead,)), [samples[:, None]], comments=lambda: comments
    )
    return told | {"record": str(written.header)}


def _stored(
    hz: NDArray[np.float64], flags: NDArray[np.uint8], scale: Scale
) -> tuple[NDArray[np.int16], Lead]:
    mv = millivolts(hz, scale)
    if mv is None:
        values, lead = (hz - scale.zero_hz) * GAIN_HZ, Lead("tone", GAIN_HZ, units="Hz")
    else:
        values, lead = mv * GAIN, Lead("ECG", GAIN)
    samples = np.clip(np.rint(values), -32767, 32767).astype(np.int16)
    samples[flags != 0] = INVALID_SAMPLE
    return samples, lead


def _said(one: Summary) -> str:
    speed = f"{one.speed} times" if one.speed else "unknown speed"
    return (
        f"{one.centre_hz:.0f} Hz, {speed}, scale from {one.scale.source}, {one.start_s:.1f} s into the call"
    )
