"""The emergency procedure of a patient: its steps as data, each timed, one procedure at a time (R20).

It says what to do in order; it does not bar the way: steps may be done in any order, and what was not done
when it ended is on record as not done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from einthoven.base.deeds import Deed, Draft, Json
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant, to_iso
from einthoven.escalation.calls import CallBook, State, open_notification, raise_tier
from einthoven.escalation.fields import mapping, text, whole, whole_or_none

BEGUN, STEP, PLACE, ENDED = "emergency.begun", "emergency.step", "emergency.place", "emergency.ended"
NOTE_MAX = 2000
_FIELD = re.compile(r"\{(patient|telephone|address|place|local_number|contacts|physician)\}")
UNKNOWN = "not on record"
LOCAL_NUMBER = "911"
"""Of the United States and its territories. A center elsewhere than the patient reaches the wrong hall by it:
the number of the patient's own county goes into the patient's record."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        key: its name in deeds.
        title: what to do, short.
        detail: how, with ``{patient}``, ``{telephone}``, ``{address}``, ``{place}``, ``{local_number}``,
            ``{contacts}``, ``{physician}``.
    """

    key: str
    title: str
    detail: str


PHYSICIAN, EMERGENT = "physician", "emergent"
PROCEDURE: tuple[Step, ...] = (
    Step(
        "patient",
        "Call the patient",
        "{telephone}. Say who you are and that the monitor shows something serious. Ask: Are you awake, how "
        "do you feel, are you alone, where are you now? Do not hang up.",
    ),
    Step(
        "place",
        "Make sure of the place",
        "On record: {address}. Last known place: {place}. Ask for floor, door, gate code; write down where "
        "the patient is now.",
    ),
    Step(
        "services",
        "Call the emergency services of that place",
        "{local_number}, from a second line. Say: cardiac emergency, the place, {patient}, that the patient "
        "wears a heart monitor, awake or not, breathing or not. Stay until they say that help is on its way.",
    ),
    Step(
        "instruct",
        "Tell the patient what to do",
        "Sit or lie down; do not drive; unlock the door; keep the monitor on. Where somebody is there and "
        "the patient does not respond: push hard and fast in the middle of the chest, fetch a defibrillator.",
    ),
    Step("contacts", "Call the contacts", "{contacts}. Ask whether somebody can be there, and with a key."),
    Step(
        PHYSICIAN,
        "Physician, by a second person at the same time",
        "{physician}. The notification runs beside this procedure and has its own call.",
    ),
    Step(
        "arrived",
        "Help has arrived",
        "Stay with the patient on the line until then; write down when and who.",
    ),
)
"""The shipped procedure; a center has its own approved by its physicians."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the steps are filled with; ``""`` for what is not on record."""

    patient: str = ""
    telephone: str = ""
    address: str = ""
    place: str = ""
    local_number: str = ""
    contacts: tuple[tuple[str, str, str], ...] = ()
    """Name, relation, telephone."""
    physician: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was done: by whom, when, with what note."""

    by: str
    at: Instant
    note: str


@dataclass(frozen=True, slots=True)
class Emergency:
    """One procedure.

    Attributes:
        number: of the procedure.
        stream: the patient's stream.
        case: number of the case it came from, or None.
        by, at: who began it, when.
        steps: with details filled, in order.
        facts: address, telephone, contacts as they were then.
        place: where the patient is now, as last said.
        done: by key of the step.
        ended, ended_by, outcome: how it ended; None and ``""`` while it goes on.
    """

    number: int
    stream: StreamId
    case: int | None
    by: str
    at: Instant
    steps: tuple[Step, ...]
    facts: Facts
    place: str = ""
    done: Mapping[str, Done] = field(default_factory=dict)
    ended: Instant | None = None
    ended_by: str = ""
    outcome: str = ""

    @property
    def left(self) -> tuple[Step, ...]:
        """The steps not done."""
        return tuple(step for step in self.steps if step.key not in self.done)


@dataclass
class EmergencyBook:
    """All procedures; changes by ``apply`` alone."""

    KINDS: ClassVar[frozenset[str]] = frozenset({BEGUN, STEP, PLACE, ENDED})
    emergencies: dict[int, Emergency] = field(default_factory=dict)
    open: dict[StreamId, int] = field(default_factory=dict)
    """Number of the procedure that goes on, by stream."""
    next_emergency: int = 1

    def apply(self, deed: Deed) -> None:
        """Take one deed; kinds of others change nothing."""
        if deed.kind not in self.KINDS:
            return
        body, number = deed.body, whole(deed.body["emergency"])
        if deed.kind == BEGUN:
            found = _begun(deed, number)
            self.emergencies[number] = found
            self.open[found.stream] = number
            self.next_emergency = max(self.next_emergency, number + 1)
            return
        found = self.emergencies[number]
        if deed.kind == STEP:
            done = Done(deed.actor, deed.at, str(body["note"]))
            found = replace(found, done={**found.done, str(body["step"]): done})
        elif deed.kind == PLACE:
            found = replace(found, place=str(body["place"]))
        else:
            found = replace(found, ended=deed.at, ended_by=deed.actor, outcome=str(body["outcome"]))
            self.open.pop(found.stream, None)
        self.emergencies[number] = found


def begin(
    book: EmergencyBook,
    stream: StreamId,
    facts: Facts,
    case: int | None = None,
    procedure: Sequence[Step] = PROCEDURE,
) -> list[Draft]:
    """Open the procedure for a patient.

    Raises:
        RefusedError: one goes on for this patient (``open``); its number is in the words.
    """
    already = book.open.get(stream)
    if already is not None:
        found = book.emergencies[already]
        raise RefusedError(
            "open",
            f"emergency {already} of this patient goes on since {to_iso(found.at)}, begun by {found.by}",
        )
    return [_opened(book.next_emergency, stream, facts, case, procedure)]


def anew(book: EmergencyBook, running: Emergency, facts: Facts, why: str, number: int) -> list[Draft]:
    """What goes on was filled with another person's address and contacts: it ends, and one with the right
    ones takes its place in the same moment, every step to be done again.

    Args:
        running: goes on.
        number: of the one that begins: the book's next, or one behind it where several begin at once.
    """
    return [*end(book, running.number, why), _opened(number, running.stream, facts, running.case, PROCEDURE)]


def _opened(
    number: int, stream: StreamId, facts: Facts, case: int | None, procedure: Sequence[Step]
) -> Draft:
    steps: list[Json] = [
        {"step": step.key, "title": step.title, "detail": filled(step.detail, facts)} for step in procedure
    ]
    body: dict[str, Json] = {
        "emergency": number,
        "stream": stream,
        "case": case,
        "steps": steps,
        "patient": facts.patient,
        "telephone": facts.telephone,
        "address": facts.address,
        "place": facts.place,
        "local_number": facts.local_number or LOCAL_NUMBER,
        "contacts": [list(contact) for contact in facts.contacts],
        "physician": facts.physician,
    }
    return Draft(BEGUN, stream_name(stream), body)


def physician_beside(
    calls: CallBook, stream: StreamId, case: int, practice: int | None, say: str
) -> list[Draft]:
    """The physician is told at the same time: the case's notification is opened, or becomes emergent.

    Drafts for the journal together with those of ``begin``: the notification has its own call, made by a
    second person while the first one speaks to the patient. Nothing where a person who can act was reached.
    """
    for told in calls.of_case(case):
        return [] if told.state is State.REACHED else raise_tier(calls, told.number, EMERGENT)
    return open_notification(calls, case, stream, practice, EMERGENT, say)


def filled(detail: str, facts: Facts) -> str:
    """A step's detail with what is on record; what is not says so, since it must be asked for then."""
    contacts = "; ".join(
        f"{name} ({relation}) {telephone}" if relation else f"{name} {telephone}"
        for name, relation, telephone in facts.contacts
    )
    values = {
        "patient": facts.patient,
        "telephone": facts.telephone,
        "address": facts.address,
        "place": facts.place,
        "local_number": facts.local_number or LOCAL_NUMBER,
        "contacts": contacts,
        "physician": facts.physician,
    }
    return _FIELD.sub(lambda match: values[match[1]] or UNKNOWN, detail)


