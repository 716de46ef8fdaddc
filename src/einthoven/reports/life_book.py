"""All reports, as the deeds say it (R26, R27)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

from einthoven.base.deeds import Deed
from einthoven.base.errors import NotFoundError, OursError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.escalation import signature as signatures
from einthoven.reports.life_states import (
    DELIVERIES,
    PORTAL,
    PRELIMINARY,
    TRANSITIONS,
    About,
    Addendum,
    Carried,
    Comment,
    Delivery,
    Event,
    Impression,
    Key,
    Kind,
    Misfiled,
    Release,
    Report,
    Sent,
    State,
)

DRAFTED, WITHDRAWN, OUTDATED = "report.drafted", "report.withdrawn", "report.outdated"
MISFILED = "report.misfiled"
EDITED, PREPARED, RETURNED = "report.edited", "report.prepared", "report.returned"
RELEASED = "report.released"
SIGNED, COSIGNED, ADDED = "report.signed", "report.cosigned", "report.added"
WRITTEN, COMMENTED = "report.addendum_written", "report.commented"
ISSUED, DELIVERY = "report.issued", "report.delivery"
VIEWED, ACKNOWLEDGED = "report.viewed", "report.acknowledged"
SENTENCE, SENTENCE_DROPPED = "report.sentence", "report.sentence_dropped"
DELEGATED, UNDELEGATED = "report.delegated", "report.undelegated"
NOTICE_QUEUED, NOTICE_SENT, NOTICE_FAILED, NOTICE_GIVEN_UP = (
    "notice.queued",
    "notice.sent",
    "notice.failed",
    "notice.given_up",
)
"""Of the outbox: what became of the messages about a report."""
CARRIED = {
    NOTICE_SENT: Carried.SENT,
    NOTICE_FAILED: Carried.FAILED,
    NOTICE_GIVEN_UP: Carried.GIVEN_UP,
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a practice for its impressions: number, title, text."""

    number: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Delegate:
    """Who prepares reports for the physicians of a practice, by whose word, until when (None: for good)."""

    practice: int
    person: int
    by: int
    since: Instant
    until: Instant | None


