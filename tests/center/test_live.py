"""The live picture: what a screen is sent re-assembles to the samples, however the ticks fall."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.center.live_parser import ParsedRun, parse_runs

from einthoven.base.errors import RefusedError
from einthoven.base.instants import SECOND
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.center.live import LiveHub, Screen, columns
from einthoven.center.live_kernels import column_of
from einthoven.center.live_view import View
from einthoven.center.live_wire import FLAG_FRESH, FLAG_REPAINT, FLAG_SKIPPED
from einthoven.center.ports import Window
from einthoven.testing.web import EPOCH, FakeWard, heart, plain_layout

TICK = SECOND // 10


class Desk:
    """A hub, its ward, one screen, and what that screen has painted: {(stream, lead): {column: values}}."""

    def __init__(self, rate: float = 250.0, leads: int = 2, streams: tuple[int, ...] = (7,)) -> None:
        self.ward = FakeWard()
        self.hub = LiveHub(self.ward, lambda _stream, sample: EPOCH + int(sample * SECOND / rate))
        self.layout = plain_layout(rate, leads)
        for stream in streams:
            self.ward.layouts[stream] = self.layout
            self.hub.admit(stream, self.layout)
        self.screen: Screen = self.hub.open()
        self.now = 0
        self.painted: dict[tuple[int, int], dict[int, tuple[int, ...]]] = {}
        self.last: list[ParsedRun] = []

    def come(self, start: int, stop: int, stream: int = 7) -> None:
        self.ward.take(stream, start, stop)
        self.hub.arrived(np.array([stream]), np.array([start]), np.array([stop]))

    def view(
        self, cps: float = 2000.0, history: float = 0.0, streams: tuple[int, ...] = (7,), epoch: int = 1
    ) -> None:
        self.hub.view(self.screen, View(epoch, tuple((stream, ()) for stream in streams), cps, history))

    def tick(self, ns: int = TICK) -> list[ParsedRun]:
        self.now += ns
        data = self.hub.frames(self.screen, self.now, EPOCH + self.now)
        self.last = [] if data is None else parse_runs(data)[3]
        for run in self.last:
            held = self.painted.setdefault((run.stream, run.lead), {})
            if run.flags & FLAG_FRESH:
                held.clear()
            elif not run.flags & (FLAG_REPAINT | FLAG_SKIPPED) and held and run.columns:
                assert run.first == max(held) + 1, "a live run starts where the last ended"
            for index in range(run.columns):
                held[run.first + index] = tuple(np.atleast_1d(run.values[index]).tolist())
        return self.last


def truth(desk: Desk, lead: int, column: int, spc: Fraction, stream: int = 7) -> tuple[int, ...]:
    """What a column must hold, from the ward's spans and exact arithmetic."""
    start, stop = math.ceil(column * spc), math.ceil((column + 1) * spc)
    held = desk.ward.present[stream].within(start, stop)
    samples = [value for span in held for value in heart(stream, span.start, span.stop, 2)[:, lead].tolist()]
    if spc == 1:
        return (samples[0],) if samples else (INVALID_SAMPLE,)
    return (min(samples), max(samples)) if samples else (INVALID_SAMPLE, INVALID_SAMPLE)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_columns_reassemble_to_the_samples_however_ticks_fall(data: st.DataObject) -> None:
    cps = data.draw(st.sampled_from([10.0, 62.5, 100.0, 125.0, 249.0, 250.0, 1000.0]), "columns a second")
    spc = Fraction(1) if cps >= 250 else Fraction(250.0) / Fraction(cps)
    desk = Desk()
    desk.view(cps, history=0.0)
    desk.tick()
    front = 0
    late: list[tuple[int, int]] = []
    for _ in range(data.draw(st.integers(1, 12), "steps")):
        match data.draw(st.sampled_from(["live", "hole", "late", "tick"]), "step"):
            case "live":
                size = data.draw(st.integers(1, 300), "samples")
                desk.come(front, front + size)
                front += size
            case "hole":
                size = data.draw(st.integers(1, 300), "hole")
                late.append((front, front + size))
                desk.come(front + size, front + size + 20)
                front += size + 20
            case "late" if late:
                start, stop = late.pop(data.draw(st.integers(0, len(late) - 1), "which"))
                middle = data.draw(st.integers(start, stop), "cut")
                for part in ((middle, stop), (start, middle)):
                    if part[0] < part[1]:
                        desk.come(*part)
            case _:
                desk.tick()
    desk.tick()
    for lead in (0, 1):
        painted = desk.painted.get((7, lead), {})
        assert len(painted) == column_of(front, float(spc))
        for column, values in painted.items():
            assert values == truth(desk, lead, column, spc), (lead, column)