def step(book: EmergencyBook, number: int, key: str, note: str = "") -> list[Draft]:
    """A step was done, now.

    Raises:
        NotFoundError: no such procedure, or it has no such step.
        RefusedError: the procedure ended (``ended``), or the step is done (``done``).
    """
    found = _going(book, number)
    if key not in {each.key for each in found.steps}:
        raise NotFoundError(f"emergency {number}: it has no step {key[:40]!r}")
    if key in found.done:
        done = found.done[key]
        raise RefusedError("done", f"{key} was done at {to_iso(done.at)} by {done.by}")
    said = text("note", note, NOTE_MAX)
    return [Draft(STEP, stream_name(found.stream), {"emergency": number, "step": key, "note": said})]


def place(book: EmergencyBook, number: int, where: str) -> list[Draft]:
    """Where the patient is now, as the patient or somebody else says."""
    found = _going(book, number)
    said = text("place", where, 500, required=True)
    return [Draft(PLACE, stream_name(found.stream), {"emergency": number, "place": said})]


def end(book: EmergencyBook, number: int, outcome: str) -> list[Draft]:
    """The procedure is over; what was not done is on record with it.

    Raises:
        NotFoundError: no such procedure.
        RefusedError: it ended already (``ended``), or no outcome is said (``outcome``).
    """
    found = _going(book, number)
    said = text("outcome", outcome, NOTE_MAX)
    if not said:
        raise RefusedError("outcome", "say how the emergency ended")
    body: dict[str, Json] = {
        "emergency": number,
        "outcome": said,
        "not_done": [one.key for one in found.left],
    }
    return [Draft(ENDED, stream_name(found.stream), body)]


def _going(book: EmergencyBook, number: int) -> Emergency:
    found = book.emergencies.get(number)
    if found is None:
        raise NotFoundError(f"emergency {number}: there is none of that number")
    if found.ended is not None:
        raise RefusedError("ended", f"emergency {number} ended at {to_iso(found.ended)}: {found.outcome}")
    return found


def _begun(deed: Deed, number: int) -> Emergency:
    body = deed.body
    contacts = tuple(_triple(one) for one in _each(body["contacts"]))
    steps = [mapping(one) for one in _each(body["steps"])]
    facts = Facts(
        patient=str(body["patient"]),
        telephone=str(body["telephone"]),
        address=str(body["address"]),
        place=str(body["place"]),
        local_number=str(body["local_number"]),
        contacts=contacts,
        physician=str(body["physician"]),
    )
    return Emergency(
        number,
        whole(body["stream"]),
        whole_or_none(body.get("case")),
        deed.actor,
        deed.at,
        tuple(Step(str(one["step"]), str(one["title"]), str(one["detail"])) for one in steps),
        facts,
        facts.place,
    )


def _each(value: Json) -> Sequence[Json]:
    if not isinstance(value, list | tuple):
        raise InputError(f"not a list: {value!r}")
    return value


def _triple(value: Json) -> tuple[str, str, str]:
    name, relation, telephone = (str(one) for one in _each(value))
    return name, relation, telephone
