"""What becomes of a service period at a center, as deeds: people who watch in turns, cases, calls, reports.

The deeds are decided by the rooms' own functions where they can be, at the instants of the period, and kept
in the journal of a data folder: days of a center in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from einthoven.base.deeds import CENTER, Draft, staff_actor
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import DAY, HOUR, MINUTE, SECOND, Instant
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.desk_record import DeskRecord
from einthoven.center.patient_notes import note
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.report_files import ReportFiles
from einthoven.escalation import calls
from einthoven.escalation.calls import Callee
from einthoven.escalation.signature import SIGNS_REPORT, canonical, sign
from einthoven.reports import life_deeds
from einthoven.reports.life_due import Cutting, days
from einthoven.reports.life_states import About, Kind
from einthoven.review import placing, verdicts, working
from einthoven.review.case import Verdict
from einthoven.review.facts import FindingFact, FindingState, Met, Priority, Tier
from einthoven.review.sampling import SamplingPlan
from einthoven.surveillance import house_plans, staff_changes, stations
from einthoven.surveillance.qualification import Recognised

ADDRESS: Final = "192.0.2.10"
TURN: Final = 8 * HOUR
TECHNICIANS: Final = ("Nyx, Ann", "Moss, Ben", "Lake, Cora")
KINDS: Final = (("pause", "Pause of 3.4 s"), ("atrial-fibrillation", "Atrial fibrillation, 128/min"))
Paper = Callable[[About], tuple[bytes, bytes]]
"""Content and PDF of a report."""


def blank_paper(about: About) -> tuple[bytes, bytes]:
    """A report of one empty page."""
    import io

    import pikepdf

    pdf, out = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.docinfo["/Title"] = about.words
    pdf.save(out, deterministic_id=True)
    return canonical({"about": about.words}), out.getvalue()


@dataclass
class Life:
    """Deeds of a period.

    Args:
        facts: where they are kept.
        stream: whose.
        start, stop: from when to when it was worn; at most 30 days.
    """

    facts: Facts
    stream: StreamId
    start: Instant
    stop: Instant
    books: Books = field(init=False)

    def __post_init__(self) -> None:
        self.books = Books(lambda _: PatientCard("Month, Mary", physician="Dr. Weber"))
        self.record = DeskRecord(self.facts.journal, self.books.all())

    def do(self, drafts: Sequence[Draft], actor: str, at: Instant) -> None:
        """Keep what was decided."""
        self.record.commit(drafts, actor, at)

    def all(self, events: int = 6, paper: Paper = blank_paper, files: ReportFiles | None = None) -> None:
        """Everything: people, watches with one gap of a minute, cases and calls, reports, plans."""
        self.people()
        self.plans()
        moments = [
            self.start + (self.stop - self.start) * (2 * place + 1) // (2 * events) for place in range(events)
        ]
        self.watch(moments)
        if files is not None:
            self.reports(files, paper)
        self.facts.journal.alive(self.stop + HOUR)
        self.facts.flush()

    def people(self) -> None:
        """Three technicians, a supervisor, a practice and its physician; two stations at a site."""
        books, at = self.books.surveil, self.start - 20 * DAY
        self.do(
            stations.add_site(books.stations, "Main house", "1 Main St, Boston MA", "US", ["192.0.2.0/24"]),
            CENTER,
            at,
        )
        self.do(staff_changes.add_practice(books.staff, "Weber Cardiology"), CENTER, at)
        for name in TECHNICIANS:
            number = books.staff.next_member
            self.do(
                staff_changes.join(books.staff, name, name.split(",")[0].lower(), ["technician"]), CENTER, at
            )
            until = self.start + 300 * DAY
            papers = staff_changes.credential(
                books.staff, number, "CCT", f"C-{4711 + number}", "CCI", at - DAY, until
            )
            for topic in Recognised().topics:
                papers += staff_changes.training(books.staff, number, topic, at - DAY, until, "Head Nurse")
            self.do(papers, CENTER, at)
            self.do(
                stations.register_station(books.stations, f"Desk {number}", 1, f"{number:064x}", "desk"),
                CENTER,
                at,
            )
        self.do(staff_changes.join(books.staff, "Dr. Eva Weber", "weber", ["physician"], 1), CENTER, at)
        self.do(note(self.books.notes, self.stream, {"practice": 1}), CENTER, at)

    def plans(self) -> None:
        """Two plans of three and a supervising physician."""
        house, at = self.books.house, self.start - 10 * DAY
        for kind, text in (
            (
                "quality",
                "One verdict in ten is read again by a second reader within a day.\n\nEvery month the "
                "supervisor looks at those that differed.",
            ),
            (
                "emergency",
                "The patient is called first, then the emergency services of the patient's county.",
            ),
        ):
            self.do(house_plans.set_plan(house, kind, "", text, "", at, "first version", at), "staff 1", at)
        who = "Dr. Ada Heart", "1234567893", "cardiology", None
        self.do(house_plans.set_supervisor(house, *who, at, "appointed", at), "staff 1", at)

    # ---- watching ----------------------------------------------------------------------------------------

    def watch(self, moments: Sequence[Instant]) -> None:
        """Turns of eight hours, one without a second's gap into the next but for one minute on the first day;
        a case at each moment."""
        self._deed("service.began", self.start, stream=self.stream, since=self.start)
        left = list(moments)
        turns = range(self.start, self.stop, TURN)
        for place, began in enumerate(turns):
            person, ends = 1 + place % len(TECHNICIANS), min(began + TURN, self.stop)
            number = place + 1
            self._begin(number, person, began + (MINUTE if place == 1 else 0), place == 1 and began)
            while left and left[0] < ends:
                self.case(left.pop(0), person)
            self._end(number, person, ends)
        self._deed("service.ended", self.stop, stream=self.stream, until=self.stop)

    def _begin(self, watch: int, person: int, at: Instant, unwatched: Instant | bool) -> None:
        if unwatched:
            gap = {"incident": 1, "stream": self.stream}
            self._deed(
                "incident.opened",
                int(unwatched),
                **gap,
                kind="unwatched",
                cause="nobody accepted",
                since=unwatched,
            )
            self._deed("incident.ended", at, **gap, until=at)
        who = {"by": person, "station": person, "stream": self.stream, "watch": watch}
        self._deed("duty.began", at - SECOND, person=person, station=person, address=ADDRESS)
        self._deed(
            "watch.offered",
            at - SECOND,
            stream=self.stream,
            watch=watch,
            to="everybody",
            by=None,
            before=None,
            why="",
        )
        self._deed("watch.accepted", at, **who)
        self._deed("display.shown", at, station=person, stream=self.stream, since=at)
        self._deed("watch.held", at, **who, since=at)

    def _end(self, watch: int, person: int, at: Instant) -> None:
        who = {"by": person, "station": person, "stream": self.stream, "watch": watch}
        self._deed("watch.released", at, **who, until=at, to=None, why="end of the turn")
        self._deed("display.ended", at, station=person, stream=self.stream, until=at)
        self._deed("duty.ended", at, person=person, station=person, cause="")

    def _deed(self, kind: str, at: Instant, /, **body: object) -> None:
        subject = stream_name(self.stream) if "stream" in body else f"staff {body.get('person')}"
        self.do([Draft(kind, subject, body)], CENTER, at)  # type: ignore[arg-type]

    # ---- cases -------------------------------------------------------------------------------------------

    def case(self, onset: Instant, by: int) -> None:
        """Something is found, judged, told the physician (an answering machine first, each other time), and
        closed."""
        cases, told = self.books.triage.cases, self.books.notify.calls
        number, actor = cases.next_case, staff_actor(by)
        kind, title = KINDS[number % 2]
        rate = 250
        first = (onset - self.start) * rate // SECOND
        met = (Met(f"{kind}.urgent", Tier.URGENT, 3.4, 3.0, "s", f"{title} meets the physician's limit"),)
        fact = FindingFact(
            f"1-{number}-0",
            self.stream,
            kind,
            title,
            FindingState.CLOSED,
            onset,
            onset + 8 * SECOND,
            Tier.URGENT,
            Priority.MEDIUM,
            met,
            start=first,
            stop=first + 8 * rate,
        )
        at = onset + 10 * SECOND
        self.do(placing.place(cases, fact, at), CENTER, at)
        self.do(working.take(cases, number, by, by, at + SECOND), actor, at + SECOND)
        verdict = Verdict.ARTEFACT if number % 5 == 0 else Verdict.TRUE
        opinion = verdicts.Opinion(verdict, "" if number % 3 else "Seen in both leads.")
        plan = SamplingPlan()
        self.do(
            verdicts.judge_case(cases, number, by, opinion, at + 20 * SECOND, plan, {}),
            actor,
            at + 20 * SECOND,
        )
        at += 30 * SECOND
        if verdict is Verdict.TRUE:
            self._call(number, title, actor, at)
            at += 6 * MINUTE
            action = told.notifications[told.cases[number][-1]].action
            done = working.Told(told.cases[number][-1], "Dr. Weber", action)
            self.do(working.close(cases, number, by, done), actor, at)
        else:
            self.do(working.close(cases, number, by), actor, at)

    def _call(self, case: int, title: str, actor: str, at: Instant) -> None:
        book = self.books.notify.calls
        opened = calls.open_notification(book, case, self.stream, 1, "urgent", f"Month, Mary: {title}")
        number = book.next_notification
        self.do([*opened, *working.notifying(self.books.triage.cases, case, number)], actor, at)
        callee = Callee("1", "Dr. Weber", "physician", "+1 617 555 0100", "office")
        outcomes = ["voicemail", "reached"] if case % 2 else ["reached"]
        for outcome in outcomes:
            at += MINUTE
            self.do(calls.start(book, number, callee), actor, at)
            reached = outcome == "reached"
            said = {
                "outcome": outcome,
                "person": "Dr. Eva Weber" if reached else "",
                "readback": reached,
                "person_role": "physician" if reached else "",
                "said": title if reached else "",
                "action": "",
            }
            self.do(calls.end(book, book.next_call - 1, said), actor, at + 40 * SECOND)
        action = calls.NO_ACTION if case % 3 else "starts metoprolol 25 mg twice a day, sees her on Monday"
        self.do(calls.close(book, number, action), actor, at + 50 * SECOND)

    # ---- reports -----------------------------------------------------------------------------------------

    def reports(self, files: ReportFiles, paper: Paper) -> None:
        """One for each day, the last but one unsigned, and the summary."""
        abouts = [
            About(Kind.DAILY, self.stream, name, start, stop)
            for name, start, stop in days(Cutting("America/New_York"), self.start, self.stop)
        ]
        abouts.append(About(Kind.END, self.stream, "", self.start, self.stop))
        for place, about in enumerate(abouts):
            self._report(files, paper, about, signed=place != len(abouts) - 2)

    def _report(self, files: ReportFiles, paper: Paper, about: About, signed: bool) -> None:
        book, at = self.books.reports, min(about.stop + HOUR, self.stop + HOUR)
        content, pdf = paper(about)
        digest = files.put(content)
        self.do(life_deeds.draft(book, about, digest, "1", "Sinus rhythm", "", "stamp"), CENTER, at)
        number = book.next_report - 1
        if not signed:
            return
        self.do(
            life_deeds.edit(book, number, "Sinus rhythm; as above.", 0, "staff 1"), "staff 1", at + MINUTE
        )
        signature = sign(
            life_deeds.content(book.report(number)),
            4,
            "Dr. Eva Weber",
            at + HOUR,
            SIGNS_REPORT,
            ("password", "code"),
            True,
        )
        self.do(life_deeds.sign(book, number, signature, False, None), "staff 4", at + HOUR)
        self.do(life_deeds.issue(book, number, files.put(pdf), "Weber Cardiology"), CENTER, at + HOUR)
