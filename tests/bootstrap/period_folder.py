"""A data folder with one service period of some hours: ECG, people, watches, cases, calls, reports."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.period_life import Life, Paper, blank_paper
from benchmarks.store_bench import beats_at

from einthoven.base.deeds import Draft
from einthoven.base.instants import HOUR, SECOND, Instant
from einthoven.base.layout import Layout, Lead
from einthoven.bootstrap.serve import FACTS_FILE
from einthoven.center.enroll import end_service, enroll
from einthoven.center.ports import ClockFix
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.documents import Documents
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.log import LogSettings
from einthoven.edges.store.report_files import ReportFiles
from einthoven.edges.store.sealed import Sources
from einthoven.edges.store.store import Store, StoreSettings
from einthoven.enrollment import order_deeds
from einthoven.enrollment.order_read import parse
from einthoven.enrollment.order_states import Source
from einthoven.testing.store_suite import batch_of

T0: Instant = 1_790_000_000 * SECOND
RATE = 250
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel."""
LAYOUT = Layout(float(RATE), (Lead("II", 200.0, 1024), Lead("V1", 200.0, 1024)))
PATIENT = {
    "name": "Month, Mary",
    "birth_date": "1950-02-03",
    "sex": "female",
    "address": "12 Elm St, Boston MA",
    "telephone": "+1 617 555 0101",
}
PHYSICIAN = {"name": "Dr. Eva Weber", "npi": "1234567893", "telephone": "+1 617 555 0100"}


def make_folder(
    folder: Path,
    hours: int = 30,
    stored_s: int = 600,
    paper: Paper = blank_paper,
    events: int = 6,
    order: dict[str, Any] | None = None,
) -> Life:
    """A center whose patient was watched for some hours; ECG of the first ``stored_s`` seconds and of some
    seconds at each event."""
    folder.mkdir(mode=0o700, parents=True)
    stop = T0 + hours * HOUR
    facts = Facts(folder / FACTS_FILE, T0)
    request = {"patient": PATIENT, "physician": PHYSICIAN, "transmitter": "T-1", "rate_hz": RATE}
    enroll(facts, request | {"leads": list(LAYOUT.names), "public_key": "17" * 32}, T0)
    facts.declare_layout(1, LAYOUT, 1, None, T0)
    facts.record_fixes([ClockFix(1, 0, T0, 0), ClockFix(1, hours * 3600 * RATE, stop, 0)])
    life = Life(facts, 1, T0, stop)
    if order is not None:
        _ordered(folder, life, order)
    files = ReportFiles(RealDisk(folder))
    life.all(events, paper, files)
    end_service(facts, 1, stop)
    facts.flush()
    _store(folder, [(0, stored_s), *_around(life, events)])
    facts.close()
    return life


def _ordered(folder: Path, life: Life, told: dict[str, Any]) -> None:
    """An order came, was changed and signed on a paper that is on file, and the period began under it."""
    paper = Documents(RealDisk(folder)).put(PICTURE, "paper")
    book, at = life.books.orders, T0 - 2 * HOUR
    order, faults = parse(told, at)
    came = order_deeds.Came(Source.FORM, "staff 4", "", 1)
    life.do(order_deeds.receive(book, order, faults, came), "staff 4", at)
    version = book.order(1).version
    life.do(order_deeds.edit(book, 1, version, replace(order, days=21), faults), "staff 4", at + HOUR)
    life.do(
        order_deeds.paper_signature(book, 1, order.orderer.name, "2026-09-20", paper, True),
        "staff 4",
        at + HOUR,
    )
    body = {"order": 1, "stream": 1, "period": 1}
    life.do([Draft("order.enrolled", "order 1", body)], "staff 4", T0)


def _around(life: Life, events: int) -> list[tuple[int, int]]:
    length = (life.stop - life.start) // SECOND
    moments = [length * (2 * place + 1) // (2 * events) for place in range(events)]
    return [(at - 20, at + 30) for at in moments]


def _store(folder: Path, stretches: list[tuple[int, int]]) -> None:
    sources = Sources(lambda _: LAYOUT, lambda _, sample: T0 + sample * SECOND // RATE, beats_at)
    settings = StoreSettings(3600.0, log=LogSettings(reserve_bytes=1 << 20))
    store = Store(RealDisk(folder), sources, settings)
    for start, stop in stretches:
        seconds = range(start, stop)
        store.log.commit([batch_of([(1, second * RATE, (second + 1) * RATE) for second in seconds])])
    store.archive.end(1, T0)
    while store.archive.seal_due(T0 + 10**18, 16).sealed:
        pass
    store.close()
