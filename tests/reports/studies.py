"""Studies made by hand: beats at times, findings at times, and what a report is asked for with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from einthoven.base.instants import SECOND, from_iso
from einthoven.base.layout import Layout, Lead
from einthoven.base.thresholds import shipped
from einthoven.ecg.beats import BEAT, GOOD, NORMAL, SUPRAVENTRICULAR, UNKNOWN, VENTRICULAR
from einthoven.ecg.measure import Trends
from einthoven.ecg.waves_live import measured_words
from einthoven.reports.analysed import Straight
from einthoven.reports.compose import Asked, daily, face_of
from einthoven.reports.day import day_of
from einthoven.reports.report import Person, Report, Service
from einthoven.reports.strips import choose, cut
from einthoven.reports.study import Found, Gap, Study, Symptom
from einthoven.reports.totals import totals_of

RATE = 250.0
LAYOUT = Layout(RATE, (Lead("II"), Lead("V1")))
START = from_iso("2026-11-20T13:00:00Z")
CODES = {"N": NORMAL, "V": VENTRICULAR, "S": SUPRAVENTRICULAR}
NO_TRENDS = Trends(
    np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, measured_words(2)))
)


def beats(letters: Sequence[str], every_s: float = 0.8, first_s: float = 0.4) -> np.ndarray:
    """One beat each ``every_s``, of these classes."""
    rows = np.zeros(len(letters), BEAT)
    rows["sample"] = np.round((first_s + every_s * np.arange(len(letters))) * RATE).astype(np.int64)
    rows["code"] = [CODES[letter] for letter in letters]
    rows["rr_ms"][1:] = np.round(np.diff(rows["sample"]) * 1000.0 / RATE)
    return rows


def found(kind: str, start_s: float, end_s: float | None, **values: float | str) -> Found:
    end = None if end_s is None else round(end_s * RATE)
    return Found(kind, round(start_s * RATE), end, values)


def study(
    rows: np.ndarray,
    seconds: float,
    findings: Iterable[Found] = (),
    gaps: Iterable[tuple[float, float, str]] = (),
    symptoms: Iterable[Symptom] = (),
    start: int = START,
    origin: int = 0,
) -> Study:
    """A study with good signal wherever there is no gap."""
    quality = np.full((int(np.ceil(seconds)), 2), GOOD, np.uint8)
    missing = [Gap(round(a * RATE), round(b * RATE), cause) for a, b, cause in gaps]
    for gap in missing:
        quality[int(gap.start / RATE) : int(np.ceil(gap.stop / RATE))] = UNKNOWN
    clock = Straight(start, RATE)
    return Study(
        LAYOUT,
        round(seconds * RATE),
        origin,
        lambda sample: clock(origin + sample),
        rows,
        quality,
        tuple(sorted(findings, key=lambda one: one.start)),
        NO_TRENDS,
        tuple(missing),
        tuple(symptoms),
        "test-1",
    )


ZONE = "America/New_York"
ASKED = Asked(
    Person("Doe, Jane", "1951-03-02", "female", "P-1"),
    Service("", zone=ZONE, number=3, of=14, stream="s000001", center="Test center"),
    shipped(),
)


def flat(start: int, stop: int) -> np.ndarray:
    """Samples of nothing in particular: a small saw."""
    at = np.arange(start, stop)
    return np.stack([at % 50, (at + 20) % 40], axis=1).astype(np.int16)


def report_of(one: Study, asked: Asked = ASKED) -> Report:
    day = day_of(one)
    face = face_of(totals_of([day]), asked.service.zone)
    chosen, left_out = choose(day, one)
    return daily(day, [cut(choice, one, flat, face) for choice in chosen], left_out, asked)


def later(seconds: float) -> int:
    return START + round(seconds * SECOND)
