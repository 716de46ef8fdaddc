"""What the pages of reports ask: the inbox, one report with all that was done, who wrote what (R27)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from einthoven.base.deeds import Deed
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import DAY, MILLISECOND, Duration, Instant
from einthoven.center import report_acts
from einthoven.center.criteria_page import ms, signed
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.surveil import CONSOLE
from einthoven.escalation import signature as signatures
from einthoven.reports import life_deeds as life
from einthoven.reports import life_due
from einthoven.reports.life_book import EDITED
from einthoven.reports.life_states import (
    FINAL,
    PORTAL,
    PRELIMINARY,
    TECHNICAL,
    Addendum,
    Delivery,
    Report,
    State,
)
from einthoven.surveillance.roles import Permission, reaches_all
from einthoven.surveillance.staff_changes import may

Shape: TypeAlias = dict[str, Any]
LIST_MOST: Final = 500
LATELY: Final[Duration] = 7 * DAY
"""What was signed is on the list for so long without being asked for."""
VERSIONS_MOST: Final = 1000
NOBODY: Final[StreamId] = 0


def reaches(books: Books, who: Who, permission: Permission, report: Report, now: Instant) -> bool:
    """Whether somebody may read, or do something with, a report."""
    surveil, stream = books.surveil, report.about.stream
    if who.staff == CONSOLE:
        return surveil.staff.administrators() == 0
    member = surveil.staff.members.get(who.staff)
    if member is None:
        return False
    # Glass that is broken for the patient shows nothing of whoever was taken for them.
    behind = stream if report.misfiled is None else NOBODY
    return may(surveil.staff, member, permission, books.practice_of(report), behind, now)


def read(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> Report:
    """The report that a question names, if it is theirs to read.

    Raises:
        RefusedError: reports are not for their roles.
        NotFoundError: there is none, or it is of a patient of another practice: in the same words.
    """
    _need(books, who)
    text = params.get("id", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputError("report: want its number")
    report = books.reports.reports.get(int(text))
    if report is None or not reaches(books, who, Permission.READ_REPORT, report, now):
        raise NotFoundError(f"there is no report {int(text)}")
    return report


def _need(books: Books, who: Who) -> None:
    if Permission.READ_REPORT not in books.surveil.permissions(who.staff):
        raise RefusedError("permission", "that is not for your roles")


def answer(books: Books, who: Who, what: str, params: Mapping[str, str], now: Instant) -> Shape:
    """``reports``: the inbox; ``report``: one of them; ``report.file``: what of it is on file."""
    if what == "reports":
        return inbox(books, who, params, now)
    report = read(books, who, params, now)
    return (
        page(books, who, report, now)
        if what == "report"
        else {"content": report.content, "pdfs": list(report.pdfs)}
    )


# ---- the inbox ---------------------------------------------------------------------------------------------


def inbox(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> Shape:
    """Reports that wait, and those signed lately; with ``stream``, every one of a patient."""
    _need(books, who)
    stream = parse_stream(params["stream"]) if params.get("stream") else None
    held = books.reports
    if stream is None:
        asked = [one for one in held.lately(now - LATELY) if one.state is not State.WITHDRAWN]
    else:
        asked = [held.report(number) for number in held.of_stream.get(stream, ())]
    theirs = _reader(books, who, now)
    mine = [one for one in asked if theirs(one)]
    waiting = [one for one in mine if _waits(one)]
    others = sorted((one for one in mine if not _waits(one)), key=lambda one: -one.since)
    listed = [*life_due.waiting(waiting), *others]
    making = books.making
    stalled = None if making is None else making.stalled
    everybody = Permission.READ_CENTER in books.surveil.permissions(who.staff)
    return {
        "now_ms": ms(now),
        "made": making is not None and making.makes,
        "cut": "" if making is None else making.cut,
        "stalled": None if stalled is None else {"since_ms": ms(stalled[0]), "words": stalled[1]},
        "reports": [line(books, who, one, now) for one in listed[:LIST_MOST]],
        "left_out": max(0, len(listed) - LIST_MOST),
        "waiting": len(waiting),
        "overdue": sum(life_due.overdue(one, now) for one in waiting),
        "troubles": _troubles(books, now) if everybody else [],
        **_own(books, who, now),
    }


def _reader(books: Books, who: Who, now: Instant) -> Callable[[Report], bool]:
    """Whether a patient's reports are somebody's to read, as ``reaches``: quick, for thousands are asked."""
    staff = books.surveil.staff
    member = staff.members.get(who.staff)
    if member is None or reaches_all(member.roles, Permission.READ_REPORT):
        told = member is not None or staff.administrators() == 0
        return lambda _report: told
    opened = {stream for (person, stream) in staff.glass if person == member.number}
    opened = {stream for stream in opened if staff.glass_open(member.number, stream, now)}
    practice, of = member.practice, books.practice_of
    return lambda report: (
        (report.misfiled is None and report.about.stream in opened)
        or (practice is not None and of(report) == practice)
    )


def _waits(report: Report) -> bool:
    """Whether a person has something to do: to sign, to co-sign, to add."""
    waits = report.state in PRELIMINARY or report.state is State.COSIGN or report.outdated is not None
    return waits and report.misfiled is None


def _troubles(books: Books, now: Instant) -> list[Shape]:
    """Reports that are due and could not be made: nobody waits for them but whoever looks here."""
    del now
    if books.making is None:
        return []
    return [
        {
            "kind": str(about.kind),
            "stream": stream_name(about.stream),
            "patient": books.card(about.stream).name,
            "which": about.which,
            "since_ms": ms(since),
            "words": words,
        }
        for about, since, words in books.making.troubles()
    ]


def _own(books: Books, who: Who, now: Instant) -> Shape:
    """Sentences and delegates of somebody's own practice."""
    member = books.surveil.staff.members.get(who.staff)
    practice = None if member is None else books.surveil.staff.practices.get(member.practice or 0)
    if member is None or practice is None:
        return {"practice": None, "sentences": [], "delegates": [], "office": [], "may_delegate": False}
    delegates = books.reports.delegates_of(practice.number, now)
    return {
        "practice": {"id": practice.number, "name": practice.name},
        "sentences": sentences(books, practice.number),
        "delegates": [
            {
                "person": one.person,
                "name": books.name(one.person),
                "by": books.name(one.by),
                "since_ms": ms(one.since),
                "until_ms": ms(one.until),
            }
            for one in delegates
        ],
        "office": [
            {"person": number, "name": name}
            for number, name in sorted(report_acts.offices(books, practice.number).items())
        ],
        "may_delegate": Permission.REPORT_SIGN in books.surveil.permissions(who.staff),
    }


