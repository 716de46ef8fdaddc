"""Real ECG for the load generator: records at the rate wanted, cut into frames and coded once.

Which samples a transmitter sends is a pure function of its number, so a ledger needs no samples:
``Signal.expected`` gives them again for the reconciliation.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from einthoven.link import codec
from einthoven.link.limits import SAMPLES_HEADER_BYTES, VERSION, FrameType

I16 = NDArray[np.int16]
LOOP_FRAMES = 300
"""Frames coded per record; a transmitter plays them in a loop from an offset of its own."""
_HEAD = Struct("<BBBBIQIBBBB")
_CRC = Struct("<I")
_TYPE = int(FrameType.SAMPLES)
_STRIDE = 37


@dataclass(frozen=True, slots=True)
class Voice:
    """What one transmitter plays: a record, from one of its frames on."""

    record: int
    first: int


class Signal:
    """Coded frames of some records.

    Args:
        records: int16[n, leads] each, at the rate that frames are cut at.
        frame: samples per frame.
        kind: 0 plain, 1 coded.
    """

    def __init__(self, records: list[I16], frame: int, kind: int = 1) -> None:
        self.frame = frame
        self._kind = kind
        self.leads = records[0].shape[1]
        self._records: list[I16] = []
        self.templates: list[list[bytearray]] = []
        for record in records:
            frames = min(LOOP_FRAMES, len(record) // frame)
            if frames < 1 or record.shape[1] != self.leads:
                raise ValueError("records must hold a frame at least, and have the same leads")
            looped = np.ascontiguousarray(record[: frames * frame])
            self._records.append(looped)
            self.templates.append(
                [self._template(looped[at : at + frame], kind) for at in range(0, len(looped), frame)]
            )

    def voice(self, number: int) -> Voice:
        """What transmitter ``number`` plays."""
        record = number % len(self._records)
        return Voice(record, number * _STRIDE % len(self.templates[record]))

    def message(self, voice: Voice, index: int, backlog: bool = False) -> bytearray:
        """Frame ``index`` (0, 1, …) of a voice as a SAMPLES message; valid until it is asked again."""
        loop = self.templates[voice.record]
        message = loop[(voice.first + index) % len(loop)]
        frame = self.frame
        _HEAD.pack_into(
            message, 0, VERSION, _TYPE, backlog, self._kind, 0, index * frame, frame, self.leads, 0, 0, 0
        )
        _CRC.pack_into(message, 4, crc32(message))
        return message

    def expected(self, number: int, start: int, stop: int) -> I16:
        """Samples ``[start, stop)`` of transmitter ``number``, int16[n, leads]."""
        voice = self.voice(number)
        record = self._records[voice.record]
        at = (np.arange(start, stop) + voice.first * self.frame) % len(record)
        return record[at]

    @property
    def bytes_per_frame(self) -> float:
        """Mean length of a message."""
        lengths = [len(one) for loop in self.templates for one in loop]
        return float(np.mean(lengths))

    def _template(self, samples: I16, kind: int) -> bytearray:
        payload = codec.encode(samples, kind)
        message = bytearray(SAMPLES_HEADER_BYTES + len(payload))
        message[SAMPLES_HEADER_BYTES:] = payload
        return message


def real_ecg(rate_hz: float, leads: int, records: int = 16, seconds: float = 300.0) -> list[I16]:
    """Stretches of MIT-BIH records at another rate, at their own 200 units per millivolt.

    Where the data folder is missing, simulated hearts. ``EINTHOVEN_DATA`` or ``../shared/data`` is looked at.
    """
    folder = data_folder() / "mitdb"
    paths = sorted(folder.glob("*.hea"))[:: max(1, 48 // records)][:records] if folder.is_dir() else []
    if paths:
        return [_record(path, rate_hz, leads, seconds) for path in paths]
    return [_heart(number, rate_hz, leads, seconds) for number in range(records)]


def data_folder() -> Path:
    """Where the real ECG is."""
    told = os.environ.get("EINTHOVEN_DATA")
    return Path(told) if told else Path(__file__).resolve().parents[1].parent / "shared" / "data"


def _record(path: Path, rate_hz: float, leads: int, seconds: float) -> I16:
    from einthoven.edges.exchange.records import read_record

    record = read_record(str(path.with_suffix("")))
    own = record.layout.rate_hz
    start = int(60 * own)
    part = record.samples[start : start + int(seconds * own) + 1].astype(np.float64)
    at = np.arange(0, int(seconds * rate_hz)) * own / rate_hz
    columns = [np.interp(at, np.arange(len(part)), part[:, lead % part.shape[1]]) for lead in range(leads)]
    return np.rint(np.stack(columns, axis=1)).astype(np.int16)


def _heart(number: int, rate_hz: float, leads: int, seconds: float) -> I16:
    from einthoven.sim.hearts.heart import Heart, layout_of
    from einthoven.sim.hearts.script import Rhythm, Script

    names = ("II", "V1", "V5", "I", "III", "aVR", "aVL", "aVF", "V2", "V3", "V4", "V6")[:leads]
    kinds = ("sinus", "afib", "bigeminy", "paced", "sinus", "svt")
    script = Script((Rhythm(kind=kinds[number % 6], rate_bpm=60.0 + 3 * number, pvc_per_hour=30.0),))
    return Heart(script, layout_of(names, rate_hz), number).samples(0, int(seconds * rate_hz))
