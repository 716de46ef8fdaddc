"""Sound in order: what is missing is told, what is doubled is dropped, nothing is made up."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.edges.telephony.media_order import GAP_MOST, HELD, JUMP_MOST, Lost, Out, Sequence, Sound

MS = 20


def payload(number: int, length: int = 160) -> bytes:
    return (number.to_bytes(4, "big") * (length // 4 + 1))[:length]


def timeline(out: list[Out]) -> list[int]:
    told: list[int] = []
    for one in out:
        told += [-1] * one.samples if isinstance(one, Lost) else list(one.payload)
    return told


def told(frames: list[tuple[int | None, float | None]], order: Sequence | None = None) -> list[Out]:
    order = order or Sequence()
    out: list[Out] = []
    for number, at in frames:
        out += order.put(payload(number or 0), number, at)
    return out + order.end()


def whole(count: int, missing: set[int]) -> list[int]:
    """The timeline of frames 1 … count, of which some are missing, to the last that came."""
    last = max(number for number in range(1, count + 1) if number not in missing)
    out: list[int] = []
    for number in range(1, last + 1):
        out += [-1] * 160 if number in missing else list(payload(number))
    return out


def test_frames_in_order_are_handed_on_as_they_come() -> None:
    order = Sequence()
    for number in range(1, 50):
        assert order.put(payload(number), number, MS * number) == [Sound(payload(number))]
    assert not +order.counts


def test_one_that_comes_late_by_little_stands_in_its_place() -> None:
    out = told([(1, 0), (2, 20), (4, 60), (5, 80), (3, 40), (6, 100)])
    assert out == [Sound(payload(number)) for number in range(1, 7)]


def test_one_that_does_not_come_is_lost_and_coming_later_is_dropped() -> None:
    order = Sequence()
    frames = [(number, MS * number) for number in range(1, 30) if number != 7]
    out = told([*frames, (7, 140.0)], order)
    assert timeline(out) == whole(29, {7})
    assert order.counts == {"gaps": 1, "lost": 160, "late": 1}


def test_doubled_frames_count_once() -> None:
    out = told([(number, MS * number) for number in range(1, 20) for _ in range(2)])
    assert timeline(out) == whole(19, set())


def test_what_is_missing_is_as_long_as_the_timestamps_say() -> None:
    """The service put the lost frames' places together: 3 frames by number, 6 by time."""
    out = told([(1, 0), (2, 20), *((number, MS * (number + 2)) for number in range(6, 30))])
    assert [one for one in out if isinstance(one, Lost)] == [Lost(6 * 160)]


@pytest.mark.parametrize("at", [None, 0.0, 1e15])
def test_without_timestamps_that_make_sense_frames_are_as_long_as_usual(at: float | None) -> None:
    frames = [(number, at) for number in range(1, 30) if number not in (8, 9)]
    assert timeline(told(frames)) == whole(29, {8, 9})


def test_sound_that_the_service_lost_itself_is_told_by_its_timestamps() -> None:
    """Chunks go on, the time leaps by 200 ms: three frames say so."""
    out = told([(number, MS * number + (200 if number > 10 else 0)) for number in range(1, 30)])
    assert timeline(out) == timeline([Sound(payload(n)) for n in range(1, 11)]) + [-1] * 1600 + timeline(
        [Sound(payload(n)) for n in range(11, 30)]
    )


def test_a_timestamp_that_wavers_makes_no_gap() -> None:
    wavering = random.Random(3)
    frames = [(number, MS * number + wavering.uniform(-30, 30)) for number in range(1, 3000)]
    assert timeline(told(frames)) == whole(2999, set())


def test_a_single_late_stamp_makes_no_gap() -> None:
    frames = [(number, MS * number + (150 if number == 10 else 0)) for number in range(1, 30)]
    assert timeline(told(frames)) == whole(29, set())


def test_a_clock_that_runs_beside_the_sound_makes_no_gap() -> None:
    """Half a millisecond a second, for an hour: 1.8 s in the end."""
    order, total = Sequence(), 0
    for number in range(1, 180_000):
        for one in order.put(b"\xff" * 160, number, MS * number * 1.0005):
            assert isinstance(one, Sound)
            total += 160
    assert total == 179_999 * 160


def test_numbers_that_begin_anew_lose_no_sound() -> None:
    order = Sequence()
    out = told([*((n, MS * n) for n in range(1000, 1020)), *((n, MS * n) for n in range(1, 20))], order)
    assert sum(1 for one in out if isinstance(one, Sound)) == 39
    assert order.counts["anew"] == 1
    assert order.counts["lost"] == 0


def test_a_long_outage_is_as_long_as_it_was() -> None:
    """40 s without a frame, numbers and times going on."""
    away = 2000
    assert away > JUMP_MOST
    frames = [(n, float(MS * n)) for n in range(1, 20)] + [(n, float(MS * n)) for n in range(away, away + 20)]
    assert timeline(told(frames)) == whole(away + 19, set(range(20, away)))


def test_frames_without_numbers_stand_as_they_come() -> None:
    frames = [(None, float(MS * place + (300 if place > 5 else 0))) for place in range(20)]
    out = told(frames)
    assert [one.samples for one in out if isinstance(one, Lost)] == [2400]
    assert sum(1 for one in out if isinstance(one, Sound)) == 20


FRAME = st.tuples(
    st.one_of(st.none(), st.integers(0, 60), st.integers(0, 2**53)),
    st.one_of(st.none(), st.integers(0, 2000), st.integers(0, 2**53)),
    st.integers(0, 400),
)


@given(st.lists(FRAME, max_size=80))
def test_whatever_comes_no_sound_is_made_up_or_told_twice(
    frames: list[tuple[int | None, int | None, int]],
) -> None:
    """Any numbers, times and lengths: what is handed on came, each frame once; gaps are bounded."""
    order = Sequence()
    out: list[Out] = []
    given_ = []
    for place, (number, at, length) in enumerate(frames):
        sound = place.to_bytes(2, "big") * length
        given_.append(sound)
        out += order.put(sound, number, None if at is None else float(at))
    out += order.end()
    came = [one.payload for one in out if isinstance(one, Sound)]
    assert len(set(came)) == len(came)
    assert set(came) <= set(given_)
    dropped = order.counts["late"] + order.counts["doubled"] + order.counts["unnumbered"]
    assert len(came) >= sum(1 for one in given_ if one) - dropped
    assert all(0 < one.samples <= GAP_MOST for one in out if isinstance(one, Lost))
    assert order.samples == sum(one.samples if isinstance(one, Lost) else len(one.payload) for one in out)
    assert order.end() == []


@settings(max_examples=200)
@given(st.data())
def test_sound_and_lost_are_the_timeline(data: st.DataObject) -> None:
    """Some frames are lost, some come twice, some late by less than what is waited for."""
    count = data.draw(st.integers(1, 120))
    missing = data.draw(st.sets(st.integers(1, count), max_size=count - 1).filter(lambda m: 1 not in m))
    delays = data.draw(st.lists(st.integers(0, HELD - 1), min_size=count, max_size=count))
    twice = data.draw(st.sets(st.integers(1, count)))
    frames = [(n + delays[n - 1] + 0.5 * again, n) for n in range(1, count + 1) if n not in missing
              for again in ((0, 1) if n in twice else (0,))]  # fmt: skip
    frames = [(1, 1), *sorted(frames)]
    out = told([(number, float(MS * number)) for _, number in frames])
    assert timeline(out) == whole(count, missing)
