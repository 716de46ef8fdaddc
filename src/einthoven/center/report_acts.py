"""What people do with reports at the desk: written, made ready, signed, added to, acknowledged (R27)."""

from __future__ import annotations

from typing import Final

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import Instant
from einthoven.center import act_fields
from einthoven.center.act_fields import Fields, flag, whole
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.signing import signature_of
from einthoven.center.surveil import CONSOLE
from einthoven.escalation.signature import ADDS_TO_REPORT, COSIGNS_REPORT, SIGNS_REPORT
from einthoven.reports import life_deeds as life
from einthoven.reports.life_states import TECHNICAL, Report
from einthoven.surveillance.roles import BOUND, Permission, Role

WRITE: Final = frozenset({Role.TECHNICIAN, Role.SUPERVISOR, Role.PHYSICIAN})
"""Roles that write an impression by themselves; somebody of an office needs a physician's word for it."""


RELEASE: Final = frozenset({Role.TECHNICIAN, Role.SUPERVISOR})
"""Roles that issue technical reports."""


def writes(books: Books, who: Who, report: Report, now: Instant) -> bool:
    """Whether somebody who may prepare reports may write this one: an office only as a delegate."""
    if who.staff == CONSOLE:
        return True
    member, practice = books.surveil.member(who.staff), books.practice_of(report)
    if report.about.kind in TECHNICAL and Role.PHYSICIAN not in member.roles:
        return False  # tracing and counts: what they mean is a physician's
    return bool(member.roles & WRITE) or books.reports.delegate(practice, who.staff, now) is not None


def of_practice(books: Books, who: Who, report: Report) -> bool:
    """Whether somebody is of the practice whose report it is."""
    member = books.surveil.staff.members.get(who.staff)
    practice = books.practice_of(report)
    bound = member is not None and bool(member.roles & BOUND)
    return bound and practice is not None and member is not None and member.practice == practice


def _writer(books: Books, who: Who, fields: Fields, now: Instant) -> int:
    number = whole(fields, "report")
    if not writes(books, who, books.reports.report(number), now):
        if books.reports.report(number).about.kind in TECHNICAL:
            raise RefusedError("technical", "a technical report holds no impression but a physician's own")
        raise RefusedError("delegate", "no physician of the practice has delegated its reports to you")
    return number


def _base(fields: Fields) -> int:
    base = fields.get("base")
    if type(base) is not int or base < 0:
        raise InputError("base: want the version that was written on, 0 for none")
    return base


