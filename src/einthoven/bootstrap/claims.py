"""Claims of a running center: what they are made of, the thread that checks them, the files that come in."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import structlog

from einthoven.base.errors import EinthovenError, InputError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.billing.claim import Provider
from einthoven.billing.claim_codes import HeldCodes
from einthoven.billing.claim_making import for_person, name_parts
from einthoven.billing.claim_rules_dates import day_of
from einthoven.billing.determine import determination_json, determine_service
from einthoven.billing.facts import ClaimSeen
from einthoven.billing.family import derive
from einthoven.billing.policy import Policies
from einthoven.billing.profile import EMPTY, Profile, read
from einthoven.bootstrap.codes import FiledCodes, folder_of
from einthoven.bootstrap.desk import DeskRun
from einthoven.bootstrap.policies import policies_of
from einthoven.bootstrap.service_records import PeriodFacts, RunningRecords, StoredPeriods
from einthoven.center import claim_packet
from einthoven.center.claim_desk import PAST, ClaimDesk
from einthoven.center.claim_files import read_file
from einthoven.center.claim_ports import Evidence
from einthoven.center.claim_posting import Parsed
from einthoven.center.ports import Clock
from einthoven.center.report_ports import ReportStore
from einthoven.center.service_record import Stored
from einthoven.interop import x12_check
from einthoven.reports.life_states import Kind
from einthoven.settings import Settings

LOG = structlog.get_logger("einthoven.claims")
TURN_S = 0.5
ENDED_MAX = 10_000
"""Between two looks at what is next, while nothing is."""


class ClaimFacts(PeriodFacts, Protocol):
    """The part of the facts that is asked."""

    def ended_since(self, since: Instant, limit: int) -> list[tuple[StreamId, Instant]]:
        """Streams whose service period ended at ``since`` or later and when, newest first."""
        ...


class RunningSource:
    """Evidence of a running center (``center.claim_ports.ClaimSource``)."""

    def __init__(self, records: RunningRecords, facts: ClaimFacts, run: DeskRun, policies: Policies) -> None:
        self._records = records
        self._facts = facts
        self._books = run.room.desk.books
        self._policies = policies

    def ended(self, since: Instant) -> Sequence[StreamId]:
        """Streams whose service period ended; on a thread."""
        return [stream for stream, _ in self._facts.ended_since(since, ENDED_MAX)]

    def stored(self, stream: StreamId) -> Stored:
        """What facts and store say; on a thread."""
        return self._records.stored(stream)

    def ordered(self, stream: StreamId) -> bool:
        """Whether there is an order."""
        return self._books.orders.of_stream(stream) is not None

    def evidence(self, stored: Stored, now: Instant) -> Evidence:
        """Everything else; on the loop."""
        record = self._records.record(stored, now)
        order = self._books.orders.of_stream(stored.stream)
        corrected = stored.stream in self._books.corrections.segments
        if order is not None and corrected and not for_person(order.order, record.patient):
            order = None  # of whom the period was taken for: this service is none under it
        told = None if order is None else (order.number, order.order)
        if order is not None and record.order is None:
            record = replace(record, order=order.number)
        day = record.last_day if record.ended is not None else day_of(now, record.zone)
        return Evidence(record, told, derive(record, date.fromisoformat(day)), self._reader(stored.stream))

    def determine(self, evidence: Evidence, day: str, seen: ClaimSeen) -> Mapping[str, Any] | None:
        """What the payer's policy says."""
        order = None if evidence.order is None else evidence.order[1]
        on = date.fromisoformat(day)
        return determination_json(determine_service(order, evidence.record, on, self._policies, seen))

    def _reader(self, stream: StreamId) -> Provider | None:
        """Who signed the summary report: they completed the reading."""
        summary = self._books.reports.of((Kind.END, stream, ""))
        if summary is None or not summary.signatures:
            return None
        signed = summary.signatures[0]
        return Provider(name_parts(signed.name))


