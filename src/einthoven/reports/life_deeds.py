"""What may be done with a report, drafted as deeds: written, made ready, signed, added to, delivered (R27).

Who may do it is the center's to say; here is what holds for everybody: a signed report does not change, a
signature is under exactly what was shown, and an impression that somebody else wrote meanwhile is not
overwritten.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from einthoven.base.deeds import Body, Draft, Json
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import stream_name
from einthoven.base.instants import DAY, Duration, Instant
from einthoven.escalation import signature as signatures
from einthoven.escalation.signature import (
    ADDS_TO_REPORT,
    COSIGNS_REPORT,
    SIGNS_REPORT,
    Signature,
)
from einthoven.reports import life_book as kinds
from einthoven.reports.life_book import LifeBook
from einthoven.reports.life_states import (
    FINAL,
    PORTAL,
    PRELIMINARY,
    TECHNICAL,
    About,
    Delivery,
    Report,
    State,
)

TEXT_MAX = 8000
"""Letters of an impression or an addendum: two pages."""
COMMENT_MAX, TITLE_MAX, WHY_MAX = 1000, 60, 500
SENTENCES_MAX, DELEGATES_MAX = 200, 50
DELEGATED_MAX: Duration = 400 * DAY


def text_of(name: str, value: object, most: int = TEXT_MAX, *, empty: bool = False) -> str:
    """A text of several lines, as it is kept: NFC, no blanks at the ends of lines.

    Raises:
        InputError: no text, too long, empty where it must not be, or with letters that cannot be printed.
    """
    if not isinstance(value, str) or len(value) > most:
        raise InputError(f"{name}: want a text of at most {most} characters")
    lines = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    for char in text:
        if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") and char not in "\n\t":
            raise InputError(f"{name}: character U+{ord(char):04X} is not allowed")
    if not text.strip() and not empty:
        raise InputError(f"{name}: must be said")
    return text


# ---- drafts ------------------------------------------------------------------------------------------------


def draft(
    book: LifeBook,
    about: About,
    content: str,
    analysis: str,
    headline: str,
    note: str,
    stamp: str,
) -> list[Draft]:
    """A report was made of something: its first draft, a newer one, or an addendum that is due.

    Nothing where the newest draft is of the very same content, or a signed one is known to differ.

    Args:
        content: SHA-256 of the content.
        stamp: what it was made from.
    """
    known = book.of(about.key)
    if known is not None and known.misfiled is not None:
        return []
    if known is not None and known.content == content and known.outdated is None:
        return []
    if known is not None and (known.state in FINAL or known.releases):
        if known.outdated_content == content:
            return []
        was = "signed" if known.state in FINAL else "issued"
        why = f"made again, its figures differ from what was {was}"
        if known.content == content:
            why = f"made again, its figures are those that were {was}"
        body: Body = {"report": known.number, "content": content, "stamp": stamp, "why": why}
        return [Draft(kinds.OUTDATED, subject(known), body)]
    number = book.next_report
    made: dict[str, Json] = {
        "report": number,
        "kind": str(about.kind),
        "stream": about.stream,
        "which": about.which,
        "start": about.start,
        "stop": about.stop,
        "content": content,
        "analysis": analysis,
        "headline": headline,
        "note": note,
        "stamp": stamp,
        "replaces": None if known is None else known.number,
    }
    drafts = [Draft(kinds.DRAFTED, f"report {number}", made)]
    if known is not None and known.state in PRELIMINARY:
        gone: Body = {"report": known.number, "stream": about.stream, "by": number}
        drafts.insert(0, Draft(kinds.WITHDRAWN, subject(known), gone))
    return drafts


def withdraw(book: LifeBook, number: int) -> list[Draft]:
    """What a draft was made of counts no more, and nothing takes its place; nothing where it was issued."""
    report = book.report(number)
    if report.state not in PRELIMINARY:
        return []
    return [Draft(kinds.WITHDRAWN, subject(report), {"report": number, "stream": report.about.stream})]


def subject(report: Report) -> str:
    """A report as the subject of a deed: ``report 5``."""
    return f"report {report.number}"


def _body(report: Report, **more: Json) -> dict[str, Json]:
    return {"report": report.number, "stream": report.about.stream, **more}


# ---- writing -----------------------------------------------------------------------------------------------


def edit(book: LifeBook, number: int, text: object, base: int, actor: str) -> list[Draft]:
    """Write the impression anew.

    Args:
        base: version that the writer had before them.

    Raises:
        RefusedError: it is final or withdrawn, or somebody else wrote meanwhile (``changed``).
        InputError: as ``text_of``.
    """
    report = preliminary(book, number, "its impression")
    made = text_of("text", text, empty=True)
    held = report.impression
    if made == held.text:
        return []
    if base != held.version and held.by != actor:
        raise RefusedError("changed", f"the impression was changed meanwhile: it is version {held.version}")
    return [Draft(kinds.EDITED, subject(report), _body(report, version=held.version + 1, text=made))]


def prepare(book: LifeBook, number: int) -> list[Draft]:
    """It is ready for the physician; nothing where it was."""
    report = preliminary(book, number, "it")
    if report.state in (State.PREPARED, State.ISSUED):
        return []
    return [Draft(kinds.PREPARED, subject(report), _body(report))]


def release(book: LifeBook, number: int) -> list[Draft]:
    """A technical report is issued as it stands; one that something came to since, as it is made now.

    Raises:
        RefusedError: it is no technical report (``kind``), it is signed or withdrawn, or issued as it stands
            (``state``).
    """
    report = preliminary(book, number, "it")
    if report.about.kind not in TECHNICAL:
        raise RefusedError("kind", f"report {number} is for a physician to sign: it is not issued without")
    if report.state is State.ISSUED and report.outdated is None:
        raise RefusedError("state", f"report {number} is issued as it stands")
    content = report.outdated_content or report.content
    return [Draft(kinds.RELEASED, subject(report), _body(report, content=content))]


def give_back(book: LifeBook, number: int, why: object) -> list[Draft]:
    """The physician gives a prepared report back.

    Raises:
        RefusedError: it is not prepared (``state``).
    """
    report = preliminary(book, number, "it")
    if report.state is not State.PREPARED:
        raise RefusedError("state", f"report {number} was not made ready: there is nothing to give back")
    return [Draft(kinds.RETURNED, subject(report), _body(report, why=text_of("why", why, WHY_MAX)))]


def comment(book: LifeBook, number: int, text: object) -> list[Draft]:
    """Tell others something about it; no part of the report."""
    report = book.report(number)
    return [Draft(kinds.COMMENTED, subject(report), _body(report, text=text_of("text", text, COMMENT_MAX)))]


def write_addendum(book: LifeBook, number: int, text: object, base: int, actor: str) -> list[Draft]:
    """Write what may become an addendum; refused as ``edit``, and before the report is signed (``state``)."""
    report, made = final(book, number), text_of("text", text, empty=True)
    held = report.writing
    if made == held.text:
        return []
    if base != held.version and held.by != actor:
        raise RefusedError("changed", f"the addendum was changed meanwhile: it is version {held.version}")
    return [Draft(kinds.WRITTEN, subject(report), _body(report, version=held.version + 1, text=made))]


# ---- signing -----------------------------------------------------------------------------------------------


def content(report: Report) -> bytes:
    """Exactly what is signed: the figures by their digest, the impression word for word."""
    about = report.about
    return signatures.canonical(
        {
            "report": report.number,
            "kind": str(about.kind),
            "stream": stream_name(about.stream),
            "which": about.which,
            "start": about.start,
            "stop": about.stop,
            "analysis": report.analysis,
            "note": report.note,
            "content": report.content,
            "impression": report.impression.text,
        }
    )


def addendum_content(report: Report, text: str, place: int | None = None) -> bytes:
    """Exactly what is signed with an addendum: its text, and what it is added to.

    Args:
        place: its number; None: the next.
    """
    return signatures.canonical(
        {
            "addendum": len(report.addenda) + 1 if place is None else place,
            "to report": report.number,
            "signed": report.signatures[0].seal,
            "text": text,
        }
    )


def to_sign(book: LifeBook, number: int) -> Report:
    """A report that may be signed.

    Raises:
        RefusedError: it is signed, or withdrawn (``state``), or nobody wrote an impression (``impression``).
    """
    report = preliminary(book, number, "it")
    if not report.impression.text.strip():
        raise RefusedError("impression", f"report {number} has no impression: write what the figures mean")
    return report


def sign(
    book: LifeBook, number: int, signature: Signature, cosign: bool, cosigner: int | None
) -> list[Draft]:
    """A physician signs.

    Args:
        cosign: a second signature is wanted.
        cosigner: whose; None: of any physician of the practice.

    Raises:
        RefusedError: as ``to_sign``, or the signature is under something else (``signature``).
    """
    report = to_sign(book, number)
    _fits(signature, content(report), SIGNS_REPORT)
    if cosign and cosigner == signature.signer:
        raise RefusedError("cosigner", "the second signature is another person's")
    body = _body(report, signature=signature.body(), cosign=cosign, cosigner=cosigner if cosign else None)
    return [Draft(kinds.SIGNED, subject(report), body)]


def cosign(book: LifeBook, number: int, signature: Signature) -> list[Draft]:
    """The second physician signs.

    Raises:
        RefusedError: no second signature is awaited (``state``), it is the first signer (``cosigner``), or
            somebody else was asked for it.
    """
    report = to_cosign(book, number, signature.signer)
    _fits(signature, content(report), COSIGNS_REPORT)
    return [Draft(kinds.COSIGNED, subject(report), _body(report, signature=signature.body()))]


def to_cosign(book: LifeBook, number: int, person: int) -> Report:
    """A report that somebody may co-sign; refused as ``cosign``."""
    report = _rightly(book, number)
    if report.state is not State.COSIGN:
        raise RefusedError("state", f"report {number} awaits no second signature")
    if report.signatures[0].signer == person:
        raise RefusedError("cosigner", "you signed it first: the second signature is another person's")
    if report.cosigner not in (None, person):
        raise RefusedError("cosigner", "somebody else was asked for the second signature")
    return report


def add(book: LifeBook, number: int, text: object, signature: Signature) -> list[Draft]:
    """An addendum is signed; what was signed before stays as it is.

    Raises:
        RefusedError: the report is not signed (``state``), or the signature is under something else.
    """
    report, made = final(book, number), text_of("text", text)
    _fits(signature, addendum_content(report, made), ADDS_TO_REPORT)
    place = len(report.addenda) + 1
    body = _body(report, addendum=place, text=made, signature=signature.body())
    return [Draft(kinds.ADDED, subject(report), body)]


def _fits(signature: Signature, signed: bytes, meaning: str) -> None:
    checked = signatures.verify(signed, signature)
    if not checked.ok:
        raise RefusedError("signature", "; ".join(checked.reasons))
    if signature.meaning != meaning:
        raise RefusedError("meaning", f"this is signed as: {meaning}")


def preliminary(book: LifeBook, number: int, what: str) -> Report:
    """A report that may still change.

    Raises:
        NotFoundError: there is none.
        RefusedError: it is signed or withdrawn (``state``).
    """
    report = _rightly(book, number)
    if report.state is State.WITHDRAWN:
        newer = book.newest[report.about.key]
        raise RefusedError("state", f"report {number} was withdrawn: report {newer} took its place")
    if report.state in FINAL:
        raise RefusedError("state", f"report {number} is signed and {what} does not change: add an addendum")
    return report


def final(book: LifeBook, number: int) -> Report:
    """A report that is signed; RefusedError (``state``) where it is not, ``wrong_patient`` where it is of the
    wrong person."""
    report = _rightly(book, number)
    if report.state not in FINAL:
        raise RefusedError("state", f"report {number} is {report.state}: only what is signed has addenda")
    return report


def _rightly(book: LifeBook, number: int) -> Report:
    report = book.report(number)
    if report.misfiled is not None:
        raise RefusedError(
            "wrong_patient",
            f"report {number} was made for the wrong person (correction {report.misfiled.correction}): "
            "nothing is added to it",
        )
    return report


def misfile(
    book: LifeBook, number: int, correction: int, patient: int, name: str, practice: int | None
) -> list[Draft]:
    """A report was made for the wrong person: a draft is withdrawn, a signed one is marked, once.

    Args:
        correction: that found it.
        patient, name, practice: for whom it was made, and whose it was.
    """
    report = book.report(number)
    if report.misfiled is not None or report.state is State.WITHDRAWN:
        return []
    told = _body(report, correction=correction, patient=patient, name=name, practice=practice)
    return [Draft(kinds.MISFILED, subject(report), told)]


# ---- delivery ----------------------------------------------------------------------------------------------


def issue(book: LifeBook, number: int, pdf: str, to: str) -> list[Draft]:
    """The PDF of the next edition is on file, and lies before the practice.

    Args:
        pdf: its SHA-256.
        to: the practice's name.
    """
    report = book.report(number)
    edition = len(report.pdfs) + 1
    if edition > report.editions:
        return []
    return [Draft(kinds.ISSUED, subject(report), _body(report, edition=edition, pdf=pdf, to=to))]


def deliver(
    book: LifeBook, number: int, edition: int, way: str, to: str, carried: str | None = None, words: str = ""
) -> list[Draft]:
    """What became of an edition on a way of its own (HL7, a printer): begun, or ``sent``, ``failed``,
    ``given_up``."""
    report = book.report(number)
    if not 1 <= edition <= len(report.pdfs):
        raise RefusedError("state", f"report {number} has no edition {edition}")
    body = _body(report, edition=edition, way=way, to=to, carried=carried, words=words)
    return [Draft(kinds.DELIVERY, subject(report), body)]


def view(book: LifeBook, number: int) -> list[Draft]:
    """Somebody of the patient's practice has the newest edition before them; nothing where somebody had."""
    report = book.report(number)
    edition = len(report.pdfs)
    if not _there(report, edition, Delivery.SENT):
        return []
    return [Draft(kinds.VIEWED, subject(report), _body(report, edition=edition))]


