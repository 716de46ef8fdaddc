"""Acts of the desk that change rows of the facts: decided here, written there, on record as deeds (R5, R42).

The desk decides on the event loop and waits for no disk. An act that opens, moves or ends a service period
is therefore taken in two steps: a transaction of the facts with its own audit lines, then the deeds that tell
it. A center that is killed between the two finds the period without its deeds at the next start and makes
them (``service_office``): the rows are what holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from einthoven.base.deeds import Draft
from einthoven.base.errors import EinthovenError, RefusedError, StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center.desk_door import Answer
from einthoven.center.enroll import EnrollmentUnit

Commit: TypeAlias = Callable[[Sequence[Draft], str, Instant, Callable[[StoreError | None], None]], object]
Then: TypeAlias = Callable[[Any, EinthovenError | None], None]


@dataclass(frozen=True, slots=True)
class Step:
    """An act in two steps.

    Attributes:
        claims: what nobody else may change meanwhile: ``order 5``, ``kit T-1``, ``s000001``.
        write: inside a transaction of the facts.
        drafts: the deeds of what was written, on the event loop.
        told: what the act's answer says of it.
        streams: whose periods changed by it.
    """

    claims: frozenset[str]
    write: Callable[[EnrollmentUnit], Any]
    drafts: Callable[[Any], Sequence[Draft]]
    told: Callable[[Any], Mapping[str, object]]
    streams: Callable[[Any], Sequence[StreamId]]


def touched(act: str, fields: Mapping[str, object]) -> list[str]:
    """What an act changes that a step may have claimed: an order while a service begins under it, a kit."""
    number, kit = fields.get("order"), fields.get("transmitter")
    if act.startswith("order.") and act != "order.note" and type(number) is int:
        return [f"order {number}"]
    return [f"kit {kit}"] if act.startswith("kit.") and isinstance(kit, str) else []


def _nowhere(_write: Callable[[EnrollmentUnit], Any], _actor: str, _at: Instant, then: Then) -> None:
    then(None, RefusedError("state", "nobody is enrolled at this center"))


@dataclass(slots=True)
class Steps:
    """Takes steps, one at a time for each thing. All calls on the event loop.

    Attributes:
        apart: runs a transaction off the event loop, then what is to follow on it.
        changed: hears of periods that changed, before the answer.
    """

    apart: Callable[[Callable[[EnrollmentUnit], Any], str, Instant, Then], None] = _nowhere
    changed: Callable[[Sequence[StreamId]], None] = lambda _streams: None
    _claimed: set[str] = field(default_factory=set)

    def busy(self, things: Iterable[str]) -> str:
        """The first of these that a step under way is about to change, ``""`` for none."""
        return min(self._claimed.intersection(things), default="")

    def free(self, things: Iterable[str]) -> None:
        """Whether an act may change these now: no step of several waits may find them other than it began.

        Raises:
            RefusedError: one of them is being changed (``changed``).
        """
        held = self.busy(things)
        if held:
            raise RefusedError("changed", f"{held} is being changed at this moment: try again")

    def take(
        self,
        step: Step,
        actor: str,
        now: Instant,
        commit: Commit,
        refused: Callable[[EinthovenError], object],
        answer: Answer,
    ) -> None:
        """Carry a step out; ``answer`` follows once all of it is on record, or with why it is not.

        Args:
            commit: keeps deeds and calls back once they are durable.
            refused: hears why not, before the answer.
        """

        def fail(error: EinthovenError) -> None:
            refused(error)
            answer(None, error)

        try:
            self.free(step.claims)
        except RefusedError as error:
            fail(error)
            return
        self._claimed |= step.claims

        def then(result: Any, error: EinthovenError | None) -> None:
            self._claimed -= step.claims
            if error is not None:
                fail(error)
                return
            try:
                drafts = step.drafts(result)
                commit(drafts, actor, now, lambda failed: answer(step.told(result), failed))
            except EinthovenError as trouble:
                fail(trouble)
            finally:
                self.changed(step.streams(result))

        self.apart(step.write, actor, now, then)
