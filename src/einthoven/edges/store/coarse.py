"""The coarse file of a stream, ``s000017.env``: four-second bins for the picture of thirty days.

After a 64-byte header, bin ``b`` lies at ``64 + b × stride`` and covers samples ``[b × B, (b + 1) × B)`` with
``B`` =
four seconds of samples: per lead lowest and highest sample (int16, low > high: nothing measured), then mean
heart rate in tenths of a beat per minute (uint16, 0 unknown), then samples present (uint16). Only bins of
sealed segments mean anything; the index says which those are and holds the checksum of each segment's
stretch.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreDamagedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.ecg.beats import beats_of
from einthoven.edges.store import kernels
from einthoven.edges.store.beats import Beats
from einthoven.edges.store.jit import kernel
from einthoven.edges.store.wfdb import stream_folder

I16 = NDArray[np.int16]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Bins = NDArray[np.void]

BIN_SECONDS = 4
HEADER_BYTES = 64
MAGIC = b"EINTHENV"
VERSION = 1


def bin_samples(rate_hz: float) -> int:
    """Samples of one bin."""
    return round(rate_hz * BIN_SECONDS)


def bin_type(leads: int) -> np.dtype[np.void]:
    """One bin of the file."""
    return np.dtype(
        [("low", "<i2", (leads,)), ("high", "<i2", (leads,)), ("rate", "<u2"), ("present", "<u2")]
    )


def coarse_path(stream: StreamId) -> str:
    """Path of a stream's coarse file."""
    return f"{stream_folder(stream)}/{stream_name(stream)}.env"


def coarse_header(stream: StreamId, size: int, leads: int) -> bytes:
    """Header of a coarse file with bins of ``size`` samples."""
    body = MAGIC + np.array([VERSION, HEADER_BYTES, stream, size, leads], "<u4").tobytes()
    body = body.ljust(HEADER_BYTES - 4, b"\0")
    return body + np.array([zlib.crc32(body)], "<u4").tobytes()


def read_coarse_header(data: bytes, name: str) -> tuple[int, int]:
    """``(samples per bin, leads)`` of a coarse file.

    Raises:
        StoreDamagedError: it fails its checksum.
    """
    head = data[:HEADER_BYTES]
    if len(head) < HEADER_BYTES or head[:8] != MAGIC:
        raise StoreDamagedError(f"{name}: not a coarse file")
    if zlib.crc32(head[:-4]) != int.from_bytes(head[-4:], "little"):
        raise StoreDamagedError(f"{name}: header fails its checksum")
    numbers = np.frombuffer(head, "<u4", 5, 8)
    return int(numbers[3]), int(numbers[4])


def bins_of(samples: I16, present: U8, size: int) -> Bins:
    """The bins of samples that begin at a bin edge; the last may be short. Heart rate is left unknown."""
    n, leads = samples.shape
    count = -(-n // size)
    low, high = np.empty((count, leads), np.int16), np.empty((count, leads), np.int16)
    covered = np.empty(count, np.int64)
    kernels.coarse(samples, present, size, low, high, covered)
    bins = np.zeros(count, bin_type(leads))
    bins["low"], bins["high"], bins["present"] = low, high, covered
    return bins


def bin_rates(beats: Beats, start: int, size: int, count: int) -> NDArray[np.float64]:
    """Mean heart rate per bin from the intervals that end in it, beats per minute, NaN without any."""
    beats = beats_of(beats)
    use = beats[(beats["rr_ms"] > 0) & (beats["sample"] >= start) & (beats["sample"] < start + count * size)]
    where = ((use["sample"].astype(np.int64) - start) // size).astype(np.int64)
    total = np.bincount(where, use["rr_ms"].astype(np.float64), count)
    number = np.bincount(where, minlength=count)
    rates = np.full(count, np.nan)
    np.divide(60_000.0 * number, total, out=rates, where=number > 0)
    return rates


def put_rates(bins: Bins, beats: Beats, start: int, size: int) -> None:
    """Fill the heart rate of bins that begin at sample ``start``."""
    tenths = np.nan_to_num(bin_rates(beats, start, size, len(bins)) * 10.0, nan=0.0)
    bins["rate"] = np.clip(np.rint(tenths), 0, 65_535).astype(np.uint16)


@dataclass(slots=True)
class Picture:
    """An envelope being put together; as ``center.ports.Envelope``, with counts in place of shares.

    Attributes:
        start: sample index of the first bin; size: samples per bin.
        low, high: int16[n, leads].
        covered: int64[n], samples present.
        rate_sum, rate_count: float64[n], sum and number of the heart rates that go into each bin.
    """

    start: int
    size: int
    low: I16
    high: I16
    covered: I64
    rate_sum: NDArray[np.float64]
    rate_count: NDArray[np.float64]

    @staticmethod
    def blank(start: int, size: int, count: int, leads: int) -> Picture:
        """Nothing stored yet."""
        return Picture(
            start,
            size,
            np.full((count, leads), 32767, np.int16),
            np.full((count, leads), -32768, np.int16),
            np.zeros(count, np.int64),
            np.zeros(count),
            np.zeros(count),
        )

    def add(self, bins: Bins, start: int, size: int) -> None:
        """Add finer bins: ``bins[0]`` begins at sample ``start``; each lies in one bin of the picture."""
        _fold(
            bins["low"],
            bins["high"],
            bins["rate"],
            bins["present"],
            (start - self.start) // size,
            self.size // size,
            self.low,
            self.high,
            self.covered,
            self.rate_sum,
            self.rate_count,
        )


@kernel
def _fold(
    low: I16,
    high: I16,
    rate: NDArray[np.uint16],
    present: NDArray[np.uint16],
    first: int,
    ratio: int,
    to_low: I16,
    to_high: I16,
    covered: I64,
    rate_sum: NDArray[np.float64],
    rate_count: NDArray[np.float64],
) -> None:
    """Fold bin ``i`` into bin ``(first + i) // ratio`` of the picture; what falls outside is left out."""
    for index in range(len(rate)):
        to = (first + index) // ratio
        if to < 0 or to >= len(covered):
            continue
        covered[to] += present[index]
        if rate[index] > 0:
            rate_sum[to] += rate[index] / 10.0
            rate_count[to] += 1.0
        for lead in range(low.shape[1]):
            to_low[to, lead] = min(to_low[to, lead], low[index, lead])
            to_high[to, lead] = max(to_high[to, lead], high[index, lead])
