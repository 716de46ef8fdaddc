"""Reconciliation: what is in the data folder against what every transmitter made, by reading both anew."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.torture_source import make_source

from einthoven.base.ids import stream_name
from einthoven.base.layout import Layout
from einthoven.base.spans import SpanSet
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.facts_reader import FactsReader
from einthoven.edges.store.formats import log_path
from einthoven.edges.store.reader import StoreReader
from einthoven.edges.store.recovery import log_numbers, scan_log
from einthoven.edges.store.store import open_reader
from einthoven.edges.store.verify import verify
from einthoven.sim.disk_spool import DiskSpool

ACK = struct.Struct("<QQQII")
PIECE = 50_000
SAID = 30


@dataclass
class LogAudit:
    """Every block that was ever in the log, collected before sealing removes the file it was in.

    ``look`` is called while the center is down: a file is then either closed for good or gone.
    """

    blocks: dict[tuple[int, int], tuple[int, int, int]] = field(default_factory=dict)

    def look(self, data: Path) -> None:
        """Take in the log files there are."""
        disk = RealDisk(data)
        for number in log_numbers(disk):
            scan = scan_log(disk.map(log_path(number)))
            for entry in scan.entries:
                place = (number, int(entry["ordinal"]))
                self.blocks[place] = (int(entry["stream"]), int(entry["start"]), int(entry["count"]))

    def of(self, stream: int) -> list[tuple[int, int]]:
        """Spans of a stream's blocks, sorted."""
        return sorted(
            (start, start + count) for owner, start, count in self.blocks.values() if owner == stream
        )


@dataclass
class Reckoning:
    """The sum over all streams; ``problems`` names what is wrong, one line each.

    ``holes`` and ``hole_samples`` count a hole once, by the cause that was told first;
    ``holes_told_twice`` says how often a transmitter told some of it again.
    """

    sent: int = 0
    stored: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    acknowledged_not_stored: int = 0
    events: int = 0
    holes_told_twice: int = 0
    log_blocks: int = 0
    segments: int = 0
    holes: Counter[str] = field(default_factory=Counter)
    hole_samples: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def blame(self, stream: int, what: str, spans: Iterable[tuple[int, int]]) -> int:
        """Count samples that are wrong and say where."""
        found = [(start, stop) for start, stop in spans if start < stop]
        if found:
            shown = ", ".join(f"{start}–{stop}" for start, stop in found[:5])
            self.problems.append(f"{stream_name(stream)}: {what}: {shown}{' …' if len(found) > 5 else ''}")
        return sum(stop - start for start, stop in found)

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "samples": {
                "sent": self.sent,
                "stored": self.stored,
                "lost": self.lost,
                "doubled": self.doubled,
                "wrong": self.wrong,
                "acknowledged_not_stored": self.acknowledged_not_stored,
            },
            "holes": {
                cause: {"count": count, "samples": self.hole_samples[cause]}
                for cause, count in sorted(self.holes.items())
            },
            "holes_told_twice": self.holes_told_twice,
            "events": self.events,
            "log_blocks": self.log_blocks,
            "segments": self.segments,
            "problems": self.problems[:SAID],
        }


