"""Engine of ``einthoven transmit``: plays a record to a center and returns when all of it is acknowledged."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from einthoven.base.errors import DeliveryUnknownError, InputError, RefusedError
from einthoven.base.ids import stream_name
from einthoven.base.instants import MINUTE, SECOND, Duration, Instant
from einthoven.base.spans import Span
from einthoven.center.ports import Clock
from einthoven.link.limits import PERMANENT, Cause
from einthoven.link.messages import Hole
from einthoven.sim.habits import Habits
from einthoven.sim.sources import RecordSource
from einthoven.sim.spool import Origin, SourceSpool
from einthoven.sim.transmitter import Transmitter
from einthoven.sim.wire import Credentials, Dialer, LoopScheduler, check_address, check_link

UNANSWERED = (
    *(httpx.HTTPError, httpx.InvalidURL, ssl.SSLError),
    *(ValueError, KeyError, TypeError, AttributeError),
)
"""Nothing answers, or something that is no center."""
FATAL_REFUSALS_MAX = 3
"""A center that says this often that another connection took over means it: somebody else uses the key."""

CLOCKS_APART: Duration = MINUTE
"""How far a recording may seem to end after now: whoever dated it has another clock."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is.

    Attributes:
        acknowledged, total: samples per lead.
        rate: acknowledged samples a second, over this run.
        eta_s: seconds left at that rate; None before there is one.
        connected: whether a connection is open and welcomed.
    """

    acknowledged: int
    total: int
    rate: float
    eta_s: float | None
    connected: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """Every sample and event is durable at the center."""

    stream: str
    samples: int


def pages_of(center: str) -> str:
    """The URL of a center's pages, without a slash at its end; raises ``InputError`` for one that is none."""
    if not center.startswith(("http://", "https://")):
        raise InputError(f"{center}: want the center's pages, e.g. http://127.0.0.1:8093")
    check_address(center)
    return center.rstrip("/")


async def link_of(center: str, credentials: Credentials) -> str:
    """The URL of the link of ``--center``.

    Args:
        center: ``http(s)://host:port`` of the pages, or ``ws(s)://…/link`` itself.
        credentials: from the key file; its certificate must be the center's.

    Raises:
        InputError: no center answers there, or it is another one than the key was made for.
    """
    if center.startswith(("ws://", "wss://")):
        check_link(center, credentials.certificate)
        return center
    address = f"{pages_of(center)}/.well-known/einthoven"
    try:
        async with httpx.AsyncClient(timeout=10.0, trust_env=False) as client:
            answer = await client.get(address)
            answer.raise_for_status()
            told = answer.json()
        link, certificate = str(told["link"]), str(told.get("certificate", ""))
    except UNANSWERED as error:
        raise InputError(f"{address}: no center answers there ({error})") from error
    if certificate.strip() != credentials.certificate.strip():
        raise InputError(f"{center}: not the center that {credentials.transmitter} was enrolled at")
    check_link(link, certificate)
    return link


async def transmit(
    record: RecordSource,
    credentials: Credentials,
    link: str,
    clock: Clock,
    *,
    speed: float = 1.0,
    start: Instant | None = None,
    patience_s: float = 120.0,
    memory: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    frame_s: float = 1.0,
    seed: int | None = None,
    holes: Sequence[Span] = (),
) -> Sent:
    """Send a record as its transmitter would.

    At speed 1 without ``start`` the samples are acquired and sent as time passes. Otherwise the stream
    is dated: it begins at ``start``, or ends now, and goes by the backlog lane at up to ``speed`` times
    real time. The same record sent again goes on where the center's copy ends; ``memory`` keeps its
    date for that.

    Args:
        record: one that ends.
        credentials: from the key file.
        link: URL of the link (``link_of``).
        clock: the transmitter's.
        patience_s: give up after so many seconds without an acknowledgement or a connection.
        memory: file that remembers the date of a dated record.
        progress: called about once a second.
        holes: samples of the record that were never taken: they are declared so, and not sent. For a dated
            record alone.

    Raises:
        RefusedError: the center refuses the transmitter, or this record on this stream.
        DeliveryUnknownError: patience is at its end; whatever was acknowledged stays so.
        InputError: certificate, URL, memory file or start is unusable; nothing was sent or written.
    """
    dialer = Dialer(link, credentials.certificate)
    dated = speed != 1.0 or start is not None
    spool = SourceSpool(record, dated)
    if dated:
        spool.begin(_dated(record, credentials.stream, start, clock, memory))
        for number, (first, stop) in enumerate(holes, 1):
            spool.spooled.remove(first, stop)
            spool.keep_event(Hole(number, first, stop, Cause.OTHER))
    scheduler = LoopScheduler(asyncio.get_running_loop())
    habits = Habits(frame_s=frame_s, speed=speed if dated else None)
    transmitter = Transmitter(
        credentials.identity(), record, spool, clock, scheduler, dialer.dial, seed, habits
    )
    transmitter.start()
    try:
        await _until_done(transmitter, clock, patience_s, progress)
    finally:
        transmitter.stop()
        await dialer.close()
    return Sent(stream_name(credentials.stream), len_of(record))