def edit(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``report.edit {report, text, base}``: the impression as it now is."""
    number = _writer(books, who, fields, now)
    return life.edit(books.reports, number, fields.get("text"), _base(fields), _actor(who))


def prepare(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``report.prepare {report}``: it is ready for the physician."""
    return life.prepare(books.reports, _writer(books, who, fields, now))


def release(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``report.release {report}``: whoever watches here issues a technical report."""
    report = books.reports.report(whole(fields, "report"))
    if not releases(books, who):
        raise RefusedError("permission", "a technician or supervisor of the center issues technical reports")
    return life.release(books.reports, report.number)


def releases(books: Books, who: Who) -> bool:
    """Whether somebody issues technical reports."""
    return who.staff != CONSOLE and bool(books.surveil.member(who.staff).roles & RELEASE)


def give_back(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``report.return {report, why}``."""
    return life.give_back(books.reports, whole(fields, "report"), fields.get("why"))


def comment(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``report.comment {report, text}``."""
    return life.comment(books.reports, whole(fields, "report"), fields.get("text"))


def sign(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``report.sign {report, content, confirmation, cosign, cosigner}``: it is final."""
    report = life.to_sign(books.reports, whole(fields, "report"))
    wanted = flag(fields, "cosign") if "cosign" in fields else False
    cosigner = whole(fields, "cosigner") if wanted and fields.get("cosigner") is not None else None
    if cosigner is not None and cosigner not in cosigners(books, who, report):
        raise RefusedError("cosigner", "the second signature is of another physician of the practice")
    signed = signature_of(books, who, fields, life.content(report), "report", SIGNS_REPORT, now)
    return life.sign(books.reports, report.number, signed, wanted, cosigner)


def cosign(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``report.cosign {report, content, confirmation}``."""
    report = life.to_cosign(books.reports, whole(fields, "report"), who.staff)
    signed = signature_of(books, who, fields, life.content(report), "report", COSIGNS_REPORT, now)
    return life.cosign(books.reports, report.number, signed)


def write_addendum(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``report.write_addendum {report, text, base}``: what may become an addendum."""
    number = _writer(books, who, fields, now)
    return life.write_addendum(books.reports, number, fields.get("text"), _base(fields), _actor(who))


def add(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``report.add {report, content, confirmation}``: the addendum as it was written is signed."""
    report = life.final(books.reports, whole(fields, "report"))
    text = life.text_of("addendum", report.writing.text)
    content = life.addendum_content(report, text)
    signed = signature_of(books, who, fields, content, "addendum", ADDS_TO_REPORT, now)
    return life.add(books.reports, report.number, text, signed)


def view(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``report.view {report}``: whoever is of the patient's practice has it before them; others change
    nothing by looking."""
    report = books.reports.report(whole(fields, "report"))
    if not of_practice(books, who, report):
        return []
    return life.view(books.reports, report.number)


def acknowledge(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``report.acknowledge {report}``."""
    report = books.reports.report(whole(fields, "report"))
    if not of_practice(books, who, report):
        raise RefusedError("practice", "the patient's own practice acknowledges its reports")
    return life.acknowledge(books.reports, report.number)


def cosigners(books: Books, who: Who, report: Report) -> dict[int, str]:
    """Who may sign second: other physicians of the patient's practice, by number."""
    practice = books.practice_of(report)
    return {
        one.number: one.name
        for one in books.surveil.staff.members.values()
        if practice is not None
        and one.practice == practice
        and one.active
        and Role.PHYSICIAN in one.roles
        and one.number != who.staff
    }


# ---- a practice's own --------------------------------------------------------------------------------------


def _own_practice(books: Books, who: Who, fields: Fields) -> int:
    practice = whole(fields, "practice")
    if practice not in books.surveil.staff.practices:
        raise NotFoundError(f"practice: there is no practice {practice}")
    if who.staff != CONSOLE and books.surveil.member(who.staff).practice != practice:
        raise RefusedError("practice", f"practice {practice} is not yours")
    return practice


def sentence(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``report.sentence {practice, sentence, title, text}``: a new one, or another wording."""
    practice = _own_practice(books, who, fields)
    number = whole(fields, "sentence") if fields.get("sentence") is not None else None
    return life.sentence(books.reports, practice, number, fields.get("title"), fields.get("text"))


def drop_sentence(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``report.drop_sentence {practice, sentence}``."""
    return life.drop_sentence(books.reports, _own_practice(books, who, fields), whole(fields, "sentence"))


def delegate(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``report.delegate {practice, person, until_ms}``: somebody of the office prepares reports."""
    practice, person = _own_practice(books, who, fields), whole(fields, "person")
    if person not in offices(books, practice):
        raise RefusedError("person", "reports are delegated to somebody of the practice's own office")
    until = act_fields.instant_ms(fields, "until_ms") if fields.get("until_ms") is not None else None
    return life.delegate(books.reports, practice, person, who.staff, until, now)


def undelegate(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``report.undelegate {practice, person}``."""
    return life.undelegate(books.reports, _own_practice(books, who, fields), whole(fields, "person"))


def offices(books: Books, practice: int) -> dict[int, str]:
    """Who can be a delegate: active people of a practice's office, by number."""
    members = books.surveil.staff.members.values()
    return {
        one.number: one.name
        for one in members
        if one.practice == practice and one.active and Role.OFFICE in one.roles
    }


def may_prepare(books: Books, who: Who) -> bool:
    """Whether somebody's roles prepare reports at all."""
    return Permission.REPORT_PREPARE in books.surveil.permissions(who.staff)


def _actor(who: Who) -> str:
    return "console" if who.staff == CONSOLE else f"staff {who.staff}"
