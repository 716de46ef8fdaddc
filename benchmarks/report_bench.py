"""Reports: a day out of what a center stored, thirty days out of their days, and setting them (R25, R26).

Prints JSON. A day is a simulated one of two leads at 250 Hz: sinus rhythm, fibrillation, ectopy, noise,
forty minutes without electrodes. ``from_samples_s`` follows the average beat through samples in memory;
``from_day_s`` is what a report costs whose day is kept.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from einthoven.base.instants import DAY, MILLISECOND, from_iso
from einthoven.base.spans import SpanSet
from einthoven.base.thresholds import shipped
from einthoven.ecg.analyze import analyze, made_by
from einthoven.ecg.beats import BEAT
from einthoven.edges.typeset.pdf import typeset
from einthoven.reports.analysed import Straight
from einthoven.reports.compose import Asked, daily, face_of, final
from einthoven.reports.day import Day, day_of
from einthoven.reports.kept import KeptDay, from_bytes, to_bytes
from einthoven.reports.report import Person, Service, content
from einthoven.reports.review_labels import Labels
from einthoven.reports.stored import Kept, stored_study
from einthoven.reports.strips import Cut, choose, cut
from einthoven.reports.study import Found
from einthoven.reports.totals import totals_of
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Disturbance, Incident, Rhythm, Script

HOUR = 3600.0
ZONE = "America/New_York"
START = from_iso("2026-11-20T13:00:00Z")
LAYOUT = layout_of(("II", "V1"), 250.0)
SCRIPT = Script(
    (
        Rhythm(0, "sinus", 72, 60, 1.0, 20, 10, 0.1),
        Rhythm(3 * HOUR, "afib", 95),
        Rhythm(5.5 * HOUR, "sinus", 78, 70, 1.0, 30, 12, 0.1),
        Rhythm(9 * HOUR, "sinus", 58, 50, 1.0, 8, 4),
        Rhythm(14 * HOUR, "svt", 165),
        Rhythm(14 * HOUR + 95, "sinus", 70, 85, 1.0, 40, 10),
    ),
    (Incident(2 * HOUR, "run", 9, rate_bpm=168), Incident(11 * HOUR, "pause", seconds=3.6)),
    (
        Disturbance(0, 24 * HOUR, "wander", 0.1),
        Disturbance(4 * HOUR, 1200, "muscle", 0.3),
        Disturbance(12 * HOUR, 2400, "lead_off", leads=("II", "V1")),
    ),
)
T = TypeVar("T")


def timed(act: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    made = act()
    return made, round(time.perf_counter() - began, 3)


def recorded(hours: float) -> Kept:
    """A day as a center keeps it: analysed before, for that happens as the samples come."""
    count, limits = round(hours * HOUR * LAYOUT.rate_hz), shipped()
    heart, piece = Heart(SCRIPT, LAYOUT, 7), 250 * 600
    parts = [heart.samples(at, min(at + piece, count)) for at in range(0, count, piece)]
    samples = np.concatenate(parts)
    result = analyze(samples, LAYOUT, thresholds=limits)
    rows = np.concatenate([np.zeros(0, BEAT), result.grades, result.beats])
    rows = rows[np.argsort(rows["sample"], kind="stable")]
    found = [
        Found(one["kind"], one["start_sample"], one["end_sample"], one["evidence"]["values"])
        for one in result.findings
        if not one["kind"].startswith(("quality-", "gap"))
    ]
    clock = Straight(START, LAYOUT.rate_hz)
    return Kept(
        LAYOUT, 0, count, samples, SpanSet([(0, count)]), rows, found, (), (), Labels(),
        lambda sample: clock(int(sample)), made_by(limits), limits,
    )  # fmt: skip


def cut_day(kept: Kept) -> KeptDay:
    study = stored_study(kept)
    day = day_of(study)
    face = face_of(totals_of([day]), ZONE)
    chosen, left_out = choose(day, study)
    cuts = tuple(cut(one, study, lambda a, b: kept.samples[a:b], face) for one in chosen)
    return KeptDay(day, cuts, left_out, "")


def later(kept: KeptDay, days: int) -> KeptDay:
    """The same a number of days later."""
    day, by = kept.day, days * (kept.day.end - kept.day.start)
    by_ms = days * DAY // MILLISECOND
    assert day.start_ms is not None
    assert day.end_ms is not None
    moved = replace(
        day, start=day.start + by, end=day.end + by, start_ms=day.start_ms + by_ms, end_ms=day.end_ms + by_ms
    )
    cuts = tuple(
        Cut(replace(one.choice, start=one.choice.start + by), replace(one.strip, start=one.strip.start + by))
        for one in kept.cuts
    )
    return replace(kept, day=moved, cuts=cuts)


def asked() -> Asked:
    return Asked(Person("Doe, Jane", "1951-03-02"), Service("", zone=ZONE), shipped())


def run(hours: float, days: int) -> dict[str, Any]:
    kept = recorded(hours)
    cut_day(kept)  # compiled, and fonts read, once a process
    one, from_samples = timed(lambda: cut_day(kept))
    typeset(daily(one.day, one.cuts, one.left_out, asked()))
    report, composed = timed(lambda: daily(one.day, one.cuts, one.left_out, asked()))
    pdf, pages = timed(lambda: typeset(report))
    shelf = [to_bytes(later(one, number)) for number in range(days)]

    def whole() -> bytes:
        read = [made for data in shelf if (made := from_bytes(data, "day")) is not None]
        every: list[Day] = [made.day for made in read]
        return typeset(final(every, [each for made in read for each in made.cuts], asked()))

    long, from_days = timed(whole)
    return {
        "daily": {
            "hours": hours,
            "beats": one.day.beats["all"],
            "from_samples_s": round(from_samples + composed + pages, 3),
            "from_day_s": round(composed + pages, 3),
            "pdf_bytes": len(pdf),
            "content_bytes": len(content(report)),
        },
        "end": {
            "days": days,
            "from_days_s": from_days,
            "pdf_bytes": len(long),
            "shelf_bytes": sum(map(len, shelf)),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--days", type=int, default=30)
    given = parser.parse_args()
    print(json.dumps(run(given.hours, given.days), indent=1))


if __name__ == "__main__":
    main()
