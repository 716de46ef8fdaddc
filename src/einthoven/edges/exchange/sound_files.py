"""Sound files of calls: WAV (PCM, µ-law, A-law) and FLAC, by libsndfile, a tenth of a minute at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from einthoven.base.errors import InputError, RecordError, StoreError

Coding = Literal["mu", "a", "pcm"]
_SUBTYPES: Final = {"mu": "ULAW", "a": "ALAW", "pcm": "PCM_16"}
_TAKEN: Final = {"WAV", "WAVEX", "RF64", "FLAC"}
CHANNELS_MOST: Final = 2
FRAMES_UNSAID: Final = 1 << 62
"""So many or more are what libsndfile says of a FLAC that was written as it came and holds no length."""


@dataclass(frozen=True, slots=True)
class Sound:
    """An opened sound file.

    Attributes:
        rate: samples a second.
        channels: 1 or 2.
        frames: samples a channel, as its header says; 0: it does not say.
    """

    rate: int
    channels: int
    frames: int
    _file: soundfile.SoundFile

    name: str
    """For errors."""

    def blocks(self, channel: int = 0, seconds: float = 6.0) -> Iterator[NDArray[np.float64]]:
        """Samples of a channel in order, ``seconds`` at a time, within ±1; what is no number is 0.

        Raises:
            RecordError: it cannot be read on.
        """
        while True:
            try:
                block = self._file.read(round(seconds * self.rate), dtype="float64", always_2d=True)
            except (soundfile.LibsndfileError, RuntimeError) as error:
                raise RecordError(f"{self.name}: {_why(error)}") from error
            if not len(block):
                return
            yield np.nan_to_num(block[:, channel], nan=0.0, posinf=1.0, neginf=-1.0)


@contextmanager
def open_sound(path: Path) -> Iterator[Sound]:
    """Open a WAV or FLAC file to read.

    Raises:
        RecordError: not there, no sound, of another format, or of more than two channels; one line.
    """
    if not path.is_file():
        raise RecordError(f"{path}: there is no such file")
    with opened_sound(str(path), str(path)) as sound:
        yield sound


@contextmanager
def opened_sound(source: str | BinaryIO, name: str) -> Iterator[Sound]:
    """The same of a path or of a file that is open to read; ``name`` is for errors.

    Raises:
        RecordError: as ``open_sound``.
    """
    try:
        file = soundfile.SoundFile(source)
    except (soundfile.LibsndfileError, RuntimeError, TypeError, ValueError) as error:
        raise RecordError(f"{name}: no sound that can be read: {_why(error)}") from error
    with file:
        if file.format not in _TAKEN:
            raise RecordError(f"{name}: {file.format} is not taken: WAV or FLAC")
        if not 1 <= file.channels <= CHANNELS_MOST:
            raise RecordError(f"{name}: {file.channels} channels: a call has one or two")
        frames = int(file.frames)
        known = frames if 0 <= frames < FRAMES_UNSAID else 0
        if frames >= FRAMES_UNSAID:
            file._info.seekable = 0  # else each read ends with a seek, which fails at an end nobody knows
        yield Sound(int(file.samplerate), int(file.channels), known, file, name)


def _why(error: Exception) -> str:
    told = str(getattr(error, "error_string", "") or error)
    return " ".join(told.split())[:120]


def write_sound(path: Path, sound: NDArray[np.float64], rate: int, coding: Coding) -> None:
    """Write a call of one channel; ``.wav`` in any coding, ``.flac`` as 16-bit samples.

    Raises:
        InputError: another ending.
        StoreError: it cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in (".wav", ".flac"):
        raise InputError(f"{path}: a sound file ends in .wav or .flac")
    subtype = "PCM_16" if ending == ".flac" else _SUBTYPES[coding]
    try:
        soundfile.write(
            str(path), np.clip(sound, -1.0, 1.0), rate, subtype=subtype, format=ending[1:].upper()
        )
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise StoreError(f"{path}: {_why(error)}") from error
