"""Reports to be looked at before a release, as PDF and as pictures: steady, ectopic and noisy hearts.

    .venv/bin/python scripts/golden.py OUT [--data FOLDER] [--month]

MIT-BIH records 101, 106, 201, 207 and 118 with noise at 0 dB, on A4 and as a fax of one bit at 200 dpi; with
``--month`` also the end of service of a simulated patient with paroxysmal fibrillation for thirty days (a
quarter of an hour).
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
from pathlib import Path

import pypdfium2

from einthoven.base.instants import from_iso
from einthoven.edges.exchange.wfdb_writer import write_record
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Disturbance, Incident, Rhythm, Script

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ("mitdb/101", "mitdb/106", "mitdb/201", "mitdb/207", "nstdb/118e00")
HOUR, DAY = 3600.0, 86_400.0


def month(folder: Path) -> Path:
    """Thirty days of two leads: up to three episodes of fibrillation a day, ectopy, a pause now and then."""
    chance = random.Random(5)
    rhythms, incidents, disturbances = [], [], []
    for day in range(30):
        begin = day * DAY
        rhythms.append(
            Rhythm(begin, "sinus", 70 + chance.randint(-6, 8), 58, 1.0, 12 + chance.randint(0, 20), 8)
        )
        at = begin + chance.uniform(1, 5) * HOUR
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            rhythms.append(Rhythm(at, "afib", chance.randint(75, 135)))
            at += chance.uniform(0.05, 4) * HOUR
            rhythms.append(Rhythm(at, "sinus", chance.randint(60, 85), 60, 1.0, 15, 6, 0.1))
            at += chance.uniform(1, 3) * HOUR
        if chance.random() < 0.25:
            incidents.append(
                Incident(begin + chance.uniform(0, DAY), "pause", seconds=chance.uniform(2.2, 4.5))
            )
        disturbances.append(
            Disturbance(begin + chance.uniform(6, 9) * HOUR, 1200, "lead_off", leads=("II", "V1"))
        )
    script = Script(tuple(sorted(rhythms, key=lambda one: one.at_s)), tuple(incidents), tuple(disturbances))
    layout = layout_of(("II", "V1"), 125.0)
    heart, count, piece = Heart(script, layout, 11), round(30 * DAY * 125), 75_000
    pieces = (heart.samples(at, min(at + piece, count)) for at in range(0, count, piece))
    write_record(folder, "month", layout, pieces, from_iso("2026-10-20T08:00:00Z"))
    return folder / "month"


def report(record: Path, pdf: Path, *options: str) -> None:
    """Make a report, and pictures of its pages."""
    command = [
        sys.executable,
        "-m",
        "einthoven",
        "report",
        str(record),
        "-o",
        str(pdf),
        "--name",
        "Doe, Jane",
    ]
    command += ["--birth-date", "1951-03-02", "--zone", "America/New_York", *options]
    subprocess.run(command, check=True, cwd=ROOT)
    for place, page in enumerate(pypdfium2.PdfDocument(pdf)):
        name = f"{pdf.stem}-{place + 1}"
        page.render(scale=100 / 72).to_pil().save(pdf.with_name(f"{name}.png"))
        page.render(scale=200 / 72).to_pil().convert("1").save(pdf.with_name(f"{name}-fax.png"))


def main() -> None:
    """Make all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("EINTHOVEN_DATA", "../shared/data")))
    parser.add_argument("--month", action="store_true")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for name in RECORDS:
        record = given.data.resolve() / name
        report(record, given.out.resolve() / f"{record.name}.pdf", "--start", "2026-11-20T08:00")
    if given.month:
        report(month(given.out), given.out.resolve() / "month.pdf", "--kind", "end")


if __name__ == "__main__":
    main()
