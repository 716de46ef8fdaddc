"""What became of every notice to a further recipient: queued, tried, delivered, given up (R23, R24).

A notice that was given up is told as a technical condition of its patient, so that somebody hears of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

from einthoven.base.deeds import Deed
from einthoven.base.ids import StreamId
from einthoven.base.instants import HOUR, Duration, Instant
from einthoven.base.urls import place, without
from einthoven.center.outbox import FAILED, GIVEN_UP, SENT
from einthoven.escalation.notices import EMAIL
from einthoven.review.facts import FindingFact, FindingState, Met, Priority, Tier

QUEUED = "notice.queued"
UNDELIVERED = "notice"
"""The kind of the technical condition: an additional notice that did not arrive."""
TOLD_FOR: Duration = 24 * HOUR
"""A notice given up longer ago than this is not told anew by a start of the center."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """A notice and how far it is.

    Attributes:
        id, channel, to: as in the outbox.
        what: what it tells of (``escalation.notices.WHATS``).
        stream: whose; None of a call of which it is not known who calls.
        case, notification, emergency: numbers, as far as it is of one.
        queued: since when.
        state: ``queued``, ``failed`` (it is tried again), ``sent``, ``given_up``.
        at: of the last try; None before the first.
        attempts: tries so far.
        next_at: when it is tried again.
        receipt: what the other side said last, or what went wrong.
        known: False where it may have arrived without having been confirmed.
    """

    id: str
    channel: str
    to: str
    what: str
    stream: StreamId | None
    case: int | None
    notification: int | None
    emergency: int | None
    queued: Instant
    state: str = "queued"
    at: Instant | None = None
    attempts: int = 0
    next_at: Instant | None = None
    receipt: str = ""
    known: bool = True

    @property
    def way(self) -> str:
        """The channel as people write it."""
        return "e-mail" if self.channel == EMAIL else self.channel


@dataclass
class NoticeBook:
    """Every notice, by the deeds of the outbox; changes by ``apply`` alone."""

    KINDS: ClassVar[frozenset[str]] = frozenset({QUEUED, SENT, FAILED, GIVEN_UP})
    notices: dict[str, Noticed] = field(default_factory=dict)
    of_notification: dict[int, list[str]] = field(default_factory=dict)
    of_emergency: dict[int, list[str]] = field(default_factory=dict)
    undelivered: dict[str, Instant] = field(default_factory=dict)
    """Given up, and since when; until it was told."""

    def apply(self, deed: Deed) -> None:
        """Take one deed; tries of a message that nobody queued here change nothing."""
        if deed.kind not in self.KINDS:
            return
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == QUEUED:
            self._queued(deed, body)
            return
        one = self.notices.get(body["id"])
        if one is None:
            return
        state = {SENT: "sent", FAILED: "failed", GIVEN_UP: "given_up"}[deed.kind]
        self.notices[one.id] = replace(
            one,
            state=state,
            at=deed.at,
            attempts=body["attempts"],
            next_at=body.get("next_at"),
            receipt=str(public(body)["receipt"]),
            known=body.get("known", True),
        )
        if deed.kind == GIVEN_UP:
            self.undelivered[one.id] = deed.at

    def _queued(self, deed: Deed, body: Mapping[str, Any]) -> None:
        one = Noticed(
            body["id"],
            body["channel"],
            body["to"],
            body["what"],
            body["stream"],
            body["case"],
            body["notification"],
            body["emergency"],
            deed.at,
        )
        self.notices[one.id] = one
        for number, index in ((one.notification, self.of_notification), (one.emergency, self.of_emergency)):
            if number is not None:
                index.setdefault(number, []).append(one.id)

    def of(self, notification: int) -> list[Noticed]:
        """Those of a notification, in the order in which they were queued."""
        return [self.notices[each] for each in self.of_notification.get(notification, ())]


@dataclass(slots=True)
class Undelivered:
    """Notices that were given up, each told once as a condition (``desk.Facts``).

    Attributes:
        book: the notices.
        known: whether a condition of that stream and key was told before.
    """

    book: NoticeBook
    known: Callable[[StreamId, str], bool]

    def take(self, now: Instant) -> list[FindingFact]:
        """Those not told yet."""
        told = []
        for each, since in list(self.book.undelivered.items()):
            del self.book.undelivered[each]
            one = self.book.notices[each]
            if one.stream is None:
                continue  # it has no patient to be told of; the call itself sounds on
            if now - since <= TOLD_FOR and not self.known(one.stream, f"notice-{each}"):
                told.append(_fact(one, one.stream, since))
        return told


def _fact(one: Noticed, stream: StreamId, since: Instant) -> FindingFact:
    maybe = "" if one.known else "; it may have arrived all the same"
    words = f"{one.way} to {shown(one)} not delivered after {one.attempts} tries: {one.receipt}{maybe}"
    return FindingFact(
        key=f"notice-{one.id}",
        stream=stream,
        kind=UNDELIVERED,
        title="Notice not delivered",
        state=FindingState.OPEN,
        start_at=since,
        tier=Tier.TECHNICAL,
        priority=Priority.LOW,
        met=(Met("notice.given_up", Tier.TECHNICAL, None, None, "", words),),
    )


def shown(one: Noticed) -> str:
    """Where it goes, for people: of a URL scheme and host alone, its path may be a secret."""
    return receiver(one.channel, one.to)


def receiver(channel: str, to: str) -> str:
    """A receiver as deeds, audit and pages name it."""
    return to if channel == EMAIL else place(to)


def public(detail: Mapping[str, object]) -> dict[str, object]:
    """The body of a notice's deed as people may read it: those of before hold whole URLs, and answers that
    repeat them.
    """
    told, to = dict(detail), detail.get("to")
    if isinstance(to, str) and detail.get("channel") != EMAIL:
        told["to"] = place(to)
        if isinstance(detail.get("receipt"), str):
            told["receipt"] = without(str(detail["receipt"]), to)
    return told
