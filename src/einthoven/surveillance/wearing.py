"""How much of each day was recorded, what the gaps were, and whom to call about it (R22).

The service is worth what was recorded: a transmitter in a drawer finds nothing. Everything here is reckoned
from what is stored; instants are center time, the days are those of the patient's own calendar.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from einthoven.base.instants import HOUR, MINUTE, Duration, Instant
from einthoven.base.spans import SpanSet

NOT_RECEIVED = "not received"
"""The cause of a gap of which the transmitter has said nothing: its samples may still come."""
LEADS_OFF = "leads off"
"""Recorded, and no lead was on the skin."""
JOIN: Duration = 2 * MINUTE
"""Gaps nearer to one another are told as one: a bad link is one matter, not a hundred."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is known of one patient's recording.

    Attributes:
        since: when the service began.
        spans: [start, stop) instants of which samples are stored, in order.
        gaps: (start, stop, cause) as the transmitter declared them.
        off: stretches in which all leads were off, as far as that was asked.
    """

    since: Instant
    spans: Sequence[tuple[Instant, Instant]]
    gaps: Sequence[tuple[Instant, Instant, str]] = ()
    off: Sequence[tuple[Instant, Instant]] = ()

    @property
    def last(self) -> Instant | None:
        """The newest instant that is recorded; None where nothing is."""
        return max((stop for _, stop in self.spans), default=None)


@dataclass(frozen=True, slots=True)
class Gap:
    """Not recorded, or recorded of nothing: ``[start, stop)`` and why."""

    start: Instant
    stop: Instant
    cause: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A day, or what of it is in service.

    Attributes:
        start, stop: what of it counts.
        worn: of that, recorded with a lead on.
        gaps: of the rest, by cause; ``worn`` and all of these together are the whole stretch.
    """

    start: Instant
    stop: Instant
    worn: Duration
    gaps: dict[str, Duration]


def stretch(told: Recorded, start: Instant, stop: Instant) -> Stretch:
    """What was worn in a stretch, and the rest by cause; what lies before the service does not count."""
    start = min(max(start, told.since), stop)
    pieces = gaps(told, start, stop)
    by_cause: dict[str, Duration] = {}
    for gap in pieces:
        by_cause[gap.cause] = by_cause.get(gap.cause, 0) + gap.stop - gap.start
    return Stretch(start, stop, stop - start - sum(by_cause.values()), by_cause)


def gaps(told: Recorded, start: Instant, stop: Instant) -> list[Gap]:
    """Every moment of ``[start, stop)`` in service that was not worn, once, with its cause, in order."""
    start = max(start, told.since)
    if start >= stop:
        return []
    stored = _within(told.spans, start, stop)
    left, found = SpanSet(stored.missing(start, stop)), list[Gap]()
    for low, high, cause in told.gaps:
        if low >= high:
            continue
        found += [Gap(span.start, span.stop, cause) for span in left.within(low, high)]
        left.remove(low, high)
    found += [Gap(span.start, span.stop, NOT_RECEIVED) for span in left]
    for low, high in told.off:
        for span in _within(stored, max(low, start), min(high, stop)):
            found.append(Gap(span.start, span.stop, LEADS_OFF))
            stored.remove(span.start, span.stop)
    return sorted(found, key=lambda gap: gap.start)


def joined(found: Iterable[Gap], apart: Duration = JOIN) -> list[Gap]:
    """Gaps of one cause that lie near to one another as one, for a list that people read."""
    out: list[Gap] = []
    for gap in found:
        if out and out[-1].cause == gap.cause and gap.start - out[-1].stop <= apart:
            out[-1] = Gap(out[-1].start, max(gap.stop, out[-1].stop), gap.cause)
        else:
            out.append(gap)
    return out


def _within(spans: Iterable[tuple[Instant, Instant]], start: Instant, stop: Instant) -> SpanSet:
    """What of some spans lies in a stretch; two that overlap (clocks are put right) count once."""
    cut = SpanSet()
    for low, high in spans:
        if max(low, start) < min(high, stop):
            cut.add(max(low, start), min(high, stop))
    return cut


@dataclass(frozen=True, slots=True)
class CallRule:
    """Who is called about wearing.

    Attributes:
        silent: nothing new was recorded for so long.
        day: the stretch that is looked back over, ending now.
        least: of it, at least so much worn; of a service younger than ``day``, the same share.
        grace: so long after the service began nobody is called for hours: it takes a while to get going.
        again: whoever was spoken with since it began is called again after so long.
    """

    silent: Duration = 2 * HOUR
    day: Duration = 24 * HOUR
    least: Duration = 16 * HOUR
    grace: Duration = 6 * HOUR
    again: Duration = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Standing:
    """How one patient stands by the rule.

    Attributes:
        worn: in the last ``day``, or since the service began.
        of: so much of it was in service.
        reasons: why they are to be called; none: they are not.
        since: since when: of silence its beginning; of too few hours the beginning of the ``day``.
        settled: somebody spoke with them since, less than ``again`` ago: the call is made.
    """

    worn: Duration
    of: Duration
    reasons: tuple[str, ...]
    since: Instant | None
    settled: bool


SILENT, NEVER, FEW = "silent", "never", "few"
"""Reasons: nothing came for long; nothing ever came; too few hours."""


def standing(told: Recorded, contacted: Instant | None, now: Instant, rule: CallRule) -> Standing:
    """Whether a patient is to be called.

    Args:
        contacted: when somebody spoke with them last; None: never.
    """
    last = told.last
    day = stretch(told, now - rule.day, now)
    span = day.stop - day.start
    reasons, since = [], list[Instant]()
    quiet = told.since if last is None else max(last, told.since)
    if now - quiet >= rule.silent:
        reasons.append(NEVER if last is None else SILENT)
        since.append(quiet)
    if now - told.since >= rule.grace and day.worn * rule.day < rule.least * span:
        reasons.append(FEW)
        since.append(day.start)
    # A call about a silence is one that was made since it began.
    about = quiet if {SILENT, NEVER} & set(reasons) else now - rule.again
    settled = contacted is not None and contacted >= about and now - contacted < rule.again
    return Standing(day.worn, span, tuple(reasons), min(since, default=None), bool(reasons) and settled)
