"""Recordings of calls that are handed in: what they are, and their sound, as far as it is good (R6).

A file that ends before its header says, or is damaged within, gives what was good of it and then says so;
what a reader would put in the place of a damaged part is never taken.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError, RecordError
from einthoven.edges.exchange.sound_files import opened_sound
from einthoven.telephone.front import RATE_LEAST, RATE_MOST

BLOCK_S: Final = 0.2
"""Seconds that are read at a time: what is lost at most before a place that is damaged."""
LONGEST_S: Final = 2 * 3600.0
UNSAID: Final = frozenset({0, 0x7FFFFFFF, 0x7FFFF000, 0xFFFFFFFF})
"""Lengths that programs write who do not know them when they begin."""
CHUNKS_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file says it is.

    Attributes:
        rate: samples a second.
        channels: 1 or 2.
        seconds: of sound that is there; 0: it does not say.
        missing_s: seconds that its header says and that are not there.
    """

    rate: int
    channels: int
    seconds: float
    missing_s: float = 0.0


def looked_at(file: BinaryIO, name: str, channel: int) -> Recording:
    """What a file is.

    Args:
        file: open, at its start; closed by whoever opened it.
        name: for errors.
        channel: that is wanted, from 0.

    Raises:
        InputError: one line: no sound, of another format or rate, empty, too long, no such channel.
    """
    missing = _missing(file)
    file.seek(0)
    with opened_sound(file, name) as sound:
        if not RATE_LEAST <= sound.rate <= RATE_MOST:
            raise RecordError(f"{name}: {sound.rate} Hz: {RATE_LEAST} to {RATE_MOST} are taken")
        if not 0 <= channel < sound.channels:
            raise InputError(f"{name}: has {sound.channels} channel(s), no number {channel + 1}")
        seconds = sound.frames / sound.rate
        if seconds > LONGEST_S:
            raise RecordError(f"{name}: {seconds / 3600:.1f} h long: {LONGEST_S / 3600:.0f} h are taken")
        if not next((len(one) for one in sound.blocks(channel, BLOCK_S)), 0):
            raise RecordError(f"{name}: holds no sound")
        return Recording(sound.rate, sound.channels, seconds, missing / sound.rate)


def sound_of(file: BinaryIO, name: str, channel: int) -> Iterator[NDArray[np.float64]]:
    """The sound of a channel in order, float64[n] within ±1.

    Raises:
        RecordError: after all that was good: where it is damaged, or by how much it is too short.
    """
    missing = _missing(file)
    file.seek(0)
    with opened_sound(file, name) as sound:
        rate, said, came = sound.rate, sound.frames, 0
        try:
            for block in sound.blocks(channel, BLOCK_S):
                if came + len(block) > LONGEST_S * rate:
                    raise RecordError(f"longer than {LONGEST_S / 3600:.0f} h")
                came += len(block)
                yield block
        except RecordError as error:
            why = str(error).removeprefix(f"{name}: ")
            raise RecordError(f"{name}: damaged from {came / rate:.1f} s on ({why})") from error
        short = missing or max(0, said - came)
        if short:
            raise RecordError(f"{name}: ends {short / rate:.1f} s before its header says")


def _missing(file: BinaryIO) -> int:
    """Frames of a WAV file that its header says and that are not there: libsndfile passes over it."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return 0
    at, align = 12, 1
    for _ in range(CHUNKS_MOST):
        file.seek(at)
        chunk = file.read(8)
        if len(chunk) < 8:
            return 0
        kind, length = struct.unpack("<4sI", chunk)
        if kind == b"fmt ":
            form = file.read(16)
            align = max(1, struct.unpack("<H", form[12:14])[0]) if len(form) == 16 else 1
        if kind == b"data":
            return 0 if length in UNSAID else max(0, length - (size - at - 8)) // align
        at += 8 + length + (length & 1)
    return 0
