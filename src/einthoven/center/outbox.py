"""The outbox at work: messages that are due are tried, and what came of each try is told as a deed (R23).

A message is tried until it is taken, refused for good, or too old. It may be sent twice: where the connection
was lost while the other side had it, or where the center stopped between the try and its record. Every try
carries the same id, so a receiver can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from einthoven.base.deeds import Draft
from einthoven.base.errors import DeliveryUnknownError, RefusedError, StoreError, UnfitError
from einthoven.base.instants import HOUR, MINUTE, SECOND, Duration, Instant
from einthoven.base.urls import place, without
from einthoven.center.desk_ports import FOR_GOOD, FOR_NOW, Done, Messenger, Notice, Posted, Posting, Tried
from einthoven.escalation.notices import EMAIL

SENT, FAILED, GIVEN_UP = "notice.sent", "notice.failed", "notice.given_up"
KINDS = (SENT, FAILED, GIVEN_UP)
"""Deeds of the outbox; subject ``notice ID``, actor ``center``."""
RECORD_AGAIN: Duration = 5 * SECOND
"""What could not be recorded is recorded again this much later; it is not sent again for that."""
TOGETHER = 8
"""Messages on their way at one time."""
HELD_BACK_MAX = 200
"""Messages that wait for others are looked past so far."""


def _never(_notice: Notice) -> bool:
    return False


class DueMessages(Protocol):
    """The part of the journal that the outbox asks."""

    def due(self, now: Instant, limit: int = 100, lane: str = "") -> list[Posted]:
        """Messages of a lane to be tried by now, those that wait longest first."""
        ...


Settle = Callable[[Draft, Tried, Done], None]
"""Keep the deed and what came of the try in one append; ``done`` as the journal tells it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """When a message that was not taken is tried again.

    Attributes:
        first: wait after the first try; each further wait is twice as long.
        most: longest wait.
        age: a message older than this is given up.
    """

    first: Duration = 15 * SECOND
    most: Duration = 15 * MINUTE
    age: Duration = 6 * HOUR

    def wait(self, attempts: int) -> Duration:
        """How long after try number ``attempts``."""
        return min(self.most, self.first << min(attempts - 1, 40))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try.

    Attributes:
        taken: the other side has it and said so.
        lasting: it will not take it, however often it is asked.
        known: False where it may have it without having said so.
        words: what it said, or what went wrong.
    """

    taken: bool
    lasting: bool
    known: bool
    words: str


def judge(posted: Posted, answer: Answer, now: Instant, retry: Retry) -> tuple[Draft, Tried]:
    """What is to be kept of a try: its deed and the message's new state.

    Bodies: ``id``, ``channel``, ``to``, ``attempts``, ``receipt``; of those not taken also ``known`` (False:
    it may have arrived) and ``next_at`` (None: given up).
    """
    notice, attempts = posted.notice, posted.attempts + 1
    is_url = notice.channel != EMAIL  # which may be a secret of its receiver: the audit keeps for ever
    said = without(answer.words, notice.to) if is_url else answer.words
    next_at: Instant | None = now + retry.wait(attempts)
    if answer.taken:
        kind, state, next_at = SENT, Posting.SENT, None
    elif answer.lasting or now - notice.at >= retry.age:
        kind, state, next_at = GIVEN_UP, Posting.GIVEN_UP, None
    else:
        kind, state = FAILED, Posting.FAILED
    body: dict[str, str | int | bool | None] = {
        "id": notice.id,
        "channel": notice.channel,
        "to": place(notice.to) if is_url else notice.to,
        "attempts": attempts,
        "receipt": said,
    }
    if not answer.taken:
        body |= {"known": answer.known, "next_at": next_at}
    tried = Tried(notice.id, state, attempts, next_at, said)
    return Draft(kind, f"notice {notice.id}", body), tried


@dataclass(slots=True)
class _Unrecorded:
    """What came of a try and is not kept yet: handed over, failed, or refused as unfit (then ``lost``)."""

    draft: Draft
    tried: Tried
    again: Instant
    waiting: bool = True
    lost: bool = False


class Outbox:
    """Tries what is due.

    Args:
        messages: the journal.
        messengers: by channel; a message whose channel has none is tried again until it is too old.
        settle: keeps what came of a try.
        retry: when to try again.
        lane: a channel that has an outbox of its own (``desk_ports.LANES``), or ``""`` for all others.
        held_back: whether a message waits for another one to be settled first.

    Attributes:
        defects: errors of a messenger that nobody foresaw; anything but 0 is a defect of this program.
    """

    def __init__(
        self,
        messages: DueMessages,
        messengers: Mapping[str, Messenger],
        settle: Settle,
        retry: Retry | None = None,
        lane: str = "",
        held_back: Callable[[Notice], bool] = _never,
    ) -> None:
        self._messages = messages
        self._messengers = messengers
        self._settle = settle
        self._retry = retry or Retry()
        self._lane = lane
        self._held_back = held_back
        self._busy: set[str] = set()
        self._unrecorded: dict[str, _Unrecorded] = {}
        self.defects = 0

    @property
    def unrecorded(self) -> int:
        """Tries whose outcome is not kept yet, for the disk does not take it."""
        return len(self._unrecorded)

    def due(self, now: Instant) -> list[Posted]:
        """Messages to be tried now; each belongs to the caller until ``send`` has ended for it.

        What could not be recorded before is handed over again; what never can be is let go, and the message
        sent again where it still is due.
        """
        for one in list(self._unrecorded.values()):
            if one.waiting or one.again > now:
                continue
            if one.lost:
                del self._unrecorded[one.tried.id]
            else:
                self._record(one.draft, one.tried, now)
        free = TOGETHER - len(self._busy)
        if free <= 0:
            return []
        held = self._busy | self._unrecorded.keys()
        found = self._messages.due(now, TOGETHER + len(held) + HELD_BACK_MAX, self._lane)
        ready = (one for one in found if one.notice.id not in held and not self._held_back(one.notice))
        chosen = list(islice(ready, free))
        self._busy.update(one.notice.id for one in chosen)
        return chosen

    async def send(self, posted: Posted, wall: Callable[[], Instant]) -> None:
        """Try one that ``due`` gave and hand over what came of it; raises nothing but a cancellation."""
        try:
            answer = await self._answer(posted)
            draft, tried = judge(posted, answer, wall(), self._retry)
            self._record(draft, tried, wall())
        finally:
            self._busy.discard(posted.notice.id)

    async def _answer(self, posted: Posted) -> Answer:
        notice = posted.notice
        messenger = self._messengers.get(notice.channel)
        try:
            if messenger is None:
                raise RefusedError(FOR_NOW, f"no way to send by {notice.channel} is set up")
            return Answer(True, False, True, await messenger.send(notice))
        except RefusedError as error:
            return Answer(False, error.reason == FOR_GOOD, True, error.detail or error.reason)
        except DeliveryUnknownError as error:
            return Answer(False, False, False, str(error))
        except Exception as error:  # noqa: BLE001 - the top of a task: kept with the message, and counted
            self.defects += 1
            return Answer(False, False, False, f"{type(error).__name__}: {error}"[:300])

    def _record(self, draft: Draft, tried: Tried, now: Instant) -> None:
        one = self._unrecorded[tried.id] = _Unrecorded(draft, tried, now + RECORD_AGAIN)

        def done(error: StoreError | None) -> None:
            one.waiting = False
            if error is None:
                del self._unrecorded[tried.id]
            elif isinstance(error, UnfitError):
                one.lost, one.again = True, now + self._retry.wait(tried.attempts)

        self._settle(draft, tried, done)
