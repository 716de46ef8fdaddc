"""Which cases and findings are on a strip of a call, and what becomes of them when it does not count (R6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from einthoven.answering.call import Call, Strip
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Instant
from einthoven.center.desk_books import Books
from einthoven.review.case import Case, State
from einthoven.review.facts import SYMPTOM, SYMPTOM_BEFORE, FindingFact, FindingState

RATE: Final = 250
"""Samples a second of every strip."""
UNJUDGED: Final = frozenset({State.OPEN, State.HELD})


class Lies(NamedTuple):
    """Samples ``[start, stop)`` of a patient's ECG."""

    stream: StreamId
    start: int
    stop: int


def lies_at(strip: Strip | None) -> Lies | None:
    """Where a strip lies, None while it lies nowhere."""
    if strip is None or strip.stream is None or strip.start is None or strip.stop is None:
        return None
    return Lies(strip.stream, strip.start, strip.stop)


def _marked(books: Books, fact: FindingFact) -> int | None:
    """The sample that a mark was put at: marks are told by instants; sample 0 is the service's start."""
    period = books.periods.get(fact.stream)
    if period is None:
        return None
    at: Instant = fact.start_at + SYMPTOM_BEFORE
    return (at - period.started + SECOND // RATE // 2) * RATE // SECOND


def _on(books: Books, fact: FindingFact, lies: Lies) -> bool:
    """Whether a mark was put on these samples, or a finding lies on some of them."""
    if fact.kind == SYMPTOM:
        marked = _marked(books, fact)
        return marked is not None and lies.start <= marked < lies.stop
    if fact.start is None:
        return False
    end = fact.start + 1 if fact.stop is None else max(fact.stop, fact.start + 1)
    return fact.start < lies.stop and end > lies.start


def cases_on(books: Books, lies: Lies) -> list[Case]:
    """Cases with a finding or mark there."""
    found = books.triage.cases.of_stream(lies.stream)
    return [case for case in found if any(_on(books, fact, lies) for fact in case.findings)]


def facts_on(books: Books, lies: Lies) -> list[FindingFact]:
    """Findings and marks there that cases hold, and that were not taken back."""
    return [
        fact
        for case in cases_on(books, lies)
        for fact in case.findings
        if not fact.withdrawn and _on(books, fact, lies)
    ]


def unjudged(books: Books, call: Call) -> dict[int, str]:
    """Why strips of a call are not judged yet, by their number: nobody closes it before.

    A strip comes with the mark of its symptom, which is a case: one without any has not come that far. Where
    the service is over nothing more comes of it.
    """
    found = {}
    for strip in call.strips:
        lies = lies_at(strip)
        if lies is None or not strip.counts:
            continue
        cases = cases_on(books, lies)
        waits = next((one.number for one in cases if one.state in UNJUDGED), None)
        if waits is not None:
            found[strip.number] = f"case {waits} on it is not judged"
        elif not cases and lies.stream in books.periods:
            found[strip.number] = "its case is not there yet"
    return found


def taken_back(fact: FindingFact, why: str) -> FindingFact:
    """A finding on a strip that does not count."""
    return replace(fact, state=FindingState.WITHDRAWN, reason=f"the strip does not count: {why}")


def as_it_counts(books: Books, fact: FindingFact) -> FindingFact:
    """A finding as it counts: one on a strip that was struck, or moved to another patient, is taken back."""
    if fact.withdrawn or fact.stream not in books.calls.by_stream:
        return fact
    for start, stop, why in books.calls.not_theirs(fact.stream):
        if _on(books, fact, Lies(fact.stream, start, stop)):
            return taken_back(fact, why)
    return fact
