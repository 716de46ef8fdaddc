"""Findings between the ward, which makes them, the facts, which keep them, and the pages, which show them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

import structlog

from einthoven.base.errors import StoreError, UnfitError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import MINUTE, SECOND, Duration, Instant
from einthoven.base.spans import Span, SpanSet
from einthoven.bootstrap.waiting import WAITING_MAX, WaitingNews
from einthoven.center.found import NEAR_S, Asked, Key, LiveFinding, News
from einthoven.center.on_record import as_told, like
from einthoven.center.tally import Tally
from einthoven.center.ward_findings import Boards
from einthoven.ecg.settle import OVERRULING

LOG = structlog.get_logger("findings")


class FindingFacts(Protocol):
    """The part of the facts that keeps findings."""

    def record_findings(
        self, news: Iterable[News], version: str, at: Instant, done: Callable[[StoreError | None], None]
    ) -> None:
        """Keep news, all or none; ``done`` once durable or failed, ``UnfitError`` where again cannot help."""
        ...

    def flush(self) -> None:
        """Wait until every ``done`` asked for so far was called."""
        ...


class FindingReading(Protocol):
    """The part of the facts that tells findings."""

    def asked_findings(self, stream: StreamId, asked: Asked) -> Sequence[LiveFinding]:
        """The findings of a stream that are asked for, by onset and key."""
        ...


BESIDE_MAX = 100_000
"""Findings that are read besides those that are told: more than a month holds."""
FOR_EVER = 1 << 61
"""No sample is later."""
BATCH_MAX = 2000
"""Changes handed over at a time: few enough that the facts' other writers do not wait for them."""
BACK_OFF: Duration = SECOND
BACK_OFF_MAX: Duration = MINUTE
"""Facts that refuse everything are asked again after the first, doubled each time up to the second."""


class Keeping(NamedTuple):
    """How the keeping of findings goes.

    Attributes:
        refused: since when the facts take nothing; None while they do.
        waiting: changes that are not known to be kept.
    """

    refused: Instant | None
    waiting: int


class FindingsKeeper:
    """Brings what changes on the boards into the facts, in order, one batch at a time.

    What the facts do not take is tried again: all of it later where they take nothing (a full disk), the
    halves of it at once where they do not take just this, until the one that is to blame is left out, counted
    and named. ``done`` comes on the facts' thread, all else is called by the ward's.

    Args:
        most: changes that wait at the most while the facts take nothing.
    """

    def __init__(self, boards: Boards, facts: FindingFacts, tally: Tally, most: int = WAITING_MAX) -> None:
        self._boards, self._facts, self._tally = boards, facts, tally
        self._waiting = WaitingNews(most)
        self._under_way = False
        self._size = BATCH_MAX
        self._again_at: Instant = 0
        self._pause: Duration = BACK_OFF
        self._refused: Instant | None = None
        self._told = Keeping(None, 0)
        self._told_at: Instant = 0

    def keep(self, now: Instant) -> None:
        """Hand over what changed, unless a batch is under way or the facts refused a moment ago."""
        self._take()
        if self._waiting and not self._under_way and now >= self._again_at:
            self._hand_over(now)

    def _take(self) -> None:
        gone = self._waiting.add(self._boards.take_news())
        if gone:
            self._tally.add("findings_let_go", amount=gone)
            LOG.error("findings let go", changes=gone, why="the facts have taken nothing for too long")

    def _hand_over(self, now: Instant) -> None:
        batch = self._waiting.hand_over(self._size)
        self._under_way = True

        def done(error: StoreError | None) -> None:
            if error is None:
                self._pause, self._size = BACK_OFF, min(BATCH_MAX, 2 * self._size)
                self._refused = None
            elif not isinstance(error, UnfitError):
                self._tally.add("findings_unsaved")
                self._again_at, self._pause = now + self._pause, min(BACK_OFF_MAX, 2 * self._pause)
                self._refused = now if self._refused is None else self._refused
            elif len(batch) > 1:
                self._size = len(batch) // 2
            else:
                self._tally.add("findings_left_out")
                LOG.error(
                    "finding not kept",
                    stream=stream_name(batch[0].stream),
                    change=repr(batch[0]),
                    why=str(error),
                )
            alone = isinstance(error, UnfitError) and len(batch) == 1
            self._waiting.passed(error is None or alone)
            self._under_way = False

        self._facts.record_findings(batch, self._boards.maker.by, now, done)

    def drain(self, now: Instant) -> None:
        """Wait until everything told so far is kept.

        Raises:
            StoreError: the facts do not take it.
        """
        self._take()
        self._facts.flush()
        failures = self._tally.count("findings_unsaved")
        while self._waiting:
            self._hand_over(now)
            self._facts.flush()
            if self._tally.count("findings_unsaved") > failures:
                raise StoreError(f"{len(self._waiting)} changes of findings are not kept")

    def fence(self) -> Callable[[], bool]:
        """Whether everything told until now is kept: to be asked until it is so."""
        self._take()
        target = self._waiting.last
        return lambda: self._waiting.reached(target)

    @property
    def waiting(self) -> int:
        """How many changes are not known to be kept; any thread may ask."""
        return len(self._waiting)

    def to_tell(self, now: Instant) -> Keeping | None:
        """How it goes, where that is to be told: when it turns, and once a second while it goes ill."""
        keeping = Keeping(self._refused, len(self._waiting))
        turned = keeping.refused != self._told.refused
        if not turned and (keeping.refused is None or now - self._told_at < SECOND):
            return None
        self._told, self._told_at = keeping, now
        return keeping


