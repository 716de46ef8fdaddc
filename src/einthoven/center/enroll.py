"""Use-case: enroll a patient with a transmitter, and end the service again (R5, R29, R33)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from einthoven.base.errors import EnrollmentError, InputError, NotFoundError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant, to_iso
from einthoven.base.layout import LEADS_MAX, RATE_MAX_HZ, RATE_MIN_HZ, Layout, Lead
from einthoven.enrollment import checks, people
from einthoven.enrollment import telephone as by_telephone
from einthoven.enrollment.people import OrderingPhysician, Patient
from einthoven.enrollment.periods import PERIOD_MAX, Decision, Ending, ServicePeriod, assign, end
from einthoven.enrollment.register import KnownPeriod
from einthoven.enrollment.telephone import Recorder
from einthoven.telephone.profiles import shipped as recorders

T = TypeVar("T")

_TRANSMITTER = ("transmitter", "rate_hz", "leads", "public_key")
_FIELDS = {"patient", "physician", *_TRANSMITTER, "telephone", "end_previous"}


class EnrollmentUnit(Protocol):
    """The facts inside one transaction: what is written is kept together, with its audit, or not at all."""

    def open_period(self, transmitter: str) -> ServicePeriod | None:
        """The transmitter's open period, if any."""
        ...

    def period_of(self, stream: StreamId) -> ServicePeriod | None:
        """The period whose samples a stream holds."""
        ...

    def periods_due(self, now: Instant) -> list[ServicePeriod]:
        """Open periods whose limit is reached."""
        ...

    def patient(self, number: int) -> Patient:
        """A patient by number."""
        ...

    def last_patient(self, transmitter: str) -> int | None:
        """Number of the patient of the transmitter's newest period, open or ended."""
        ...

    def patients_named(self, name: str) -> list[int]:
        """Numbers of the patients of a name, upper and lower case alike."""
        ...

    def periods_of(self, patient: int) -> list[ServicePeriod]:
        """Every period of a patient, by number."""
        ...

    def known_periods(self, name: str, birth_date: str, patient: int | None) -> Sequence[KnownPeriod]:
        """Every period of whoever has this name and date of birth, or this number, by when it began."""
        ...

    def open_period_of(self, patient: int) -> ServicePeriod | None:
        """A patient's open period with any transmitter, if any."""
        ...

    def key_holder(self, public_key: bytes) -> str | None:
        """The transmitter that was enrolled with this key before."""
        ...

    def add_patient(self, patient: Patient) -> int:
        """Store a patient; its number."""
        ...

    def update_patient(self, number: int, patient: Patient) -> None:
        """Replace what is known of a patient; the audit line keeps what was."""
        ...

    def add_physician(self, physician: OrderingPhysician) -> int:
        """Store a physician, or find the same one; its number."""
        ...

    def add_period(self, new: NewPeriod) -> ServicePeriod:
        """Open a period with a stream of its own."""
        ...

    def next_by_telephone(self) -> int:
        """Number of the next period by telephone: one more than there ever were."""
        ...

    def declare_layout(
        self, stream: StreamId, layout: Layout, recording: int, origin: Instant | None
    ) -> None:
        """Fix the layout of a stream, and when its sample 0 was, for good."""
        ...

    def end_period(self, period: ServicePeriod) -> None:
        """Store the end of a period."""
        ...

    def move_limit(self, period: ServicePeriod, limit: Instant, why: str) -> None:
        """Let an open period last until another instant, with the reason (R33)."""
        ...

    def physician_of(self, period: int) -> int | None:
        """Number of the physician who ordered a period, None for nobody."""
        ...

    def corrected(self, correction: int, period: int) -> Corrected | None:
        """What a correction changed of a period; None where it is not in the facts yet."""
        ...

    def correct_period(self, change: Corrected) -> None:
        """A period is another person's; what was before is kept beside it and in the audit."""
        ...


@dataclass(frozen=True, slots=True)
class Corrected:
    """Whose a period is, changed by a correction.

    Attributes:
        correction: its number.
        period: of which period.
        was, was_physician: numbers on record until now.
        patient, physician: numbers on record from now on.
        since: samples from then on are theirs; 0 for the whole period.
    """

    correction: int
    period: int
    was: int
    was_physician: int | None
    patient: int
    physician: int | None
    since: Instant


@dataclass(frozen=True, slots=True)
class NewPeriod:
    """A service period to be opened, with the stream of its samples and the decision behind it."""

    patient: int
    physician: int | None
    transmitter: str
    started: Instant
    limit: Instant
    layout: Layout
    public_key: bytes
    decision: Decision


