"""Reports as they leave: what the book says of them, the content that was signed, the PDF that was issued."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from einthoven.base.errors import NotFoundError
from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant, to_iso
from einthoven.center.report_ports import ReportStore
from einthoven.enrollment.people import Patient
from einthoven.enrollment.register import Enrolled
from einthoven.interop.outgoing import OutgoingReport, ReportState, Signed
from einthoven.interop.reported import Content, content_of
from einthoven.reports.life_book import LifeBook
from einthoven.reports.life_states import Report, State

CONTENTS: Final = 64
"""Contents held in memory, the last ones asked for: a month of one patient twice."""
TITLES: Final = {
    "daily": "Daily report",
    "urgent": "Urgent report",
    "end": "End of service report",
    "strip": "Strip by telephone",
    "period": "Strips by telephone, report of the period",
}
_ID = re.compile(r"report-([0-9]{1,9})(?:-|\Z)")


@dataclass(frozen=True, slots=True)
class Former:
    """For whom a report was made, where that is not the stream's patient (any more), and their practice."""

    number: int
    patient: Patient
    practice: int | None


def outgoing_id(number: int) -> str:
    """A report's id outside: ``report-5``."""
    return f"report-{number}"


class LifeShelf:
    """``center.open_record.Shelf`` over the book of reports. Safe on any thread.

    Args:
        book: the desk's.
        store: contents and PDFs.
        enrolled: patient, period and physician of a stream; NotFoundError where there is no such.
        earlier: the person for whom a report was made, where the stretch is not the enrolled patient's.
    """

    def __init__(
        self,
        book: LifeBook,
        store: ReportStore,
        enrolled: Callable[[StreamId], Enrolled],
        earlier: Callable[[Report], Former | None] = lambda _report: None,
    ) -> None:
        self._earlier = earlier
        self._book = book
        self._store = store
        self._enrolled = enrolled
        self._content = lru_cache(maxsize=CONTENTS)(self._read)

    def of(self, stream: StreamId) -> Sequence[OutgoingReport]:
        """Those of a stream in their newest versions, by what they are of; none that was withdrawn."""
        numbers = [number for key, number in list(self._book.newest.items()) if key[1] == stream]
        reports = sorted((self._book.report(one) for one in numbers), key=lambda one: one.about.start)
        return list(self._each(reports))

    def find(self, ids: Collection[str]) -> Sequence[OutgoingReport]:
        """Those that ids of resources can be of; none that was withdrawn."""
        found = dict.fromkeys(int(match[1]) for one in ids if (match := _ID.match(one)))
        return list(self._each(self._book.reports[one] for one in found if one in self._book.reports))

    def one(self, number: int) -> OutgoingReport:
        """A report.

        Raises:
            NotFoundError: there is none, or it was withdrawn.
        """
        for made in self._each([self._book.report(number)]):
            return made
        raise NotFoundError(f"report {number} was withdrawn")

    def _each(self, reports: Iterator[Report] | Sequence[Report]) -> Iterator[OutgoingReport]:
        for one in reports:
            if one.state is not State.WITHDRAWN:
                yield self._outgoing(one)

    def _read(self, digest: str) -> Content:
        return content_of(self._store.get(digest))

    def _outgoing(self, report: Report) -> OutgoingReport:
        about, told = report.about, self._enrolled(report.about.stream)
        content, other = self._content(report.content), self._earlier(report)
        number, patient = told.period.patient, told.patient
        if other is not None:
            number, patient = other.number, other.patient
        pdf = report.pdfs[-1] if report.pdfs and len(report.pdfs) == report.editions else None
        return OutgoingReport(
            id=outgoing_id(report.number),
            version=max(1, len(report.pdfs)),
            kind=str(about.kind),
            title=content.title or TITLES.get(str(about.kind), "Report"),
            state=_state(report),
            stream=about.stream,
            patient_number=number,
            patient=patient,
            physician=told.physician if other is None else None,
            transmitter="" if told.period.telephone else told.period.transmitter,
            start=about.start,
            stop=about.stop,
            made=_since(report),
            signed=tuple(_signatures(report)),
            conclusion=_conclusion(report),
            values=content.values,
            strips=content.strips,
            pdf=None if pdf is None else (lambda: self._store.get(pdf)),
            analysis=report.analysis,
            notice="" if report.misfiled is None else notice(report),
            former=other is not None,
            practice=None if other is None else other.practice,
        )


def notice(report: Report) -> str:
    """What is said of a report that was made for the wrong person; the right one is named to nobody."""
    told = report.misfiled
    assert told is not None
    return (
        f"WRONG PATIENT: transmitted for {told.name} by mistake. The ECG is another person's; do not use it "
        f"for {told.name}. Correction {told.correction}, {to_iso(told.at)}."
    )


def _state(report: Report) -> ReportState:
    if report.misfiled is not None:
        return "wrong patient"
    if report.state is State.ISSUED:
        return "final" if len(report.releases) == 1 else "appended"
    if report.state is not State.SIGNED:  # a report that awaits its second signature is not final yet
        return "preliminary"
    return "appended" if report.addenda else "final"


def _since(report: Report) -> Instant:
    """When it became what it is."""
    if report.misfiled is not None:
        return report.misfiled.at
    if report.addenda:
        return report.addenda[-1].signature.at
    if report.state is State.ISSUED:
        return report.releases[-1].at
    return max([report.made, report.impression.at, *(one.at for one in report.signatures)])


def _signatures(report: Report) -> Iterator[Signed]:
    for one in (*report.signatures, *(each.signature for each in report.addenda)):
        yield Signed(one.name, one.at, one.meaning)


def _conclusion(report: Report) -> str:
    # What a physician writes of a technical report leaves with their signature.
    parts = [] if report.state is State.ISSUED else [report.impression.text]
    for one in report.addenda:
        parts.append(f"Addendum {one.number}, {one.signature.name}, {to_iso(one.signature.at)}:\n{one.text}")
    return "\n\n".join(part for part in parts if part)
