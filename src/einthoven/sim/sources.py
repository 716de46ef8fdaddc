"""Where a simulated transmitter's samples come from: a heart, or a record loaded into memory."""

from __future__ import annotations

import hashlib
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.base.layout import Layout
from einthoven.sim.hearts.heart import Heart

I16 = NDArray[np.int16]


class Source(Protocol):
    """Samples by index; the same index always gives the same samples."""

    @property
    def layout(self) -> Layout:
        """Rate and leads."""
        ...

    @property
    def length(self) -> int | None:
        """Number of samples per lead; None: endless."""
        ...

    @property
    def recording(self) -> int:
        """What the LAYOUT frame calls this recording, 1 … 2⁶⁴−1."""
        ...

    def samples(self, start: int, stop: int) -> I16:
        """Samples ``[start, stop)``, int16[n, leads]; ``stop`` must not pass ``length``."""
        ...


class RecordSource:
    """A record in memory.

    Args:
        layout: rate and leads.
        samples: int16[n, leads], n ≥ 1.
        loop: begin again at the end, for ever.
        first: the record's sample that becomes index 0 (with ``loop`` only).

    Raises:
        InputError: the array does not fit the layout, or is empty.
    """

    def __init__(self, layout: Layout, samples: I16, loop: bool = False, first: int = 0) -> None:
        layout.check()
        if samples.ndim != 2 or samples.shape[1] != len(layout.leads) or samples.dtype != np.int16:
            raise InputError(f"samples {samples.dtype}{list(samples.shape)} for {len(layout.leads)} leads")
        if not len(samples):
            raise InputError("the record holds no samples")
        self.layout = layout
        self.length = None if loop else len(samples)
        self._samples = samples
        self._first = first % len(samples) if loop else 0
        self._recording: int | None = None

    @property
    def recording(self) -> int:
        """A hash of layout, samples and where they begin: the same record is the same recording."""
        if self._recording is None:
            digest = hashlib.blake2b(_signature(self.layout, self._first), digest_size=8)
            digest.update(np.ascontiguousarray(self._samples).view(np.uint8).reshape(-1).data)
            self._recording = _nonzero(digest.digest())
        return self._recording

    def samples(self, start: int, stop: int) -> I16:
        """Samples ``[start, stop)``, int16[n, leads]."""
        if self.length is not None:
            if not 0 <= start <= stop <= self.length:
                raise InputError(f"samples [{start}, {stop}) of a record of {self.length}")
            return self._samples[start:stop]
        size = len(self._samples)
        at, left = (self._first + start) % size, stop - start
        pieces = []
        while left > 0:
            pieces.append(self._samples[at : at + left])
            left -= len(pieces[-1])
            at = 0
        return np.concatenate(pieces) if pieces else self._samples[:0]


class HeartSource:
    """A synthetic heart as a source; ``heart.truth`` says what its samples mean."""

    def __init__(self, heart: Heart, seed: int) -> None:
        self.heart = heart
        self.length: int | None = None
        script = heart.script
        told = f"{script.rhythms}{script.incidents}{script.disturbances}{script.period_s}{seed}"
        digest = hashlib.blake2b(_signature(heart.layout, 0) + told.encode(), digest_size=8)
        self.recording = _nonzero(digest.digest())

    @property
    def layout(self) -> Layout:
        """Rate and leads."""
        return self.heart.layout

    def samples(self, start: int, stop: int) -> I16:
        """Samples ``[start, stop)``, int16[n, leads]."""
        return self.heart.samples(start, stop)


def _signature(layout: Layout, first: int) -> bytes:
    leads = ";".join(
        f"{lead.name}|{lead.gain!r}|{lead.baseline}|{lead.resolution}|{lead.adc_zero}|{lead.units}"
        for lead in layout.leads
    )
    return f"{layout.rate_mhz};{first};{leads};".encode()


def _nonzero(digest: bytes) -> int:
    return int.from_bytes(digest, "little") or 1
