"""Orders by MLLP and over FHIR: kept on file, then in the books, then answered (R29, R41; docs/orders.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Final, Protocol

import structlog

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, StoreError
from einthoven.base.instants import Instant
from einthoven.center import order_messages
from einthoven.center.desk import Desk, actor_of
from einthoven.center.desk_door import Who
from einthoven.center.hospital import HOSPITAL
from einthoven.center.order_door import PostedOrder
from einthoven.center.order_messages import STATUS, Letter, Taken, Wanted
from einthoven.center.ports import Clock
from einthoven.enrollment.order_read import Fault
from einthoven.enrollment.order_states import Source
from einthoven.interop.fhir_order_read import Requested, requested
from einthoven.interop.fhir_sent import sent
from einthoven.interop.hl7_ack import Header
from einthoven.interop.hl7_order import TESTS, Names, orders
from einthoven.interop.hl7_orr import Outcome, answered
from einthoven.interop.hl7v2 import Message
from einthoven.interop.order_said import Said
from einthoven.surveillance.roles import Permission, reaches_all

LOG = structlog.get_logger("einthoven.hl7")
SETTLED_S: Final = 20.0
TURN_S: Final = 0.02
"""How long, and how often, a message waits for an enrollment that is under way."""
PAYERS: Final[Mapping[str, str]] = {"medicare": "medicare", "medicare part b": "medicare"}
"""What payers are called in messages → our name of them, where the setting says nothing else."""


class Papers(Protocol):
    """Where documents are kept (``edges.store.documents.Documents``)."""

    def put(self, content: bytes, what: str) -> str:
        """Keep a PDF, PNG or JPEG; its digest."""
        ...

    def put_message(self, content: bytes) -> str:
        """Keep a message as it came; its digest."""
        ...


def pairs(text: str, name: str) -> dict[str, str]:
    """``a=b, c=d`` of a setting, keys in lower case.

    Raises:
        InputError: one of them is no pair; names the setting.
    """
    found: dict[str, str] = {}
    for one in filter(None, (part.strip() for part in text.split(","))):
        key, sign, value = (part.strip() for part in one.partition("="))
        if not key or not sign or not value:
            raise InputError(f"{name}: {one[:60]!r}: want what=name")
        found[key.casefold()] = value
    return found


def names_of(tests: str, payers: str) -> Names:
    """How others call tests and payers, by the settings ``order_tests`` and ``order_payers``."""
    told = pairs(tests, "order_tests")
    for key, one in told.items():
        if one not in TESTS.values():
            want = ", ".join(sorted(set(TESTS.values())))
            raise InputError(f"order_tests: {key}={one[:40]}: want one of {want}")
    return Names({**TESTS, **told}, {**PAYERS, **pairs(payers, "order_payers")})


def homes_of(text: str) -> dict[str, int]:
    """Practices of orders that come by message, by NPI or sender: the setting ``order_practices``.

    Raises:
        InputError: one is no number.
    """
    found: dict[str, int] = {}
    for one in filter(None, (part.strip() for part in text.split(","))):
        key, sign, value = (part.strip() for part in one.rpartition("="))
        if not sign or not key or not (value.isascii() and value.isdigit() and len(value) <= 9):
            raise InputError(f"order_practices: {one[:60]!r}: want NPI=practice or sender=practice")
        found[key] = int(value)
    return found


@dataclass(slots=True)
class OrderIntake:
    """Takes orders.

    Attributes:
        desk: where deeds are kept; on the event loop.
        papers: where messages and papers are kept; on another thread.
        clock: the center's.
        zone: of times that name no offset.
        names: how others call tests and payers.
    """

    desk: Desk
    papers: Papers
    clock: Clock
    zone: tzinfo
    names: Names = field(default_factory=Names)

    async def post(self, who: Who, given: Mapping[str, object], raw: bytes) -> list[PostedOrder]:
        """Take what was posted over FHIR (``center.order_door.OrderDoor``)."""
        asked = await asyncio.to_thread(self._asked, given)  # ten megabytes take half a second to look at
        sender, practice = self._poster(who)
        title = f"FHIR {given.get('resourceType')}"
        wanted = [Wanted(one.control, one.placer, one.said, f"{one.origin}.identifier") for one in asked]
        letter = Letter(Source.FHIR, sender, title, "", wanted, practice)
        order_messages.checked(self.desk.books, letter, self.clock.wall())
        document = await asyncio.to_thread(self._keep, raw, [one.said for one in asked])
        letter = replace(letter, document=document)
        await self._settled(letter)
        now = self.clock.wall()
        order_messages.checked(self.desk.books, letter, now)
        taken = await self._kept(letter, now, actor_of(who))
        return [
            PostedOrder(one.record, one.fresh, each.origin, one.words)
            for one, each in zip(taken, asked, strict=True)
        ]

    def _asked(self, given: Mapping[str, object]) -> list[Requested]:
        found = sent(given)
        return [requested(found, node, self.names) for node in found.requests]

    def _poster(self, who: Who) -> tuple[str, int | None]:
        """Whose numbers of orders they are, and whose orders: a practice's, or of whoever sends."""
        member = self.desk.books.surveil.staff.members.get(who.staff)
        if member is not None and not reaches_all(member.roles, Permission.ORDER):
            return f"practice {member.practice}", member.practice
        return actor_of(who), None

    async def _settled(self, letter: Letter) -> None:
        """Wait until no service is just beginning under an order that a message is about: a cancellation that
        comes in that moment is one of an order that is enrolled, and people are asked.

        Raises:
            StoreError: it does not come to an end.
        """
        known = (self.desk.books.orders.of_placer(letter.sender, one.placer) for one in letter.wanted)
        things = [f"order {one.number}" for one in known if one is not None]
        for _ in range(round(SETTLED_S / TURN_S)):
            if not self.desk.steps.busy(things):
                return
            await asyncio.sleep(TURN_S)
        raise StoreError(f"{self.desk.steps.busy(things)} is being enrolled: send it again")

    async def _kept(self, letter: Letter, now: Instant, actor: str) -> list[Taken]:
        books = self.desk.books
        act = lambda commit: order_messages.take(books, letter, now, commit)  # noqa: E731
        return await keeping(act, self.desk, now, actor)

    async def take(self, message: Message, told: Header, raw: bytes, control: str) -> bytes | None:
        """Take a message of orders; the answer, once everything is durable.

        Args:
            control: control id of the answer.

        Raises:
            MessageError: it is not taken; names segment and field.
            StoreError, OSError: it could not be kept now.
        """
        asked = await asyncio.to_thread(orders, message, told, self.zone, self.names)
        letter = Letter(
            Source.HL7,
            f"{told.application}|{told.facility}",
            f"{told.code}^{told.event} {told.control}",
            "",
            [Wanted(one.control, one.placer, one.said) for one in asked],
        )
        books = self.desk.books
        order_messages.checked(books, letter, self.clock.wall())
        document = await asyncio.to_thread(self._keep, raw, [one.said for one in asked])
        letter = replace(letter, document=document)
        await self._settled(letter)
        now = self.clock.wall()
        order_messages.checked(books, letter, now)  # others may have come while it was written
        taken = await self._kept(letter, now, HOSPITAL)
        outcomes = [outcome(one, each.placer, each.code) for one, each in zip(taken, asked, strict=True)]
        LOG.info("hl7_orders", control=told.control, orders=[one.record.number for one in taken])
        return answered(told, outcomes, control, now, self.zone)

    def _keep(self, raw: bytes, said: Sequence[Said]) -> str:
        for one in said:
            for kind, name, content in one.papers:
                try:
                    digest = self.papers.put(content, "document")
                except InputError as error:
                    words = str(error).removeprefix("document: ")
                    one.fault("documents", f"{name}: {words}", one.origin)
                    continue
                one.add("documents", {"kind": kind, "name": name, "sha256": digest}, one.origin)
        return self.papers.put_message(raw)


async def keeping(
    act: Callable[[Callable[[list[Draft]], None]], list[Taken]],
    desk: Desk,
    now: Instant,
    actor: str,
) -> list[Taken]:
    """Let an act commit what it drafts; returns once all of it is durable.

    Raises:
        StoreError: it is not on record yet.
    """
    waiting: list[asyncio.Future[None]] = []

    def commit(drafts: list[Draft]) -> None:
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(error: StoreError | None) -> None:
            if kept.done():
                return  # the sender has left
            if error is None:
                kept.set_result(None)
            else:
                kept.set_exception(error)

        waiting.append(kept)
        desk.commit(drafts, actor, now, done)

    taken = act(commit)
    for one in waiting:
        await one
    return taken


def outcome(one: Taken, placer: str, code: tuple[str, str, str]) -> Outcome:
    """What became of an order, as the answer tells it."""
    record = one.record
    lacks = tuple(
        (fault.origin if isinstance(fault, Fault) else "", f"{fault.where}: {fault.words}")
        for fault in record.lacks
    )
    return Outcome(one.control, placer, record.number, STATUS[record.state], code, lacks, one.words)