class ClaimRun:
    """What checks claims while the center runs, and reads the files that come in.

    Args:
        claims: the desk of claims.
        store: where files that came in lie.
        clock: the center's.
        filed: files of codes; looked at before each check.
    """

    def __init__(self, claims: ClaimDesk, store: ReportStore, clock: Clock, filed: FiledCodes) -> None:
        self._filed = filed
        self.claims = claims
        self._store = store
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="claims")

    async def run(self) -> None:
        """For ever; a defect in one claim is logged and counted, and the next is checked."""
        try:
            while True:
                if self._posted():
                    await asyncio.sleep(0)  # whoever else is due has their turn between two portions
                    continue
                number = await self._next()
                if number is None:
                    await asyncio.sleep(TURN_S)
                else:
                    await self._check(number)
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def _posted(self) -> bool:
        """Whether a portion of a payer's file went on record."""
        try:
            return self.claims.post(self._clock.wall())
        except (EinthovenError, OSError) as error:
            LOG.warning("answers_not_posted", error=str(error))
        except Exception as error:  # noqa: BLE001 - the top of a task: counted, told; claims are checked on
            self.claims.desk.failed("claims", error)
        return False

    async def _next(self) -> int | None:
        """What is to be checked next; a defect here is told, and keeps nobody unwatched."""
        try:
            since = self._clock.wall() - PAST
            if self.claims.looks(since + PAST):
                ended = await self._on_thread(partial(self.claims.source.ended, since))
                self.claims.ended(ended, self._clock.wall())
            return self.claims.due(self._clock.wall())
        except (EinthovenError, OSError) as error:
            LOG.warning("claims_not_looked_at", error=str(error))
        except Exception as error:  # noqa: BLE001 - the top of a task: counted, told; the next look goes on
            self.claims.desk.failed("claims", error)
        return None

    async def _check(self, number: int) -> None:
        claims = self.claims
        stream = claims.desk.books.claims.claim(number).stream
        try:
            await self._on_thread(self._filed.loaded)
            stored = await self._on_thread(lambda: claims.source.stored(stream))
            prepared = claims.prepare(number, stored, self._clock.wall())
            found = await self._on_thread(lambda: x12_check.faults(prepared.text))
            claims.checked(prepared, [one.words for one in found], self._clock.wall())
        except (EinthovenError, OSError) as error:
            LOG.warning("claim_not_checked", claim=number, error=str(error))
            claims.not_checked(number, error, self._clock.wall())
        except Exception as error:  # noqa: BLE001 - the top of a task: counted, told; other claims go on
            claims.desk.failed("claims", error)
            claims.not_checked(number, InputError("a defect here; see the log"), self._clock.wall())

    async def _on_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # ---- for the pages -----------------------------------------------------------------------------------

    async def came(self, content: bytes, name: str) -> str:
        """A file came in: it is read, kept, and held for the act that takes it; its digest.

        Raises:
            InputError: it is no file of answers.
        """

        def work() -> tuple[str, Parsed]:
            parsed = read_file(content, name)
            self._store.put(content)
            return hashlib.sha256(content).hexdigest(), parsed

        digest, parsed = await self._on_thread(work)
        self.claims.came(digest, parsed)
        return str(digest)

    def denied(self, number: int) -> StreamId:
        """Of which service a claim is that was denied; RefusedError where it was not."""
        kept = self.claims.desk.books.claims.claim(number)
        claim_packet.denied(kept)
        return kept.stream

    def file(self, number: int) -> str:
        """An 837P file as it was made."""
        return self.claims.desk.books.claims.file(number).text


def profile_of(settings: Settings, folder: Path) -> Profile:
    """The billing file that the settings name; an empty one where they name none.

    Raises:
        InputError: it cannot be read or a field of it is wrong; names file, line and field.
    """
    if not settings.billing:
        return EMPTY
    path = folder / settings.billing
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"billing: {path}: {getattr(error, 'strerror', None) or 'is no text'}") from error
    return read(text, str(path))


def open_claims(
    run: DeskRun,
    facts: ClaimFacts,
    store: ReportStore,
    clock: Clock,
    settings: Settings,
    folder: Path,
) -> ClaimRun:
    """Claims are made and checked from now on, beside the desk.

    Raises:
        InputError: the billing file or a policy is refused; names file, line and field.
    """
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)  # what it finds is told on the claim
    periods = StoredPeriods(facts, run.samples)
    records = RunningRecords(periods, run.room.desk.books, settings)
    policies = policies_of(folder / settings.policies if settings.policies else None)
    source = RunningSource(records, facts, run, policies)
    profile = profile_of(settings, folder)
    filed = FiledCodes(folder_of(folder, settings))
    claims = ClaimDesk(run.room.desk, source, profile, HeldCodes(filed.held), settings.zone)
    run.room.desk.books.claiming = claims
    run.room.desk.listeners.append(claims.heard)
    made = ClaimRun(claims, store, clock, filed)
    run.beside.append(made.run)
    return made
