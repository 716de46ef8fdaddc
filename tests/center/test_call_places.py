"""Strips into the ECG of whose they are: once, behind what is there, marked, and in nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.center.call_house import DOE, ROE, refused
from tests.center.test_call_ear import VT, WHOLE
from tests.center.test_call_room import Caller, Rooms

from einthoven.answering import callers
from einthoven.base.errors import StoreError
from einthoven.base.instants import SECOND
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.spans import Span, SpanSet
from einthoven.center.call_places import Places, others_of
from einthoven.center.call_placing import APART_S, Placer, Placing, PlacingWorld
from einthoven.center.ports import StreamEvent, StreamFacts, Window
from einthoven.enrollment.telephone import Recorder
from einthoven.link.batch import decode_checked
from einthoven.link.blocks import FrameBatch, SampleBatch
from einthoven.telephone import g711
from einthoven.telephone.profiles import Profile, profile

RATE = 250
Done = Callable[[FrameBatch, StoreError | None], None]


@dataclass
class Shelf:
    """ECG of patients in memory; a test may hold what is submitted, or refuse it."""

    lies: dict[int, dict[int, int]] = field(default_factory=dict)
    held: list[tuple[FrameBatch, Done]] | None = None
    refuses: bool = False

    def submit(self, batch: FrameBatch, done: Done) -> None:
        if self.held is not None:
            self.held.append((batch, done))
        elif self.refuses:
            done(batch, StoreError("the disk takes nothing"))
        else:
            self.write(batch)
            done(batch, None)

    def write(self, batch: FrameBatch) -> None:
        rows, at = decode_checked(batch, stored=True)[0], 0
        for stream, start, count in zip(rows.stream, rows.start, rows.count, strict=True):
            values = rows.samples[at : at + int(count)].ravel()
            at += int(count)
            held = self.lies.setdefault(int(stream), {})
            for place, value in enumerate(values.tolist(), int(start)):
                assert place not in held, "a sample was stored twice"
                held[place] = value

    def let_go(self) -> None:
        held, self.held = self.held or [], None
        for batch, done in held:
            self.submit(batch, done)

    def streams(self) -> list[int]:
        return sorted(self.lies)

    def stored(self, stream: int) -> SpanSet:
        told = SpanSet()
        for place in self.lies.get(stream, {}):
            told.add(place, place + 1)
        return told

    def read(self, stream: int, start: int, stop: int) -> Window:
        held = self.lies.get(stream, {})
        samples = np.array([[held.get(at, INVALID_SAMPLE)] for at in range(start, stop)], np.int16)
        return Window(start, samples, self.stored(stream).within(start, stop))

    def put(self, stream: int, start: int, samples: Iterable[int]) -> None:
        self.lies.setdefault(stream, {}).update(enumerate(samples, start))


class Placed(Rooms):
    """A center that puts strips into the ECG of patients 1 and 2."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.events: list[StreamEvent] = []
        self.to_ward: list[SampleBatch] = []
        self.no_events = False
        self.recorders = {DOE: "simulated", ROE: "simulated"}
        super().__init__()
        self.house.seat(self.house.anna)
        self.house.run(2)

    def open(self) -> None:
        super().open()
        house = self.house
        self.room._world.profile_of = self.recorder
        self.placer = Placer(
            PlacingWorld(
                house.clock,
                self.facts,
                self.shelf,  # type: ignore[arg-type]
                self.shelf,
                self,  # type: ignore[arg-type]
                partial(others_of, self.room),
                self.heard.append,
                self.to_ward.append,
            )
        )
        self.places = Places(
            self.room,
            self.placer,
            house.room.desk,
            house.clock,
            lambda stream: [one for one in self.events if one.stream == stream],
            lambda what, _error: self.told.append(what),
        )
        self.room.after = self.places.turn

    @property
    def heard(self) -> list[StreamEvent]:
        if not hasattr(self, "_heard"):
            self._heard: list[StreamEvent] = []
        return self._heard

    def recorder(self, stream: int) -> Profile:
        return profile(self.recorders[stream])

    def facts(self, stream: int) -> StreamFacts | None:
        period = self.house.books.periods.get(stream)
        if period is None:
            return None
        since, layout = period.started, Recorder().layout
        return StreamFacts(stream, period.transmitter, b"", layout, True, 1, since, "", True, since)

    def record_events(self, events: Iterable[StreamEvent], done: Callable[[StoreError | None], None]) -> None:
        if self.no_events:
            done(StoreError("the disk takes no facts"))
            return
        for one in events:
            numbers = [each.number for each in self.events if each.stream == one.stream]
            assert one.number == max(numbers, default=0) + 1, "events of a stream are numbered without a gap"
            self.events.append(one)
        done(None)

    def pass_s(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.house.clock.move(0.1)
            self.room.turn()

    def call(self, strips: int = 1) -> int:
        """A call with strips that is taken; its line is up."""
        number = self.room.rings(Caller())
        self.house.act("telephone.take", call=number)
        for _ in range(strips):
            self.sound(number, VT)
        assert len(self.house.call(number).strips) == strips
        return number

    def tie(self, number: int, stream: int = DOE) -> None:
        self.house.act("telephone.tie", call=number, stream=f"s{stream:06}")

    def marks(self, stream: int = DOE) -> list[StreamEvent]:
        return [one for one in self.events if one.stream == stream and one.kind == "mark"]

    def strip(self, number: int, strip: int = 1) -> NDArray[np.int16]:
        """What lies in an ECG of a strip."""
        one = self.house.call(number).strips[strip - 1]
        assert one.stream is not None
        assert one.start is not None
        assert one.stop is not None
        return self.shelf.read(one.stream, one.start, one.stop).samples[:, 0]


@pytest.fixture
def center() -> Placed:
    return Placed()


def test_a_strip_ends_where_it_was_received_and_is_marked_with_what_was_felt(center: Placed) -> None:
    number = center.call()
    center.house.act("telephone.ask", call=number, symptom="racing", severity=2, memory="post-symptom")
    center.tie(number)
    center.pass_s(3)
    (one,) = center.house.call(number).strips
    assert one.closed_at is not None
    origin = center.house.books.periods[DOE].started
    assert one.stop == (one.closed_at - origin) * RATE // SECOND
    assert one.stop - one.start == len(WHOLE.hz) == one.samples
    wanted = WHOLE.samples(Recorder().layout.leads[0])
    assert np.array_equal(center.strip(number), wanted)
    assert [int(batch.start[0]) for batch in center.to_ward] == [one.start]
    assert np.array_equal(center.to_ward[0].samples, wanted)
    hole, mark = center.events
    assert (hole.kind, hole.sample, hole.body) == ("hole", 0, {"stop": one.start, "cause": "between-strips"})
    assert (mark.kind, mark.sample) == ("mark", one.start)
    told = [mark.body[name] for name in ("symptom", "severity", "memory", "call", "strip")]
    assert told == ["racing", "moderate", "post-symptom", number, 1]
    assert center.heard == center.events


def test_nothing_of_a_strip_goes_anywhere_before_a_person_said_whose_it_is(center: Placed) -> None:
    center.call()
    center.pass_s(3)
    assert (center.shelf.lies, center.events) == ({}, [])


def test_what_is_said_later_makes_one_mark_more_and_what_is_taken_back_another(center: Placed) -> None:
    number = center.call()
    center.tie(number)
    center.pass_s(3)
    for symptom in ("dizzy", "racing", "dizzy"):
        center.house.act("telephone.ask", call=number, symptom=symptom)
        center.pass_s(1)
    assert [one.body["symptom"] for one in center.marks()] == ["", "dizzy", "racing", "dizzy"]
    center.pass_s(2)
    assert len(center.marks()) == 4


def test_two_strips_lie_apart_and_in_the_order_in_which_they_came(center: Placed) -> None:
    number = center.call(strips=2)
    center.tie(number)
    center.pass_s(4)
    first, second = center.house.call(number).strips
    assert first.stop is not None
    assert second.start is not None
    assert second.start >= first.stop + APART_S * RATE
    assert np.array_equal(center.strip(number, 1), center.strip(number, 2))


def test_a_strip_goes_behind_what_lies_in_its_place_and_overwrites_nothing(center: Placed) -> None:
    number = center.call()
    one = center.house.call(number).strips[0]
    assert one.closed_at is not None
    stop = (one.closed_at - center.house.books.periods[DOE].started) * RATE // SECOND
    center.shelf.put(DOE, stop - 1000, [7] * 500)
    center.tie(number)
    center.pass_s(3)
    assert center.house.call(number).strips[0].start is None, "it would lie in the future"
    center.pass_s(30)
    start = center.house.call(number).strips[0].start
    assert start == stop - 500 + APART_S * RATE


def test_a_center_that_is_killed_between_storing_and_telling_has_the_strip_once(center: Placed) -> None:
    number = center.call()
    center.tie(number)
    center.pass_s(0.2)
    before = {stream: dict(held) for stream, held in center.shelf.lies.items()}
    assert len(before[DOE]) == len(WHOLE.hz)
    assert not center.house.call(number).strips[0].placed
    center.kill()
    center.pass_s(3)
    assert center.house.call(number).strips[0].placed
    assert center.shelf.lies == before
    assert len(center.marks()) == 1


def test_half_a_strip_that_was_stored_before_a_kill_is_completed(center: Placed) -> None:
    number = center.call()
    one, lead = center.house.call(number).strips[0], Recorder().layout.leads[0]
    assert one.closed_at is not None
    stop = (one.closed_at - center.house.books.periods[DOE].started) * RATE // SECOND
    whole = WHOLE.samples(lead).tolist()
    start = stop - len(whole)
    center.shelf.put(DOE, start, whole[:900])
    center.shelf.put(DOE, start + 2000, whole[2000:2500])
    center.tie(number)
    center.pass_s(3)
    assert center.house.call(number).strips[0].start == start
    assert center.strip(number).tolist() == whole


def test_a_strip_that_cannot_be_stored_is_tried_again_until_it_is(center: Placed) -> None:
    number = center.call()
    center.shelf.refuses = True
    center.tie(number)
    center.pass_s(6)
    assert not center.house.call(number).strips[0].placed
    assert set(center.told) == {"strip not stored"}
    assert center.to_ward == []
    center.shelf.refuses = False
    center.no_events = True
    center.pass_s(12)
    assert not center.house.call(number).strips[0].placed
    assert set(center.told) == {"strip not stored", "mark not stored"}
    assert center.heard == []
    center.no_events = False
    center.pass_s(6)
    assert center.house.call(number).strips[0].placed
    assert len(center.marks()) == 1


@pytest.mark.parametrize("act", ["tie", "move", "strike"])
def test_whose_a_strip_is_does_not_change_while_it_is_put_into_an_ecg(center: Placed, act: str) -> None:
    """Who tied the wrong patient notices at once: a strip that is on its way has no place on record yet."""
    number = center.call()
    center.shelf.held = []
    center.tie(number)
    center.pass_s(0.5)
    fields: dict[str, Any] = {
        "tie": {"stream": "s000002"},
        "move": {"stream": "s000002", "why": "it was her husband"},
        "strike": {"strip": 1, "why": "a test"},
    }[act]
    with refused("placing"):
        center.house.act(f"telephone.{act}", call=number, **fields)
    center.shelf.let_go()
    with refused("placing"):
        center.house.act(f"telephone.{act}", call=number, **fields)
    center.pass_s(3)
    if act == "tie":
        with refused("placed"):
            center.house.act("telephone.tie", call=number, **fields)
        fields |= {"why": "it was her husband"}
    center.house.act("telephone.strike" if act == "strike" else "telephone.move", call=number, **fields)
    center.pass_s(30)
    book = center.house.books.calls
    (spoilt,) = book.not_theirs(DOE)
    assert sorted(center.shelf.lies[DOE]) == list(range(spoilt[0], spoilt[1]))
    assert (len(center.shelf.lies.get(ROE, {})) > 0) == (act != "strike")


def test_who_is_tied_anew_before_anything_was_stored_is_tied_anew(center: Placed) -> None:
    number = center.call()
    center.tie(number)
    center.tie(number, ROE)
    center.pass_s(3)
    assert sorted(center.shelf.lies) == [ROE]
    assert center.house.call(number).strips[0].stream == ROE


def test_a_strip_of_another_recorder_leaves_the_others_of_its_call_as_they_were(center: Placed) -> None:
    """Two of a household share a telephone and not a recorder."""
    center.recorders[ROE] = "tone-1900"
    number = center.call(strips=2)
    center.tie(number)
    center.pass_s(4)
    before, shown = center.house.call(number).strips[0], center.room.strip(number, 1, 0)
    center.house.act("telephone.hang", call=number)
    center.house.act("telephone.move", call=number, strip=2, stream="s000002", why="the second is his")
    center.pass_s(40)
    first, second = center.house.call(number).strips
    assert second.stream == ROE
    assert second.quality is not None
    assert second.quality["profile"] == "tone-1900"
    assert first == before
    assert center.room.strip(number, 1, 0) == shown


def test_a_strip_whose_sound_is_gone_is_looked_for_now_and_then_and_not_all_the_time(center: Placed) -> None:
    number = center.call()
    center.house.act("telephone.hang", call=number)
    center.pass_s(1)
    for name in list(center.disk.list("calls")):
        center.disk.flip(f"calls/{name}", 100)
    center.kill()
    center.house.seat(center.house.anna)
    center.house.run(2)
    center.house.act("telephone.take", call=number)
    center.told.clear()
    center.tie(number)
    center.pass_s(30)
    assert 1 <= len(center.told) <= 3
    assert center.room.strip(number, 1, 0)["why"] == "its sound is lost"
    assert not center.house.call(number).strips[0].placed


def test_of_a_strip_that_is_no_ecg_there_is_the_symptom_alone_with_all_that_was_said(center: Placed) -> None:
    center.recorders[DOE] = "tone-1900"
    number = center.room.rings(Caller())
    center.house.act("telephone.take", call=number)
    quiet = bytes([0xFF]) * 8000
    at = np.arange(20 * 8000) / 8000
    tone = (9000 * np.sin(2 * np.pi * 1900 * at)).astype(np.int16)
    center.sound(number, quiet + g711.encode(tone, "mu").tobytes() + 3 * quiet)
    assert len(center.house.call(number).strips) == 1
    center.house.act("telephone.hang", call=number)
    center.tie(number)
    center.pass_s(3)
    assert center.shelf.lies == {}
    assert [one.body["symptom"] for one in center.marks()] == [""]
    center.house.act("telephone.ask", call=number, symptom="faint")
    center.pass_s(3)
    assert [one.body["symptom"] for one in center.marks()] == ["", "faint"]


def test_a_household_with_one_number_is_proposed_twice_and_tied_by_nobody(center: Placed) -> None:
    for stream, code in ((DOE, "482913"), (ROE, "730254")):
        center.house.tell([callers.told(stream, code, ("+1 555 555 0100",), "simulated")])
    number = center.call()
    center.pass_s(3)
    told = center.house.entity(number)["guesses"]
    assert [(one["stream"], one["how"]) for one in told] == [("s000001", "number"), ("s000002", "number")]
    assert center.house.call(number).stream is None
    assert center.shelf.lies == {}


def test_a_period_that_takes_no_strips_is_told_of_and_nothing_is_stored(center: Placed) -> None:
    number = center.call()
    center.tie(number)
    center.house.books.periods = {}
    center.pass_s(1)
    assert center.told == ["strip not placed"]
    assert center.shelf.lies == {}


@pytest.mark.parametrize("ends_s", [0.0, 5.0])
def test_no_strip_begins_before_the_service(center: Placed, ends_s: float) -> None:
    origin = center.house.books.periods[DOE].started
    one = Placing(1, 1, DOE, np.zeros(2500, np.int16), origin + round(ends_s * SECOND))
    assert center.placer.start_of(one) == (0, origin + 10 * SECOND)


def test_another_strip_of_the_deeds_is_in_the_way_though_nothing_of_it_is_stored() -> None:
    center = Placed()
    world = center.placer._world
    world.others = lambda _stream, _call, _strip: [Span(1000, 2000)]
    origin = center.house.books.periods[DOE].started
    one = Placing(1, 1, DOE, np.zeros(500, np.int16), origin + 4 * SECOND)
    assert center.placer.start_of(one)[0] == 2000 + APART_S * RATE


@pytest.mark.parametrize("layout", [Layout(250.0, (Lead("II"), Lead("V1"))), Layout(500.0, (Lead("II"),))])
def test_an_ecg_of_another_shape_takes_no_strips(center: Placed, layout: Layout) -> None:
    facts = center.facts(DOE)
    assert facts is not None
    center.placer._world.facts = lambda _stream: replace(facts, layout=layout)
    number = center.call()
    center.tie(number)
    center.pass_s(1)
    assert (center.told, center.shelf.lies) == (["strip not placed"], {})


def test_no_hole_is_told_before_a_strip_that_begins_with_the_service(center: Placed) -> None:
    one = Placing(1, 1, DOE, np.zeros(2500, np.int16), center.house.books.periods[DOE].started)
    assert center.placer.hole(one, 0) is None
    center.shelf.put(DOE, 0, [7] * 500)
    assert center.placer.hole(one, 500) is None
    told = center.placer.hole(one, 750)
    assert told is not None
    assert (told.sample, told.body["stop"]) == (500, 750)


def test_which_recorder_played_a_strip_is_not_said_while_it_is_put_into_an_ecg(center: Placed) -> None:
    number = center.call()
    center.shelf.held = []
    center.tie(number)
    center.pass_s(0.5)
    fields: dict[str, Any] = {"profile": "tone-1900", "speed": 0, "why": "it stands on it"}
    with refused("placing"):
        center.house.act("telephone.played", call=number, **fields)
    center.shelf.let_go()
    center.pass_s(3)
    with refused("placed"):
        center.house.act("telephone.played", call=number, **fields)


def test_a_strip_that_is_moved_and_moved_back_has_a_mark_where_it_lies_now(center: Placed) -> None:
    number = center.call()
    center.tie(number)
    center.pass_s(3)
    first = center.house.call(number).strips[0].start
    for stream, why in ((ROE, "it was her husband"), (DOE, "it was she after all")):
        center.house.act("telephone.move", call=number, stream=f"s{stream:06}", why=why)
        center.pass_s(30)
    strip = center.house.call(number).strips[0]
    assert strip.stream == DOE
    assert strip.start != first
    assert [one.sample for one in center.marks()] == [first, strip.start]


def test_who_was_tied_while_the_disk_took_nothing_is_tied_anew(center: Placed) -> None:
    number = center.call()
    center.shelf.refuses = True
    center.tie(number)
    center.pass_s(1)
    center.tie(number, ROE)
    center.shelf.refuses = False
    center.pass_s(10)
    assert sorted(center.shelf.lies) == [ROE]
