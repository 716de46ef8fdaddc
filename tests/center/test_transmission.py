"""How soon samples are durable: counted once each, however blocks are cut, and kept over restarts (R39)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import StoreFullError
from einthoven.base.ids import StreamId
from einthoven.base.instants import DAY, HOUR, MILLISECOND, SECOND, Instant
from einthoven.base.layout import Layout, Lead
from einthoven.center.enroll import enroll
from einthoven.center.ports import StreamFacts
from einthoven.center.streams import StreamState
from einthoven.center.transmission import (
    CLASSES,
    EDGES_MS,
    WITHIN_S,
    TransmissionMeter,
    packed,
    transmission,
    unpacked,
)
from einthoven.edges.store import facts_transmission
from einthoven.edges.store.facts import Facts
from einthoven.link.blocks import FrameBatch
from einthoven.link.clock import ClockFit
from einthoven.link.ledger import Ledger
from einthoven.testing.facts_suite import NOON, request

RATE = 250
START: Instant = NOON - NOON % HOUR + 600 * SECOND


def state(stream: StreamId = 1, origin: Instant | None = START) -> StreamState:
    """A stream whose sample 0 was acquired at ``origin``; None: not known yet."""
    layout = Layout(float(RATE), (Lead("II"),))
    facts = StreamFacts(stream, f"T-{stream}", b"k" * 32, layout, True, 1, origin, "Doe, Jane", True)
    return StreamState(facts, Ledger(), ClockFit(layout.rate_mhz, origin))


def batch(*blocks: tuple[int, int, int]) -> FrameBatch:
    """Blocks as (stream, start, count)."""
    table = np.array(blocks, np.int64).reshape(-1, 3)
    none = np.zeros(len(table), np.int64)
    empty = np.zeros(0, np.uint8)
    return FrameBatch(empty, none, none, table[:, 0], table[:, 1], table[:, 2], none + 1, none, none)


def known(*streams: int) -> TransmissionMeter:
    meter = TransmissionMeter()
    for stream in streams or (1,):
        meter.dated(state(stream))
    return meter


def counted(meter: TransmissionMeter, stream: int = 1) -> np.ndarray:
    meter.turn()
    total = np.zeros(CLASSES, np.int64)
    for _, of, counts in meter.changed():
        if of == stream:
            total += counts
    return total


def by_hand(samples: list[tuple[int, Instant]]) -> np.ndarray:
    """Counts of (sample, durable at), one at a time."""
    total = np.zeros(CLASSES, np.int64)
    for sample, durable in samples:
        delay = durable - (START + sample * (SECOND // RATE))
        place = next((k for k, edge in enumerate(EDGES_MS) if delay <= edge * MILLISECOND), CLASSES - 1)
        total[place] += 1
    return total


def test_a_block_is_counted_sample_by_sample() -> None:
    meter = known()
    durable = START + SECOND + 40 * MILLISECOND
    meter.durable(batch((1, 0, RATE)), durable)
    assert counted(meter).tolist() == by_hand([(one, durable) for one in range(RATE)]).tolist()


CUTS = st.lists(st.integers(1, 400), min_size=1, max_size=12)
LATE = st.lists(st.integers(-200, 90_000_000), min_size=1, max_size=4)


@given(CUTS, LATE, st.randoms(use_true_random=False))
def test_counts_do_not_depend_on_how_blocks_were_cut(
    sizes: list[int], late_ms: list[int], chance: Random
) -> None:
    """Stretches that become durable at one time, whole or in pieces, in any order and in any turns."""
    whole, cut, samples, start = known(), known(), [], 0
    pieces = []
    for number, size in enumerate(sizes):
        durable = START + start * (SECOND // RATE) + late_ms[number % len(late_ms)] * MILLISECOND
        whole.durable(batch((1, start, size)), durable)
        samples += [(one, durable) for one in range(start, start + size)]
        at = start
        while at < start + size:
            step = min(chance.randint(1, size), start + size - at)
            pieces.append((at, step, durable))
            at += step
        start += size
    chance.shuffle(pieces)
    for at, step, durable in pieces:
        cut.durable(batch((1, at, step)), durable)
        if chance.random() < 0.3:
            cut.turn()
    assert counted(whole).tolist() == counted(cut).tolist() == by_hand(samples).tolist()


def test_streams_and_hours_are_told_apart() -> None:
    meter = known(1, 2)
    meter.durable(batch((1, 0, 100), (2, 0, 50), (1, 100, 100)), START + SECOND)
    meter.durable(batch((2, 50, 50)), START + HOUR)
    meter.turn()
    rows = {(hour - START // HOUR, stream): int(counts.sum()) for hour, stream, counts in meter.changed()}
    assert rows == {(0, 1): 200, (0, 2): 50, (1, 2): 50}
    (late,) = (counts for hour, _, counts in meter.changed() if hour > START // HOUR)
    assert np.flatnonzero(late).tolist() == [EDGES_MS.index(3_600_000)]


def test_what_has_no_clock_yet_waits_for_it() -> None:
    meter = TransmissionMeter()
    meter.durable(batch((1, 0, RATE)), START + SECOND)
    meter.turn()
    assert meter.changed() == []
    meter.dated(state())
    assert int(counted(meter).sum()) == RATE


def test_after_a_clock_jumped_what_was_acquired_before_is_not_called_soon() -> None:
    meter, one = known(), state()
    one.fit.breaks, one.dated_from = 1, 100.0
    meter.dated(one)
    meter.durable(batch((1, 0, 200)), START + SECOND)
    told = counted(meter)
    assert told[-1] == 100
    assert told.sum() == 200


def test_a_restart_goes_on_with_what_was_kept_and_counts_nothing_twice() -> None:
    first = known()
    first.durable(batch((1, 0, 100)), START + SECOND)
    first.turn()
    kept = first.saving()
    assert first.changed() == []
    again = TransmissionMeter(lambda hour: [row for row in kept if row[0] == hour])
    again.dated(state())
    again.durable(batch((1, 100, 50)), START + SECOND)
    assert int(counted(again).sum()) == 150


def test_what_could_not_be_kept_is_kept_the_next_time() -> None:
    meter = known()
    meter.durable(batch((1, 0, 100)), START + SECOND)
    meter.turn()
    rows = meter.saving()
    meter.durable(batch((1, 100, 10)), START + SECOND)
    meter.turn()
    meter.failed(rows, StoreFullError("no room"))
    assert [int(counts.sum()) for _, _, counts in meter.changed()] == [110]
    meter.failed(meter.saving(), None)
    assert meter.changed() == []


def test_figures_of_a_period() -> None:
    counts = np.zeros(CLASSES, np.uint32)
    counts[EDGES_MS.index(1000)] = 98
    counts[EDGES_MS.index(10_000)] = 1
    counts[EDGES_MS.index(60_000)] = 1
    told = transmission([counts])
    assert told is not None
    assert (told.samples, told.immediate, told.within_s) == (100, 0.99, WITHIN_S)
    assert 0.9 < told.p50_s < 1.0
    assert told.p99_s == 10.0
    assert transmission([]) is None


def test_samples_that_were_not_counted_are_not_taken_for_good() -> None:
    counts = np.zeros(CLASSES, np.uint32)
    counts[0] = 90
    told = transmission([counts], stored=100)
    assert told is not None
    assert (told.samples, told.immediate) == (100, 0.9)
    assert told.p99_s == EDGES_MS[-1] / 1000


@given(st.lists(st.integers(0, 2**32 - 1), min_size=CLASSES, max_size=CLASSES))
def test_what_is_packed_is_unpacked(counts: list[int]) -> None:
    table = np.array(counts, np.uint32)
    none = np.zeros(CLASSES, np.uint32)
    blobs = packed(np.stack([table, none, table]))
    assert [unpacked(one).tolist() for one in blobs] == [counts, none.tolist(), counts]


def test_the_facts_keep_it_by_hour_and_stream(tmp_path: Path) -> None:
    facts = Facts(tmp_path / "facts.sqlite", NOON)
    enroll(facts, request(), NOON)
    enroll(facts, request(transmitter="T-2", public_key="cd" * 32, name="Roe, Rick"), NOON)
    meter = known(1, 2)
    meter.durable(batch((1, 0, 100), (2, 0, 70)), START + SECOND)
    meter.durable(batch((1, 100, 40)), START + 2 * HOUR)
    meter.turn()
    errors: list[object] = []
    facts.keep_transmission(meter.saving(), errors.append)
    facts.flush()
    assert errors == [None]
    ask = facts.reader.ask
    hour = START // HOUR
    told = facts_transmission.of_stream(ask, 1, START, START + DAY)
    assert [(one - hour, int(counts.sum())) for one, counts in told] == [(0, 100), (2, 40)]
    assert [row[1] for row in facts_transmission.of_hour(ask, hour)] == [1, 2]
    assert facts_transmission.of_stream(ask, 2, START + HOUR, START + DAY) == []
    facts.close()


def test_within_is_one_of_the_edges() -> None:
    assert round(WITHIN_S * 1000) in EDGES_MS
    assert list(EDGES_MS) == sorted(set(EDGES_MS))
    assert replace(state().facts, stream=2).stream == 2


@pytest.mark.parametrize("stream", [1, 5000])
def test_streams_of_any_number(stream: int) -> None:
    meter = TransmissionMeter()
    meter.dated(state(stream))
    meter.durable(batch((stream, 0, 10)), START + SECOND)
    assert int(counted(meter, stream).sum()) == 10
