"""What people do with service periods and kits: enroll, extend, interrupt, end, call, inventory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from einthoven.answering import callers
from einthoven.base.deeds import Draft
from einthoven.base.errors import EnrollmentError, InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import Instant, to_iso
from einthoven.center import act_fields, call_record
from einthoven.center.act_fields import Fields, flag, whole, words
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.desk_steps import Step
from einthoven.center.earlier import ordered_tests
from einthoven.center.enroll import EnrollmentUnit, layout_of
from einthoven.center.enroll_order import ByOrder, enroll_ordered, wants_telephone
from einthoven.center.patient_notes import note
from einthoven.enrollment import checks, kit_deeds, order_deeds, service_deeds
from einthoven.enrollment import telephone as by_telephone
from einthoven.enrollment.kit_states import Kit, State
from einthoven.enrollment.order import Order
from einthoven.enrollment.periods import Ending, ServicePeriod, end
from einthoven.enrollment.service_book import What
from einthoven.enrollment.telephone import Recorder
from einthoven.surveillance.roles import Role
from einthoven.telephone.profiles import shipped as recorders

Do: TypeAlias = Callable[[Books, Who, Fields, Instant], list[Draft] | Step]
WHY_MAX: Final = 500
SAID_MAX: Final = 2000
NAME_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class _Changed:
    """What a step wrote: the period as it is now, and what ended by it."""

    period: ServicePeriod
    answer: Mapping[str, object]
    others: tuple[StreamId, ...] = ()


def _streams(changed: _Changed) -> list[StreamId]:
    return [changed.period.stream, *changed.others]


# ---- enrolling ---------------------------------------------------------------------------------------------


def enroll(books: Books, _who: Who, fields: Fields, now: Instant) -> Step:
    """``order.enroll {order, transmitter, end_previous, shipping, telephone}``: a period begins under a ready
    order; with the kit named, or, of an order for strips by telephone, with the patient's own recorder."""
    number = whole(fields, "order")
    end_previous = flag(fields, "end_previous") if "end_previous" in fields else False
    shipping = words(fields, "shipping", NAME_MAX, empty=True)
    record = order_deeds.to_enroll(books.orders, number)
    means = _means(books, record.order, fields)
    allowance = books.service.allowances.get(number)
    by = ByOrder(
        number,
        record.order,
        now,
        books.zone,
        "" if allowance is None else allowance.why,
        staying(books),
        ordered_tests(books.orders.orders),
        end_previous,
        call_record.empty(books),
    )

    def write(unit: EnrollmentUnit) -> _Changed:
        answer = enroll_ordered(unit, by, means, end_previous, now)
        period = unit.period_of(parse_stream(str(answer["stream"])))
        assert period is not None
        ended = answer.get("ended")
        return _Changed(period, answer, (parse_stream(str(ended)),) if ended else ())

    def drafts(changed: _Changed) -> list[Draft]:
        made = enrolled(books, number, changed.period, shipping)
        return made + code(books, changed.period, means, now) if isinstance(means, Recorder) else made

    def told(changed: _Changed) -> Mapping[str, object]:
        caller = books.callers.of(changed.period.stream)
        return changed.answer if caller is None else {**changed.answer, "code": caller.code}

    claims = {f"order {number}"} | ({f"kit {means.transmitter}"} if isinstance(means, Kit) else set())
    return Step(frozenset(claims), write, drafts, told, _streams)


def _means(books: Books, order: Order, fields: Fields) -> Kit | Recorder:
    """What an order is enrolled with.

    Raises:
        EnrollmentError: a kit for strips by telephone, or a recorder for telemetry.
        RefusedError: the kit is not on the shelf (``kit``).
    """
    if wants_telephone(order):
        if words(fields, "transmitter", NAME_MAX, empty=True):
            raise EnrollmentError("transmitter: the order is for strips by telephone, which need no kit")
        given = fields.get("telephone")
        recorder = by_telephone.recorder({} if given is None else given, recorders())
        return by_telephone.with_own(recorder, order.patient.telephone)
    if fields.get("telephone") is not None:
        raise EnrollmentError("telephone: the order is for telemetry, which needs a kit")
    return kit_deeds.assignable(books.kits, words(fields, "transmitter", NAME_MAX))


def code(books: Books, period: ServicePeriod, recorder: Recorder, now: Instant) -> list[Draft]:
    """The code of a period by telephone, unless it has one."""
    if books.callers.of(period.stream) is not None:
        return []
    drawn = callers.given(books.callers, books.draw, books.periods, now)
    return [callers.told(period.stream, drawn, recorder.numbers, recorder.profile)]