def acknowledged_on_disk(spool: Path) -> SpanSet:
    """What a transmitter wrote down as acknowledged, read without the transmitter's own code."""
    found = SpanSet()
    path = spool / "acks"
    data = path.read_bytes() if path.exists() else b""
    for start, stop, event, crc, _ in ACK.iter_unpack(data[: len(data) // ACK.size * ACK.size]):
        if zlib.crc32(struct.pack("<QQQ", start, stop, event)) == crc:
            found.add(start, stop)
    return found


def outside(inner: SpanSet, *covers: SpanSet) -> list[tuple[int, int]]:
    """The parts of ``inner`` that none of ``covers`` holds."""
    left = inner.copy()
    for cover in covers:
        for start, stop in cover:
            left.remove(start, stop)
    return [tuple(span) for span in left]


def reckon(
    data: Path, wearers: Iterable[dict[str, Any]], reports: list[dict[str, Any]], audit: LogAudit
) -> Reckoning:
    """Compare everything; the center and the transmitters have ended.

    Args:
        data: the center's data folder.
        wearers: entries of the transmitters' plans.
        reports: what each transmitter's memory said at its end, by stream.
        audit: every block that was ever logged.
    """
    result = Reckoning()
    audit.look(data)
    facts = FactsReader(data / "facts.sqlite")

    def layout_of(stream: int) -> Layout | None:
        known = facts.stream(stream)
        return known.layout if known else None

    reader = open_reader(data, layout_of)
    memory = {report["stream"]: report for report in reports}
    for wearer in wearers:
        _reckon_stream(result, reader, facts, wearer, memory[wearer["stream"]], audit)
    result.log_blocks = len(audit.blocks)
    facts.close()
    checked = verify(data)
    result.problems += [f"verify: {problem}" for problem in checked.problems]
    if checked.unreadable:
        result.problems.append(f"verify: {checked.unreadable}")
    return result


def _reckon_stream(
    result: Reckoning,
    reader: StoreReader,
    facts: FactsReader,
    wearer: dict[str, Any],
    memory: dict[str, Any],
    audit: LogAudit,
) -> None:
    stream = int(wearer["stream"])
    stored, acquired = reader.stored(stream), SpanSet([(0, int(memory["acquired"]))])
    declared, causes = SpanSet(), facts.holes(stream)
    for start, stop, cause in sorted(causes):
        fresh = declared.add(start, stop)
        result.holes_told_twice += sum(part.length for part in fresh) < stop - start
        result.holes[cause] += bool(fresh)
        result.hole_samples[cause] += sum(part.length for part in fresh)
    folder = Path(wearer["spool"])
    told = acknowledged_on_disk(folder)
    for start, stop in memory["durable"]:
        told.add(start, stop)
    spool = DiskSpool(folder, len(wearer["source"]["leads"]))
    kept = spool.spooled.copy()
    spool.close()
    blame = result.blame
    result.sent += acquired.total - sum(stop - start for start, stop in _both(acquired, declared))
    result.stored += stored.total
    result.lost += blame(stream, "lost (no sample, no declared hole)", outside(acquired, stored, declared))
    blame(stream, "spooled by the transmitter and not stored", outside(kept, stored))
    blame(stream, "stored and never made", outside(stored, acquired))
    blame(stream, "stored and declared a hole", _both(stored, declared))
    result.acknowledged_not_stored += blame(
        stream, "acknowledged and not stored", outside(told, stored, declared)
    )
    result.doubled += blame(stream, "logged twice", _doubled(audit.of(stream)))
    logged = sum(stop - start for start, stop in audit.of(stream))
    if logged != stored.total:
        result.problems.append(f"{stream_name(stream)}: {logged} samples logged, {stored.total} stored")
    result.segments += len(reader.segments(stream))
    result.wrong += blame(stream, "other samples than were sent", _wrong(reader, wearer, stored))
    _reckon_events(result, facts, stream, int(memory["last_event"]))


def _both(one: SpanSet, other: SpanSet) -> list[tuple[int, int]]:
    return [tuple(part) for span in one for part in other.within(span.start, span.stop)]


def _doubled(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where sorted spans overlap."""
    found, until = [], 0
    for start, stop in spans:
        if start < until:
            found.append((start, min(stop, until)))
        until = max(until, stop)
    return found


def _wrong(reader: StoreReader, wearer: dict[str, Any], stored: SpanSet) -> list[tuple[int, int]]:
    """Stored samples that are not what the source makes at that index."""
    source, found = make_source(wearer["source"]), []
    for span in stored:
        for start in range(span.start, span.stop, PIECE):
            stop = min(start + PIECE, span.stop)
            window = reader.read(int(wearer["stream"]), start, stop)
            differs = (window.samples != source.samples(start, stop)).any(axis=1)
            if differs.any():
                rows = np.flatnonzero(differs)
                found.append((start + int(rows[0]), start + int(rows[-1]) + 1))
    return found


def _reckon_events(result: Reckoning, facts: FactsReader, stream: int, last: int) -> None:
    numbers = sorted(event.number for event in facts.events(stream, ("mark", "status", "hole")))
    result.events += len(numbers)
    if numbers != list(range(1, len(numbers) + 1)):
        result.problems.append(
            f"{stream_name(stream)}: event numbers are not 1 to {len(numbers)}: {numbers[:20]}"
        )
    if len(numbers) != last:
        result.problems.append(
            f"{stream_name(stream)}: {len(numbers)} events stored, the transmitter made {last}"
        )