@given(sample=st.integers(0, 2**40), cps=st.floats(10, 999), rate=st.integers(100_000, 1_000_000))
def test_a_sample_falls_in_the_column_whose_edges_hold_it(sample: int, cps: float, rate: int) -> None:
    spc = max(rate / 1000 / cps, 1.0)
    column = column_of(sample, spc)
    assert math.ceil(column * spc) <= sample < math.ceil((column + 1) * spc)


def test_a_view_starts_with_its_history_at_once() -> None:
    desk = Desk()
    desk.come(0, 2500)
    desk.view(history=4.0)
    runs = desk.tick()
    assert [(run.lead, run.flags, run.first, run.columns) for run in runs] == [
        (0, FLAG_FRESH, 1500, 1000),
        (1, FLAG_FRESH, 1500, 1000),
    ]
    assert runs[0].newest_ms == EPOCH / 1e6 + 2499 * 4
    assert (runs[0].gain, runs[0].baseline, runs[0].mode, runs[0].spc) == (200.0, 0.0, 0, 1.0)
    assert desk.tick() == []


def test_only_the_leads_asked_for_come_and_unknown_ones_do_not() -> None:
    desk = Desk()
    desk.come(0, 250)
    desk.hub.view(desk.screen, View(3, ((7, (1, 5)),), 2000.0, 1.0))
    assert [run.lead for run in desk.tick()] == [1]


def test_every_stream_is_heard_of_each_second_without_samples() -> None:
    desk = Desk(streams=(7, 8))
    desk.come(0, 250)
    desk.view(streams=(7, 8))
    assert {(run.stream, run.columns) for run in desk.tick()} == {(7, 0), (8, 0)}
    heard = [[(run.stream, run.columns) for run in desk.tick()] for _ in range(20)]
    assert [runs for runs in heard if runs] == [[(7, 0), (8, 0)], [(7, 0), (8, 0)]]
    assert math.isnan(desk.last[1].newest_ms)
    assert desk.last[0].newest_ms == EPOCH / 1e6 + 249 * 4


@pytest.mark.parametrize("cps", [2000.0, 60.0])
def test_late_samples_are_painted_again_where_still_visible(cps: float) -> None:
    desk = Desk()
    desk.view(cps, history=4.0)
    desk.tick()
    desk.come(0, 250)
    desk.come(500, 1000)
    desk.tick()
    hole = desk.painted[(7, 0)][column_of(375, desk.screen.spc[0])]
    assert set(hole) == {INVALID_SAMPLE}
    desk.come(250, 500)
    runs = desk.tick()
    assert [run.flags for run in runs if run.columns] == [FLAG_REPAINT, FLAG_REPAINT]
    assert INVALID_SAMPLE not in {value for pair in desk.painted[(7, 0)].values() for value in pair}


def test_late_samples_out_of_sight_are_not_sent() -> None:
    desk = Desk()
    desk.view(history=2.0)
    desk.come(1000, 3000)
    desk.tick()
    desk.come(0, 1000)
    assert desk.tick() == []