def gone_through_again(
    unseen: Iterable[Span], gaps: Sequence[Span], kept: SpanSet, settle: int
) -> list[tuple[int, int, int]]:
    """What a restart makes the analysis go through again, for ``Boards.renew``.

    An earlier life may have seen more than the saved step it left, in another order, and samples behind the
    last one that was stored: all it told of them holds only where it is found again.

    Args:
        unseen: what is stored and not in the saved step, in order.
        gaps: what is not in the saved step, stored or not; the last one without end.
        kept: what is not analysed again.
        settle: samples before the end of the saved step that were undecided in it.

    Returns:
        (first onset, end of the onsets, told from this sample on) of each stretch.
    """
    parts = []
    for gap in gaps:
        first = next((span.start for span in unseen if gap.start <= span.start < gap.stop), None)
        edge = gap is gaps[-1]
        if first is None and not edge:
            continue
        for start, stop in kept.missing(gap.start if edge or first is None else first, gap.stop):
            told = start - settle if edge and start == gap.start else start
            parts.append((start, stop, told))
    return parts


class FindingsHistory:
    """All findings of a stream as they are told: what is kept, and in its place what the ward knows better.

    What holds is what ``analyze`` finds in the same samples (``ecg.settle``); what was told and does not hold
    is withdrawn and stays (``center.on_record``).
    """

    def __init__(self, boards: Boards, facts: FindingReading) -> None:
        self._boards = boards
        self._facts = facts

    def between(
        self, stream: StreamId, start: int, stop: int, limit: int, kinds: Collection[int] | None = None
    ) -> list[LiveFinding]:
        """Findings that overlap samples ``[start, stop)``, by onset; the first ``limit``, of some kinds or
        all.

        Raises:
            StoreError: the facts cannot be read.
        """
        at_hand = self._boards.at_hand(stream)
        asked = Asked(start, stop, limit, gave_way=True, kinds=kinds)
        kept: dict[Key, LiveFinding] = {}
        while True:
            page = self._facts.asked_findings(stream, asked)
            kept |= {one.key: one for one in page}
            whole = len(page) < asked.limit
            last = stop if whole else page[-1].start
            for one in at_hand:
                if kinds is not None and one.finding.kind.code not in kinds:
                    continue
                if one.start < stop and (one.end is None or one.end >= start) and one.start <= last:
                    kept[one.key] = one
            told = self._told(stream, kept, at_hand)
            if whole or len(told) >= limit:
                return told[:limit]
            asked = asked._replace(after=(page[-1].start, page[-1].key), limit=2 * asked.limit)

    def _told(
        self, stream: StreamId, kept: dict[Key, LiveFinding], at_hand: Sequence[LiveFinding]
    ) -> list[LiveFinding]:
        """What is told of ``kept``, beside everything that says whether it holds."""
        beside: dict[Key, LiveFinding] = {}
        if kept:
            beside |= self._beside(stream, kept.values(), OVERRULING, gave_way=False)
        gave_way = [one for one in kept.values() if one.taken_back is not None and one.taken_back.gave_way]
        if gave_way:
            kinds = {code for one in gave_way for code in like(one.finding.kind.code)}
            beside |= self._beside(stream, gave_way, kinds, gave_way=True)
        beside |= {one.key: one for one in at_hand}
        told = as_told((beside | kept).values())
        return sorted((one for one in told if one.key in kept), key=lambda one: (one.start, one.key))

    def _beside(
        self, stream: StreamId, found: Iterable[LiveFinding], kinds: Collection[int], gave_way: bool
    ) -> dict[Key, LiveFinding]:
        """Findings of some kinds that may touch one of ``found``."""
        rows = list(found)
        near = round(NEAR_S * rows[0].rate_hz)
        low = min(one.start for one in rows) - near
        high = max(FOR_EVER if one.end is None else one.end for one in rows) + near
        asked = Asked(low, high + 1, BESIDE_MAX, gave_way, kinds)
        return {one.key: one for one in self._facts.asked_findings(stream, asked)}
