"""An interrupt that comes while a library cleans up after itself would be dropped: it is heeded later."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_seen = threading.Event()


def heed() -> None:
    """Stop where work may be stopped.

    Raises:
        KeyboardInterrupt: one came since ``heeding`` began, and was dropped.
    """
    if _seen.is_set():
        raise KeyboardInterrupt


LOST_IN = ("llvmlite", "weakref", "<string>")
"""Parts of file names: in the first two are finalizers, which drop every exception; behind an interrupt that
passes through ``exec`` of a string Python ends as if nobody had caught it."""


def _dropped_in(frame: FrameType | None) -> bool:
    """Whether an exception raised now would not get where it should."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__del__" or any(part in code.co_filename for part in LOST_IN):
            return True
        frame = frame.f_back
    return False


@contextmanager
def heeding() -> Iterator[None]:
    """Within, an interrupt is raised where it comes, unless it would be dropped there: then by ``heed``.

    Python drops exceptions in finalizers and in callbacks of C, with some lines on stderr; loading compiled
    code is full of these. In other threads than the main one, where no signals come, nothing is changed.
    """

    def note(_number: int, frame: FrameType | None) -> None:
        _seen.set()
        if not _dropped_in(frame):
            raise KeyboardInterrupt

    _seen.clear()
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield
        heed()
    finally:
        signal.signal(signal.SIGINT, before)
        _seen.clear()
