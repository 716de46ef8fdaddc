"""What people do with calls of patients, and what time does: each act by name and fields (R6, R7, R18)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeAlias

from einthoven.answering import call_deeds, lapses, strip_deeds
from einthoven.answering.call import Asked, Call, Memory, State
from einthoven.answering.strip_deeds import Move
from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.center import act_fields
from einthoven.center.act_fields import Fields, flag, instant_ms, whole, words
from einthoven.center.call_cases import facts_on, lies_at, taken_back, unjudged
from einthoven.center.call_guesses import how_known
from einthoven.center.call_out import went_out
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.surveillance.qualification import qualified
from einthoven.surveillance.roles import Permission
from einthoven.surveillance.stations import in_place
from einthoven.telephone.profiles import shipped as recorders

Do: TypeAlias = Callable[[Books, Who, Fields, Instant], list[Draft]]
SYMPTOMS: Final = (
    "palpitations",
    "racing",
    "skipped",
    "dizzy",
    "faint",
    "chest-pain",
    "short-breath",
    "tired",
    "other",
)
"""Words of a mark (``docs/wire.md``)."""
WHY_MAX, TEXT_MAX, SHORT_MAX = 500, 2000, 200
SEVERE = 3
DOWN: Final = "the center was not running"


# ---- who has it --------------------------------------------------------------------------------------------


def _seat(books: Books, who: Who) -> int:
    """The station where somebody is on duty.

    Raises:
        RefusedError: not signed in (``not_signed_in``), or not at a station (``not_on_duty``).
    """
    books.surveil.member(who.staff)
    duty = books.surveil.watches.duties.get(who.staff)
    if duty is None:
        raise RefusedError("not_on_duty", "you are not signed in at a station: calls are answered at one")
    return duty.station


def take(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.take {call}``."""
    return call_deeds.take(books.calls, whole(fields, "call"), who.staff, _seat(books, who))


