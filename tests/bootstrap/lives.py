"""Lives of a center with one stream, on a disk and facts that forget what was not kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from tests.center.eventful import PLAN, RECORD

from einthoven.base.errors import StoreError
from einthoven.base.instants import SECOND, Instant
from einthoven.base.layout import Layout
from einthoven.base.spans import Span
from einthoven.bootstrap.core import Core, CoreWorld, one_block
from einthoven.center.enroll import enroll
from einthoven.center.found import NEAR_S, Key, LiveFinding, News, Told
from einthoven.center.intake_world import IntakeConfig
from einthoven.center.on_record import like
from einthoven.edges.store.commit import GroupCommit
from einthoven.edges.store.log import LogSettings
from einthoven.edges.store.store import StoreSettings
from einthoven.edges.store.tracker import SealTimes
from einthoven.testing.clock import EPOCH, VirtualClock
from einthoven.testing.disk import ForgetfulDisk
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.scheduler import VirtualScheduler
from einthoven.testing.store_suite import batch_of

I16 = NDArray[np.int16]


class SlowFacts(MemoryFacts):
    """Findings are kept when ``commit`` says so; until then a crash loses them.

    Attributes:
        told: every word that was kept, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told: list[LiveFinding] = []
        self._queue: list[tuple[list[News], Instant, Callable[[StoreError | None], None]]] = []

    def record_findings(
        self, news: Iterable[News], version: str, at: Instant, done: Callable[[StoreError | None], None]
    ) -> None:
        del version
        self._queue.append((list(news), at, done))

    def commit(self) -> None:
        queue, self._queue = self._queue, []
        for news, at, done in queue:
            self.told += (one.finding for one in news if isinstance(one, Told))
            super().record_findings(news, "", at, done)

    def flush(self) -> None:
        self.commit()

    def crash(self) -> None:
        self._queue.clear()


class Lives:
    """One stream, one disk, one file of facts, and the lives of a center on them.

    Attributes:
        seen: what was on the wall after any step, by key and onset, as it was last.
    """

    def __init__(self, record: I16 = RECORD, plan: Layout = PLAN, origin: Instant | None = None) -> None:
        self.record, self.plan = record, plan
        self.seen: dict[tuple[Key, int], LiveFinding] = {}
        self.disk, self.facts = ForgetfulDisk(), SlowFacts()
        body = {"patient": {"name": "Doe, Jane"}, "transmitter": "T-1", "rate_hz": plan.rate_hz}
        enroll(self.facts, body | {"leads": list(plan.names), "public_key": "17" * 32}, 0)
        self.facts.declare_layout_soon(1, plan, 5, origin, 0, lambda _: None)
        self.begin()

    def begin(self) -> None:
        self.core = Core(
            CoreWorld(
                clock=VirtualClock(VirtualScheduler(0), EPOCH),
                disk=self.disk,
                facts=self.facts,
                deliver=lambda act: act(),
                block_store=lambda log, stats: GroupCommit(log, lambda act: act(), stats),
                to_ward=lambda _: None,
                nonce=lambda: bytes(32),
                intake=IntakeConfig(),
                store=StoreSettings(
                    30.0, log=LogSettings(reserve_bytes=0), times=SealTimes(settle=SECOND, grace=SECOND)
                ),
            )
        )
        self.core.recover()

    def kill(self) -> None:
        self.facts.crash()
        self.disk.crash()
        self.begin()

    def store(self, start: int, stop: int) -> None:
        """Samples become durable."""
        block = batch_of([(1, start, stop)], make=lambda *_: self.record[start:stop])
        self.core.store.log.commit([block])

    def give(self, start: int, stop: int, late: bool = False) -> None:
        """Samples become durable and go to the live analysis."""
        self.store(start, stop)
        batch = one_block(1, start, self.record[start:stop], len(self.plan.leads))
        batch.lane[:] = late
        self.core.step([batch], 0)
        self.look()

    def look(self) -> None:
        """What the wall shows as holding is seen."""
        shown = [one for one in self.core.ward.boards.findings(1) if one.state != "withdrawn"]
        self.seen |= {(one.key, one.start): one for one in shown}

    def stored(self) -> list[Span]:
        return list(self.core.store.reader.stored(1))

    def settled(self) -> list[LiveFinding]:
        """What the facts have when nothing more comes and all is gone through."""
        while self.core.catch_up(0):
            pass
        ward = self.core.ward
        bay, bed = ward._place[1]
        bay.end_run(bed, int(bay.live_slot[bed]), late=False)  # as when the stream is let go
        self.core._keeper.drain(0)
        return self.facts.findings(1)

    def history(self) -> list[LiveFinding]:
        """Everything that is told of the past."""
        return self.core.findings.between(1, 0, len(self.record) + 1, 10_000)

    def vanished(self) -> list[LiveFinding]:
        """What was on the wall and was kept, and of which nothing is told any more."""
        kept = {(one.key, one.start): one for one in self.facts.told}
        told = self.history()
        return [one for at, one in kept.items() if at in self.seen and not _among(one, told)]


def _among(one: LiveFinding, told: Iterable[LiveFinding]) -> bool:
    """Whether something of that kind is told where it was."""
    near = NEAR_S * one.rate_hz
    return any(
        other.finding.kind.code in like(one.finding.kind.code)
        and other.start - near <= max(one.told, one.end or one.start)
        and (other.end is None or other.end >= one.start - near)
        for other in told
    )