def len_of(record: RecordSource) -> int:
    """Samples per lead of a record that ends."""
    if record.length is None:
        raise InputError("a record that is looped has no end")
    return record.length


async def _until_done(
    transmitter: Transmitter, clock: Clock, patience_s: float, progress: Callable[[Progress], None] | None
) -> None:
    news = asyncio.Event()
    transmitter.on_progress = news.set
    begun = heard = told_at = clock.monotonic()
    total = transmitter.spool.spooled.total if transmitter.recorded else transmitter.source.length or 0
    known, before = 0, -1
    while not transmitter.done:
        news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.25):
                await news.wait()
        now = clock.monotonic()
        _check_refusal(transmitter)
        durable = transmitter.lanes.durable.total
        if before < 0 and transmitter.counters.welcomes:
            begun, before = now, durable
        if durable > known or (transmitter.streaming and transmitter.lanes.done):
            known, heard = durable, now
        if now - heard > patience_s * SECOND:
            raise DeliveryUnknownError(
                f"{total - durable} of {total} samples not acknowledged: nothing came for {patience_s:g} s"
            )
        if progress is not None and (now - told_at >= SECOND or transmitter.done):
            told_at = now
            rate = (durable - before) * SECOND / max(SECOND, now - begun) if before >= 0 else 0.0
            eta = (total - durable) / rate if rate > 0 else None
            progress(Progress(durable, total, rate, eta, transmitter.streaming))


def _check_refusal(transmitter: Transmitter) -> None:
    refused = transmitter.refused
    if refused is None:
        return
    code, text = refused
    often = transmitter.counters.refusals.get(code.text, 0)
    if code in PERMANENT or (code.text == "superseded" and often >= FATAL_REFUSALS_MAX):
        raise RefusedError(code.text, text)


def _dated(
    record: RecordSource, stream: int, start: Instant | None, clock: Clock, memory: Path | None
) -> Origin:
    """When sample 0 was taken: as told, as remembered for this record, or so that it ends now."""
    recording = record.recording
    name = f"{stream_name(stream)} {recording:016x}"
    length = round(len_of(record) * SECOND / record.layout.rate_hz)
    now = clock.wall()
    known: dict[str, int] = {}
    if memory is not None and memory.exists():
        try:
            known = {str(key): int(value) for key, value in json.loads(memory.read_text()).items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(f"{memory}: unreadable ({error}); remove it to date the record anew") from error
    if start is None and name in known:
        _check_date(known[name], length, now, f"{memory}: its date of this record")
        return Origin(recording, known[name], True)
    if start is None:
        start = now - length
    _check_date(start, length, now, "--start")
    if memory is not None:
        memory.write_text(json.dumps(known | {name: start}) + "\n")
    return Origin(recording, start, True)


def _check_date(start: Instant, length: Duration, now: Instant, what: str) -> None:
    """A recording lies between 1970 and now: a layout is final, so a center that took another is spoilt."""
    if start < 0:
        raise InputError(f"{what} is before 1970: the link cannot tell it")
    if start + length > now + CLOCKS_APART:
        after = (start + length - now) / SECOND
        raise InputError(f"{what} lets the record end {after:.0f} s from now; a recording lies in the past")