def take_over(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.take_over {call, why}``: a supervisor takes it from its holder."""
    number, why = whole(fields, "call"), words(fields, "why", WHY_MAX)
    return call_deeds.take_over(books.calls, number, who.staff, _seat(books, who), why)


def offer(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.offer {call, to}``: another is asked to take it over; to oneself: nobody any more.

    Raises:
        RefusedError: that person is not at a station (``not_on_duty``).
    """
    number, to = whole(fields, "call"), whole(fields, "to")
    if to not in books.surveil.watches.duties:
        raise RefusedError("not_on_duty", f"{books.name(to)} is not signed in at a station")
    if Permission.ANSWER not in books.surveil.permissions(to):
        raise RefusedError("permission", f"{books.name(to)} does not answer the telephone")
    return call_deeds.offer(books.calls, number, who.staff, to)


def leave(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.leave {call}``."""
    return call_deeds.leave(books.calls, whole(fields, "call"), who.staff, "let go by hand")


def hang(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.hang {call}``."""
    return call_deeds.hang(books.calls, whole(fields, "call"), who.staff)


# ---- who calls, and what they say --------------------------------------------------------------------------


def _patient(books: Books, fields: Fields) -> StreamId:
    """The patient that an act names: of an open service by telephone.

    Raises:
        NotFoundError: there is no such.
    """
    stream = act_fields.stream(fields)
    period = books.periods.get(stream)
    if period is None or not period.telephone:
        raise NotFoundError(f"{stream_name(stream)} is nobody who sends strips by telephone now")
    return stream


def tie(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.tie {call, stream}``: who calls: said by a person who sees name and birth date."""
    call, stream = books.calls.call(whole(fields, "call")), _patient(books, fields)
    drafts = call_deeds.tie(books.calls, call.number, who.staff, stream, how_known(books, call, stream))
    if drafts:
        books.call_work.refuse_placing(call)
    return drafts


def ask(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``telephone.ask {call, symptom, severity, activity, text, symptom_ms, memory, medication}``.

    What is not named stays as it was said before.
    """
    call = books.calls.call(whole(fields, "call"))
    period = None if call.stream is None else books.periods.get(call.stream)
    since = None if period is None else period.started
    return call_deeds.ask(books.calls, call.number, who.staff, _asked(call.asked, fields), now, since)


def _asked(before: Asked, fields: Fields) -> Asked:
    asked = before
    if "symptom" in fields:
        symptom = words(fields, "symptom", SHORT_MAX, empty=True)
        if symptom and symptom not in SYMPTOMS:
            raise InputError(f"symptom: want one of {', '.join(SYMPTOMS)}, or nothing")
        asked = replace(asked, symptom=symptom)
    if "severity" in fields:
        severity = fields["severity"]
        if type(severity) is not int or not 0 <= severity <= SEVERE:
            raise InputError("severity: want 0 (not known), 1 mild, 2 moderate or 3 severe")
        asked = replace(asked, severity=severity)
    if "activity" in fields:
        asked = replace(asked, activity=words(fields, "activity", SHORT_MAX, empty=True))
    if "text" in fields:
        asked = replace(asked, text=words(fields, "text", SHORT_MAX, empty=True))
    if "medication" in fields:
        asked = replace(asked, medication=words(fields, "medication", TEXT_MAX, empty=True))
    if "symptom_ms" in fields:
        at = None if fields["symptom_ms"] is None else instant_ms(fields, "symptom_ms")
        asked = replace(asked, symptom_at=at)
    if "memory" in fields:
        asked = replace(asked, memory=_memory(fields["memory"]))
    return asked


def _memory(value: object) -> Memory:
    try:
        return Memory(value)  # type: ignore[arg-type]
    except ValueError:
        raise InputError(f"memory: want one of {', '.join(Memory)}") from None


# ---- strips ------------------------------------------------------------------------------------------------


def _corrects(books: Books, who: Who) -> bool:
    return Permission.CORRECT in books.surveil.permissions(who.staff)


def strike(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``telephone.strike {call, strip, why}``: it counts for nothing; what was found on it is taken back."""
    number, strip, why = whole(fields, "call"), whole(fields, "strip"), words(fields, "why", WHY_MAX)
    may_correct = _corrects(books, who)
    out = went_out(books, books.calls.call(number))
    drafts = strip_deeds.strike(books.calls, number, strip, who.staff, why, out, may_correct=may_correct)
    books.call_work.refuse_placing(books.calls.call(number))
    return drafts + _withdrawn(books, drafts, why, now)


def played(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.played {call, profile, speed, why}``: which recorder played: its strips are read anew.

    ``profile`` empty: the patient's own; ``speed`` 0: as the sound tells it.

    Raises:
        InputError: no such recorder, none is known, or it does not play at that speed.
    """
    call, why = books.calls.call(whole(fields, "call")), words(fields, "why", WHY_MAX)
    name = words(fields, "profile", SHORT_MAX, empty=True)
    known = None if call.stream is None else books.callers.of(call.stream)
    own = "" if known is None else known.profile
    kind = recorders().get(name or own)
    if kind is None:
        raise InputError(f"profile: say which recorder it was: {', '.join(recorders())}")
    speed = fields.get("speed", 0)
    if type(speed) is not int or speed not in (0, *kind.speeds):
        told = " or ".join(str(one) for one in kind.speeds)
        raise InputError(f"speed: want 0 (as the sound tells it), or {told}, at which {kind.name} plays")
    if not name and not speed:
        raise InputError("profile, speed: say one of them: its own recorder is known")
    may_correct = _corrects(books, who)
    said = name, speed, why
    drafts = strip_deeds.played(books.calls, call.number, who.staff, *said, may_correct=may_correct)
    books.call_work.refuse_placing(call)
    return drafts


def move(books: Books, who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``telephone.move {call, strip, stream, why}``: another patient's; without ``strip`` the whole call."""
    call, stream = books.calls.call(whole(fields, "call")), _patient(books, fields)
    strip = whole(fields, "strip") if fields.get("strip") is not None else None
    why = words(fields, "why", WHY_MAX)
    wanted = Move(call.number, strip, stream, how_known(books, call, stream), why, went_out(books, call))
    drafts = strip_deeds.move(books.calls, wanted, who.staff, may_correct=_corrects(books, who))
    books.call_work.refuse_placing(call)
    return drafts + _withdrawn(books, drafts, why, now)


def followed(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.followed {call, strip, item, how}``: who was told because of it knows better now."""
    number, strip, item = whole(fields, "call"), whole(fields, "strip"), whole(fields, "item")
    return strip_deeds.follow(books.calls, number, strip, item, words(fields, "how", TEXT_MAX))


def _withdrawn(books: Books, drafts: list[Draft], why: str, now: Instant) -> list[Draft]:
    """Findings on strips that are no longer this patient's, as the cases that hold them are told."""
    made: list[Draft] = []
    for draft in drafts:
        number, strip = draft.body.get("call"), draft.body.get("strip")
        if type(number) is not int or type(strip) is not int:
            continue
        lies = lies_at(books.calls.calls[number].strip(strip))
        if lies is not None:
            for fact in facts_on(books, lies):
                made += books.triage.place(taken_back(fact, why), now)
    return made


# ---- calling back, closing, the center's own ---------------------------------------------------------------


def tried(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.tried {call, reached, note}``: they were called back."""
    note = words(fields, "note", TEXT_MAX, empty=True)
    return call_deeds.tried(books.calls, whole(fields, "call"), who.staff, flag(fields, "reached"), note)


def close(books: Books, who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.close {call, outcome, note}``."""
    call = books.calls.call(whole(fields, "call"))
    outcome, note = words(fields, "outcome", 40), words(fields, "note", TEXT_MAX, empty=True)
    drafts = call_deeds.close(books.calls, call.number, who.staff, outcome, note, unjudged(books, call))
    books.call_work.refuse_unheard(call)
    return drafts


def explain(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.explain {lapse, note}``: why nobody was there to answer."""
    return lapses.explain(books.calls.lapses, whole(fields, "lapse"), words(fields, "note", TEXT_MAX))


def limits(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``telephone.limits {limits, why}``."""
    return call_deeds.set_limits(books.calls, fields.get("limits"), words(fields, "why", WHY_MAX))


# ---- time --------------------------------------------------------------------------------------------------


def due(books: Books, now: Instant, down: Instant | None = None) -> list[Draft]:
    """Once a second: calls that nobody takes, holders who are gone, and whether anybody is there at all.

    Args:
        down: at the first look of a life of the center, when the last one was known alive.
    """
    if not books.calls.open and not any(one.telephone for one in books.periods.values()):
        return lapses.look(books.calls.lapses, None, now)
    gone = {call.number: cause for call in books.calls.live() if (cause := _gone(books, call, now))}
    drafts = call_deeds.due(books.calls, now, gone)
    missing, since = nobody(books, now), now
    if down is not None and down < now and _must_answer(books):
        if missing is None:
            return drafts + lapses.passed(books.calls.lapses, DOWN, down, now)
        missing, since = f"{DOWN}; {missing}", down
    return drafts + lapses.look(books.calls.lapses, missing, since)


def _must_answer(books: Books) -> bool:
    return books.surveil.attended and any(one.telephone for one in books.periods.values())


def _gone(books: Books, call: Call, now: Instant) -> str:
    """Why who has a call is not there any more, ``""`` while they are.

    A screen that has proved its picture since the call was taken, said no good-bye and proves nothing any
    more is lost, as it is for watches; one that never proved any is judged by its page alone.
    """
    if not call.held or call.taken_by is None or call.station is None:
        return ""
    surveil = books.surveil
    duty = surveil.watches.duties.get(call.taken_by)
    if duty is None:
        return "signed out, or the page is gone"
    if duty.station != call.station:
        return f"signed in at station {duty.station}"
    seen, proofs = surveil.proofs.seen.get(call.station), surveil.proofs
    since = call.taken_at or 0
    silent = seen is not None and since < seen < now - surveil.limits.silence
    if silent and call.state is State.TAKEN and call.station not in proofs.left:
        return "the station is silent"
    return ""


def nobody(books: Books, now: Instant) -> str | None:
    """Why no qualified person can be reached while somebody may call; None where one can, or none need be."""
    surveil = books.surveil
    if not _must_answer(books):
        return None
    if down := books.line_faults.none_left():
        return down[:WHY_MAX]
    unfit = []
    for person, duty in sorted(surveil.watches.duties.items()):
        member = surveil.staff.members.get(person)
        if member is None or Permission.ANSWER not in surveil.permissions(person):
            continue
        station = surveil.stations.stations.get(duty.station)
        site = None if station is None else surveil.stations.sites.get(station.site)
        fit, place = qualified(member, now, surveil.recognised), in_place(station, site, duty.address)
        if fit.ok and place.ok:
            return None
        unfit.append(f"{member.name}: {(place if fit.ok else fit).words}")
    return "; ".join(unfit)[:WHY_MAX] if unfit else "nobody who answers is signed in at a station"


TELEPHONE: Mapping[str, tuple[tuple[str, ...], Do, str]] = MappingProxyType(
    {
        "telephone.take": (("call",), take, ""),
        "telephone.take_over": (("call", "why"), take_over, ""),
        "telephone.offer": (("call", "to"), offer, ""),
        "telephone.leave": (("call",), leave, ""),
        "telephone.hang": (("call",), hang, ""),
        "telephone.tie": (("call", "stream"), tie, ""),
        "telephone.ask": (
            ("call", "symptom", "severity", "activity", "text", "symptom_ms", "memory", "medication"),
            ask,
            "",
        ),
        "telephone.strike": (("call", "strip", "why"), strike, ""),
        "telephone.played": (("call", "profile", "speed", "why"), played, ""),
        "telephone.move": (("call", "strip", "stream", "why"), move, ""),
        "telephone.followed": (("call", "strip", "item", "how"), followed, ""),
        "telephone.tried": (("call", "reached", "note"), tried, ""),
        "telephone.close": (("call", "outcome", "note"), close, ""),
        "telephone.explain": (("lapse", "note"), explain, ""),
        "telephone.limits": (("limits", "why"), limits, ""),
    }
)
"""Fields of each act, what decides it, and the number that its answer tells."""
