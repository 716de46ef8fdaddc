"""A data folder with days of one stream, written as the center writes them, and what is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.instants import HOUR, SECOND, Instant
from einthoven.base.layout import Layout, Lead
from einthoven.bootstrap.keys import new_key
from einthoven.bootstrap.serve import FACTS_FILE
from einthoven.center.enroll import enroll
from einthoven.center.intake_world import as_fact
from einthoven.ecg.beats import BEAT
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.log import LogSettings
from einthoven.edges.store.sealed import Sources
from einthoven.edges.store.store import Store, StoreSettings
from einthoven.link.blocks import FrameBatch
from einthoven.link.codec import pack
from einthoven.link.limits import Severity
from einthoven.link.messages import Mark
from einthoven.sim.hearts.heart import Heart
from einthoven.sim.hearts.script import Script

RATE, STREAM = 250, 1
LAYOUT = Layout(float(RATE), (Lead("II", 200.0, 0, 12), Lead("V1", 200.0, 0, 12)))
MINUTE = 60 * RATE
PIECES = 13
"""Minutes of heart that repeat; each minute is lifted by a value of its own, so that none is like another."""
BEAT_EVERY = 200
I16 = NDArray[np.int16]
BeatsIn: TypeAlias = Callable[[int, int, int], NDArray[np.void]]


class Past:
    """``days`` up to ``until``, all there but one hole of two minutes, with a mark in the middle.

    Args:
        found: the beats of a span of a stream; 75 normal ones a minute where it is not given.
    """

    def __init__(self, days: float, until: Instant, found: BeatsIn | None = None) -> None:
        self.found = found or beats
        self.minutes = round(days * 1440)
        self.samples = self.minutes * MINUTE
        self.origin = until - self.minutes * 60 * SECOND
        self.hole = (self.minutes // 3 * MINUTE, self.minutes // 3 * MINUTE + 2 * MINUTE)
        self.mark = self.samples // 2
        self._pieces = Heart(Script(), LAYOUT, 1).samples(0, PIECES * MINUTE)

    def minute(self, number: int) -> I16:
        """One minute of it, int16[n, 2]."""
        piece = number % PIECES
        return self._pieces[piece * MINUTE : (piece + 1) * MINUTE] + np.int16(number % 97)

    def between(self, start: int, stop: int) -> I16:
        """Samples as sent, those of the hole too."""
        first = start // MINUTE
        whole = np.concatenate([self.minute(number) for number in range(first, (stop - 1) // MINUTE + 1)])
        return whole[start - first * MINUTE : stop - first * MINUTE]

    def write(self, folder: Path) -> None:
        """Write the folder: facts, sealed segments, log."""
        folder.mkdir(mode=0o700, parents=True)
        self._write_facts(folder)
        sources = Sources(
            lambda _: LAYOUT, lambda _, sample: self.origin + round(sample * SECOND / RATE), self.found
        )
        store = Store(
            RealDisk(folder), sources, StoreSettings(3600.0, log=LogSettings(reserve_bytes=1 << 20))
        )
        for number in range(0, self.minutes, 10):
            now = number * 60 * SECOND
            store.log.commit([self._batch(number, min(number + 10, self.minutes), now)])
            if number % 60 == 50:
                store.archive.seal_due(now, 4)
        store.archive.end(STREAM, now + HOUR)
        while store.archive.seal_due(now + 2 * HOUR, 16).sealed:
            pass
        store.close()

    def _batch(self, first: int, stop: int, now: int) -> FrameBatch:
        starts = [
            number * MINUTE
            for number in range(first, stop)
            if not self.hole[0] <= number * MINUTE < self.hole[1]
        ]
        halves = [start + half for start in starts for half in (0, MINUTE // 2)]
        frames = [pack(at, self.between(at, at + MINUTE // 2), False) for at in halves]
        length = np.array([len(frame) for frame in frames], np.int64)
        count = len(frames)

        def every(value: int) -> NDArray[np.int64]:
            return np.full(count, value, np.int64)

        data = np.frombuffer(b"".join(frames), np.uint8)
        start = np.array(halves, np.int64)
        columns = (every(STREAM), start, every(MINUTE // 2), every(2), every(0), every(now))
        return FrameBatch(data, np.cumsum(length) - length, length, *columns)

    def _write_facts(self, folder: Path) -> None:
        facts = Facts(folder / FACTS_FILE, self.origin)
        request = {
            "patient": {"name": "Past, Pat"},
            "transmitter": "T-past",
            "rate_hz": RATE,
            "leads": list(LAYOUT.names),
            "public_key": new_key()[1].hex(),
        }
        enroll(facts, request, self.origin)
        facts.declare_layout(STREAM, LAYOUT, 1, self.origin, self.origin)
        pressed = Mark(1, self.mark, "palpitations", Severity.MODERATE, "climbing stairs")
        event = as_fact(STREAM, pressed, self.origin)
        facts.record_events([event], lambda _: None)
        facts.flush()
        facts.close()


def beats(_: int, start: int, stop: int) -> NDArray[np.void]:
    """75 beats a minute."""
    sample = np.arange(-(-start // BEAT_EVERY) * BEAT_EVERY, stop, BEAT_EVERY)
    found = np.zeros(len(sample), BEAT)
    found["sample"], found["code"], found["leads"], found["rr_ms"] = sample, 1, 3, 800
    return found
