"""Batches of sample frames as arrays: what the intake hands to the store and the ward.

A batch keeps the transmitters' frames as they came, end to end in one buffer; nothing is decoded until the
samples are wanted, so storing costs a copy and a checksum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]


@dataclass(slots=True)
class FrameBatch:
    """``k`` checked SAMPLES frames, each the next piece of its stream's accepted samples.

    Attributes:
        data: all frames end to end, uint8.
        offset: where each frame begins in ``data``, int64[k].
        length: bytes of each frame, int64[k].
        stream: stream number of each, int64[k].
        start: first sample index of each, int64[k].
        count: samples per lead of each, int64[k].
        leads: leads of each, int64[k].
        lane: 0 live, 1 backlog, int64[k].
        received: center time of receipt in nanoseconds, int64[k].
    """

    data: U8
    offset: I64
    length: I64
    stream: I64
    start: I64
    count: I64
    leads: I64
    lane: I64
    received: I64

    def __len__(self) -> int:
        return len(self.stream)


@dataclass(slots=True)
class SampleBatch:
    """The same ``k`` blocks decoded: interleaved samples end to end.

    Attributes:
        samples: int16, block after block, each ``count × leads`` interleaved by lead.
        offset: where each block begins in ``samples``, int64[k].
        stream, start, count, leads, lane, received: as in ``FrameBatch``.
        stored: whether the block is durable (False: "live, not stored", ARCHITECTURE rule 7).
    """

    samples: I16
    offset: I64
    stream: I64
    start: I64
    count: I64
    leads: I64
    lane: I64
    received: I64
    stored: bool = True

    def __len__(self) -> int:
        return len(self.stream)