def acknowledge(book: LifeBook, number: int) -> list[Draft]:
    """Somebody of the patient's practice has read it and takes it over.

    Raises:
        RefusedError: it was not issued (``state``).
    """
    report = book.report(number)
    edition = len(report.pdfs)
    if edition == 0:
        raise RefusedError("state", f"report {number} is not issued yet: there is nothing to acknowledge")
    if _there(report, edition, Delivery.ACKNOWLEDGED):
        return []
    done = Draft(kinds.ACKNOWLEDGED, subject(report), _body(report, edition=edition))
    return [*view(book, number), done]


def _there(report: Report, edition: int, state: Delivery) -> bool:
    return any((one.edition, one.way, one.state) == (edition, PORTAL, state) for one in report.sent)


# ---- a practice's own --------------------------------------------------------------------------------------


def sentence(book: LifeBook, practice: int, number: int | None, title: object, text: object) -> list[Draft]:
    """Keep a sentence of a practice, or another wording of it.

    Raises:
        NotFoundError: there is no such sentence.
        RefusedError: there are too many (``full``).
    """
    held = book.sentences.get(practice, {})
    if number is None and len(held) >= SENTENCES_MAX:
        raise RefusedError("full", f"a practice keeps at most {SENTENCES_MAX} sentences")
    if number is not None and number not in held:
        raise NotFoundError(f"there is no sentence {number}")
    said: dict[str, Any] = {"title": _line(title), "text": text_of("text", text, 2000)}
    body = {"practice": practice, "sentence": number or book.next_sentence, **said}
    return [Draft(kinds.SENTENCE, f"practice {practice}", body)]


