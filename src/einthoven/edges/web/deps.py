"""What the pages are served from; ``bootstrap`` fills it in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from einthoven.base.errors import NotFoundError, StoreError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import SECOND, Instant, to_iso
from einthoven.billing.codes.loaded import Loaded
from einthoven.billing.determine import determination_json, determine_order
from einthoven.billing.service import Earlier
from einthoven.billing.shipped import shipped
from einthoven.center.call_ports import Voice
from einthoven.center.census import Census
from einthoven.center.desk_door import DeskDoor
from einthoven.center.live import SLOW_MAX, LiveHub, TimeOf
from einthoven.center.live_findings import FindingHistory, NoFindings
from einthoven.center.live_news import News
from einthoven.center.open_record import OpenRecord
from einthoven.center.order_door import OrderDoor
from einthoven.center.ports import Clock, ClockFix, SampleReader, StreamEvent, StreamFacts
from einthoven.center.review_office import NoReview, ReviewDoor
from einthoven.center.tally import Tally
from einthoven.edges.web.access import Access
from einthoven.edges.web.claims import ClaimDoor
from einthoven.edges.web.dossier import DossierDoor
from einthoven.edges.web.file_door import CallPages, FileDoor
from einthoven.edges.web.peer import PeerDoor
from einthoven.edges.web.report_door import ReportDoor
from einthoven.edges.web.stored import Lost
from einthoven.enrollment.order import Order
from einthoven.interop.hl7_order import Names

Result = TypeVar("Result")

NO_REVIEW = NoReview()
READ_THREADS = 2
"""Reads release the GIL in the disk and the decoder; more threads would take the intake's time."""
READS_WAITING_MAX = 64
"""Reads under way or waiting; past it a request is answered 503 at once rather than late."""


class History(Protocol):
    """The part of the facts that the patient page reads; called on the reading threads."""

    def events(self, stream: StreamId) -> Sequence[StreamEvent]:
        """Every event of a stream, by number."""
        ...

    def fixes(self, stream: StreamId) -> Sequence[ClockFix]:
        """Every clock fix of a stream, by sample."""
        ...


class UnsealedBeats(Protocol):
    """The part of the ward that the patient page reads; called on the event loop."""

    def beats(self, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        """``BEAT`` rows in ``[start, stop)`` that are not sealed yet."""
        ...

    def rows(self, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        """The same with the rows of grades between them."""
        ...


class CodesDoor(Protocol):
    """Billing codes and loaded files; asked on a reading thread, for it may read files."""

    def loaded(self) -> Loaded:
        """What counts now."""
        ...

    def files(self) -> Sequence[dict[str, Any]]:
        """What was loaded, JSON-ready."""
        ...


class BusyError(StoreError):
    """Too many reads are waiting."""


class Reads:
    """The threads on which stored samples and facts are read, so that the loop never waits for a disk."""

    def __init__(self, threads: int = READ_THREADS) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="web-read")
        self._waiting = 0

    async def run(self, read: Callable[[], Result]) -> Result:
        """What ``read`` returns, called on a reading thread.

        Raises:
            BusyError: ``READS_WAITING_MAX`` are waiting.
        """
        if self._waiting >= READS_WAITING_MAX:
            raise BusyError(f"{self._waiting} reads are waiting; try again")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, read)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Finish what is under way and take no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _shipped(order: Order, on: str, earlier: Sequence[Earlier]) -> Mapping[str, Any]:
    return determination_json(determine_order(order, date.fromisoformat(on), shipped(), earlier))


def _no_segments(_stream: StreamId) -> list[dict[str, object]]:
    return []


def _no_facts(_stream: StreamId) -> StreamFacts | None:
    return None


def _nobody() -> list[StreamFacts]:
    return []


def _no_end(stream: StreamId, _actor: str) -> dict[str, object]:
    raise NotFoundError(f"there is no period of {stream_name(stream)} to end")


def _no_damage(_stream: StreamId) -> Lost:
    return Lost()


