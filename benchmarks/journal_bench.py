"""The journal's figures as JSON: ``python -m benchmarks.journal_bench [--lines N]``.

Times are of the wall, medians; µs a line are CPU time of this process, all threads, so they hold on a shared
machine too. The database is on a real disk (``--folder``), every commit synced.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from einthoven.base.deeds import Deed
from einthoven.base.errors import StoreError
from einthoven.center.enroll import enroll
from einthoven.center.ports import StreamEvent
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.facts_proof import prove
from einthoven.testing.facts_suite import NOON, request

BODY = {"case": 7, "verdict": "true", "note": "looked at twice", "strips": [[360_000, 363_600]]}


def waited(act: Callable[[Callable[[StoreError | None], None]], None]) -> float:
    """Seconds until ``done``; raises what it was told."""
    told, errors = threading.Event(), []

    def done(error: StoreError | None) -> None:
        errors.append(error)
        told.set()

    begun = time.perf_counter()
    act(done)
    told.wait()
    if errors[0] is not None:
        raise errors[0]
    return time.perf_counter() - begun


def deeds(after: int, count: int) -> list[Deed]:
    """So many deeds behind deed ``after``."""
    numbers = range(after + 1, after + count + 1)
    return [Deed(number, NOON + number, "staff 3", "case.decided", "case 7", BODY) for number in numbers]


def appends(facts: Facts, count: int, times: int) -> dict[str, float]:
    """Appends of ``count`` deeds, one after the other."""
    took, begun = [], time.process_time()
    for _ in range(times):
        batch = deeds(facts.journal.last(), count)
        took.append(waited(lambda done, batch=batch: facts.journal.append(batch, [], done)))  # type: ignore[misc]
    cpu = time.process_time() - begun
    return {
        "ms_p50": round(1000 * statistics.median(took), 2),
        "ms_worst": round(1000 * max(took), 2),
        "cpu_us_a_deed": round(1e6 * cpu / (count * times), 1),
    }


def notes(facts: Facts, count: int) -> dict[str, float]:
    """Audit lines of reads, handed over as fast as they are taken."""
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(count - 1):
        facts.journal.note(
            "staff 3", "patient.read", f"s{number % 999:06d}", {"what": "case"}, NOON, lambda _: None
        )
    waited(lambda done: facts.journal.note("staff 3", "patient.read", "s000001", {}, NOON, done))
    return {
        "a_second": round(count / (time.perf_counter() - wall)),
        "cpu_us_a_line": round(1e6 * (time.process_time() - cpu) / count, 1),
    }


def events(facts: Facts, kind: str, count: int) -> float:
    """CPU µs an event of a stream; a status has no audit line, a mark has one."""
    first, body = facts.reader.last_event(1) + 1, {"battery": 80, "rssi": -60, "lead_off": 0}
    begun = time.process_time()
    for number in range(first, first + count):
        facts.record_events(
            [StreamEvent(1, number, kind, 360 * number, NOON + number, dict(body))], lambda _: None
        )
    facts.flush()
    return round(1e6 * (time.process_time() - begun) / count, 1)


def measure(folder: Path, lines: int) -> dict[str, Any]:
    """Every figure, with facts in ``folder``."""
    path = folder / "facts.sqlite"
    facts = Facts(path, NOON)
    enroll(facts, request(), NOON)
    found: dict[str, Any] = {
        "append_1": appends(facts, 1, 100),
        "append_500": appends(facts, 500, 20),
        "notes": notes(facts, lines),
        "event_cpu_us": {kind: events(facts, kind, lines // 4) for kind in ("status", "mark")},
    }
    facts.close()
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    begun = time.process_time()
    proof = prove(connection)
    found["prove"] = {
        "lines": proof.lines,
        "cpu_us_a_line": round(1e6 * (time.process_time() - begun) / proof.lines, 1),
        "faults": len(proof.faults),
    }
    connection.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument(
        "--folder", type=Path, help="where the database is made; the temporary folder if not given"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        print(json.dumps(measure(Path(folder), given.lines), indent=2))


if __name__ == "__main__":
    main()
