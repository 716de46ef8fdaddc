"""Beats on the screen: whatever order they are told and classed in, a screen ends up with what is so."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.center.live_parser import ParsedBeats, parse_beats

from einthoven.base.instants import SECOND
from einthoven.center.live_beats import CHANGES_MAX, EVERY, OPEN_S, BeatReader, LiveBeats
from einthoven.center.live_view import View
from einthoven.center.live_wire import BEAT_LATE, BEAT_UNCLASSED
from einthoven.ecg.beats import NORMAL, UNCLASSED, VENTRICULAR
from einthoven.testing.web import EPOCH, FakeWard, beat_rows, plain_layout

RATE = 250


class Desk:
    """A ward with beats, one screen, and what it knows: {stream: {sample: (code, flags)}}."""

    def __init__(self, streams: tuple[int, ...] = (7,), history: float = 10.0) -> None:
        self.ward = FakeWard()
        self.fronts: dict[int, int] = {}
        self.beats = LiveBeats(self.ward, self)
        self.reader = BeatReader()
        self.now = 0
        self.known: dict[int, dict[int, tuple[int, int]]] = {}
        self.last: list[ParsedBeats] = []
        for stream in streams:
            self.ward.layouts[stream] = plain_layout()
            self.ward.classed[stream] = beat_rows([])
        self.beats.view(self.reader, View(3, tuple((stream, ()) for stream in streams), 100.0, history))

    def extent(self, stream: int) -> tuple[int, float]:
        return self.fronts.get(stream, 0), float(RATE)

    def come(self, stop_s: float, rows: np.ndarray, stream: int = 7) -> None:
        """Samples up to ``stop_s`` came, and now these are the beats."""
        self.fronts[stream] = round(stop_s * RATE)
        self.ward.classed[stream] = rows

    def tick(self, ns: int = EVERY) -> list[ParsedBeats]:
        self.now += ns
        data = self.beats.next(self.reader, self.now, EPOCH + self.now)
        self.last = []
        if data is not None:
            epoch, self.last = parse_beats(data)
            assert epoch == 3
        for span in self.last:
            known = self.known.setdefault(span.stream, {})
            for sample in [sample for sample in known if span.start <= sample < span.stop]:
                del known[sample]
            known |= {round(sample): (code, flags) for sample, _, _, code, flags in span.beats}
        return self.last


def test_the_history_comes_first_and_then_what_is_new() -> None:
    desk = Desk(history=10)
    rows = beat_rows(range(0, 7500, 200), NORMAL, 900)
    desk.come(30, rows)
    (first,) = desk.tick()
    assert (first.start, first.stop, len(first.beats)) == (5000, 7500, 13)
    desk.come(31, beat_rows(range(0, 7700, 200), NORMAL, 900))
    (second,) = desk.tick()
    assert [beat[0] for beat in second.beats] == [7600]


def test_nothing_is_said_while_nothing_changes_and_no_oftener_than_twice_a_second() -> None:
    desk = Desk()
    desk.come(10, beat_rows([1000], NORMAL, 900))
    assert desk.tick()
    assert desk.tick() == []
    desk.come(11, beat_rows([1000, 2600], NORMAL, 900))
    assert desk.tick(EVERY - 1) == []
    assert desk.tick(1) != []


def test_a_class_that_comes_later_is_told_from_that_beat_on() -> None:
    desk = Desk()
    desk.come(10, np.concatenate([beat_rows([2000], NORMAL, 900), beat_rows([2200, 2400], UNCLASSED)]))
    desk.tick()
    assert desk.known[7][2200] == (UNCLASSED, BEAT_UNCLASSED)
    desk.come(
        10.5,
        np.concatenate(
            [
                beat_rows([2000], NORMAL, 900),
                beat_rows([2200], VENTRICULAR, 800),
                beat_rows([2400], UNCLASSED),
            ]
        ),
    )
    (told,) = desk.tick()
    assert told.start == 2200
    assert desk.known[7] == {
        2000: (NORMAL, 0),
        2200: (VENTRICULAR, 0),
        2400: (UNCLASSED, BEAT_UNCLASSED),
    }


def test_a_beat_that_is_none_after_all_is_taken_back() -> None:
    desk = Desk()
    desk.come(10, beat_rows([2000, 2200, 2400], NORMAL, 900))
    desk.tick()
    desk.come(10.5, beat_rows([2000, 2400], NORMAL, 900))
    desk.tick()
    assert sorted(desk.known[7]) == [2000, 2400]
    desk.come(11, beat_rows([2000], NORMAL, 900))
    desk.tick()
    assert sorted(desk.known[7]) == [2000]


def test_beats_out_of_late_samples_say_so() -> None:
    desk = Desk()
    rows = beat_rows([2000], NORMAL, 900)
    rows["late"], rows["rr_ms"] = 1, 812
    desk.come(10, rows)
    (told,) = desk.tick()
    assert told.beats == [(2000.0, 812, 900, NORMAL, BEAT_LATE)]


def test_what_is_sealed_and_forgotten_stays_on_the_screen() -> None:
    desk = Desk(history=20)
    desk.come(20, beat_rows(range(0, 5000, 200), NORMAL, 900))
    desk.tick()
    sealed = round((20 - OPEN_S) * RATE)
    desk.come(20.1, beat_rows([at for at in range(0, 5000, 200) if at >= sealed], NORMAL, 900))
    assert desk.tick() == []
    assert len(desk.known[7]) == 25


def test_a_hidden_tab_is_told_nothing_and_starts_afresh() -> None:
    desk = Desk()
    desk.come(10, beat_rows([2000], NORMAL, 900))
    desk.tick()
    desk.beats.visible(desk.reader, False)
    desk.come(11, beat_rows([2000, 2600], NORMAL, 900))
    assert desk.tick() == []
    desk.beats.visible(desk.reader, True)
    (told,) = desk.tick()
    assert [beat[0] for beat in told.beats] == [2000, 2600]


def test_a_screen_that_was_away_for_long_is_told_of_what_is_to_be_seen() -> None:
    desk = Desk(history=10)
    desk.come(10, beat_rows([2000], NORMAL, 900))
    desk.tick()
    desk.come(100, beat_rows(range(0, 25000, 250), NORMAL, 900))
    (told,) = desk.tick(90 * SECOND)
    assert (told.start, told.stop) == (22500, 25000)


def test_a_class_that_changes_twice_is_told_twice() -> None:
    desk = Desk()
    desk.come(10, beat_rows([2200], UNCLASSED))
    desk.tick()
    for at, code in ((10.5, VENTRICULAR), (11.0, NORMAL), (11.5, VENTRICULAR)):
        desk.come(at, beat_rows([2200], code, 800))
        desk.tick()
        assert desk.known[7] == {2200: (code, 0)}


def test_a_screen_that_missed_very_many_changes_misses_none() -> None:
    desk, other = Desk(history=20), BeatReader()
    assert desk.reader.view is not None
    desk.beats.view(other, desk.reader.view)
    desk.come(10, beat_rows([2000, 2400], UNCLASSED))
    desk.tick()
    desk.come(10.01, np.concatenate([beat_rows([2000], VENTRICULAR, 800), beat_rows([2400], UNCLASSED)]))
    for change in range(CHANGES_MAX + 2):
        desk.now += EVERY
        assert desk.beats.next(other, desk.now, EPOCH) is not None
        last = beat_rows([2400], NORMAL, 500 + change)
        desk.come(10.02 + change / 100, np.concatenate([beat_rows([2000], VENTRICULAR, 800), last]))
    desk.tick()
    assert desk.known[7] == {2000: (VENTRICULAR, 0), 2400: (NORMAL, 0)}


def test_two_screens_of_the_same_view_are_read_for_once() -> None:
    desk = Desk()
    other = BeatReader()
    assert desk.reader.view is not None
    desk.beats.view(other, desk.reader.view)
    reads: list[Any] = []
    take = desk.ward.beats
    desk.beats = LiveBeats(_Counted(lambda *asked: (reads.append(asked), take(*asked))[1]), desk)
    desk.come(10, beat_rows([2000], NORMAL, 900))
    desk.tick()
    once = len(reads)
    desk.beats.next(other, desk.now, EPOCH)
    assert len(reads) == once


class _Counted:
    def __init__(self, beats: Any) -> None:
        self.beats = beats


@settings(max_examples=60)
@given(st.data())
def test_a_screen_ends_up_with_what_is_so(data: st.DataObject) -> None:
    """Beats are found, classed, re-classed and taken back within the open span, at any pace of looking."""
    desk = Desk((7, 8), history=12)
    truth: dict[int, dict[int, int]] = {7: {}, 8: {}}
    front = 0.0
    for _ in range(data.draw(st.integers(1, 12))):
        front += data.draw(st.floats(0.1, 6))
        first = int(max(0.0, front - OPEN_S + 7) * RATE)
        for stream, beats in truth.items():
            for sample in data.draw(st.lists(st.integers(first, round(front * RATE)), max_size=4)):
                beats[sample] = data.draw(st.sampled_from([1, 5, 9, 13]))
            for sample in data.draw(st.lists(st.sampled_from(sorted(beats) or [0]), max_size=2)):
                if sample >= first:
                    beats.pop(sample, None)
            rows = beat_rows(sorted(beats), 1, 900)
            rows["code"] = [beats[sample] for sample in sorted(beats)]
            desk.come(front, rows, stream)
        desk.tick(data.draw(st.integers(EVERY // 3, 3 * EVERY)))
    desk.tick()
    for stream, beats in truth.items():
        seen = round((front - OPEN_S) * RATE)
        expected = {at: code for at, code in beats.items() if seen <= at < round(front * RATE)}
        known = {at: code for at, (code, _) in desk.known.get(stream, {}).items() if at >= seen}
        assert known == expected
