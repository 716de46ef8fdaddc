"""The thread that seals: a bounded piece of work at a time, never in the way of intake."""

from __future__ import annotations

import threading
from collections import deque

import structlog

from einthoven.base.errors import StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND
from einthoven.bootstrap.core import Core
from einthoven.center.ports import Clock
from einthoven.center.tally import Tally

IDLE_S = 1.0
"""Pause when nothing was due."""
RETRY_S = 10.0
"""Pause after a failure (a full disk, most likely)."""
RESTS = ((120.0, 3.0), (600.0, 1.0))
"""How long segments may have been due, and how many times its working time the sealer rests then. Segments of
patients who were put on together are due together; sealing them in one go would hold up intake and the live
picture, and nobody waits for a seal. Far behind, it does not rest: the log would fill the disk."""
REST_MAX_S = 1.0


def rest(worked_s: float, lag_s: float) -> float:
    """Seconds to leave the processor to others after a piece of work."""
    times = next((times for lag, times in RESTS if lag_s <= lag), 0.0)
    return min(REST_MAX_S, worked_s * times)


class SealerThread:
    """Calls ``core.seal`` for as long as something is due."""

    def __init__(self, core: Core, clock: Clock, tally: Tally) -> None:
        self._core = core
        self._clock = clock
        self._tally = tally
        self._ended: deque[StreamId] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ended(self, stream: StreamId) -> None:
        """A service period is over: its last segment need not wait for more."""
        self._ended.append(stream)

    def stop(self) -> None:
        """End the thread after the piece at hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        log = structlog.get_logger("sealer")
        pause = IDLE_S
        while not self._stop.wait(pause):
            try:
                while self._ended:
                    self._core.store.archive.end(self._ended.popleft(), self._clock.wall())
                began = self._clock.monotonic()
                sealed = self._core.seal(self._clock.wall())
                worked = (self._clock.monotonic() - began) / SECOND
                pause = rest(worked, self._core.store.stats.seal_lag_seconds) if sealed else IDLE_S
            except StoreError as error:
                log.error("sealing_failed", error=str(error))
                pause = RETRY_S
            except Exception:  # the top of a task: counted, logged; sealing goes on
                self._tally.add("sealer_failed")
                log.exception("sealer_failed")
                pause = RETRY_S