def sentences(books: Books, practice: int | None) -> list[Shape]:
    """A practice's sentences, by title."""
    held = books.reports.sentences.get(practice or 0, {}).values()
    return [
        {"sentence": one.number, "title": one.title, "text": one.text}
        for one in sorted(held, key=lambda one: (one.title.casefold(), one.number))
    ]


def line(books: Books, who: Who, report: Report, now: Instant) -> Shape:
    """A report in a list."""
    about, edition, whose = report.about, len(report.pdfs), books.whose(report)
    number = whose.practice
    practice = books.surveil.staff.practices.get(number or 0)
    delivered = [one for one in report.sent if one.edition == edition]
    return {
        "report": report.number,
        "kind": str(about.kind),
        "stream": stream_name(about.stream),
        "patient": whose.name,
        "birth_date": whose.birth_date,
        "wrong_patient": None
        if report.misfiled is None
        else {"at_ms": ms(report.misfiled.at), "correction": report.misfiled.correction},
        "practice": None if practice is None else {"id": practice.number, "name": practice.name},
        "which": about.name,
        "start_ms": ms(about.start),
        "stop_ms": ms(about.stop),
        "made_ms": ms(report.made),
        "since_ms": ms(report.since),
        "state": str(report.state),
        "standing": report.standing,
        "headline": report.headline,
        "note": report.note,
        "written": report.impression.text != "",
        "prepared": books.actor(report.prepared),
        "returned": report.returned,
        "signers": [one.name for one in report.signatures],
        "cosigner": books.name(report.cosigner),
        "addenda": len(report.addenda),
        "released": [{"at_ms": ms(one.at), "by": books.actor(one.by)} for one in report.releases],
        "addendum_due_ms": ms(report.outdated),
        "overdue": life_due.overdue(report, now),
        "waits": _waits(report),
        "delivery": next((str(one.state) for one in delivered if one.way == PORTAL), ""),
        "failed": any(one.state in (Delivery.FAILED, Delivery.UNDELIVERED) for one in delivered),
        "may": _may(books, who, report, now),
    }


