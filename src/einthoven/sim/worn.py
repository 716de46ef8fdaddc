"""A worn transmitter as a process: acquires for as long as it runs, on a spool that survives its death."""

from __future__ import annotations

import asyncio
from pathlib import Path

from einthoven.center.ports import Clock
from einthoven.link.limits import Cause
from einthoven.sim.disk_spool import DiskSpool
from einthoven.sim.habits import Habits
from einthoven.sim.sources import Source
from einthoven.sim.spool import KEEP_S
from einthoven.sim.transmitter import Transmitter
from einthoven.sim.wire import Credentials, Dialer, LoopScheduler


async def wear(
    source: Source,
    credentials: Credentials,
    link: str,
    clock: Clock,
    folder: Path,
    until: asyncio.Event,
    *,
    habits: Habits | None = None,
    seed: int | None = None,
    cause: Cause = Cause.RESET,
) -> Transmitter:
    """Wear a transmitter until told to stop, then send what is left and say good-bye.

    Killed at any moment and started again on the same folder it goes on where time is: what it had made
    durable is still sent, what it missed is declared a hole.

    Args:
        source: without end.
        folder: of the spool, this transmitter's and stream's alone.
        until: set it to stop acquiring; returns when everything is acknowledged.
        cause: what a hole after a restart is put down to.

    Raises:
        StoreError: the folder cannot be used; StoreDamagedError names what is damaged.
    """
    leads = len(source.layout.leads)
    spool = DiskSpool(folder, leads, round(KEEP_S * source.layout.rate_hz))
    dialer = Dialer(link, credentials.certificate)
    scheduler = LoopScheduler(asyncio.get_running_loop())
    transmitter = Transmitter(
        credentials.identity(), source, spool, clock, scheduler, dialer.dial, seed, habits, cause
    )
    transmitter.start()
    try:
        await until.wait()
        transmitter.rest()
        news = asyncio.Event()
        transmitter.on_progress = news.set
        while not (transmitter.lanes.done and not transmitter.outbox.pending):
            news.clear()
            await news.wait()
    finally:
        transmitter.stop()
        await dialer.close()
        spool.close()
    return transmitter