class Opens(Protocol):
    """What else decides about a period that is to be opened: the rules of its order."""

    def judged(self, unit: EnrollmentUnit, known: int | None, decision: Decision) -> Decision:
        """The decision with what the rules add; ``known`` is the patient on file, None for a new one.

        Raises:
            RefusedError: a rule refuses it.
        """
        ...

    def limit(self, now: Instant) -> Instant:
        """Until when the period lasts at most."""
        ...


class EnrollmentFacts(Protocol):
    """The facts as this use-case needs them."""

    def unit(self, act: Callable[[EnrollmentUnit], T], actor: str, at: Instant) -> T:
        """Run ``act`` in one transaction and return its result, durable; what it raises undoes it all."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request for enrollment.

    Attributes:
        recorder: how strips come by telephone; None: a transmitter sends, and ``transmitter``, ``layout`` and
            ``public_key`` are its own (otherwise they are given when the period opens).
    """

    patient: Patient
    physician: OrderingPhysician | None
    transmitter: str
    layout: Layout
    public_key: bytes
    end_previous: bool
    recorder: Recorder | None = None


def check(request: object, now: Instant) -> Request:
    """The body of ``POST /api/enroll`` as values.

    Raises:
        EnrollmentError: one line naming the field.
    """
    fields = people.fields_of("request", request, _FIELDS)
    asked = fields.get("end_previous", False)
    if not isinstance(asked, bool):
        raise EnrollmentError("end_previous: want true or false")
    ordered = fields.get("physician")
    patient = people.patient(fields.get("patient"), now)
    physician = None if ordered is None else people.physician(ordered)
    if fields.get("telephone") is not None:
        for name in _TRANSMITTER:
            if fields.get(name) is not None:
                raise EnrollmentError(f"{name}: strips by telephone have no transmitter")
        recorder = by_telephone.recorder(fields["telephone"], recorders())
        recorder = by_telephone.with_own(recorder, patient.telephone)
        return Request(patient, physician, "", recorder.layout, b"", asked, recorder)
    return Request(
        patient=patient,
        physician=physician,
        transmitter=checks.transmitter("transmitter", fields.get("transmitter")),
        layout=layout_of(fields),
        public_key=checks.public_key("public_key", fields.get("public_key")),
        end_previous=asked,
    )


def layout_of(fields: Mapping[str, object]) -> Layout:
    """``rate_hz`` and ``leads`` of a request; EnrollmentError names what is wrong."""
    rate, names = fields.get("rate_hz"), fields.get("leads")
    if isinstance(rate, bool) or not isinstance(rate, int | float):
        raise EnrollmentError("rate_hz: want a number")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise EnrollmentError("leads: want a list of lead names")
    if len(names) > LEADS_MAX:
        raise EnrollmentError(f"leads: {len(names)} of them, at most {LEADS_MAX}")
    if not RATE_MIN_HZ <= rate <= RATE_MAX_HZ:
        raise EnrollmentError(f"rate_hz: must be {RATE_MIN_HZ:g} to {RATE_MAX_HZ:g} samples a second")
    layout = Layout(round(float(rate), 3), tuple(Lead(str(name)) for name in names))
    try:
        layout.check()
    except (InputError, UnicodeEncodeError) as error:
        raise EnrollmentError(f"leads: {error}") from error
    return layout


def enroll(facts: EnrollmentFacts, request: object, now: Instant, actor: str = "local") -> dict[str, object]:
    """Enroll a patient with a transmitter: a service period opens, with a stream of its own.

    Args:
        facts: where it is decided and written, in one transaction.
        request: the body of ``POST /api/enroll``.
        now: center time.
        actor: who asks, for the audit.

    Returns:
        JSON-ready: ``stream`` (``s000017``), ``period`` (number), ``patient`` (name), ``started``, ``limit``
        (ISO), ``outcome`` and ``reasons`` of the decision, ``ended`` (the stream that ended by it, or None).

    Raises:
        EnrollmentError: the request is malformed, or contradicts an open service period (R5).
        StoreError: it could not be stored; nothing was changed.
    """
    checked = check(request, now)
    return facts.unit(lambda unit: open_period(unit, checked, now), actor, now)