def drop_sentence(book: LifeBook, practice: int, number: int) -> list[Draft]:
    """A sentence is offered no more; NotFoundError where there is none."""
    if number not in book.sentences.get(practice, {}):
        raise NotFoundError(f"there is no sentence {number}")
    return [Draft(kinds.SENTENCE_DROPPED, f"practice {practice}", {"practice": practice, "sentence": number})]


def delegate(
    book: LifeBook, practice: int, person: int, by: int, until: Instant | None, now: Instant
) -> list[Draft]:
    """Somebody of a practice's office prepares its reports.

    Raises:
        RefusedError: it would be over already, or last longer than ``DELEGATED_MAX`` (``until``), or there
            are too many (``full``).
    """
    if until is not None and not now < until <= now + DELEGATED_MAX:
        raise RefusedError("until", f"want a time to come, at most {DELEGATED_MAX // DAY} days from now")
    if sum(1 for _ in book.delegates_of(practice, now)) >= DELEGATES_MAX:
        raise RefusedError("full", f"a practice has at most {DELEGATES_MAX} delegates")
    body: Body = {"practice": practice, "person": person, "by": by, "until": until}
    return [Draft(kinds.DELEGATED, f"practice {practice}", body)]


def undelegate(book: LifeBook, practice: int, person: int) -> list[Draft]:
    """A delegation ends; NotFoundError where there is none."""
    if (practice, person) not in book.delegates:
        raise NotFoundError(f"staff {person} prepares no reports of practice {practice}")
    return [Draft(kinds.UNDELEGATED, f"practice {practice}", {"practice": practice, "person": person})]


def _line(value: object) -> str:
    made = " ".join(text_of("title", value, TITLE_MAX).split())
    if not made:
        raise InputError("title: must be said")
    return made
