"""Sealed segments as WFDB: their names, headers, and signals as FLAC (format 516 of signal(5)).

The ``wfdb`` package, and PhysioNet's own tools where they are installed, read them in the tests.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import soundfile
from numpy.typing import NDArray

from einthoven.base.errors import StoreDamagedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import DAY, MILLISECOND, Instant
from einthoven.base.layout import Layout
from einthoven.edges.store.kernels import lead_sums
from einthoven.interop.wfdb_header import Header, Segment, SignalSpec, write_header

I16 = NDArray[np.int16]

FLAC_FORMAT = 516
FLAC_CHANNELS_MAX = 8
"""A FLAC file holds no more; further leads go to a second file."""
COMPRESSION = 0.375
"""Of libsndfile's 0–1, FLAC level 3. Over mitdb at 250 Hz and two leads: 24.5 MB a patient-day and 4.1 µs a
patient-second; 0.5 takes 0.5 % less room and 30 % more time, 1.0 takes 2 % less room and three times the
time."""
LAYOUT_SUFFIX = "_layout"


@dataclass(frozen=True, slots=True)
class SegmentName:
    """Which files hold a segment.

    Attributes:
        stream, number: stream and segment number.
        generation: 0 when first sealed, one more for each time late samples made it anew.
    """

    stream: StreamId
    number: int
    generation: int

    @property
    def record(self) -> str:
        """WFDB record name: ``s000017_000003``, later generations ``s000017_000003r1``."""
        again = f"r{self.generation}" if self.generation else ""
        return f"{stream_name(self.stream)}_{self.number:06d}{again}"

    @property
    def base(self) -> str:
        """Path of its files in the data folder, without ending."""
        return f"{stream_folder(self.stream)}/{self.record}"

    @property
    def header(self) -> str:
        """Path of its header file."""
        return f"{self.base}.hea"

    @property
    def beats(self) -> str:
        """Path of its annotation file."""
        return f"{self.base}.ein"

    def signals(self, leads: int) -> list[str]:
        """Paths of its signal files: one for up to eight leads, two beyond."""
        return [f"{self.base}{suffix}.dat" for suffix in ("", "b")[: len(split_leads(leads))]]


def stream_folder(stream: StreamId) -> str:
    """Folder of a stream's sealed files."""
    return f"streams/{stream_name(stream)}"


def split_leads(leads: int) -> list[slice]:
    """Which leads go to which signal file."""
    return [slice(at, min(at + FLAC_CHANNELS_MAX, leads)) for at in range(0, leads, FLAC_CHANNELS_MAX)]


def flac(samples: I16, rate_hz: float) -> bytes:
    """Encode int16[n, leads ≤ 8] as a FLAC file of 16 bits."""
    out = io.BytesIO()
    with soundfile.SoundFile(
        out,
        "w",
        samplerate=max(1, round(rate_hz)),
        channels=samples.shape[1],
        subtype="PCM_16",
        format="FLAC",
        compression_level=COMPRESSION,
    ) as file:
        file.write(samples)
    return out.getvalue()


def unflac(data: bytes | memoryview, start: int, stop: int, name: str) -> I16:
    """Rows ``[start, stop)`` of a FLAC file, int16[stop - start, leads].

    Raises:
        StoreDamagedError: it does not decode, or is shorter.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if start:
                file.seek(start)
            rows: I16 = file.read(stop - start, dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise StoreDamagedError(f"{name}: {error}") from error
    if len(rows) != stop - start:
        raise StoreDamagedError(f"{name}: {start + len(rows)} samples, want {stop}")
    return rows


def _signal(file: str, layout: Layout, lead: int, initial: int, checksum: int) -> SignalSpec:
    one = layout.leads[lead]
    return SignalSpec(
        file,
        FLAC_FORMAT,
        gain=one.gain,
        baseline=one.baseline,
        units=one.units,
        resolution=one.resolution,
        adc_zero=one.adc_zero,
        initial=initial,
        checksum=checksum,
        name=one.name,
    )


def _moment(at: Instant | None) -> tuple[date | None, int | None]:
    """Base date and time of day (UTC) of a header, to the millisecond."""
    if at is None:
        return None, None
    day, rest = divmod(at, DAY)
    return date(1970, 1, 1) + timedelta(days=day), rest // MILLISECOND * MILLISECOND


def segment_header(name: SegmentName, layout: Layout, start: int, samples: I16, at: Instant | None) -> bytes:
    """Header of one sealed segment; ``at`` is the center time of its first sample."""
    n, leads = samples.shape
    day, time = _moment(at)
    sums = np.empty(leads, np.int64)
    lead_sums(samples, sums)
    signals = []
    for file, part in zip(name.signals(leads), split_leads(leads), strict=True):
        for lead in range(part.start, part.stop):
            checksum = (int(sums[lead]) + 0x8000) % 0x10000 - 0x8000
            signals.append(_signal(file.rpartition("/")[2], layout, lead, int(samples[0, lead]), checksum))
    comment = f"einthoven {stream_name(name.stream)} samples {start} to {start + n}; times are UTC"
    header = Header(name.record, layout.rate_hz, n, day, time, tuple(signals), comments=(comment,))
    return write_header(header).encode()


def layout_header(stream: StreamId, layout: Layout) -> bytes:
    """Header of the layout segment, of length 0, that makes the master header one of variable layout.

    Only a variable-layout record may have null segments, and so holes as long as a segment.
    """
    signals = tuple(replace(_signal("~", layout, lead, 0, 0), fmt=0) for lead in range(len(layout.leads)))
    header = Header(stream_name(stream) + LAYOUT_SUFFIX, layout.rate_hz, 0, signals=signals)
    return write_header(header).encode()


def master_header(
    stream: StreamId, layout: Layout, segments: Sequence[tuple[SegmentName, int, int]], at: Instant | None
) -> bytes:
    """Multi-segment header of the whole stream, sample index for sample index.

    Args:
        segments: ``(name, start, stop)`` in order; what lies between and before them becomes null segments.
        at: center time of sample 0.
    """
    rows = [Segment(stream_name(stream) + LAYOUT_SUFFIX, 0)]
    end = 0
    for name, start, stop in segments:
        if start > end:
            rows.append(Segment("~", start - end))
        rows.append(Segment(name.record, stop - start))
        end = stop
    day, time = _moment(at)
    header = Header(
        stream_name(stream),
        layout.rate_hz,
        end,
        day,
        time,
        segments=tuple(rows),
        signals_stated=len(layout.leads),
    )
    return write_header(header).encode()
