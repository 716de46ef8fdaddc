"""``einthoven serve`` on a disk with a weak point: dead at a chosen call, or full on command.

The weak point is ``CALL:NTH:WHEN``: at the ``NTH`` time that ``CALL`` is made the process dies by SIGKILL
``before`` it, ``half`` way through (a write) or ``after`` it. A call is named by what it is made for, ``log``
(what is acknowledged from), ``seal`` (segments) or ``step`` (everything else), and by the method of the disk.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from einthoven.bootstrap.serve import run_center
from einthoven.edges.store.disk import Appender, Buffer, RealDisk

CALLS = (
    "log-append",
    "log-write",
    "log-sync",
    "log-put",
    "log-replace",
    "log-unlink",
    "seal-put",
    "seal-sync",
    "seal-patch",
    "seal-replace",
    "seal-unlink",
    "step-put",
    "step-replace",
)
OFTEN = ("log-write", "log-sync")
"""Calls made many times a second; the others come now and then."""
WHENS = ("before", "half", "after")


def call_of(path: str, method: str) -> str:
    """The name of a call."""
    room = {"log": "log", "streams": "seal"}.get(path.partition("/")[0], "step")
    return f"{room}-{method}"


def die() -> None:
    """End this process at this very instruction."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class WeakPoint:
    """Where to die; without ``call`` nowhere.

    Attributes:
        full: while this file exists the disk says that it is full.
    """

    call: str = ""
    nth: int = 0
    when: str = "before"
    full: Path | None = None
    _seen: int = field(default=0)

    @classmethod
    def parse(cls, text: str, full: Path | None) -> WeakPoint:
        """From ``CALL:NTH:WHEN``; ValueError for anything else."""
        if not text:
            return cls(full=full)
        call, nth, when = text.split(":")
        if call not in CALLS or when not in WHENS:
            raise ValueError(f"{text}: want CALL:NTH:WHEN")
        return cls(call, int(nth), when, full)

    def pass_by(self, call: str, act: Callable[[], object], half: Callable[[], object] | None = None) -> None:
        """Make a call, unless this is where the process ends."""
        mine = call == self.call
        self._seen += mine
        hit = mine and self._seen == self.nth
        if hit and self.when == "before":
            die()
        if hit and self.when == "half" and half is not None:
            half()
            die()
        act()
        if hit:
            die()

    def check_room(self) -> None:
        """Raise ENOSPC while the disk is to be full."""
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @property
    def is_full(self) -> bool:
        """Whether the disk is to be full now."""
        return self.full is not None and self.full.exists()


class WeakAppender:
    """The log file at hand."""

    def __init__(self, inner: Appender, weak: WeakPoint) -> None:
        self._inner = inner
        self._weak = weak

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._inner.size

    def write(self, data: Buffer) -> None:
        """Append; a full disk takes half of it, as a real one may."""
        half = memoryview(data)[: len(memoryview(data)) // 2]
        if self._weak.is_full:
            self._inner.write(half)
            self._weak.check_room()
        self._weak.pass_by("log-write", lambda: self._inner.write(data), lambda: self._inner.write(half))

    def sync(self) -> None:
        """Make it durable."""
        self._weak.pass_by("log-sync", self._inner.sync)

    def truncate(self, size: int) -> None:
        """Cut back."""
        self._inner.truncate(size)

    def close(self) -> None:
        """Close."""
        self._inner.close()


class WeakDisk(RealDisk):
    """A real folder with a weak point."""

    def __init__(self, root: Path, weak: WeakPoint) -> None:
        super().__init__(root)
        self._weak = weak

    def append(self, path: str) -> Appender:
        """Open a log file."""
        self._weak.check_room()
        opened: list[Appender] = []
        self._weak.pass_by(call_of(path, "append"), lambda: opened.append(super(WeakDisk, self).append(path)))
        return WeakAppender(opened[0], self._weak)

    def put(self, path: str, data: Buffer) -> None:
        """Write a file."""
        self._weak.check_room()
        half = memoryview(data).cast("B")[: memoryview(data).nbytes // 2]
        real = super()
        self._weak.pass_by(call_of(path, "put"), lambda: real.put(path, data), lambda: real.put(path, half))

    def patch(self, path: str, offset: int, data: Buffer) -> None:
        """Overwrite in place."""
        self._weak.check_room()
        half = memoryview(data).cast("B")[: memoryview(data).nbytes // 2]
        real = super()
        self._weak.pass_by(
            call_of(path, "patch"),
            lambda: real.patch(path, offset, data),
            lambda: real.patch(path, offset, half),
        )

    def sync(self, paths: Iterable[str]) -> None:
        """Make durable."""
        named, real = list(paths), super()
        self._weak.pass_by(call_of(next(iter(named), ""), "sync"), lambda: real.sync(named))

    def replace(self, path: str, data: Buffer) -> None:
        """Put in place."""
        self._weak.check_room()
        real = super()
        self._weak.pass_by(call_of(path, "replace"), lambda: real.replace(path, data))

    def truncate(self, path: str, size: int) -> None:
        """Cut a file back."""
        real = super()
        self._weak.pass_by(call_of(path, "truncate"), lambda: real.truncate(path, size))

    def unlink(self, path: str) -> None:
        """Remove."""
        real = super()
        self._weak.pass_by(call_of(path, "unlink"), lambda: real.unlink(path))

    def free(self) -> int:
        """Bytes that can still be written."""
        return 0 if self._weak.is_full else super().free()


def main() -> None:
    """Serve like ``einthoven serve``, on the weak disk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--link-port", type=int, required=True)
    parser.add_argument("--segment-s", type=int)
    parser.add_argument("--weak", default="", help="CALL:NTH:WHEN")
    parser.add_argument("--full", type=Path, help="the disk is full while this file exists")
    given = parser.parse_args()
    weak = WeakPoint.parse(given.weak, given.full)
    run_center(
        given.data,
        lambda root: WeakDisk(root, weak),
        web_port=given.port,
        link_port=given.link_port,
        segment_s=given.segment_s,
    )


if __name__ == "__main__":
    main()
