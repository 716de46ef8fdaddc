"""HL7 from the center's console: dead letters, sending them again, what hospitals say of patients (R41)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeAlias, TypeVar

from einthoven.base.deeds import Body, Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import Instant, to_iso
from einthoven.center import hospital
from einthoven.center.act_fields import whole
from einthoven.center.desk_books import Books
from einthoven.center.desk_ports import HL7, Notice, Posted
from einthoven.center.enroll import EnrollmentUnit
from einthoven.center.export_office import Note
from einthoven.center.hl7_sender import LETTER, newer_taken, queued
from einthoven.center.notice_book import Noticed
from einthoven.enrollment.people import Patient
from einthoven.enrollment.register import Enrolled
from einthoven.interop.hl7_adt import Identifier

T = TypeVar("T")
ACTOR: Final = "console"
Answer: TypeAlias = dict[str, object]
Asked: TypeAlias = Mapping[str, object]
Decided: TypeAlias = tuple[Sequence[Draft], Sequence[Notice]]
TEXT_MAX: Final = 100


def _nowhere(actor: str, action: str, subject: str, detail: Body, at: Instant) -> None:
    del actor, action, subject, detail, at


class Facts(Protocol):
    """The part of the facts that is asked and changed here."""

    def unit(self, act: Callable[[EnrollmentUnit], T], actor: str, at: Instant) -> T:
        """Run ``act`` in one transaction."""
        ...


class Posts(Protocol):
    """The part of the journal that is asked here."""

    def posted(self, id_: str) -> Posted | None:
        """A message of the outbox."""
        ...


class Hl7Office:
    """The commands; none is called on the event loop.

    Args:
        books: the desk's.
        facts: patients.
        posts: the outbox.
        decide: runs a decision on the event loop and keeps what it gives; returns once that is durable.
        enrollments: who is enrolled.
        changed: hears of a patient whose data changed.
        note: keeps an audit line; durable on return.
    """

    def __init__(
        self,
        books: Books,
        facts: Facts,
        posts: Posts,
        decide: Callable[[Callable[[], Decided], str, Instant], None],
        enrollments: Callable[[], Sequence[Enrolled]],
        changed: Callable[[int], None] = lambda _patient: None,
        note: Note = _nowhere,
    ) -> None:
        self._books = books
        self._facts = facts
        self._posts = posts
        self._decide = decide
        self._enrollments = enrollments
        self._changed = changed
        self._note = note

    def commands(self) -> dict[str, Callable[[Asked, Instant], Answer]]:
        """By their names."""
        return {
            "hl7.letters": self.letters,
            "hl7.resend": self.resend,
            "hospital.said": self.said,
            "hospital.settle": self.settle,
            "hospital.link": self.link,
        }

    # ---- what we send ------------------------------------------------------------------------------------

    def letters(self, _asked: Asked, _now: Instant) -> Answer:
        """Messages that wait, and those that were given up and not sent again since."""
        newest = self._newest()
        return {
            "waiting": [_letter(one) for one in newest.values() if one.state in ("queued", "failed")],
            "dead": [_letter(one) for one in newest.values() if one.state == "given_up"],
        }

    def resend(self, asked: Asked, now: Instant) -> Answer:
        """Send a dead letter again, as it is. Fields: ``id``; or ``"all"``: those that nothing has replaced.

        Raises:
            NotFoundError: there is no dead letter of that name.
            RefusedError: the hospital has a newer edition of the report (``state``).
        """
        wanted, notices = asked.get("id"), self._books.notices.notices
        dead = [one for one in self._newest().values() if one.state == "given_up"]
        chosen = [
            one for one in dead if wanted == one.id or (wanted == "all" and not newer_taken(notices, one.id))
        ]
        if not chosen and wanted != "all":
            raise NotFoundError(f"{str(wanted)[:40]!r} is no dead letter (einthoven hl7 letters)")
        sent = []
        for one in chosen:
            notice = self._again(one, now)
            report = _report_of(one.id)

            def again(one: Noticed = one, notice: Notice = notice, report: int = report) -> Decided:
                return [queued(notice, report, one.stream)], [notice]

            self._decide(again, ACTOR, now)
            sent.append(notice.id)
        return {"sent": sent}

    def _again(self, one: Noticed, now: Instant) -> Notice:
        held = self._posts.posted(one.id)
        if held is None:
            raise RefusedError("state", f"{one.id} is not in the outbox")
        match = LETTER.match(one.id)
        assert match is not None
        if newer_taken(self._books.notices.notices, one.id):
            raise RefusedError(
                "state", f"{one.id}: a newer edition of the report was taken; it would be undone"
            )
        id_ = f"{HL7}-{match[1]}-{match[2]}-r{int(match[3] or 1) + 1}"
        return Notice(id_, HL7, held.notice.to, held.notice.content, now)

    def _newest(self) -> dict[str, Noticed]:
        """Of each edition of a report the message that was sent last."""
        found: dict[str, Noticed] = {}
        for id_, one in list(self._books.notices.notices.items()):
            match = LETTER.match(id_) if one.channel == HL7 else None
            if match is not None:
                found[f"{match[1]}-{match[2]}"] = one  # in the order in which they were queued
        return found

    # ---- what hospitals say ------------------------------------------------------------------------------

    def said(self, _asked: Asked, now: Instant) -> Answer:
        """What hospitals say of our patients: identifiers, stay, and what they propose. On record first."""
        book = self._books.hospital
        self._note(ACTOR, "read.hospital", "patients", {"patients": sorted(book.patients)}, now)
        ours = {one.period.patient: one.patient for one in self._enrollments()}
        return {
            "patients": [
                self._patient(number, ours[number]) for number in sorted(book.patients) if number in ours
            ]
        }

    def _patient(self, number: int, ours: Patient) -> Answer:
        known = self._books.hospital.of(number)
        stay = known.stay
        told: Answer = {
            "patient": number,
            "name": ours.name,
            "identifiers": [[one.value, one.authority, one.kind] for one in known.identifiers],
            "proposals": [
                {
                    "field": one.name,
                    "ours": one.ours,
                    "theirs": one.theirs,
                    "at": to_iso(one.at),
                    "by": one.by,
                }
                for one in self._books.hospital.proposals(number, ours)
            ],
        }
        if stay is not None:
            told["stay"] = {"inside": stay.inside, "since": to_iso(stay.since), "place": stay.place}
        if known.same_as is not None:
            told["same_as"] = known.same_as
        return told

    def settle(self, asked: Asked, now: Instant) -> Answer:
        """Take what a hospital proposes, or leave it. Fields: ``patient``, ``field``, ``take``.

        Raises:
            RefusedError: nothing is proposed there.
        """
        number, name = whole(asked, "patient"), _text(asked, "field")
        take = asked.get("take")
        if not isinstance(take, bool):
            raise InputError("take: want true or false")
        book = self._books.hospital

        def act(unit: EnrollmentUnit) -> hospital.Proposal:
            ours = unit.patient(number)
            one = hospital.proposal(book, number, name, ours)
            if take:
                unit.update_patient(number, hospital.taken(ours, one))
            return one

        one = self._facts.unit(act, ACTOR, now)
        self._decide(lambda: ([hospital.settle(one, take)], ()), ACTOR, now)
        if take:
            self._changed(number)
        return {"patient": number, "field": name, "taken": take}

    def link(self, asked: Asked, now: Instant) -> Answer:
        """How a hospital calls a patient. Fields: ``patient``, ``identifier``, ``authority``, ``kind``."""
        number = whole(asked, "patient")
        one = Identifier(
            _text(asked, "identifier"), _text(asked, "authority"), _text(asked, "kind", empty=True)
        )
        self._facts.unit(lambda unit: unit.patient(number), ACTOR, now)
        self._decide(lambda: (hospital.link(self._books.hospital, number, one), ()), ACTOR, now)
        return {"patient": number, "identifier": str(one)}


def _letter(one: Noticed) -> Answer:
    return {
        "id": one.id,
        "report": _report_of(one.id),
        "to": one.to,
        "queued": to_iso(one.queued),
        "attempts": one.attempts,
        "tried": None if one.at is None else to_iso(one.at),
        "said": one.receipt,
        "may_have_arrived": not one.known,
    }


def _report_of(id_: str) -> int:
    return int(id_.split("-")[1])


def _text(asked: Asked, name: str, *, empty: bool = False) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str) or len(value) > TEXT_MAX or not (value.strip() or empty):
        raise InputError(f"{name}: want a text of at most {TEXT_MAX} characters")
    return value.strip()
