"""The record on request of a service period of thirty days: how long it takes, stage by stage (R36).

Prints JSON. The period has ECG of two leads at 250 Hz, three people who watch in turns of eight hours, 60
events with calls, 30 daily reports and a summary. Making it takes a minute or two and is not counted.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.period_life import Life
from benchmarks.report_bench import asked, cut_day, recorded, timed
from benchmarks.review_store import Month, month_store

from einthoven.base.instants import DAY, SECOND, Instant
from einthoven.bootstrap.dossier import make_dossier
from einthoven.bootstrap.dossier_verify import verify_dossier
from einthoven.bootstrap.keys import new_key
from einthoven.bootstrap.peers import ensure_seed
from einthoven.bootstrap.serve import FACTS_FILE
from einthoven.center.enroll import end_service, enroll
from einthoven.center.ports import ClockFix
from einthoven.edges.exchange.bundle import public_of
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.report_files import ReportFiles
from einthoven.edges.typeset.pdf import typeset
from einthoven.reports.compose import daily
from einthoven.reports.life_states import About
from einthoven.reports.report import content

START: Instant = 1_790_000_000 * SECOND
RATE = 250


class Papers:
    """Reports of one day, as many as there are days: each with its own name, so that each is its own PDF."""

    def __init__(self) -> None:
        kept = cut_day(recorded(24.0))
        self._report = daily(kept.day, kept.cuts, kept.left_out, asked())
        self._made = typeset(self._report)

    def __call__(self, about: About) -> tuple[bytes, bytes]:
        named = replace(self._report, title=f"{self._report.title} {about.which}")
        return content(named), self._made + f"\n% {about.which}\n".encode()


def make(folder: Path, days: float, events: int) -> None:
    """A center's folder with the period."""
    month = Month(days)
    month.origin = START
    month_store(folder, month).close()
    facts = Facts(folder / FACTS_FILE, START)
    patient = {"name": "Month, Mary", "birth_date": "1950-02-03", "sex": "female"}
    request = {"patient": patient, "transmitter": "T-month", "rate_hz": RATE, "leads": ["MLII", "V5"]}
    enroll(facts, request | {"public_key": new_key()[1].hex()}, START)
    stop = START + round(days * DAY)
    from benchmarks.store_bench import LAYOUT

    facts.declare_layout(1, LAYOUT, 1, None, START)
    facts.record_fixes([ClockFix(1, 0, START, 0), ClockFix(1, month.stop, stop, 0)])
    life = Life(facts, 1, START, stop)
    life.all(events, Papers(), ReportFiles(RealDisk(folder)))
    end_service(facts, 1, stop - 1)
    facts.flush()
    facts.close()


def measure(folder: Path, out: Path, days: float) -> dict[str, object]:
    """Make the record, and check it."""
    stages: dict[str, float] = {}
    began = time.perf_counter()
    last = ["", began]

    def tell(_done: int, what: str) -> None:
        now = time.perf_counter()
        if what != last[0]:
            if last[0]:
                stages[str(last[0]).replace(" ", "_") + "_s"] = round(now - float(last[1]), 2)
            last[:] = [what, now]

    told = make_dossier(folder, "s000001", out, START + round((days + 1) * DAY), tell)
    whole = time.perf_counter() - began
    key = public_of(ensure_seed(folder / "keys")).hex()
    code, check_s = timed(lambda: verify_dossier(out, key))
    import zipfile

    import pikepdf

    with zipfile.ZipFile(out) as archive, archive.open("dossier.pdf") as file, pikepdf.open(file) as pdf:
        pages = len(pdf.pages)
    return {
        "days": days,
        "whole_s": round(whole, 1),
        "stages": stages,
        "verify_s": check_s,
        "verified": code == 0,
        "files": told["files"],
        "megabytes": round(float(str(told["bytes"])) / 1e6, 1),
        "pages": pages,
    }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--events", type=int, default=60)
    parser.add_argument("--folder", type=Path, help="keep the center here, and use it where it is there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary) / "center"
        if not folder.is_dir():
            make(folder, given.days, given.events)
        import contextlib
        import sys

        with contextlib.redirect_stdout(sys.stderr):
            found = measure(folder, Path(temporary) / "one.zip", given.days)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