def test_a_hole_longer_than_the_ring_starts_afresh() -> None:
    desk = Desk()
    desk.view(history=2.0)
    desk.come(0, 500)
    desk.tick()
    desk.come(100_000, 100_250)
    runs = desk.tick()
    assert [(run.flags, run.first, run.columns) for run in runs] == [(FLAG_FRESH, 99_750, 500)] * 2


def test_a_screen_that_cannot_take_waves_loses_the_oldest_and_is_told() -> None:
    desk = Desk()
    desk.view(history=1.0)
    desk.come(0, 250)
    desk.tick()
    desk.come(250, 2000)
    runs = desk.tick(7 * SECOND)
    assert [(run.flags, run.first, run.columns) for run in runs] == [(FLAG_SKIPPED, 1500, 500)] * 2
    assert desk.screen.skips == 1
    assert not desk.hub.too_slow(desk.screen, desk.now)
    for _ in range(4):
        desk.tick(4 * SECOND)
    assert desk.hub.too_slow(desk.screen, desk.now)
    desk.tick()
    assert not desk.hub.too_slow(desk.screen, desk.now)


def test_two_seconds_are_the_queue_and_lose_nothing() -> None:
    desk = Desk()
    desk.view(history=1.0)
    desk.come(0, 250)
    desk.tick()
    desk.come(250, 750)
    runs = desk.tick(2 * SECOND)
    assert [(run.flags, run.first, run.columns) for run in runs] == [(0, 250, 500)] * 2


def test_a_hidden_tab_gets_no_waves_and_starts_afresh_when_shown() -> None:
    desk = Desk()
    desk.view(history=2.0)
    desk.come(0, 250)
    desk.tick()
    desk.hub.visible(desk.screen, False)
    desk.come(250, 1250)
    assert desk.tick(60 * SECOND) == []
    desk.hub.visible(desk.screen, True)
    runs = desk.tick()
    assert [(run.flags, run.first, run.columns) for run in runs] == [(FLAG_FRESH, 750, 500)] * 2
    assert desk.screen.skips == 0


def test_a_stream_seen_before_it_is_known_starts_when_it_is_admitted() -> None:
    desk = Desk()
    desk.view(streams=(7, 99), history=1.0)
    desk.tick()
    desk.ward.layouts[99] = desk.layout
    desk.hub.admit(99, desk.layout)
    desk.come(0, 250, stream=99)
    runs = [run for run in desk.tick() if run.stream == 99]
    assert [(run.flags, run.columns) for run in runs] == [(FLAG_FRESH, 250)] * 2


def test_a_declared_layout_starts_the_stream_afresh() -> None:
    desk = Desk()
    desk.view(history=1.0)
    desk.come(0, 250)
    desk.tick()
    other = plain_layout(500.0, 1)
    desk.ward.layouts[7] = other
    desk.hub.admit(7, other)
    runs = desk.tick()
    assert [(run.lead, run.flags, run.columns) for run in runs] == [(0, FLAG_FRESH, 250)]
    desk.hub.admit(7, other)
    assert desk.tick() == []


def test_a_discharged_stream_is_silent_and_its_row_serves_another() -> None:
    desk = Desk()
    desk.view(streams=(7, 8), history=1.0)
    desk.come(0, 250)
    desk.tick()
    desk.hub.discharge(7)
    assert [run.stream for run in desk.tick(SECOND)] == []
    desk.ward.layouts[8] = desk.layout
    desk.hub.admit(8, desk.layout)
    desk.come(0, 100, stream=8)
    assert [(run.stream, run.columns) for run in desk.tick()] == [(8, 100), (8, 100)]


@pytest.mark.parametrize(("received", "newest"), [(1, 1000.0), (3, 1996.0)])
def test_the_newest_sample_is_never_dated_after_it_came(received: int, newest: float) -> None:
    """What a transmitter whose clock runs ahead sent must grow old from its receipt on."""
    desk = Desk()
    desk.view()
    desk.hub.arrived(
        np.array([99, 7]), np.array([0, 0]), np.array([5, 500]), np.array([EPOCH, EPOCH + received * SECOND])
    )
    desk.hub.arrived(np.array([7]), np.array([100]), np.array([200]), np.array([EPOCH + 9 * SECOND]))
    assert {run.newest_ms for run in desk.tick()} == {EPOCH / 1e6 + newest}


