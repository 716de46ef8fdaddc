"""Stored samples, envelopes and beats of one stream, for the patient page (R11); runs on a reading thread.

Damage never hides what is whole: a window over damaged bytes is read in halves until the damage stands alone,
which becomes a hole and is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreDamagedError
from einthoven.base.ids import StreamId
from einthoven.base.layout import INVALID_SAMPLE, Layout
from einthoven.base.spans import SpanSet
from einthoven.center.live import columns
from einthoven.center.live_kernels import column_of
from einthoven.center.live_wire import MODE_MIN_MAX, MODE_RAW, Run
from einthoven.center.ports import Envelope, SampleReader, Window
from einthoven.ecg.beats import BEAT

COLUMNS_MAX = 20_000
"""Columns of one window: five times the widest screen."""
SAMPLES_MAX = 3_600_000
"""Samples per lead of one window: an hour at 1000 Hz; longer stretches are what the envelope is for."""
READ_SAMPLES = 1 << 18
"""Samples read at once: a window of an hour never stands in memory whole."""
DAMAGE_SAMPLES = 256
"""Damage is narrowed down to this many samples, about a second: blocks are not smaller."""
DAMAGE_READS_MAX = 200
"""Reads spent on narrowing damage down; what is still in doubt then counts as damaged."""
BEATS_MAX = 20_000
"""Beats of one answer, about four hours; the answer says so and where to go on."""
BEATS_SAMPLES = 1_000_000
"""Samples whose beats are read at once, so that a month is not read to show its first hours."""
BEAT_APART_S = 0.1
"""A sealed and an unsealed beat nearer than this are the same one: no heart beats at 600 a minute."""


@dataclass(slots=True)
class Lost:
    """What was met damaged of a stream before: samples that do not count as stored any more, sealed beats."""

    samples: SpanSet = field(default_factory=SpanSet)
    beats: SpanSet = field(default_factory=SpanSet)


@dataclass(slots=True)
class Damage:
    """Which stretches could not be read.

    Attributes:
        spans: these.
        due: what should be there: what is stored, taken before it is read, and what was met damaged before.
        reads_left: how many reads are left to narrow down what cannot be read.
    """

    spans: SpanSet = field(default_factory=SpanSet)
    due: SpanSet = field(default_factory=SpanSet)
    reads_left: int = DAMAGE_READS_MAX

    @classmethod
    def of(cls, stored: SpanSet, lost: Lost) -> Damage:
        """Nothing damaged yet of what is ``stored``, or was and was ``lost``."""
        due = stored.copy()
        for span in lost.samples:
            due.add(*span)
        return cls(due=due)

    def compare(self, window: Window) -> None:
        """What should be in a window and is not, is damaged."""
        found = SpanSet(window.present)
        for due in self.due.within(window.start, window.start + len(window.samples)):
            for span in found.missing(*due):
                self.spans.add(*span)

    def header(self) -> str:
        """``start-stop`` of each stretch, the first fifty, for ``x-einthoven-damage``."""
        shown = [f"{start}-{stop}" for start, stop in list(self.spans)[:50]]
        return ",".join(shown + (["more"] if len(self.spans) > len(shown) else []))


def window_runs(
    reader: SampleReader,
    stream: StreamId,
    layout: Layout,
    start: int,
    stop: int,
    count: int,
    lost: Lost | None = None,
) -> tuple[list[Run], Damage]:
    """One run a lead over ``[start, stop)``: raw where ``count`` columns are enough for that, else pairs.

    The columns end with the last that is complete where what is stored ends before ``stop``, so that whoever
    keeps them sees that more will come.
    """
    stored = reader.stored(stream)
    damage = Damage.of(stored, lost or Lost())
    spc = max((stop - start) / count, 1.0)
    mode = MODE_RAW if spc == 1.0 else MODE_MIN_MAX
    end = stored.stop
    first = column_of(start, spc)
    last = column_of(stop - 1, spc) + 1 if end >= stop else max(column_of(end, spc), first)
    pieces: list[list[bytes]] = [[] for _ in layout.leads]
    step = max(int(READ_SAMPLES / spc), 1)
    for left in range(first, last, step):
        right = min(left + step, last)
        low, high = int(np.ceil(left * spc)), int(np.ceil(right * spc))
        window = whole_window(reader, stream, len(layout.leads), low, high, damage)
        for lead, parts in enumerate(pieces):
            parts.append(columns(window, lead, left, right, spc).tobytes())
    return [
        Run(
            stream,
            lead,
            mode,
            0,
            last - first,
            first * spc,
            spc,
            float("nan"),
            layout.leads[lead],
            b"".join(parts),
        )
        for lead, parts in enumerate(pieces)
    ], damage


def whole_window(
    reader: SampleReader, stream: StreamId, leads: int, start: int, stop: int, damage: Damage
) -> Window:
    """What can be read of ``[start, stop)``; damaged parts are holes and are added to ``damage``."""
    try:
        window = reader.read(stream, start, stop)
    except StoreDamagedError:
        damage.reads_left -= 2
        if stop - start <= DAMAGE_SAMPLES or damage.reads_left <= 0:
            damage.spans.add(start, stop)
            return Window(start, np.full((stop - start, leads), INVALID_SAMPLE, np.int16), [])
        middle = (start + stop) // 2
        halves = [
            whole_window(reader, stream, leads, left, right, damage)
            for left, right in ((start, middle), (middle, stop))
        ]
        samples = np.concatenate([half.samples for half in halves])
        return Window(start, samples, halves[0].present + halves[1].present)
    damage.compare(window)
    return window


def whole_envelope(
    reader: SampleReader,
    stream: StreamId,
    leads: int,
    start: int,
    stop: int,
    bins: int,
    lost: Lost | None = None,
) -> tuple[Envelope, Damage]:
    """The envelope as far as something is stored; one empty bin where it is damaged."""
    stored = reader.stored(stream)
    damage = Damage.of(stored, lost or Lost())
    size = max((stop - start) // bins, 1)
    stop = min(stop, stored.stop)
    if stop <= start:
        return _empty(start, size, 0, leads), damage
    try:
        envelope = reader.envelope(stream, start, stop, -(-(stop - start) // size))
    except StoreDamagedError:
        damage.spans.add(start, stop)
        return _empty(start, stop - start, 1, leads), damage
    for bin_ in np.flatnonzero(_short(envelope, damage.due)).tolist():
        left = envelope.start + bin_ * envelope.bin_samples
        for span in damage.due.within(max(left, start), min(left + envelope.bin_samples, stop)):
            damage.spans.add(*span)
    return envelope, damage


def _short(envelope: Envelope, due: SpanSet) -> NDArray[np.bool_]:
    """bool[bins]: whether a bin holds fewer samples than it should."""
    spans = np.array([(0, 0), *due], np.float64)
    size = envelope.bin_samples
    edges = envelope.start + size * np.arange(len(envelope.coverage) + 1, dtype=np.float64)
    before = np.concatenate([[0.0], np.cumsum(spans[:, 1] - spans[:, 0])])
    at = np.searchsorted(spans[:, 0], edges, side="right")
    held = before[at - 1] + np.minimum(edges, spans[at - 1, 1]) - spans[at - 1, 0]
    short: NDArray[np.bool_] = np.diff(held) - envelope.coverage * size > max(0.5, size * 1e-6)
    return short


def _empty(start: int, size: int, bins: int, leads: int) -> Envelope:
    """Bins in which nothing is stored."""
    low, high = np.ones((bins, leads), np.int16), np.zeros((bins, leads), np.int16)
    return Envelope(start, size, low, high, np.full(bins, np.nan, np.float32), np.zeros(bins, np.float32))


def sealed_beats(
    reader: SampleReader, stream: StreamId, start: int, stop: int, lost: Callable[[], Lost] = Lost
) -> tuple[NDArray[np.void], Damage]:
    """Sealed beats of ``[start, stop)`` from its start, a few more than ``BEATS_MAX`` at most."""
    damage = Damage()
    parts: list[NDArray[np.void]] = [np.zeros(0, BEAT)]
    found = 0
    for left, right in reader.stored(stream).within(start, stop):
        for low in range(left, right, BEATS_SAMPLES):
            high = min(low + BEATS_SAMPLES, right)
            try:
                rows = reader.beats(stream, low, high)
            except StoreDamagedError:
                damage.spans.add(low, high)
                continue
            parts.append(rows)
            found += len(rows)
            if found > BEATS_MAX:
                break
        if found > BEATS_MAX:
            break
    for span in lost().beats.within(start, stop):  # asked afterwards: the reader leaves out what is damaged
        damage.spans.add(*span)
    return np.concatenate(parts), damage


def merged_beats(sealed: NDArray[np.void], unsealed: NDArray[np.void], rate_hz: float) -> NDArray[np.void]:
    """Both in order of time; where both know a beat, the unsealed row, which is the newer analysis,
    stands."""
    fresh = np.sort(unsealed["sample"])
    if len(fresh) and len(sealed):
        at = np.searchsorted(fresh, sealed["sample"])
        before = sealed["sample"] - fresh[np.maximum(at - 1, 0)]
        after = fresh[np.minimum(at, len(fresh) - 1)] - sealed["sample"]
        apart = BEAT_APART_S * rate_hz
        sealed = sealed[(np.abs(before) >= apart) & (np.abs(after) >= apart)]
    both = np.concatenate([sealed, unsealed.astype(BEAT, copy=False)])
    return both[np.argsort(both["sample"], kind="stable")]