def open_period(
    unit: EnrollmentUnit, request: Request, now: Instant, opens: Opens | None = None
) -> dict[str, object]:
    """Inside a transaction: open the period of a checked request; as ``enroll``.

    Args:
        opens: the rules of an order; None: R5 alone decides.
    """
    recorder = request.recorder
    if recorder is not None:
        place = by_telephone.place_of(unit.next_by_telephone())
        request = replace(request, transmitter=place, public_key=by_telephone.public_key(place))
    holder = unit.key_holder(request.public_key)
    if holder not in {None, request.transmitter}:
        raise EnrollmentError(
            f"public_key: belongs to transmitter {holder}; each transmitter has its own key"
        )
    known = _find(unit, request)
    held = unit.open_period(request.transmitter)
    same = held is not None and held.patient == known
    decision = assign(request.transmitter, held, same, request.end_previous, now)
    if decision.refused:
        raise EnrollmentError(decision.reasons[0])
    if recorder is not None:
        decision = _recorded(decision, recorder)
    if opens is not None:
        decision = opens.judged(unit, known, decision)
    if decision.ends is not None:
        period, cause = decision.ends
        unit.end_period(end(period, cause, now))
    _free(unit, known, request, now)
    number = unit.add_patient(request.patient) if known is None else _update(unit, known, request.patient)
    physician = None if request.physician is None else unit.add_physician(request.physician)
    opened = unit.add_period(
        NewPeriod(
            number,
            physician,
            request.transmitter,
            now,
            now + PERIOD_MAX if opens is None else opens.limit(now),
            request.layout,
            request.public_key,
            decision,
        )
    )
    if recorder is not None:
        unit.declare_layout(opened.stream, request.layout, by_telephone.RECORDING, opened.started)
    return {
        "stream": stream_name(opened.stream),
        "period": opened.number,
        "patient": unit.patient(number).name,
        "started": to_iso(opened.started),
        "limit": to_iso(opened.limit),
        "outcome": str(decision.outcome),
        "reasons": list(decision.reasons),
        "ended": stream_name(decision.ends[0].stream) if decision.ends else None,
    }


def _recorded(decision: Decision, recorder: Recorder) -> Decision:
    """The decision about a period that has no transmitter; what was typed of the recorder is kept in it."""
    kept = [one for one in decision.inputs if one[0] != "transmitter"]
    reason = "strips come by telephone: no transmitter is assigned"
    return replace(decision, inputs=(*kept, *by_telephone.inputs(recorder)), reasons=(reason,))


def _find(unit: EnrollmentUnit, request: Request) -> int | None:
    """The patient on file that is meant: the transmitter's own, else one of that name and birth date."""
    last = unit.last_patient(request.transmitter)
    if last is not None and people.same_person(unit.patient(last), request.patient):
        return last
    if not request.patient.birth_date:
        return None
    for number in unit.patients_named(request.patient.name):
        if unit.patient(number).birth_date == request.patient.birth_date:
            return number
    return None


def _free(unit: EnrollmentUnit, known: int | None, request: Request, now: Instant) -> None:
    """A patient's second period may not overlap the first, whichever transmitter it is with (R5)."""
    other = None if known is None else unit.open_period_of(known)
    if other is None:
        return
    if other.due(now):
        unit.end_period(end(other, Ending.EXPIRED, now))
    elif request.end_previous:
        unit.end_period(end(other, Ending.REASSIGNED, now))
    else:
        raise EnrollmentError(
            f"patient {request.patient.name} is in {open_words(other)}: end that period first, or give "
            "end_previous"
        )


def open_words(period: ServicePeriod) -> str:
    """An open period, for a reason: ``open period 3 (stream s000003, transmitter T-1, since …)``."""
    stream, since = stream_name(period.stream), to_iso(period.started)
    means = "strips by telephone" if period.telephone else f"transmitter {period.transmitter}"
    return f"open period {period.number} (stream {stream}, {means}, since {since})"


def _update(unit: EnrollmentUnit, number: int, patient: Patient) -> int:
    before = unit.patient(number)
    after = people.merged(before, patient)
    if after != before:
        unit.update_patient(number, after)
    return number


def end_service(
    facts: EnrollmentFacts, stream: StreamId, now: Instant, actor: str = "local"
) -> ServicePeriod:
    """End the open service period of a stream.

    Raises:
        NotFoundError: no such stream.
        EnrollmentError: its period has ended already; says when.
    """

    def act(unit: EnrollmentUnit) -> ServicePeriod:
        period = unit.period_of(stream)
        if period is None:
            raise NotFoundError(f"there is no stream {stream_name(stream)}")
        if period.ended is not None:
            raise EnrollmentError(f"period {period.number} ended at {to_iso(period.ended)}")
        done = end(period, Ending.CLOSED, now)
        unit.end_period(done)
        return done

    return facts.unit(act, actor, now)


def expire(facts: EnrollmentFacts, now: Instant) -> list[ServicePeriod]:
    """End every period whose 30 days are over; the periods as ended. Ask again every minute or so."""

    def act(unit: EnrollmentUnit) -> list[ServicePeriod]:
        done = [end(period, Ending.EXPIRED, now) for period in unit.periods_due(now)]
        for period in done:
            unit.end_period(period)
        return done

    return facts.unit(act, "center", now)