def test_after_a_restart_the_newest_sample_is_not_dated_after_the_start() -> None:
    desk = Desk(streams=())
    desk.hub.admit(7, desk.layout, 500, EPOCH + SECOND)
    desk.ward.layouts[7] = desk.layout
    desk.view()
    assert {run.newest_ms for run in desk.tick()} == {EPOCH / 1e6 + 1000}


def test_blocks_of_unknown_streams_change_nothing() -> None:
    desk = Desk()
    desk.view()
    desk.tick()
    desk.hub.arrived(np.array([5, 7, 6]), np.array([0, 0, 0]), np.array([10, 20, 30]))
    assert (desk.hub.front(5), desk.hub.front(6), desk.hub.front(7)) == (0, 0, 20)


def test_a_long_history_is_spread_over_messages() -> None:
    streams = tuple(range(1, 41))
    desk = Desk(rate=1000.0, leads=1, streams=streams)
    for stream in streams:
        desk.come(0, 20_000, stream=stream)
    desk.view(history=20.0, streams=streams)
    seen: list[int] = []
    sizes = []
    for _ in range(4):
        runs = desk.tick()
        sizes.append(sum(run.values.nbytes for run in runs))
        seen += [run.stream for run in runs if run.columns]
    assert seen == list(streams)
    assert max(sizes) < 1.1 * (1 << 20) < sum(sizes)


def test_screens_with_one_view_are_decimated_once() -> None:
    desk = Desk()
    others = [desk.hub.open() for _ in range(5)]
    desk.come(0, 1000)
    view = View(1, ((7, ()),), 94.5, 2.0)
    messages = []
    for screen in (desk.screen, *others):
        desk.hub.view(screen, view)
        messages.append(desk.hub.frames(screen, TICK, EPOCH))
    assert len(set(messages)) == 1
    assert desk.ward.reads == 1


def test_more_screens_than_the_limit_are_refused_until_one_closes() -> None:
    hub = LiveHub(FakeWard(), lambda _stream, _sample: None, screens_max=2)
    first, _ = hub.open(), hub.open()
    with pytest.raises(RefusedError, match="2 screens are open"):
        hub.open()
    hub.close(first)
    hub.close(first)
    assert hub.open() is not first
    assert hub.screens == 2


def test_a_thousand_streams_find_their_rows() -> None:
    desk = Desk(streams=tuple(range(3, 3000, 3)))
    ids = np.array([2997, 3, 1500, 4], np.int64)
    desk.hub.arrived(ids, np.zeros(4, np.int64), np.array([1, 2, 3, 4], np.int64))
    assert [desk.hub.front(int(stream)) for stream in ids] == [1, 2, 3, 0]


@pytest.mark.parametrize(("spc", "values"), [(1.0, 10), (2.0, 20)])
def test_a_lead_that_the_source_does_not_have_is_a_hole(spc: float, values: int) -> None:
    window = Window(0, np.zeros((40, 1), np.int16), [])
    assert columns(window, 1, 0, 10, spc).tolist() == [INVALID_SAMPLE] * values


def test_samples_outside_the_source_are_holes() -> None:
    window = Window(10, np.arange(10, 20, dtype=np.int16)[:, None], [])
    hole = INVALID_SAMPLE
    assert columns(window, 0, 8, 13, 1.0).tolist() == [hole, hole, 10, 11, 12]
    assert columns(window, 0, 18, 22, 1.0).tolist() == [18, 19, hole, hole]
    assert columns(window, 0, 30, 32, 1.0).tolist() == [hole, hole]
    assert columns(window, 0, 4, 6, 2.0).tolist() == [hole, hole, 10, 11]
