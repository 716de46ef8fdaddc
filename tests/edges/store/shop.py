"""A store on a disk, with the answers of sealing's sources, for the tests of this room."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from einthoven.base.instants import SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.ecg.beats import BEAT
from einthoven.edges.store.commit import GroupCommit
from einthoven.edges.store.disk import Disk
from einthoven.edges.store.log import LogSettings
from einthoven.edges.store.sealed import Sources
from einthoven.edges.store.store import Store, StoreSettings
from einthoven.edges.store.tracker import SealTimes

RATE = 250
LAYOUT = Layout(RATE, (Lead("MLII", 200.0, 0, 11, 0), Lead("V5", 200.0, 12, 11, 1024)))
T0 = 1_700_000_000 * SECOND
NOW = T0 + 10_000 * SECOND
SETTINGS = StoreSettings(
    segment_seconds=60,
    log=LogSettings(roll_bytes=200_000, reserve_bytes=1 << 20),
    times=SealTimes(settle=5 * SECOND, grace=60 * SECOND),
)


def beats_every_second(stream: int, start: int, stop: int, late: int = 0) -> np.ndarray:
    """A beat at sample 125 of each second."""
    sample = np.arange(max(0, -(-(start - 125) // RATE)), max(0, -(-(stop - 125) // RATE))) * RATE + 125
    beats = np.zeros(len(sample), BEAT)
    beats["sample"], beats["code"], beats["leads"], beats["late"] = sample, 1, 3, late
    beats["rr_ms"] = np.where(sample > 125, 1000, 0)
    return beats


SOURCES = Sources(
    lambda stream: LAYOUT if stream < 1000 else None,
    lambda _, sample: T0 + sample * SECOND // RATE,
    beats_every_second,
)


@dataclass
class Shop:
    """A ``testing.store_suite.Shop`` on any disk."""

    disk: Disk
    settings: StoreSettings = SETTINGS
    sources: Sources = SOURCES
    inner: Store = field(init=False)

    def __post_init__(self) -> None:
        self.inner = Store(self.disk, self.sources, self.settings)
        self.store = GroupCommit(self.inner.log, lambda act: act(), self.inner.stats)
        self.reader = self.inner.reader
        self.archive = self.inner.archive

    def settle(self) -> None:
        self.store.flush()

    def commit(self, *batches) -> None:
        self.inner.log.commit(batches)

    def seal(self, now: int = NOW, turns: int = 3) -> int:
        """Seal all that is due once every grace time is over."""
        sealed = 0
        for turn in range(turns):
            report = self.archive.seal_due(now + turn * 100 * SECOND, 1000)
            assert report.error is None, report.error
            sealed += report.sealed
        return sealed

    def close(self) -> None:
        self.inner.close()