def recorder_of(books: Books, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``period.telephone {stream, profile, numbers, renew}``: another recorder, other numbers, or a new code.

    Raises:
        NotFoundError: no period by telephone is open there.
    """
    stream = act_fields.stream(fields)
    held, period = books.callers.of(stream), books.periods.get(stream)
    if held is None or period is None:
        raise NotFoundError(f"{stream_name(stream)} is no open period by telephone")
    renew = flag(fields, "renew") if "renew" in fields else False
    typed = {name: fields[name] for name in ("profile", "numbers") if fields.get(name) is not None}
    recorder = by_telephone.recorder(
        {"profile": held.profile, "numbers": list(held.numbers)} | typed, recorders()
    )
    drawn = callers.given(books.callers, books.draw, books.periods, now) if renew else held.code
    return [callers.told(stream, drawn, recorder.numbers, recorder.profile)]


def enrolled(books: Books, order: int, period: ServicePeriod, shipping: str = "") -> list[Draft]:
    """The deeds of a period that was opened under an order, but for those that are there already."""
    made: list[Draft] = []
    record = books.orders.order(order)
    if record.stream is None:
        with contextlib.suppress(RefusedError):  # changed in the same moment: the period tells its order
            made += order_deeds.enroll(books.orders, order, period.stream, period.number)
    if books.service.of(period.stream).order is not None:
        return made  # all of them are written at once: kit and practice went their own way since
    made.append(service_deeds.began(order, period))
    kit = books.kits.kits.get(period.transmitter)
    if kit is not None and kit.stream != period.stream:
        clean = kit.state is State.STOCK
        made.append(
            kit_deeds.assign(kit, period.stream, shipping) if clean else kit_deeds.follow(kit, period.stream)
        )
    if record.practice is not None and books.practice(period.stream) is None:
        made += note(books.notes, period.stream, {"practice": record.practice})
    return made


def staying(books: Books) -> dict[int, str]:
    """Patients of whom a hospital says that they are there, and where."""
    told = {number: known.stay for number, known in books.hospital.patients.items() if known.stay is not None}
    return {number: stay.place or stay.by or "a hospital" for number, stay in told.items() if stay.inside}


def allow(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``period.allow {order, why}``: a supervisor allows what a rule about coverage refuses."""
    number = whole(fields, "order")
    order_deeds.to_enroll(books.orders, number)
    return [service_deeds.allow(number, words(fields, "why", WHY_MAX))]


# ---- a period that runs ------------------------------------------------------------------------------------


def _open(unit: EnrollmentUnit, stream: StreamId) -> ServicePeriod:
    period = unit.period_of(stream)
    if period is None:
        raise NotFoundError(f"there is no stream {stream_name(stream)}")
    if period.ended is not None:
        raise RefusedError("state", service_deeds.over_words(period))
    return period


def extend(books: Books, who: Who, fields: Fields, _now: Instant) -> Step:
    """``period.extend {stream, days, words, said_by, document}``: with what the treating physician says."""
    stream, days = act_fields.stream(fields), whole(fields, "days")
    said, document = words(fields, "words", SAID_MAX), words(fields, "document", 64, empty=True)
    said_by = words(fields, "said_by", NAME_MAX, empty=True)
    member = books.surveil.staff.members.get(who.staff)
    if member is not None and Role.PHYSICIAN in member.roles:
        said_by = member.name
    if not said_by:
        raise InputError("said_by: want the name of the treating physician who says so")
    if document and not books.on_file(document):
        raise NotFoundError("document: there is none of this number on file")

    def write(unit: EnrollmentUnit) -> _Changed:
        period = _open(unit, stream)
        limit = service_deeds.longer(period, days)
        unit.move_limit(period, limit, f"{said_by}: {said}")
        after = unit.period_of(stream)
        assert after is not None
        return _Changed(after, {"stream": stream_name(stream), "limit": to_iso(limit)})

    def drafts(changed: _Changed) -> list[Draft]:
        told = changed.period.limit, said, said_by, document
        return [service_deeds.extended(stream, days, *told)]

    return Step(frozenset({stream_name(stream)}), write, drafts, lambda changed: changed.answer, _streams)


def finish(_books: Books, _who: Who, fields: Fields, now: Instant) -> Step:
    """``period.end {stream, why}``: monitoring is over."""
    stream, why = act_fields.stream(fields), words(fields, "why", WHY_MAX)

    def write(unit: EnrollmentUnit) -> _Changed:
        done = end(_open(unit, stream), Ending.CLOSED, now)
        unit.end_period(done)
        assert done.ended is not None
        return _Changed(done, {"stream": stream_name(stream), "ended": to_iso(done.ended)})

    def drafts(changed: _Changed) -> list[Draft]:
        assert changed.period.ended is not None
        return [service_deeds.ended(stream, changed.period.ended, why)]

    return Step(frozenset({stream_name(stream)}), write, drafts, lambda changed: changed.answer, _streams)


def _known(books: Books, fields: Fields) -> StreamId:
    """The stream of somebody who is, or was, enrolled: nothing is noted of what is not there yet.

    Raises:
        NotFoundError: nobody is.
    """
    stream = act_fields.stream(fields)
    if not books.card(stream).name:
        raise NotFoundError(f"there is no stream {stream_name(stream)}")
    return stream


def interrupt(books: Books, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``period.interrupt {stream, where, why, since_ms}``: the patient is in a facility."""
    stream = _known(books, fields)
    since = act_fields.instant_ms(fields, "since_ms") if fields.get("since_ms") is not None else now
    if since > now:
        raise InputError("since_ms: want a time that is past")
    began = books.service.of(stream).started
    told = words(fields, "where", NAME_MAX), words(fields, "why", WHY_MAX, empty=True)
    return service_deeds.interrupt(books.service, stream, max(since, began), *told)


def resume(books: Books, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``period.resume {stream, at_ms}``: the patient is at home again."""
    at = act_fields.instant_ms(fields, "at_ms") if fields.get("at_ms") is not None else now
    if at > now:
        raise InputError("at_ms: want a time that is past")
    return service_deeds.resume(books.service, _known(books, fields), at)


def _what(fields: Fields) -> What:
    value = fields.get("what", str(What.FIRST))
    if value not in list(What):
        raise InputError(f"what: want one of {', '.join(What)}")
    return What(str(value))


def called(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``followup.done {stream, what, reached, said}``: the patient was called."""
    reached = flag(fields, "reached")
    said = words(fields, "said", SAID_MAX, empty=not reached)
    return [service_deeds.called(_known(books, fields), _what(fields), reached, said)]


def put_off(books: Books, _who: Who, fields: Fields, now: Instant) -> list[Draft]:
    """``followup.move {stream, what, until_ms, why}``: the call is made later."""
    until, why = act_fields.instant_ms(fields, "until_ms"), words(fields, "why", WHY_MAX)
    return [service_deeds.put_off(_known(books, fields), _what(fields), until, why, now)]


# ---- kits --------------------------------------------------------------------------------------------------


def add_kit(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``kit.add {transmitter, rate_hz, leads, public_key, model, serial}``."""
    transmitter = checks.transmitter("transmitter", fields.get("transmitter"))
    key = checks.public_key("public_key", fields.get("public_key"))
    model = words(fields, "model", NAME_MAX, empty=True)
    serial = words(fields, "serial", NAME_MAX, empty=True)
    return kit_deeds.add(books.kits, transmitter, layout_of(fields), key, model, serial)


def _kit(fields: Fields) -> str:
    return words(fields, "transmitter", NAME_MAX)


def return_kit(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``kit.return {transmitter, shipping}``."""
    return kit_deeds.give_back(books.kits, _kit(fields), words(fields, "shipping", NAME_MAX, empty=True))


def clean_kit(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``kit.clean {transmitter, done}``: cleaning begins, or is done."""
    return kit_deeds.clean(books.kits, _kit(fields), flag(fields, "done"))


def lose_kit(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``kit.lost {transmitter, why}``."""
    return kit_deeds.lose(books.kits, _kit(fields), words(fields, "why", WHY_MAX))


def retire_kit(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``kit.retire {transmitter, why}``."""
    return kit_deeds.retire(books.kits, _kit(fields), words(fields, "why", WHY_MAX))


def ship_kit(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """``kit.ship {transmitter, shipping}``."""
    return kit_deeds.shipped(books.kits, _kit(fields), words(fields, "shipping", NAME_MAX, empty=True))


SERVICE: Mapping[str, tuple[tuple[str, ...], Do]] = MappingProxyType(
    {
        "order.enroll": (("order", "transmitter", "end_previous", "shipping", "telephone"), enroll),
        "period.telephone": (("stream", "profile", "numbers", "renew"), recorder_of),
        "period.allow": (("order", "why"), allow),
        "period.extend": (("stream", "days", "words", "said_by", "document"), extend),
        "period.interrupt": (("stream", "where", "why", "since_ms"), interrupt),
        "period.resume": (("stream", "at_ms"), resume),
        "period.end": (("stream", "why"), finish),
        "followup.done": (("stream", "what", "reached", "said"), called),
        "followup.move": (("stream", "what", "until_ms", "why"), put_off),
        "kit.add": (("transmitter", "rate_hz", "leads", "public_key", "model", "serial"), add_kit),
        "kit.return": (("transmitter", "shipping"), return_kit),
        "kit.clean": (("transmitter", "done"), clean_kit),
        "kit.lost": (("transmitter", "why"), lose_kit),
        "kit.retire": (("transmitter", "why"), retire_kit),
        "kit.ship": (("transmitter", "shipping"), ship_kit),
    }
)
"""Act → its fields, and what decides it."""
