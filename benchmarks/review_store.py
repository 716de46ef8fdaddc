"""A stored period of thirty days for the desk's benchmarks: real ECG and beats where there are any.

Each hour is a half hour of one record of the MIT-BIH database, twice, with the beats that the analysis found
in it; records change from hour to hour. Without the database the ECG is made up.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from benchmarks.store_bench import DATA, LAYOUT, RATE, Feeder, records

from einthoven.base.instants import HOUR, SECOND, Instant
from einthoven.bootstrap.keys import new_key
from einthoven.bootstrap.serve import FACTS_FILE
from einthoven.center.enroll import enroll
from einthoven.center.found import Key, LiveFinding, Told
from einthoven.ecg.analyze import analyze
from einthoven.ecg.beats import BEAT
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import BY_NAME
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.log import LogSettings
from einthoven.edges.store.sealed import Sources
from einthoven.edges.store.store import Store, StoreSettings

HALF = 1800 * RATE
NAMES = ("100", "106", "119", "201", "208", "209")
"""Records whose halves of an hour make the period: quiet, ectopic, fibrillating."""


class Month:
    """Samples and beats of a stream, hour by hour.

    Args:
        days: of the period, in half hours at the finest.
    """

    def __init__(self, days: float = 30) -> None:
        self.count = round(days * 48)
        self.stop = self.count * HALF
        self.halves = [piece[:HALF] for piece in chosen()]
        self.origin: Instant = 0
        made = [analyze(piece, LAYOUT) for piece in self.halves]
        self.beats = [one.beats for one in made]
        self._found = [one.findings for one in made]

    def which(self, half: int) -> int:
        """The record of a half hour."""
        return half // 2 % len(self.halves)

    def beats_between(self, _stream: int, start: int, stop: int) -> np.ndarray:
        """``BEAT`` rows of ``[start, stop)``."""
        parts = [np.zeros(0, BEAT)]
        for half in range(start // HALF, -(-stop // HALF)):
            rows = self.beats[self.which(half)].copy()
            rows["sample"] += half * HALF
            rows["template"] += np.where(rows["template"] > 0, 1000 * self.which(half), 0)
            rows["rr_ms"][:1] = 800 if half else 0  # one run of thirty days
            parts.append(rows[(rows["sample"] >= start) & (rows["sample"] < stop)])
        return np.concatenate(parts)

    def findings(self) -> list[Finding]:
        """What was found in it, by onset."""
        made = []
        for half in range(self.count):
            for one in self._found[self.which(half)]:
                kind, end = BY_NAME.get(one["kind"]), one["end_sample"]
                if kind is None or kind.name == "sinus-rhythm":
                    continue
                start, stop = (half * HALF + at for at in (one["start_sample"], end or HALF - 1))
                told = one["evidence"]["values"]
                values = tuple(
                    value if isinstance(value := told.get(each.name), float | int) else -1.0
                    for each in kind.values
                )
                made.append(Finding(kind, start, stop, start, stop, 0, values))
        return made

    def sources(self) -> Sources:
        """What the store asks when it seals."""
        return Sources(
            lambda _: LAYOUT, lambda _, sample: self.origin + sample * SECOND // RATE, self.beats_between
        )


def chosen() -> list[np.ndarray]:
    """Half hours of samples at ``RATE``, int16[n, 2]."""
    every = records()
    if len(every) == 1:
        return [np.tile(every[0], (2, 1))[:HALF]]
    names = [path.stem for path in sorted((DATA / "mitdb").glob("*.hea"))]
    return [every[names.index(name)] for name in NAMES if name in names]


def month_store(folder: Path, month: Month, stream: int = 1) -> Store:
    """A store that holds the period, sealed."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = StoreSettings(3600.0, log=LogSettings(reserve_bytes=1 << 20))
    store = Store(RealDisk(folder), month.sources(), settings)
    # The feeder begins each stream at another minute: here every minute must lie where its beats are.
    feeders = [Feeder(np.roll(half, 7 * stream * 60 * RATE, axis=0), 60, 30) for half in month.halves]
    for half in range(month.count):
        feeder = feeders[month.which(half)]
        minutes = range(30 * half, 30 * half + 30)
        store.log.commit(
            [
                feeder.batch(range(stream, stream + 1), 60 * RATE * minute, 60 * SECOND * minute)
                for minute in minutes
            ]
        )
        store.archive.seal_due(60 * SECOND * minutes[-1], 4)
    end = month.count * HOUR // 2
    store.archive.end(stream, end)
    while store.archive.seal_due(end + HOUR, 16).sealed:
        pass
    return store


def write_center(folder: Path, month: Month, until: Instant) -> None:
    """A center's data folder that holds the period up to ``until``, with what was found in it."""
    folder.mkdir(mode=0o700, parents=True)
    origin = until - month.count * HOUR // 2
    facts = Facts(folder / FACTS_FILE, origin)
    request = {
        "patient": {"name": "Month, Mary"},
        "transmitter": "T-month",
        "rate_hz": RATE,
        "leads": list(LAYOUT.names),
        "public_key": new_key()[1].hex(),
    }
    enroll(facts, request, origin)
    facts.declare_layout(1, LAYOUT, 1, origin, origin)
    told = [
        Told(1, LiveFinding(Key(0, 1, seq), finding, False, float(RATE)))
        for seq, finding in enumerate(month.findings(), 1)
    ]
    facts.record_findings(told, "benchmark", origin, lambda _error: None)
    facts.flush()
    facts.close()
    month.origin = origin
    month_store(folder, month).close()
