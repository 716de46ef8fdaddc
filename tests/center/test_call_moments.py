"""The call room at the edges of moments: an end before all was heard, who hears whom, a kill."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.center.call_house import refused
from tests.center.test_call_ear import VT, WHOLE
from tests.center.test_call_room import Caller, Listener, Rooms

from einthoven.answering import call_deeds
from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.center.call_strips import StripSoFar
from einthoven.edges.store.call_sound import CallTapes
from einthoven.enrollment.telephone import Recorder
from einthoven.telephone.quality import Scale
from einthoven.telephone.receiver import Samples


class Later:
    """A worker whose work is done when a test says so."""

    def __init__(self) -> None:
        self.waits: list[tuple[Any, Any]] = []

    def do(self, work: Any, done: Any) -> None:
        self.waits.append((work, done))

    def work(self) -> None:
        waits, self.waits = self.waits, []
        for work, done in waits:
            done(work(), None)


def test_nobody_closes_a_call_before_all_of_its_sound_was_heard() -> None:
    rooms, ears = Rooms(), Later()
    center = rooms.house
    center.seat(center.anna)
    center.run(2)
    rooms.room._world.ears = ears
    number = rooms.room.rings(Caller())
    center.act("telephone.take", call=number)
    rooms.sound(number, VT)
    rooms.room.ended(number, "the caller hung up")
    with refused("unheard"):
        center.act("telephone.close", call=number, outcome="no strip", note="sent none")
    for _ in range(20):
        ears.work()
        rooms.room.turn()
    with refused("not_tied"):
        center.act("telephone.close", call=number, outcome="strip taken")


def test_nor_before_a_center_that_was_killed_has_read_it_again() -> None:
    rooms, reader = Rooms(), Later()
    number = rooms.room.rings(Caller())
    rooms.sound(number, VT[: 15 * 8000])
    open_ = rooms.open

    def reopened() -> None:
        open_()
        rooms.room._world.reader = reader

    rooms.open = reopened  # type: ignore[method-assign]
    rooms.kill()
    center = rooms.house
    center.seat(center.anna)
    center.run(2)
    center.act("telephone.take", call=number)
    center.act("telephone.tried", call=number, reached=True, note="spoke")
    assert rooms.room.unheard(number)
    reader.work()
    assert not rooms.room.unheard(number)
    with refused("not_tied"):
        center.act("telephone.close", call=number, outcome="called back", note="well")


def test_who_let_a_call_go_hears_it_no_more() -> None:
    rooms, ear = Rooms(), Listener()
    center = rooms.house
    center.seat(center.anna)
    center.run(2)
    number = rooms.room.rings(Caller())
    center.act("telephone.take", call=number)
    rooms.room.listen(number, center.anna, ear)
    rooms.sound(number, VT[:1600])
    center.act("telephone.leave", call=number)
    rooms.sound(number, VT[:1600])
    assert (ear.bytes, ear.ended) == (1600, "nobody has the call now")
    with pytest.raises(RefusedError, match="is not yours"):
        rooms.room.listen(number, center.anna, Listener())
    with pytest.raises(NotFoundError):
        rooms.room.listen(99, center.anna, Listener())


def test_whoever_takes_a_call_over_hears_and_speaks_alone() -> None:
    rooms, first, second, line = Rooms(), Listener(), Listener(), Caller()
    center = rooms.house
    for person in (center.anna, center.ben):
        center.seat(person)
    center.run(2)
    number = rooms.room.rings(line)
    center.act("telephone.take", call=number)
    rooms.room.listen(number, center.anna, first)
    center.act("telephone.offer", call=number, to=center.ben)
    center.act("telephone.take", call=number, by=center.ben)
    assert first.ended == "somebody else has the call now"
    rooms.room.listen(number, center.ben, second)
    rooms.room.lost(number, 160)
    rooms.sound(number, VT[:1600])
    rooms.room.speak(number, center.anna, np.zeros(160, np.int16))
    assert (first.bytes, second.bytes, line.spoken) == (0, 1760, 0)


def test_sound_that_waits_too_long_is_told() -> None:
    rooms, disk = Rooms(), Later()
    number = rooms.room.rings(Caller())
    rooms.room._world.disk = disk
    rooms.sound(number, VT[:8000])
    assert rooms.room.unready() == []
    rooms.house.clock.move(6)
    assert rooms.room.unready() == ["the sound of calls is 7 s behind"]
    for _ in range(20):
        disk.work()
        rooms.room.turn()
    assert rooms.room.unready() == []


def test_keys_that_were_pressed_before_a_kill_stay_as_they_were() -> None:
    rooms = Rooms()
    number = rooms.room.rings(Caller())
    for digit in "730254":
        rooms.room.pressed(number, digit)
    rooms.room.turn()
    rooms.kill()
    assert rooms.house.call(number).digits == "730254"
    assert rooms.house.kinds().count("telephone.keyed") == 6


def test_a_strip_told_before_a_kill_is_told_once() -> None:
    rooms = Rooms()
    number = rooms.room.rings(Caller())
    rooms.sound(number, VT)
    rooms.kill()
    assert rooms.house.kinds().count("telephone.strip") == 1
    assert number in rooms.house.books.calls.open


def test_what_was_stored_before_the_disk_was_full_is_said_to_be() -> None:
    rooms = Rooms()
    number = rooms.room.rings(Caller())
    rooms.sound(number, VT)
    rooms.disk.capacity = rooms.disk.used() + 1
    rooms.sound(number, VT)
    assert [rooms.room.strip(number, one, 0)["stored"] for one in (1, 2)] == [True, False]


def test_a_call_that_is_over_lets_go_of_its_file_and_is_read_all_the_same() -> None:
    rooms = Rooms()
    number = rooms.room.rings(Caller())
    rooms.sound(number, VT[:1600])
    tapes = rooms.room._world.tapes
    assert isinstance(tapes, CallTapes)
    assert number in tapes._tapes
    rooms.room.ended(number, "the caller hung up")
    for _ in range(3):
        rooms.room.turn()
    assert tapes._tapes == {}
    assert b"".join(one.data for one in rooms.room.tape(number)) == VT[:1600]


def grown(seconds: int, flags: list[int] | None = None) -> StripSoFar:
    """A strip that comes, of a resting tone."""
    strip, count = StripSoFar(1, 0), seconds * 250
    told = np.array(flags or [0] * count, np.uint8)
    strip.grow(Samples(1, 0, np.zeros(count), told, Scale(100.0, "profile")))
    return strip


def test_a_page_is_told_half_a_minute_at_a_time_and_asks_for_the_rest() -> None:
    strip = grown(40)
    first, rest = strip.shown(0), strip.shown(7500)
    assert (len(first["values"]), first["total"]) == (7500, 10_000)
    assert (len(rest["values"]), rest["from"]) == (2500, 7500)
    assert strip.shown(20_000)["values"] == []


def test_a_scale_that_is_told_late_is_another_picture() -> None:
    strip = grown(1)
    before = strip.shown(0)["scale"]
    strip.rescale(Scale(100.0, "profile"))
    assert strip.shown(0)["scale"] == before
    strip.rescale(Scale(200.0, "calibration"))
    assert strip.shown(0)["scale"] == before + 1


def test_while_it_comes_a_second_says_what_is_missing_and_what_of_it_the_line_lost() -> None:
    strip = grown(2, [1] * 50 + [2] * 25 + [0] * 175 + [0] * 250)
    assert strip.shown(0)["quality"]["seconds"] == [
        {"at": 0, "gap": 0.3, "lost": 0.2},
        {"at": 1, "gap": 0.0, "lost": 0.0},
    ]
    told = strip.samples(Recorder().layout.leads[0])
    assert (told[:75] == INVALID_SAMPLE).all()
    assert (told[75:] != INVALID_SAMPLE).all()


@pytest.mark.parametrize(
    ("change", "why"),
    [({}, ""), ({"flat": True}, "no ECG in it"), ({"speed": 0}, "the speed it was played at is not known")],
)
def test_what_is_no_ecg_is_not_analysed_and_says_why(change: dict[str, Any], why: str) -> None:
    assert WHOLE.summary is not None
    strip = grown(20)
    strip.summary = replace(WHOLE.summary, **change)
    assert why in strip.unfit
    assert bool(strip.unfit) == bool(why)
    assert strip.shown(0)["analysed"] == (why == "")


def test_a_strip_whose_beginning_was_not_stored_is_not_stored() -> None:
    rooms = Rooms()
    number = rooms.room.rings(Caller())
    rooms.disk.capacity = rooms.disk.used() + 1
    rooms.sound(number, VT[: 3 * 8000])
    assert rooms.house.call(number).strips == ()
    rooms.disk.capacity = 1 << 40
    rooms.sound(number, VT[3 * 8000 :])
    assert rooms.room.strip(number, 1, 0)["stored"] is False


def test_bytes_that_came_more_than_once_are_known_by_the_last_call_they_came_in() -> None:
    rooms = Rooms()
    book = rooms.house.books.calls
    for digest in ("aa", "bb", "aa"):
        told = call_deeds.handed_in(book, "a.wav", "", f"{digest}/0", 1, 1, rooms.house.now)
        rooms.house.tell(told)
    assert [rooms.room.filed(one) for one in ("aa", "bb", "cc")] == [3, 2, None]
