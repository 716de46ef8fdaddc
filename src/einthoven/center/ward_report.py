"""What the ward tells: of one stream, and of one step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.base.instants import Instant

I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the wall shows of a stream besides its waves.

    Attributes:
        newest: index of the newest sample.
        next: the sample index expected next.
        received: center time of receipt of the newest block.
        heart_rate_bpm: mean of the last eight plausible intervals; None without a beat in the last four
            seconds of samples, or when no lead is fit to detect beats.
        quality: code of each lead over its last whole second (``ecg.beats``).
        stored: whether the newest block is durable (False: "live, not stored").
        last_beat: sample index of the last beat, None before the first.
    """

    newest: int
    next: int
    received: Instant
    heart_rate_bpm: float | None
    quality: tuple[int, ...]
    stored: bool
    last_beat: int | None


@dataclass(slots=True)
class WardReport:
    """What one step did.

    Attributes:
        blocks, samples: taken in (samples per lead).
        beats: found through the fast path.
        late_samples: per lead, that lay before a stream's live edge or jumped over a hole.
        duplicate_samples: per lead, seen before and left out.
        unknown_blocks: of streams that are not in this ward. refused_blocks: of the wrong number of leads.
        streams: streams that got samples.
        pending_samples: per lead, that chases have yet to go through (``refill``).
    """

    blocks: int = 0
    samples: int = 0
    beats: int = 0
    late_samples: int = 0
    duplicate_samples: int = 0
    unknown_blocks: int = 0
    refused_blocks: int = 0
    streams: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    pending_samples: int = 0
