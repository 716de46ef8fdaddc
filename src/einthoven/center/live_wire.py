"""The binary messages that carry samples to the pages: live waves, windows and envelopes (R9, R11).

Little-endian; every offset is a multiple of 8 from the start of the message, so that a page can lay typed
arrays over it without copying. ``docs/live.md`` is the same thing for writers of pages.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId
from einthoven.base.layout import Lead
from einthoven.center.ports import Envelope

VERSION = 1
KIND_WAVES = 1
KIND_WINDOW = 2
KIND_ENVELOPE = 3
KIND_BEATS = 4

MODE_RAW = 0
MODE_MIN_MAX = 1

BEAT_LATE = 1
"""Found in samples that came late."""
BEAT_UNCLASSED = 2
"""Its class is not decided yet."""

FLAG_FRESH = 1
"""First run of this stream and lead after a view (or after more was missed than is visible): start afresh."""
FLAG_REPAINT = 2
"""Late or backfilled samples inside what is visible: paint over, the sweep does not move."""
FLAG_SKIPPED = 4
"""Waves before this run were dropped because the screen did not keep up: hatch up to its start."""

HEADER = struct.Struct("<BBHIdQ")
RUN = struct.Struct("<IBBHIIdddff")
ENVELOPE = struct.Struct("<IIIIdd")
BEATS = struct.Struct("<IIdd")
BEAT_FORM = np.dtype(
    [("sample", "<f8"), ("rr_ms", "<u2"), ("conf", "<u2"), ("code", "u1"), ("flags", "u1"), ("pad", "<u2")]
)
NEWEST_UNKNOWN = float("nan")


@dataclass(frozen=True, slots=True)
class Run:
    """One piece of one lead.

    Attributes:
        stream, lead: whose; ``lead`` is the channel number.
        mode: ``MODE_RAW`` (a column is a sample) or ``MODE_MIN_MAX`` (a column is a pair).
        flags: ``FLAG_…`` bits.
        columns: how many columns ``payload`` holds.
        start_sample: position of the first column's left edge; column ``c`` of the stream begins at
            ``c × samples_per_column`` and holds the samples ``ceil(c·spc) … ceil((c+1)·spc) − 1``.
        samples_per_column: 1 in raw mode.
        newest_ms: center time at which the stream's newest sample was acquired, NaN when not known.
        form: the lead's gain (units per mV) and baseline (units).
        payload: int16 columns as bytes, not padded.
    """

    stream: StreamId
    lead: int
    mode: int
    flags: int
    columns: int
    start_sample: float
    samples_per_column: float
    newest_ms: float
    form: Lead
    payload: bytes


def message(kind: int, epoch: int, server_ms: float, runs: Sequence[Run]) -> bytes:
    """One message of ``runs``, at most 65,535 of them."""
    parts = [HEADER.pack(VERSION, kind, len(runs), epoch, server_ms, 0)]
    for run in runs:
        parts.append(
            RUN.pack(
                run.stream,
                run.lead,
                run.mode,
                run.flags,
                run.columns,
                0,
                run.start_sample,
                run.samples_per_column,
                run.newest_ms,
                run.form.gain,
                run.form.baseline,
            )
        )
        parts.append(padded(run.payload))
    return b"".join(parts)


def envelope_message(stream: StreamId, envelope: Envelope, server_ms: float) -> bytes:
    """Kind 3: the coarse picture of a long stretch.

    After the header: ``u32 stream, bins, leads, 0``, ``f64 start_sample, bin_samples``, then ``f32
    rate_bpm[bins]`` (NaN unknown), ``f32 coverage[bins]``, then per lead ``i16 low[bins]``, ``i16
    high[bins]``; each array padded to 8 bytes. ``low > high`` or coverage 0: nothing stored there.
    """
    bins, leads = envelope.low.shape
    parts = [
        HEADER.pack(VERSION, KIND_ENVELOPE, 1, 0, server_ms, 0),
        ENVELOPE.pack(stream, bins, leads, 0, float(envelope.start), float(envelope.bin_samples)),
        padded(_bytes(envelope.rate_bpm, "<f4")),
        padded(_bytes(envelope.coverage, "<f4")),
    ]
    for lead in range(leads):
        parts.append(padded(_bytes(envelope.low[:, lead], "<i2")))
        parts.append(padded(_bytes(envelope.high[:, lead], "<i2")))
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class BeatSpan:
    """What is now known of the beats of a stream in ``[start, stop)``; what was told of it before is void.

    Attributes:
        rows: ``BEAT`` rows (``ecg.beats``), by sample.
    """

    stream: StreamId
    start: int
    stop: int
    rows: NDArray[np.void]


def span_bytes(span: BeatSpan) -> bytes:
    """One span of a message of beats: ``u32 stream, beats``, ``f64 start, stop``, then 16 bytes a beat: ``f64
    sample``, ``u16 rr_ms, conf``, ``u8 code, flags``, ``u16 0``."""
    beats = np.zeros(len(span.rows), BEAT_FORM)
    for name in ("sample", "rr_ms", "conf", "code"):
        beats[name] = span.rows[name]
    beats["flags"] = np.where(span.rows["late"] != 0, BEAT_LATE, 0)
    beats["flags"] |= np.where(span.rows["conf"] == 0, BEAT_UNCLASSED, 0).astype(np.uint8)
    return BEATS.pack(span.stream, len(beats), span.start, span.stop) + beats.tobytes()


def beats_message(epoch: int, server_ms: float, spans: Sequence[bytes]) -> bytes:
    """Kind 4: beats of a view's streams, each span as ``span_bytes`` makes it."""
    return b"".join([HEADER.pack(VERSION, KIND_BEATS, len(spans), epoch, server_ms, 0), *spans])


def padded(payload: bytes) -> bytes:
    """``payload`` with zeros up to the next multiple of 8 bytes."""
    rest = -len(payload) % 8
    return payload + bytes(rest) if rest else payload


def _bytes(values: NDArray[np.generic], form: str) -> bytes:
    return np.ascontiguousarray(values, dtype=form).tobytes()
