"""What went out because of a strip: who was told of it, should it turn out to be another's or none (R36)."""

from __future__ import annotations

from collections.abc import Iterator

from einthoven.answering.call import Call
from einthoven.base.instants import SECOND, to_iso
from einthoven.center.call_cases import RATE, Lies, cases_on, lies_at
from einthoven.center.correction_reach import OUT
from einthoven.center.desk_books import Books
from einthoven.escalation.calls import Outcome

Told = tuple[str, str, str]
"""Kind, what it was, who has it."""


def went_out(books: Books, call: Call) -> dict[int, list[Told]]:
    """By the number of each strip that lies in a patient's ECG."""
    return {
        strip.number: [*_cases(books, lies), *_reports(books, lies)]
        for strip in call.strips
        if (lies := lies_at(strip)) is not None
    }


def _cases(books: Books, lies: Lies) -> Iterator[Told]:
    for case in cases_on(books, lies):
        for given in case.verdicts:
            words = f"case {case.number}: {given.verdict.value}, {to_iso(given.at)}"
            yield "case", words, f"{books.name(given.by)}: does the verdict hold?"
        for told in books.notify.calls.of_case(case.number):
            practice = books.surveil.staff.practices.get(told.practice or 0)
            name = "the ordering physician" if practice is None else practice.name
            yield "notification", f"notification {told.number}: “{told.say[:120]}”", name
            for one in books.notify.calls.calls_of(told.number):
                reached = one.outcome is Outcome.REACHED
                who = f"{one.person}, {one.person_role}" if reached else one.callee.name
                yield (
                    "call",
                    f"call {one.number} of {to_iso(one.started)}",
                    f"{who or 'who answered'} ({name})",
                )
            for notice in books.notices.of(told.number):
                if notice.state != "given_up" or not notice.known:
                    yield "notice", f"{notice.way} of {to_iso(notice.queued)} ({notice.what})", notice.to
        if case.emergency is not None:
            words = f"emergency procedure {case.emergency}"
            yield "emergency", words, "whoever was sent there, and the contacts who were called"


def _reports(books: Books, lies: Lies) -> Iterator[Told]:
    period = books.periods.get(lies.stream)
    if period is None:
        return
    start, stop = (period.started + at * SECOND // RATE for at in (lies.start, lies.stop))
    for number in books.reports.of_stream.get(lies.stream, ()):
        report = books.reports.reports[number]
        if report.about.start >= stop or report.about.stop <= start:
            continue
        for one in report.sent:
            if one.state in OUT:
                words = (
                    f"report {number} ({report.about.words}), edition {one.edition}: {one.way}, {one.state}"
                )
                yield "report", words, one.to