@dataclass
class LifeBook:
    """Every report; changes by ``apply`` alone.

    Attributes:
        reports: by number.
        newest: key → number of the newest draft of it, whatever became of it.
        open: numbers of those that wait for a person: preliminary, a second signature or an addendum is due.
        moved: number of each → since when it is in its state, those that moved last at the end.
        of_stream: numbers of a stream's reports, in order.
        sentences: practice → its sentences, by number.
        delegates: (practice, person) → the delegation that holds.
        notices: id of a message → (report, place in ``sent``).
    """

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {
            DRAFTED,
            WITHDRAWN,
            OUTDATED,
            MISFILED,
            EDITED,
            PREPARED,
            RETURNED,
            RELEASED,
            SIGNED,
            COSIGNED,
            ADDED,
            WRITTEN,
            COMMENTED,
            ISSUED,
            DELIVERY,
            VIEWED,
            ACKNOWLEDGED,
            SENTENCE,
            SENTENCE_DROPPED,
            DELEGATED,
            UNDELEGATED,
            NOTICE_QUEUED,
            NOTICE_SENT,
            NOTICE_FAILED,
            NOTICE_GIVEN_UP,
        }
    )
    reports: dict[int, Report] = field(default_factory=dict)
    newest: dict[Key, int] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    moved: dict[int, Instant] = field(default_factory=dict)
    of_stream: dict[StreamId, list[int]] = field(default_factory=dict)
    sentences: dict[int, dict[int, Sentence]] = field(default_factory=dict)
    delegates: dict[tuple[int, int], Delegate] = field(default_factory=dict)
    notices: dict[str, tuple[int, int]] = field(default_factory=dict)
    unissued: set[int] = field(default_factory=set)
    """Numbers of final reports of which an edition has no PDF on file yet."""
    next_report: int = 1
    next_sentence: int = 1

    # ---- questions ---------------------------------------------------------------------------------------

    def report(self, number: int) -> Report:
        """A report; NotFoundError where there is none of that number."""
        found = self.reports.get(number)
        if found is None:
            raise NotFoundError(f"there is no report {number}")
        return found

    def of(self, key: Key) -> Report | None:
        """The newest draft of something, whatever became of it."""
        number = self.newest.get(key)
        return None if number is None else self.reports[number]

    def lately(self, since: Instant) -> Iterator[Report]:
        """Those that wait for a person, and those that came into their state at ``since`` or later."""
        told = set(self.open)
        for number, at in reversed(self.moved.items()):
            if at < since:
                break
            told.add(number)
        for number in sorted(told):
            yield self.reports[number]

    def delegate(self, practice: int | None, person: int, now: Instant) -> Delegate | None:
        """The delegation of somebody that holds now."""
        held = self.delegates.get((practice or 0, person))
        return held if held is not None and (held.until is None or now < held.until) else None

    def delegates_of(self, practice: int, now: Instant) -> Iterator[Delegate]:
        """Delegations of a practice that hold now."""
        for (of, person), _ in sorted(self.delegates.items()):
            held = self.delegate(of, person, now) if of == practice else None
            if held is not None:
                yield held

    # ---- deeds -------------------------------------------------------------------------------------------

    def apply(self, deed: Deed) -> None:
        """Take one deed; kinds of others change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == DRAFTED:
            self._drafted(deed, body)
        elif deed.kind == NOTICE_QUEUED:
            self._queued(deed, body)
        elif deed.kind in CARRIED:
            self._carried(deed, body)
        elif deed.kind in (SENTENCE, SENTENCE_DROPPED):
            self._sentence(deed, body)
        elif deed.kind == DELEGATED:
            made = Delegate(body["practice"], body["person"], body["by"], deed.at, body.get("until"))
            self.delegates[made.practice, made.person] = made
        elif deed.kind == UNDELEGATED:
            self.delegates.pop((body["practice"], body["person"]), None)
        elif deed.kind in self.KINDS:
            self._keep(_moved(self.reports[body["report"]], deed, body))

    def _keep(self, report: Report) -> None:
        self.reports[report.number] = report
        if self.moved.get(report.number) != report.since:
            self.moved.pop(report.number, None)
            self.moved[report.number] = report.since
        waits = report.state in PRELIMINARY or report.state is State.COSIGN or report.outdated is not None
        waits = waits and report.misfiled is None
        (self.open.add if waits else self.open.discard)(report.number)
        lacks = len(report.pdfs) < report.editions
        (self.unissued.add if lacks else self.unissued.discard)(report.number)

    def _drafted(self, deed: Deed, body: Mapping[str, Any]) -> None:
        about = About(Kind(body["kind"]), body["stream"], body["which"], body["start"], body["stop"])
        report = Report(
            body["report"],
            about,
            body["content"],
            body["analysis"],
            body["headline"],
            body["note"],
            body["stamp"],
            deed.at,
            deed.at,
            body.get("replaces"),
        )
        before = self.reports.get(report.replaces or 0)
        if before is not None:
            # What was written is not lost with the figures it was written about.
            kept = before.impression
            report = replace(report, impression=kept, authors=before.authors, comments=before.comments)
        self._keep(report)
        self.newest[about.key] = report.number
        self.of_stream.setdefault(about.stream, []).append(report.number)
        self.next_report = max(self.next_report, report.number + 1)

    def _queued(self, deed: Deed, body: Mapping[str, Any]) -> None:
        report = self.reports.get(body.get("report") or 0)
        if report is None:
            return
        way = "e-mail" if body["channel"] == "email" else body["channel"]
        self.notices[body["id"]] = report.number, len(report.sent)
        one = Sent(len(report.pdfs), way, body["to"], Delivery.WAITING, deed.at)
        self._keep(replace(report, sent=(*report.sent, one)))

    def _carried(self, deed: Deed, body: Mapping[str, Any]) -> None:
        number, place = self.notices.get(body["id"], (0, 0))
        if number:
            told = str(body.get("receipt", ""))
            self._keep(_carry(self.reports[number], place, CARRIED[deed.kind], deed.at, told))

    def _sentence(self, deed: Deed, body: Mapping[str, Any]) -> None:
        held = self.sentences.setdefault(body["practice"], {})
        number = body["sentence"]
        if deed.kind == SENTENCE:
            held[number] = Sentence(number, body["title"], body["text"])
            self.next_sentence = max(self.next_sentence, number + 1)
        else:
            held.pop(number, None)


def after(report: Report, event: Event) -> State:
    """Where an event leads; OursError where it does not apply: no deed that was drafted here does that."""
    to = TRANSITIONS.get((report.state, event))
    if to is None:
        raise OursError(f"report {report.number} is {report.state}: {event} does not apply")
    return to


def _to(report: Report, event: Event, deed: Deed, **change: Any) -> Report:
    state = after(report, event)
    since = deed.at if state is not report.state else report.since
    return replace(report, state=state, since=since, **change)


def _moved(report: Report, deed: Deed, body: Mapping[str, Any]) -> Report:
    if deed.kind in (SIGNED, COSIGNED, ADDED):
        return _signed(report, deed, body)
    if deed.kind in (ISSUED, DELIVERY, VIEWED, ACKNOWLEDGED):
        return _delivered(report, deed, body)
    match deed.kind:
        case "report.edited":
            made = Impression(body["version"], body["text"], deed.actor, deed.at)
            authors = tuple(dict.fromkeys((*report.authors, deed.actor)))
            return _to(report, Event.EDITED, deed, impression=made, authors=authors)
        case "report.prepared":
            return _to(report, Event.READIED, deed, prepared=deed.actor, returned="")
        case "report.released":
            return _released(report, deed, body)
        case "report.returned":
            return _to(report, Event.RETURNED, deed, returned=body["why"])
        case "report.withdrawn":
            return _to(report, Event.REPLACED, deed)
        case "report.outdated":
            return _outdated(report, deed, body)
        case "report.misfiled":
            told = body["correction"], deed.at, body["patient"], body["name"], body["practice"]
            return _to(report, Event.MISFILED, deed, misfiled=Misfiled(*told))
        case "report.addendum_written":
            made = Impression(body["version"], body["text"], deed.actor, deed.at)
            return replace(report, writing=made)
        case _:
            return replace(report, comments=(*report.comments, Comment(deed.at, deed.actor, body["text"])))


def _released(report: Report, deed: Deed, body: Mapping[str, Any]) -> Report:
    """Issued; where something came since the last time, with what it says now."""
    content = body["content"]
    one = Release(deed.at, deed.actor, content)
    clean: dict[str, Any] = {"outdated": None, "outdated_why": "", "outdated_content": ""}
    return _to(report, Event.RELEASED, deed, content=content, releases=(*report.releases, one), **clean)


def _outdated(report: Report, deed: Deed, body: Mapping[str, Any]) -> Report:
    again = body["content"] == report.content  # what came was taken back: nothing is left to add
    told: dict[str, Any] = {
        "outdated": None if again else deed.at,
        "outdated_why": "" if again else body["why"],
    }
    content = "" if again else body["content"]
    return _to(report, Event.OUTDATED, deed, stamp=body["stamp"], outdated_content=content, **told)


def _signed(report: Report, deed: Deed, body: Mapping[str, Any]) -> Report:
    made = signatures.from_body(body["signature"])
    if deed.kind == ADDED:
        one = Addendum(body["addendum"], body["text"], made)
        clean = {"outdated": None, "outdated_why": "", "writing": Impression()}
        return _to(report, Event.ADDED, deed, addenda=(*report.addenda, one), **clean)
    if deed.kind == COSIGNED:
        return _to(report, Event.COSIGNED, deed, signatures=(*report.signatures, made))
    event = Event.SIGNED_FIRST if body["cosign"] else Event.SIGNED
    return _to(report, event, deed, signatures=(made,), cosigner=body.get("cosigner"))


def _delivered(report: Report, deed: Deed, body: Mapping[str, Any]) -> Report:
    edition = body["edition"]
    if deed.kind == ISSUED:
        one = Sent(edition, PORTAL, body["to"], Delivery.SENT, deed.at)
        return replace(report, pdfs=(*report.pdfs, body["pdf"]), sent=(*report.sent, one))
    if deed.kind == DELIVERY:
        place = place_of(report, edition, body["way"], body["to"])
        if place is None:
            one = Sent(edition, body["way"], body["to"], Delivery.WAITING, deed.at)
            report, place = replace(report, sent=(*report.sent, one)), len(report.sent)
        told = body.get("carried")
        return report if told is None else _carry(report, place, Carried(told), deed.at, body["words"])
    event = Carried.VIEWED if deed.kind == VIEWED else Carried.ACKNOWLEDGED
    for place, one in enumerate(report.sent):
        if (one.edition, one.way) == (edition, PORTAL):
            report = _carry(report, place, event, deed.at, deed.actor)
    return report


def place_of(report: Report, edition: int, way: str, to: str) -> int | None:
    """Where a delivery stands in ``sent``; None where there is none."""
    for place, one in enumerate(report.sent):
        if (one.edition, one.way, one.to) == (edition, way, to):
            return place
    return None


def _carry(report: Report, place: int, event: Carried, at: Instant, words: str) -> Report:
    one = report.sent[place]
    to = DELIVERIES.get((one.state, event))
    if to is None:
        return report
    moved = replace(one, state=to, at=at, words=words)
    return replace(report, sent=(*report.sent[:place], moved, *report.sent[place + 1 :]))
