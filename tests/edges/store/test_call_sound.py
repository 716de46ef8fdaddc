"""Raw sound of calls on the disk: what was stored comes back bit for bit, what was not is told as lost."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import NotFoundError, StoreDamagedError, StoreError, StoreFullError
from einthoven.center.call_world import Part
from einthoven.edges.store.call_sound import AHEAD, FOLDER, CallTapes
from einthoven.testing.disk import ForgetfulDisk

PARTS = [
    Part("mu", 5, b"\xff" * 160),
    Part("lost", 6, count=320),
    Part("key", 7, b"4"),
    Part("a", 8, b"\xd5" * 80),
]
PART = st.one_of(
    st.builds(Part, st.sampled_from(["mu", "a"]), st.integers(0, 2**62), st.binary(min_size=1, max_size=60)),
    st.builds(lambda at, count: Part("lost", at, count=count), st.integers(0, 2**62), st.integers(1, 2**40)),
    st.builds(lambda at, key: Part("key", at, key), st.integers(0, 2**62), st.sampled_from([b"1", b"#"])),
)


def line(parts: list[Part]) -> list[object]:
    """A call sample by sample with its keys; lost stretches by their length, joined."""
    told: list[object] = []
    for part in parts:
        if part.kind == "lost":
            lost = told.pop() if told and isinstance(told[-1], int) else 0
            told.append(lost + part.count)
        else:
            told += [("key", part.data)] if part.kind == "key" else [(part.kind, one) for one in part.data]
    return told


@given(st.lists(st.lists(st.tuples(st.integers(1, 3), st.lists(PART, max_size=4)), max_size=4), max_size=5))
def test_what_was_written_is_read_in_order(times: list[list[tuple[int, list[Part]]]]) -> None:
    disk = ForgetfulDisk()
    tapes = CallTapes(disk)
    wanted: dict[int, list[Part]] = {}
    for chunks in times:
        assert tapes.write(chunks) == {}
        for number, parts in chunks:
            wanted.setdefault(number, []).extend(parts)
    disk.crash()
    again = CallTapes(disk)
    assert again.numbers() == sorted(wanted)
    assert {number: again.read(number) for number in wanted} == wanted
    assert again.faults() == []


def test_of_a_call_that_is_not_kept_nothing_is_read() -> None:
    with pytest.raises(NotFoundError, match="call 7"):
        CallTapes(ForgetfulDisk()).read(7)


def file_of(disk: ForgetfulDisk) -> tuple[str, bytes]:
    (name,) = disk.list(FOLDER)
    return f"{FOLDER}/{name}", disk.read(f"{FOLDER}/{name}")


def test_a_file_torn_at_any_byte_gives_the_whole_records_before_it() -> None:
    disk = ForgetfulDisk()
    CallTapes(disk).write([(1, PARTS)])
    path, data = file_of(disk)
    ends = [24]
    for part in PARTS:
        ends.append(ends[-1] + AHEAD + (8 if part.kind == "lost" else len(part.data)))
    assert ends[-1] == len(data)
    for size in range(len(data)):
        disk.put(path, data[:size])
        whole = sum(1 for end in ends[1:] if end <= size)
        assert CallTapes(disk).read(1) == PARTS[:whole]


def test_a_flipped_bit_is_found_or_only_the_end_is_left_out() -> None:
    disk = ForgetfulDisk()
    CallTapes(disk).write([(1, PARTS)])
    path, data = file_of(disk)
    last = len(data) - AHEAD - 80
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        disk.put(path, changed)
        if place >= last:
            assert CallTapes(disk).read(1) == PARTS[:-1]
            continue
        with pytest.raises(StoreDamagedError, match=path):
            CallTapes(disk).read(1)
        assert [one for one, _ in CallTapes(disk).faults()] == [path]


def test_a_full_disk_stores_nothing_of_that_time_and_goes_on_where_it_may() -> None:
    disk = ForgetfulDisk()
    tapes = CallTapes(disk, reserve_bytes=1000)
    assert tapes.write([(1, PARTS[:1])]) == {}
    disk.capacity = 100
    failed = tapes.write([(1, PARTS[1:2]), (2, PARTS[:1])])
    assert {number: type(error) for number, error in failed.items()} == {1: StoreFullError, 2: StoreFullError}
    disk.capacity = 1 << 30
    assert tapes.write([(1, PARTS[:1]), (2, PARTS[:1])]) == {}
    disk.crash()
    again = CallTapes(disk)
    assert line(again.read(1)) == line([PARTS[0], PARTS[1], PARTS[0]])
    assert line(again.read(2)) == line([Part("lost", 5, count=160), PARTS[0]])


@settings(max_examples=200)
@given(
    st.lists(st.lists(PART, min_size=1, max_size=3), min_size=1, max_size=8),
    st.lists(st.tuples(st.sampled_from(["write", "sync"]), st.integers(1, 8)), max_size=3),
    st.sampled_from(["none", "all", "some"]),
)
def test_whatever_the_disk_does_what_was_said_to_be_stored_is(
    times: list[list[Part]], faults: list[tuple[str, int]], keep: str
) -> None:
    """Faults of writes and syncs, then a power cut: stored parts stand, others are lost, nothing else is."""
    disk = ForgetfulDisk(1)
    tapes = CallTapes(disk)
    for kind, nth in faults:
        disk.fail(kind, nth, errno.EIO)
    wanted: list[Part] = []
    stored = False
    for parts in times:
        if tapes.write([(1, parts)]) == {}:
            wanted += parts
            stored = True
        else:
            wanted += [Part("lost", 0, count=part.samples) for part in parts if part.samples]
    while wanted and wanted[-1].kind == "lost":
        wanted.pop()  # what was lost last nobody hears of; a loss of the line there may stand
    disk.crash(keep=keep)
    if not stored:
        return
    found = line(CallTapes(disk).read(1))
    if found and isinstance(found[-1], int):
        found.pop()
    assert found == line(wanted)


def test_a_number_that_comes_again_after_a_crash_is_another_call() -> None:
    """The deed that it rang was not kept, its sound was."""
    disk = ForgetfulDisk()
    CallTapes(disk).write([(1, PARTS[:1])])
    disk.crash()
    tapes = CallTapes(disk)
    assert tapes.write([(1, PARTS[3:])]) == {}
    tapes.close(1)
    tapes.close(1)
    assert tapes.read(1) == PARTS[3:]
    assert tapes.numbers() == [1]


def test_one_call_that_fails_leaves_the_others() -> None:
    disk = ForgetfulDisk()
    tapes = CallTapes(disk)
    assert tapes.write([(1, PARTS[:1]), (2, PARTS[:1])]) == {}
    disk.fail("sync", 1)
    failed = tapes.write([(1, PARTS[3:]), (2, PARTS[3:])])
    assert {number: type(error) for number, error in failed.items()} == {1: StoreError}
    assert tapes.write([(1, PARTS[:1])]) == {}
    names = ["00000001.1.2.call", "00000001.call", "00000002.call"]
    assert sorted(disk.list(FOLDER)) == names, "a file whose sync failed is never written to again"
    disk.crash()
    assert line(CallTapes(disk).read(2)) == line([PARTS[0], PARTS[3]])
    assert line(CallTapes(disk).read(1)) == line([PARTS[0], Part("lost", 0, count=80), PARTS[0]])


def test_of_a_call_that_failed_nothing_of_that_time_is_kept_whatever_of_it_could_be_written() -> None:
    disk = ForgetfulDisk()
    tapes = CallTapes(disk)
    assert tapes.write([(1, PARTS[:1])]) == {}
    disk.fail("write", 1)
    assert set(tapes.write([(1, PARTS[3:]), (1, PARTS[3:])])) == {1}
    assert tapes.write([(1, PARTS[:1])]) == {}
    disk.crash()
    assert line(CallTapes(disk).read(1)) == line([PARTS[0], Part("lost", 0, count=160), PARTS[0]])


def test_sound_that_is_there_twice_is_damage() -> None:
    disk = ForgetfulDisk()
    CallTapes(disk).write([(1, PARTS[:1])])
    path, data = file_of(disk)
    disk.put(path, data + data[24:])
    with pytest.raises(StoreDamagedError, match="sample 0 comes after 160"):
        CallTapes(disk).read(1)
