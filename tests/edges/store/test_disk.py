"""Both disks keep the port's promises; the forgetful one forgets what it must."""

from __future__ import annotations

import errno

import pytest

from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.transform import TransformedDisk
from einthoven.testing.disk import ForgetfulDisk, PowerCutError
from einthoven.testing.disk_suite import CHECKS


class Mask:
    """A keyed transform: byte ``i`` of a file is xored with a value of path and ``i``."""

    name = "mask"

    def seal(self, path: str, offset: int, data: bytes) -> bytes:
        salt = sum(path.encode())
        return bytes(byte ^ ((salt + 7 * (offset + at)) & 255) for at, byte in enumerate(bytes(data)))

    open = seal


@pytest.fixture(params=["real", "forgetful", "transformed"])
def disk(request, tmp_path):
    if request.param == "real":
        return RealDisk(tmp_path)
    return ForgetfulDisk() if request.param == "forgetful" else TransformedDisk(ForgetfulDisk(), Mask())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conformance(disk, check):
    if check.__name__ == "check_patch" and isinstance(disk, TransformedDisk):
        disk.patch("p", 0, b"")  # a hole is sealed zeros there as well
    check(disk)


def test_a_transform_is_on_disk_what_it_says():
    inner = ForgetfulDisk()
    disk = TransformedDisk(inner, Mask())
    file = disk.append("a")
    file.write(b"hello")
    file.write(b" world")
    assert inner.read("a") != b"hello world"
    assert disk.read("a") == b"hello world"
    assert disk.read("a", 6, 3) == b"wor"


def names_after(disk, act, keep="none"):
    act(disk)
    disk.crash(keep)
    return {name: disk.read(name) for name in disk.list("") if disk.size(name) is not None}


def _append(sync, extra=b""):
    def act(disk):
        file = disk.append("a")
        file.write(b"one")
        if sync:
            file.sync()
        file.write(extra)

    return act


def _put(synced):
    def act(disk):
        disk.put("a", b"one")
        if synced:
            disk.sync(["a"])

    return act


def _unlink(disk):
    disk.replace("a", b"one")
    disk.unlink("a")


@pytest.mark.parametrize(
    ("act", "keep", "left"),
    [
        (_append(sync=False), "none", {"a": b""}),
        (_append(sync=True), "none", {"a": b"one"}),
        (_append(sync=True, extra=b"two"), "none", {"a": b"one"}),
        (_append(sync=True, extra=b"two"), "all", {"a": b"onetwo"}),
        (_put(synced=False), "none", {}),
        (_put(synced=True), "none", {"a": b"one"}),
        (lambda disk: disk.replace("a", b"one"), "none", {"a": b"one"}),
        (_unlink, "none", {"a": b"one"}),
    ],
    ids=range(8),
)
def test_what_a_power_cut_leaves(act, keep, left):
    assert names_after(ForgetfulDisk(), act, keep) == left


def test_some_of_what_was_not_synced_may_survive_but_what_was_always_does():
    seen = set()
    for seed in range(60):
        disk = ForgetfulDisk(seed)
        file = disk.append("a")
        file.write(b"A" * 1000)
        file.sync()
        file.write(b"B" * 3000)
        disk.crash("some")
        content = disk.read("a")
        assert content[:1000] == b"A" * 1000
        seen.add(content[1000:])
    assert b"" in seen
    assert b"B" * 3000 in seen or any(0 < len(rest) < 3000 for rest in seen)
    assert any(b"\0" in rest and b"B" in rest for rest in seen)


def test_a_full_disk_keeps_what_fits():
    disk = ForgetfulDisk(capacity=10)
    file = disk.append("a")
    file.write(b"12345678")
    with pytest.raises(OSError, match="space") as caught:
        file.write(b"9abcdef")
    assert caught.value.errno == errno.ENOSPC
    assert disk.read("a") == b"123456789a"
    assert disk.free() == 0


def test_a_failed_sync_loses_what_it_had_to_write_even_if_tried_again():
    disk = ForgetfulDisk()
    file = disk.append("a")
    file.write(b"A" * 600)
    disk.fail("sync")
    with pytest.raises(OSError, match="error"):
        file.sync()
    file.write(b"x" * 2000)
    file.sync()
    disk.crash()
    assert disk.read("a")[:512] == b"\0" * 512
    assert disk.read("a")[600:] == b"x" * 2000


def test_the_power_goes_at_the_planned_step_and_stays_away():
    disk = ForgetfulDisk()
    disk.replace("a", b"one")
    disk.cut_power_at(3)  # put is two: the name, the bytes
    disk.put("b", b"")
    with pytest.raises(PowerCutError):
        disk.put("c", b"x")
    with pytest.raises(PowerCutError):
        disk.read("a")
    disk.crash()
    assert disk.read("a") == b"one"
