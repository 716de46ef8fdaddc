"""Recordings of calls as files, written byte by byte or by libsndfile."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import soundfile


def tone(seconds: float = 2.0, rate: int = 8000, hz: float = 1900.0) -> np.ndarray[Any, np.dtype[np.float64]]:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def wav(seconds: float = 2.0, rate: int = 8000, channels: int = 1, subtype: str = "PCM_16") -> bytes:
    return written(np.repeat(tone(seconds, rate)[:, None], channels, axis=1), rate, "WAV", subtype)


def flac(seconds: float = 2.0, rate: int = 8000, channels: int = 1) -> bytes:
    return written(np.repeat(tone(seconds, rate)[:, None], channels, axis=1), rate, "FLAC", "PCM_16")


def written(sound: object, rate: int, form: str, subtype: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound, rate, subtype=subtype, format=form)
    return file.getvalue()


def with_length(content: bytes, length: int) -> bytes:
    """A WAV file whose header says another length of its data."""
    place = content.index(b"data") + 4
    return content[:place] + struct.pack("<I", length) + content[place + 4 :]