def _may(books: Books, who: Who, report: Report, now: Instant) -> Shape:
    """What somebody may do with a report, and why not sign it."""
    prepare = reaches(books, who, Permission.REPORT_PREPARE, report, now)
    write = prepare and report_acts.writes(books, who, report, now)
    signer = who.staff != CONSOLE and reaches(books, who, Permission.REPORT_SIGN, report, now)
    why = ""
    if who.staff == CONSOLE:
        why = "nobody is signed in here"
    elif report.misfiled is not None:
        why = "it was made for the wrong person"
    elif books.practice_of(report) is None:
        why = "the patient is of no practice yet, so no physician can sign"
    elif not signer:
        why = "a physician of the patient's practice signs"
    preliminary, awaits = report.state in PRELIMINARY, report.state is State.COSIGN
    right = report.misfiled is None
    second = awaits and signer and report.signatures[0].signer != who.staff
    technical = report.about.kind in TECHNICAL
    unsigned = preliminary or report.state is State.ISSUED
    due = preliminary or (report.state is State.ISSUED and report.outdated is not None)
    return {
        "release": technical and due and right and prepare and report_acts.releases(books, who),
        "write": write and unsigned and right,
        "add": write and report.state in FINAL and right,
        "comment": prepare,
        "sign": signer and unsigned and right,
        "sign_addendum": signer and report.state in FINAL and right,
        "cosign": second and right and report.cosigner in (None, who.staff),
        "return": signer and report.state is State.PREPARED,
        "acknowledge": report_acts.of_practice(books, who, report) and len(report.pdfs) > 0,
        "why_not": why,
    }


# ---- one report --------------------------------------------------------------------------------------------


def page(books: Books, who: Who, report: Report, now: Instant) -> Shape:
    """A report with all that was done to it; its figures are at ``/api/reports/N/content``."""
    content = life.content(report)
    newer = books.reports.newest[report.about.key]
    return {
        **line(books, who, report, now),
        "now_ms": ms(now),
        "analysis": report.analysis,
        "content": report.content,
        "newer": newer if newer != report.number else None,
        "replaces": report.replaces,
        "impression": _impression(books, report),
        "to_sign": signatures.digest(content),
        "authors": [books.actor(one) for one in report.authors],
        "signatures": [signed(content, one) for one in report.signatures],
        "cosigners": [
            {"person": number, "name": name}
            for number, name in sorted(report_acts.cosigners(books, who, report).items())
        ],
        "writing": _writing(books, report),
        "added": [_added(report, one) for one in report.addenda],
        "outdated": None
        if report.outdated is None
        else {"since_ms": ms(report.outdated), "words": report.outdated_why},
        "comments": [
            {"at_ms": ms(one.at), "by": books.actor(one.by), "text": one.text} for one in report.comments
        ],
        "pdfs": list(report.pdfs),
        "sent": [
            {
                "edition": one.edition,
                "way": one.way,
                "to": one.to,
                "state": str(one.state),
                "at_ms": ms(one.at),
                "words": books.actor(one.words),
            }
            for one in report.sent
        ],
        "sentences": sentences(books, books.practice_of(report)),
        "most": {"text": life.TEXT_MAX, "comment": life.COMMENT_MAX, "why": life.WHY_MAX},
        "meanings": {
            "sign": signatures.SIGNS_REPORT,
            "cosign": signatures.COSIGNS_REPORT,
            "add": signatures.ADDS_TO_REPORT,
        },
    }


def _impression(books: Books, report: Report) -> Shape:
    one = report.impression
    return {"version": one.version, "text": one.text, "by": books.actor(one.by), "at_ms": ms(one.at or None)}


def _writing(books: Books, report: Report) -> Shape:
    """The addendum that is being written, with the digest of what would be signed."""
    one, digest = report.writing, ""
    if report.state in FINAL and one.text.strip():
        digest = signatures.digest(life.addendum_content(report, one.text))
    told = {"version": one.version, "text": one.text, "by": books.actor(one.by), "at_ms": ms(one.at or None)}
    return told | {"to_sign": digest}


def _added(report: Report, one: Addendum) -> Shape:
    content = life.addendum_content(report, one.text, one.number)
    return {"addendum": one.number, "text": one.text, "signature": signed(content, one.signature)}


def versions(
    books: Books, journal: Callable[..., Sequence[Deed]], report: Report
) -> Callable[[], Callable[[], Shape]]:
    """How to read every version of an impression from the journal; that of withdrawn drafts with it."""
    numbers, one = [], report
    while True:
        numbers.append(one.number)
        before = books.reports.reports.get(one.replaces or 0)
        if before is None:
            break
        one = before

    def read_all() -> Callable[[], Shape]:
        deeds = [
            deed
            for number in reversed(numbers)
            for deed in journal((EDITED,), limit=VERSIONS_MOST, subject=f"report {number}")
        ]
        return lambda: {"versions": [_version(books, deed) for deed in deeds]}

    return read_all


def _version(books: Books, deed: Deed) -> Shape:
    body: Mapping[str, Any] = deed.body
    return {
        "report": body["report"],
        "version": body["version"],
        "by": books.actor(deed.actor),
        "at_ms": deed.at / MILLISECOND,
        "text": body["text"],
    }
