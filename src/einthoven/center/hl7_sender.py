"""Reports leave as HL7 messages: which are to be sent, and what is kept of each (R25, R27, R41).

An edition that was issued is sent once. Its message is made, and kept in the outbox with the deed that tells
it; from then on the outbox tries it until the hospital has taken it. What was not kept is found again after a
restart, for the book of reports says which editions were queued.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from einthoven.base.deeds import Body, Deed, Draft
from einthoven.base.errors import NotFoundError
from einthoven.base.instants import DAY, MINUTE, Duration, Instant
from einthoven.center.desk_ports import HL7, Notice
from einthoven.center.notice_book import QUEUED, Noticed
from einthoven.interop.hl7_adt import Identifier
from einthoven.interop.hl7_oru import Between, oru
from einthoven.interop.outgoing import OutgoingReport
from einthoven.reports.life_book import ISSUED, LifeBook
from einthoven.reports.life_states import Report, State

PAST: Final[Duration] = 7 * DAY
"""What was issued longer ago is not sent by itself: a center that begins to send begins with now."""
AGAIN_AFTER: Final[Duration] = MINUTE
"""What could not be made into a message is tried again after this."""
WHAT: Final = "report"
LETTER: Final = re.compile(r"hl7-([0-9]+)-([0-9]+)(?:-r([0-9]+))?\Z")
"""Id of a message: report, edition, and which repeat by hand it is."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where reports go.

    Attributes:
        to: ``mllp://host:port``, as deeds and pages name it.
        between: who sends to whom.
        zone: of the times in messages.
    """

    to: str
    between: Between
    zone: tzinfo


@dataclass(slots=True)
class Hl7Sender:
    """Says which reports are to be sent, and makes their messages.

    Attributes:
        book: of reports.
        report: a report as it leaves, by its number; on any thread.
        route: where to.
        known_as: identifiers that hospitals told of a patient.
    """

    book: LifeBook
    report: Callable[[int], OutgoingReport]
    route: Route
    known_as: Callable[[int], Sequence[Identifier]] = lambda _patient: ()
    _look: set[int] = field(default_factory=set)
    _later: dict[int, Instant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._look = set(self.book.reports)

    def heard(self, deed: Deed) -> None:
        """Another edition may be there."""
        if deed.kind == ISSUED:
            number = deed.body["report"]
            assert isinstance(number, int)
            self._look.add(number)

    def next(self, now: Instant) -> int | None:
        """The number of a report whose newest edition is to be sent; None: there is none."""
        for number in sorted(self._look):
            if self._later.get(number, now) > now:
                continue
            if _to_send(self.book.reports[number], now):
                return number
            self._look.discard(number)
        return None

    def failed(self, number: int, now: Instant) -> None:
        """No message could be made of it: again later."""
        self._later[number] = now + AGAIN_AFTER

    def message(self, number: int, now: Instant) -> tuple[Draft, Notice]:
        """The message of a report's newest edition, and the deed that tells that it is queued; on any thread.

        Raises:
            NotFoundError: it has no page, or was withdrawn.
            StoreError: its content cannot be read.
        """
        told, digests = self.report(number), self.book.reports[number].pdfs
        if told.pdf is None or not digests:
            raise NotFoundError(f"report {number} has no page yet")
        edition, page = len(digests), digests[-1]
        control = f"R{number}E{edition}-{page[:6]}"
        route, known = self.route, self.known_as(told.patient_number)
        text = oru(told, route.between, control, now, route.zone, known, page).decode()
        content: Body = {"message": text, "control": control, "page": page}
        notice = Notice(f"{HL7}-{number}-{edition}", HL7, route.to, content, now)
        return queued(notice, number, told.stream), notice

    def kept(self, number: int) -> None:
        """Its message is queued."""
        self._look.discard(number)
        self._later.pop(number, None)


def _to_send(report: Report, now: Instant) -> bool:
    edition = len(report.pdfs)
    if report.state is not State.SIGNED or edition == 0 or edition != report.editions:
        return False
    if any(one.way == HL7 and one.edition == edition for one in report.sent):
        return False
    if report.misfiled is not None and not any(one.way == HL7 for one in report.sent):
        return False  # what was never sent is not withdrawn
    issued = max((one.at for one in report.sent if one.edition == edition), default=0)
    return now - issued <= PAST


def held_back(notices: Mapping[str, Noticed], id_: str) -> bool:
    """Whether a message of an older edition of the same report is still on its way: it goes first, or a
    hospital would end with the older words."""
    match = LETTER.match(id_)
    if match is None:
        return False
    report, edition = match[1], int(match[2])
    return any(
        each.state in ("queued", "failed")
        for older in range(1, edition)
        for each in _letters(notices, report, older)
    )


def newer_taken(notices: Mapping[str, Noticed], id_: str) -> bool:
    """Whether the hospital has taken a newer edition of the same report."""
    match = LETTER.match(id_)
    if match is None:
        return False
    newer, found = int(match[2]) + 1, False
    while letters := list(_letters(notices, match[1], newer)):
        found = found or any(one.state == "sent" for one in letters)
        newer += 1
    return found


def _letters(notices: Mapping[str, Noticed], report: str, edition: int) -> Iterator[Noticed]:
    """The message of an edition, and its repeats by hand."""
    id_, again = f"{HL7}-{report}-{edition}", 1
    while (one := notices.get(id_)) is not None:
        yield one
        again += 1
        id_ = f"{HL7}-{report}-{edition}-r{again}"


def queued(notice: Notice, report: int, stream: int | None) -> Draft:
    """The deed of a message about a report that waits in the outbox."""
    body: Body = {
        "id": notice.id,
        "channel": notice.channel,
        "to": notice.to,
        "what": WHAT,
        "stream": stream,
        "case": None,
        "notification": None,
        "emergency": None,
        "report": report,
    }
    return Draft(QUEUED, f"notice {notice.id}", body)
