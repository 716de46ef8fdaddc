"""What the pages of service periods ask: the inventory, periods and the calls due, one period (R5, R33)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import DAY, SECOND, Duration, Instant
from einthoven.center.criteria_page import ms
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.service_office import Due, calls_due, end_due, return_due
from einthoven.enrollment.kit_states import RETURN_WITHIN, Event, Kit, State, can
from einthoven.enrollment.periods import PERIOD_MAX
from einthoven.enrollment.service_book import FIRST_CALL_LATE, Service, Stay, What, notice_at
from einthoven.surveillance.roles import Permission
from einthoven.surveillance.staff_changes import may
from einthoven.telephone.profiles import shipped as recorders

Shape: TypeAlias = dict[str, Any]
ENDED_SHOWN: Final[Duration] = 30 * DAY
"""Periods by order that ended are on the list for so long, and as long as their kit is not back."""
MOST: Final = 12_000


def answer(books: Books, who: Who, what: str, params: Mapping[str, str], now: Instant) -> Shape:
    """``kits``, ``services``, ``service`` of a stream, ``instructions`` of a stream."""
    if what == "kits":
        _need(books, who, Permission.KIT, Permission.ENROLL)
        return kits(books, who, now)
    if what == "services":
        _need(books, who, Permission.SERVICE_CALL)
        return services(books, who, now)
    stream = _theirs(books, who, params, now)
    return instructions(books, stream, now) if what == "instructions" else page(books, who, stream, now)


def _need(books: Books, who: Who, *permissions: Permission) -> None:
    if not books.surveil.permissions(who.staff) & set(permissions):
        raise RefusedError("permission", "that is not for your roles")


def _theirs(books: Books, who: Who, params: Mapping[str, str], now: Instant) -> StreamId:
    """The stream that a question names, if its patient is theirs to call.

    Raises:
        RefusedError: patients are not for their roles.
        NotFoundError: there is none, or it is of another practice: in the same words.
    """
    need = Permission.READ_CONTACTS
    _need(books, who, need)
    stream, surveil = parse_stream(params.get("id", "")), books.surveil
    member = surveil.staff.members.get(who.staff)
    theirs = member is None or may(surveil.staff, member, need, books.practice(stream), stream, now)
    if not theirs or not books.card(stream).name:
        raise NotFoundError(f"there is no stream {stream_name(stream)}")
    return stream


def _can(books: Books, who: Who, permission: Permission) -> bool:
    return permission in books.surveil.permissions(who.staff)


# ---- kits --------------------------------------------------------------------------------------------------


def kits(books: Books, who: Who, now: Instant) -> Shape:
    """The inventory: every kit that is not retired, then those, each by its label."""
    everyone = sorted(books.kits.kits.values(), key=lambda one: (one.state is State.RETIRED, one.transmitter))
    counts = Counter(str(one.state) for one in everyone)
    return {
        "now_ms": ms(now),
        "states": {str(state): counts[str(state)] for state in State},
        "overdue": sum(one.overdue(now) for one in everyone),
        "may": {"change": _can(books, who, Permission.KIT), "enroll": _can(books, who, Permission.ENROLL)},
        "kits": [kit_row(books, one, now) for one in everyone],
        "recorders": [{"name": one.name, "title": one.title} for one in recorders().values()],
    }


def kit_row(books: Books, kit: Kit, now: Instant) -> Shape:
    """A kit in the list; ``acts`` are those that its state allows."""
    acts = {
        "return": can(kit, Event.RETURNED) or can(kit, Event.FOUND),
        "clean": can(kit, Event.CLEANING),
        "cleaned": can(kit, Event.CLEANED),
        "lost": can(kit, Event.LOST),
        "retire": can(kit, Event.RETIRED),
    }
    stream = kit.stream
    return {
        "transmitter": kit.transmitter,
        "model": kit.model,
        "serial": kit.serial,
        "rate_hz": kit.layout.rate_hz,
        "leads": list(kit.layout.names),
        "state": str(kit.state),
        "since_ms": ms(kit.since),
        "overdue": kit.overdue(now),
        "due_ms": ms(kit.since + RETURN_WITHIN) if kit.state is State.DUE else None,
        "call_due": return_due(books, kit, now) is not None,
        "stream": None if stream is None else stream_name(stream),
        "patient": "" if stream is None or not kit.with_patient else books.card(stream).name,
        "unclean": kit.unclean,
        "shipping": kit.shipping,
        "said": kit.said,
        "acts": [name for name, there in acts.items() if there],
    }


# ---- periods -----------------------------------------------------------------------------------------------


def services(books: Books, who: Who, now: Instant) -> Shape:
    """Periods that are open, those that ended lately, and the calls that are due."""
    due = calls_due(books, lambda stream: stream in books.periods, now)
    shown = set(books.periods) | {
        stream for stream, one in books.service.services.items() if _lately(books, one, now)
    }
    listed = sorted(shown, key=lambda stream: -stream)[:MOST]
    return {
        "now_ms": ms(now),
        "calls": [call_row(books, one) for one in due],
        "overdue": sum(one.overdue for one in due),
        "services": [row(books, stream, now) for stream in listed],
        "may": _may(books, who),
    }


def _lately(books: Books, one: Service, now: Instant) -> bool:
    kit = books.kits.kits.get(one.transmitter)
    return bool(one.started) and (
        now - _last(books, one) < ENDED_SHOWN
        or (kit is not None and kit.stream == one.stream and kit.state is State.DUE)
    )


def _last(books: Books, one: Service) -> Instant:
    """When it ended, or will have ended at the latest."""
    if one.over is not None:
        return one.over.at
    return one.ended if one.ended is not None else limit_of(books, one.stream)


def limit_of(books: Books, stream: StreamId) -> Instant:
    """When a period ends at the latest."""
    open_, service = books.periods.get(stream), books.service.of(stream)
    if open_ is not None:
        return open_.limit
    return service.extensions[-1].limit if service.extensions else service.limit


def _may(books: Books, who: Who) -> Shape:
    asked = {
        "extend": Permission.SERVICE_EXTEND,
        "call": Permission.SERVICE_CALL,
        "end": Permission.ENROLL,
        "kit": Permission.KIT,
    }
    return {name: _can(books, who, one) for name, one in asked.items()}


def call_row(books: Books, due: Due) -> Shape:
    """A call that is due."""
    card, tried = books.card(due.stream), books.service.of(due.stream).calls
    practice = due.what is What.END  # the patient does not decide about it: who ordered it does
    return {
        "stream": stream_name(due.stream),
        "patient": card.name,
        "who": card.physician if practice else "",
        "telephone": card.physician_telephone if practice else card.telephone,
        "what": str(due.what),
        "due_ms": ms(due.at),
        "overdue": due.overdue,
        "kit": due.kit,
        "tries": sum(one.what is due.what and not one.reached for one in tried),
    }


def row(books: Books, stream: StreamId, now: Instant) -> Shape:
    """A period in the list."""
    service, period = books.service.of(stream), books.periods.get(stream)
    number = books.practice(stream)
    practice = books.surveil.staff.practices.get(number or 0)
    card = books.card(stream)
    kit = books.kits.kits.get(books.kits.by_stream.get(stream, ""))
    started = service.started if period is None else period.started
    transmitter = service.transmitter if period is None else period.transmitter
    last = _last(books, service)
    ended = None if period is not None or last > now else last
    stay, limit = service.interrupted, limit_of(books, stream)
    return {
        "stream": stream_name(stream),
        "patient": card.name,
        "birth_date": card.birth_date,
        "practice": "" if practice is None else practice.name,
        "order": service.order,
        "transmitter": transmitter,
        "kit": None if kit is None or kit.stream != stream else str(kit.state),
        "started_ms": ms(started or None),
        "limit_ms": ms(limit),
        "ended_ms": ms(ended),
        "ended_why": service.ended_why,
        "extended_days": sum(one.days for one in service.extensions),
        "interrupted": None if stay is None else _stay(books, stay),
        "first_call": _first_call(service, now),
        "over": service.over is not None,
        "ends_soon": period is not None and now >= notice_at(period.started, limit),
        "end_call_due": end_due(books, stream, now) is not None,
    }


def _first_call(service: Service, now: Instant) -> Shape | None:
    if not service.started:
        return None
    due = service.first_call_due()
    if due is None:
        done = next(one for one in service.calls if one.what is What.FIRST and one.reached)
        return {"due_ms": None, "done_ms": ms(done.at), "overdue": False}
    return {"due_ms": ms(due), "done_ms": None, "overdue": now - due > FIRST_CALL_LATE}


def _stay(books: Books, stay: Stay) -> Shape:
    return {
        "since_ms": ms(stay.start),
        "until_ms": ms(stay.stop),
        "where": stay.where,
        "why": stay.why,
        "by": books.actor(stay.by),
    }


def page(books: Books, who: Who, stream: StreamId, now: Instant) -> Shape:
    """One period with all that people did about it."""
    service = books.service.of(stream)
    allowed = books.service.allowances.get(service.order or 0)
    return {
        **row(books, stream, now),
        "now_ms": ms(now),
        "telephone": books.card(stream).telephone,
        "by_telephone": _by_telephone(books, stream),
        "may": _may(books, who),
        "stays": [_stay(books, one) for one in service.stays],
        "extensions": [
            {
                "days": one.days,
                "limit_ms": ms(one.limit),
                "words": one.words,
                "said_by": one.said_by,
                "document": one.document,
                "at_ms": ms(one.at),
                "by": books.actor(one.by),
            }
            for one in service.extensions
        ],
        "calls": [
            {
                "what": str(one.what),
                "at_ms": ms(one.at),
                "by": books.actor(one.by),
                "reached": one.reached,
                "said": one.said,
            }
            for one in service.calls
        ],
        "put_off": [
            {"what": str(what), "until_ms": ms(until), "why": why}
            for what, (until, why) in service.moved.items()
        ],
        "allowed": None
        if allowed is None
        else {"why": allowed.why, "by": books.actor(allowed.by), "at_ms": ms(allowed.at)},
    }


def _by_telephone(books: Books, stream: StreamId) -> Shape | None:
    """How strips of a period come by telephone, and those that came; None for one with a transmitter."""
    caller = books.callers.of(stream)
    if caller is None:
        return None
    calls = books.calls.theirs(stream)
    return {
        "code": caller.code,
        "numbers": list(caller.numbers),
        "profile": caller.profile,
        "strips": len(books.calls.strips_of(stream)),
        "calls": [{"call": one.number, "at_ms": ms(one.rang_at), "state": str(one.state)} for one in calls],
    }


# ---- what a patient is given -------------------------------------------------------------------------------


def instructions(books: Books, stream: StreamId, now: Instant) -> Shape:
    """What stands on a patient's sheet: names, dates and numbers; the words are the page's."""
    told, card = row(books, stream, now), books.card(stream)
    zone = books.notes.of(stream).zone or books.zone
    kit = books.kits.kits.get(told["transmitter"])
    limit = limit_of(books, stream) or (told["started_ms"] or 0) * 1_000_000 + PERIOD_MAX
    return {
        "stream": told["stream"],
        "patient": card.name,
        "birth_date": card.birth_date,
        "transmitter": told["transmitter"],
        "model": "" if kit is None else kit.model,
        "code": "" if (caller := books.callers.of(stream)) is None else caller.code,
        "leads": [] if kit is None else list(kit.layout.names),
        "first_day": _day(round((told["started_ms"] or 0) * 1_000_000), zone),
        "last_day": _day(limit, zone),
        "physician": card.physician,
        "physician_telephone": card.physician_telephone,
        "center": books.center_name,
        "center_telephone": books.center_telephone,
        "emergency": books.notes.of(stream).local_number or "911",
        "printed": _day(now, zone),
    }


def _day(at: Instant, zone: str) -> str:
    """``2026-11-23``, local."""
    return datetime.fromtimestamp(at // SECOND, ZoneInfo(zone)).date().isoformat()