@dataclass(frozen=True)
class WebDeps:
    """Everything the pages need of the center.

    Attributes:
        clock: the center's clocks.
        census, news, hub: the live state; used on the event loop only.
        ward: its unsealed beats; used on the event loop only.
        reader: stored samples; called on the reading threads, at most ``READ_THREADS`` at once.
        history: events and clock fixes; called on the reading threads.
        time_of: center time of a sample; called on the event loop for the newest, on the reading threads for
            older ones.
        enroll: opens a service period; called on a reading thread. Takes the request's body, returns the
            answer's, raises ``InputError`` and its kin with one line.
        end: ends the open service period of a stream for an actor, likewise.
        identity: the body of ``/.well-known/einthoven``.
        stepped: monotonic time of the ward's last step, None before the first.
        registry: Prometheus registry to register with and to show.
        static: folder of the built pages.
        findings: every finding there ever was; called on the reading threads.
        segments: sealed segments of a stream, JSON-ready; called on a reading thread.
        facts: the facts of a stream that the census no longer holds (its period ended a while ago).
        everyone: the facts of every stream there ever was; called on a reading thread.
        lost: what was met damaged of a stream so far; called on the reading threads.
        tally: the center's plain counters, shown by ``/metrics`` too.
        send_limit_s: how long one message may wait for a screen that does not read before it is cut.
        reads: the reading threads.
        desk: watches, cases, calls; None: a center without them.
        desk_unready: why patients cannot be watched by it, a line each.
        reports: their figures and PDFs; None: none are made here.
        peers: takes messages of other centers; None: a center that speaks with none.
        record: what is read over FHIR; None: nothing is.
        orders: takes orders over FHIR; None: nothing is taken.
        codes: billing codes with the files that were loaded; None: the shipped ones.
        claims: files of claims out and answers in; None: none are made here.
        dossiers: what makes records on request; None: nothing does here.
        calls: strips and sound of calls; None: a center without a telephone.
        files: takes recordings of calls; None: a center without a telephone.
        voice: the calls, for who has one; None: a center without a telephone.
        access: who may ask for what; sign-in is off by default.
        determine: what the payer's policy says of an order at a date, after earlier services; by the shipped
            policies.
        earlier: services of an order's patient at this center, of one practice or (None) of all.
        today: the date at the center, ``YYYY-MM-DD``.
        center_name: as other systems are told.
        names: how other systems call our services and payers.
    """

    clock: Clock
    census: Census
    news: News
    hub: LiveHub
    ward: UnsealedBeats
    reader: SampleReader
    history: History
    time_of: TimeOf
    enroll: Callable[[dict[str, object]], dict[str, object]]
    identity: Callable[[], dict[str, object]]
    stepped: Callable[[], int | None]
    registry: CollectorRegistry
    static: Path = Path(__file__).parent / "static"
    findings: FindingHistory = field(default_factory=NoFindings)
    segments: Callable[[StreamId], list[dict[str, object]]] = _no_segments
    facts: Callable[[StreamId], StreamFacts | None] = _no_facts
    everyone: Callable[[], list[StreamFacts]] = _nobody
    end: Callable[[StreamId, str], dict[str, object]] = _no_end
    lost: Callable[[StreamId], Lost] = _no_damage
    tally: Tally | None = None
    send_limit_s: float = SLOW_MAX / SECOND
    reads: Reads = field(default_factory=Reads)
    desk: DeskDoor | None = None
    desk_unready: Callable[[], list[str]] = list
    reports: ReportDoor | None = None
    peers: PeerDoor | None = None
    record: OpenRecord | None = None
    orders: OrderDoor | None = None
    codes: CodesDoor | None = None
    claims: ClaimDoor | None = None
    dossiers: DossierDoor | None = None
    calls: CallPages | None = None
    files: FileDoor | None = None
    voice: Voice | None = None
    access: Access = field(default_factory=Access)
    determine: Callable[[Order, str, Sequence[Earlier]], Mapping[str, Any]] = _shipped
    earlier: Callable[[Order, int | None], Sequence[Earlier]] = lambda _order, _practice: ()
    today: Callable[[Instant], str] = lambda now: to_iso(now)[:10]
    center_name: str = ""
    names: Names = field(default_factory=Names)

    @property
    def review(self) -> ReviewDoor:
        """What people said of beats; nothing in a center without a desk."""
        said: ReviewDoor = getattr(self.desk, "review", None) or NO_REVIEW
        return said
