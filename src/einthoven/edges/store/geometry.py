"""Where the segments of a stream begin: equal lengths, shifted per stream so that sealing is spread over
time.
"""

from __future__ import annotations

from dataclasses import dataclass

from einthoven.base.ids import StreamId
from einthoven.base.layout import Layout
from einthoven.edges.store.coarse import BIN_SECONDS, bin_samples


@dataclass(frozen=True, slots=True)
class Geometry:
    """Segments of one stream: segment ``k`` holds samples ``[k × length − phase, (k + 1) × length − phase)``.

    Attributes:
        length: samples per segment, a multiple of the coarse bin, so that no bin lies in two segments.
        phase: shift in samples, a multiple of the coarse bin, below ``length``.
        layout: of the stream.
    """

    length: int
    phase: int
    layout: Layout

    @staticmethod
    def of(stream: StreamId, layout: Layout, segment_seconds: float) -> Geometry:
        """The segments of a stream; consecutive stream numbers get phases far apart."""
        size = bin_samples(layout.rate_hz)
        bins = max(1, round(segment_seconds / BIN_SECONDS))
        phase = ((stream * 0x9E3779B1) % (1 << 32)) * bins >> 32
        return Geometry(bins * size, phase * size, layout)

    def number(self, sample: int) -> int:
        """Which segment a sample is in."""
        return (sample + self.phase) // self.length

    def bounds(self, number: int) -> tuple[int, int]:
        """First sample of a segment, and one past its last."""
        return max(0, number * self.length - self.phase), (number + 1) * self.length - self.phase
