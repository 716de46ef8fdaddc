"""The call room: store, then hear; a killed center; a disk that takes nothing; who hears and speaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
from tests.center.call_house import CallHouse
from tests.center.test_call_ear import VT, WHOLE

from einthoven.answering.call import State
from einthoven.base.errors import RefusedError
from einthoven.base.thresholds import shipped
from einthoven.center.call_room import CallRoom
from einthoven.center.call_room_world import CallWorld
from einthoven.center.tally import Tally
from einthoven.edges.store.call_sound import CallTapes
from einthoven.telephone.profiles import profile
from einthoven.testing.disk import ForgetfulDisk

T = TypeVar("T")


class AtOnce:
    """A worker whose work is done when it is given."""

    def do(self, work: Callable[[], T], done: Callable[[T | None, Exception | None], None]) -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - as a thread hands it on
            done(None, error)
        else:
            done(result, None)


class Caller:
    """A line that remembers what was asked of it."""

    line, caller, called, trace = "media", "+15555550100", "+15555559999", "one"

    def __init__(self) -> None:
        self.answered, self.hung, self.spoken = 0, "", 0

    def answer(self) -> None:
        self.answered += 1

    def hang_up(self, why: str) -> None:
        self.hung = why

    def speak(self, sound: np.ndarray) -> None:
        self.spoken += len(sound)


class Listener:
    def __init__(self) -> None:
        self.bytes, self.ended = 0, ""

    def heard(self, law: str, payload: bytes) -> None:
        self.bytes += len(payload)

    def missed(self, samples: int) -> None:
        self.bytes += samples

    def over(self, why: str) -> None:
        self.ended = why


class Rooms:
    """A center with a call room, its lives on one disk."""

    def __init__(self, most: int = 200) -> None:
        self.house, self.disk, self.most = CallHouse(), ForgetfulDisk(), most
        self.told: list[str] = []
        self.open()

    def open(self) -> None:
        house, at_once = self.house, AtOnce()
        self.room = CallRoom(
            CallWorld(
                house.room.desk,
                house.clock,
                CallTapes(self.disk),
                at_once,
                at_once,
                at_once,
                shipped(),
                Tally(),
                lambda _number: profile("simulated"),
                lambda _stream: profile("simulated"),
                calls_most=self.most,
                failed=lambda what, _error: self.told.append(what),
            )
        )

    def kill(self) -> None:
        self.disk.crash()
        self.house.kill()
        self.open()
        self.room.start()

    def sound(self, number: int, sound: bytes, size: int = 1600) -> None:
        """As a line brings it."""
        for at in range(0, len(sound), size):
            self.room.sound(number, "mu", sound[at : at + size])
            self.house.clock.move(size / 8000)
            self.room.turn()


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


def test_a_call_waits_with_its_strip_complete_and_a_look_at_it(rooms: Rooms) -> None:
    number = rooms.room.rings(Caller())
    rooms.sound(number, VT)
    call = rooms.house.call(number)
    assert call.state is State.WAITING
    (strip,) = call.strips
    assert strip.samples == len(WHOLE.hz)
    assert strip.found[0]["tier"] == "emergent"
    told = rooms.room.strip(number, 1, 0)
    assert (told["open"], told["unit"], told["analysed"]) == (False, "uV", True)


def test_a_killed_center_loses_nothing_that_was_stored_and_reads_the_same_strip(rooms: Rooms) -> None:
    number = rooms.room.rings(Caller())
    rooms.sound(number, VT)
    before = rooms.room.strip(number, 1, 0)["values"]
    rooms.kill()
    call = rooms.house.call(number)
    assert (call.state, call.why) == (State.MISSED, "the center was restarted")
    assert len(call.strips) == 1
    assert rooms.room.strip(number, 1, 0)["values"] == before


def test_a_strip_that_was_still_coming_is_closed_by_the_next_life(rooms: Rooms) -> None:
    number = rooms.room.rings(Caller())
    rooms.sound(number, VT[: 15 * 8000])
    assert rooms.house.call(number).strips[0].closed_at is None
    rooms.kill()
    (strip,) = rooms.house.call(number).strips
    assert strip.closed_at is not None
    assert strip.samples > 5 * 250


def test_on_a_full_disk_the_call_goes_on_and_says_that_it_is_not_stored(rooms: Rooms) -> None:
    number = rooms.room.rings(Caller())
    rooms.disk.capacity = rooms.disk.used() + 1
    rooms.sound(number, VT)
    assert rooms.house.call(number).strips[0].samples == len(WHOLE.hz)
    assert rooms.room.strip(number, 1, 0)["stored"] is False
    assert "call sound not stored" in rooms.told
    assert rooms.room.unready() == ["the sound of a call is not stored"]


def test_taking_answers_the_line_and_hanging_up_ends_it(rooms: Rooms) -> None:
    line, ear = Caller(), Listener()
    number = rooms.room.rings(line)
    rooms.house.seat(rooms.house.anna)
    rooms.house.run(5)
    rooms.house.act("telephone.take", call=number)
    assert line.answered == 1
    stop = rooms.room.listen(number, rooms.house.anna, ear)
    rooms.sound(number, VT[:1600])
    rooms.room.speak(number, rooms.house.anna, np.zeros(160, np.int16))
    rooms.room.speak(number, rooms.house.ben, np.zeros(160, np.int16))
    assert (ear.bytes, line.spoken) == (1600, 160)
    with pytest.raises(RefusedError):
        rooms.room.listen(number, rooms.house.ben, Listener())
    rooms.house.act("telephone.hang", call=number)
    assert line.hung == "hung up here"
    assert ear.ended
    stop()


def test_one_call_more_than_there_is_room_for_is_busy() -> None:
    rooms = Rooms(most=1)
    rooms.room.rings(Caller())
    with pytest.raises(RefusedError, match="busy"):
        rooms.room.rings(Caller())


def test_a_key_that_is_pressed_is_on_record(rooms: Rooms) -> None:
    number = rooms.room.rings(Caller())
    for digit in "4711":
        rooms.room.pressed(number, digit)
    rooms.room.turn()
    assert rooms.house.call(number).digits == "4711"
