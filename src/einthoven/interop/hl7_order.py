"""ORM^O01 and OMG^O19: orders of other systems (HL7 v2.5.1 chapter 4; R29, R41; docs/hl7.md).

A message is refused only where nothing could be kept of it or nothing could be answered: no patient, no order
control, no number of the placer. Everything else that is missing or malformed is a fault of an order that is
held, by its segment and field and by the order's own path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from einthoven.base.errors import MessageError
from einthoven.interop.hl7_ack import Header
from einthoven.interop.hl7_order_parts import (
    Place,
    Reading,
    coverage,
    diagnosis,
    next_of_kin,
    observation,
    patient,
)
from einthoven.interop.hl7v2 import NULL, Message
from einthoven.interop.order_said import Said

EVENTS: Final = {"ORM": "O01", "OMG": "O19"}
"""Messages of orders that are taken: code → event."""
CONTROLS: Final = {"NW": "a new order", "CA": "cancel an order", "XO": "change an order"}
"""ORC-1 that are taken (table 0119)."""
ORDERS_MAX: Final = 20
TESTS: Final[Mapping[str, str]] = {
    "telemetry": "telemetry",
    "93228": "telemetry",
    "93229": "telemetry",
    "post-symptom": "post-symptom",
    "93012": "post-symptom",
    "93014": "post-symptom",
}
"""OBR-4 or Coding.code → our test, where the setting ``order_tests`` says nothing else."""
_HEAD: Final = frozenset({"PID", "NK1", "PV1", "IN1", "NTE"})
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Names:
    """How others call what is ordered and who pays: what they write → our name, in lower case."""

    tests: Mapping[str, str] = field(default_factory=lambda: TESTS)
    payers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message asks of one order.

    Attributes:
        control: of ``CONTROLS``.
        placer: the sender's number of it.
        said: what it says.
        code: OBR-4 as it came, for the answer.
    """

    control: str
    placer: str
    said: Said
    code: tuple[str, str, str]


def orders(message: Message, told: Header, zone: tzinfo, names: Names | None = None) -> list[Asked]:
    """What a message asks, an order each.

    Args:
        zone: of times that name no offset.
        names: how this sender calls tests and payers.

    Raises:
        MessageError: it is another event, or has no patient, no order, no order control or no number of the
            placer; names segment and field.
    """
    names = names or Names()
    if told.event and told.event != EVENTS[told.code]:
        want = EVENTS[told.code]
        raise MessageError("MSH[1]-9", f"event {told.event[:20]!r} is not taken: want {want}", 201)
    if message.count("PID") != 1:
        which = "is missing" if "PID" not in message.names() else "stands there twice"
        raise MessageError("PID", f"{which}: one patient a message", 100)
    head, groups = _groups(message)
    if not groups:
        raise MessageError("ORC", "is missing: which order?", 100)
    if len(groups) > ORDERS_MAX:
        raise MessageError("ORC", f"{len(groups)} orders, at most {ORDERS_MAX} a message", 100)
    found = [_asked(message, head, group, zone, names) for group in groups]
    numbers = [one.placer for one in found]
    for at, one in enumerate(numbers):
        if one in numbers[:at]:
            raise MessageError(f"ORC[{at + 1}]-2", f"{one} stands there twice", 205)
    return found


def _groups(message: Message) -> tuple[list[Place], list[list[Place]]]:
    """Segments before the first order, and those of each order."""
    head: list[Place] = []
    groups: list[list[Place]] = []
    seen: dict[str, int] = {}
    for name in message.names():
        seen[name] = seen.get(name, 0) + 1
        place = Place(name, seen[name])
        if name == "ORC":
            groups.append([place])
        elif groups:
            groups[-1].append(place)
        else:
            head.append(place)
    return head, groups


def _asked(message: Message, head: list[Place], group: list[Place], zone: tzinfo, names: Names) -> Asked:
    orc = group[0]
    said = Said(str(orc))
    read = Reading(message, said, zone)
    control = read.text(orc, 1).strip().upper()
    if control not in CONTROLS:
        want = ", ".join(CONTROLS)
        which = f"{control[:20]!r} is not taken" if control else "is missing"
        raise MessageError(f"{orc}-1", f"{which}: want {want}", 103 if control else 101)
    obr = next((one for one in group if one.name == "OBR"), None)
    number = _number(read, orc, obr)
    if not number:
        raise MessageError(f"{orc}-2", "is missing: the number by which you know the order", 101)
    said.put("placer", number, f"{orc}-2")
    if obr is None and control != "CA":
        said.fault("test", "OBR is missing: what is ordered?", str(orc))
    for other in [one for one in group if one.name == "OBR"][1:]:
        what = read.text(other, 4) or read.text(other, 4, 2) or "something"
        said.fault(
            "test", f"{what[:60]} stands behind the ORC of another request: want one of its own", str(other)
        )
    _head(read, head, names)
    _common(read, orc)
    code = ("", "", "")
    if obr is not None:
        code = tuple(read.text(obr, 4, part) for part in (1, 2, 3))  # type: ignore[assignment]
        _request(read, obr, names)
    _details(read, group, names)
    _settle(said)
    return Asked(control, number, said, code)


def _number(read: Reading, orc: Place, obr: Place | None) -> str:
    """ORC-2, else OBR-2: the identifier with whoever gave it, where that is said."""
    for place in filter(None, (orc, obr)):
        parts = [read.text(place, 2, part).strip() for part in (1, 2)]
        if parts[0] and parts[0] != NULL:
            return "^".join(filter(None, parts))[:80]
    return ""


def _head(read: Reading, head: list[Place], names: Names) -> None:
    for place in head:
        if place.name == "PID":
            patient(read, place)
        elif place.name == "NK1":
            next_of_kin(read, place)
        elif place.name == "IN1":
            coverage(read, place, names.payers)
        elif place.name == "PV1":
            _visit(read, place)
        elif place.name == "NTE":
            read.said.note(f"{place}-3: {read.text(place, 3)}" if read.text(place, 3) else "")
        elif place.name == "DG1":
            diagnosis(read, place)
        elif place.name == "OBX":
            observation(read, place)


def _visit(read: Reading, place: Place) -> None:
    """The class of the visit is noted and taken for nothing: a patient is watched after it."""
    kind = read.text(place, 2)
    where = ", ".join(filter(None, (read.text(place, 3, part) for part in (4, 1, 2, 3))))
    told = [f"class of the visit {kind}" if kind else "", where]
    words = "; ".join(filter(None, told))
    read.said.note(f"{place}: {words}" if words else "")


def _common(read: Reading, orc: Place) -> None:
    """ORC: who orders, since when, where to call back."""
    said = read.said
    said.put("dated", read.day(orc, 9, "dated"), f"{orc}-9")
    read.physician(orc, 12)
    said.put("orderer.telephone", read.telephone(orc, 14), f"{orc}-14")
    said.put("orderer.telephone", read.telephone(orc, 23), f"{orc}-23")
    said.put("orderer.practice", read.text(orc, 21), f"{orc}-21")
    why = read.text(orc, 16, 2) or read.text(orc, 16)
    said.note(f"{orc}-16: {why}" if why else "")


def _request(read: Reading, obr: Place, names: Names) -> None:
    """OBR: what is ordered, why, from when on and for how long."""
    said = read.said
    codes = [read.text(obr, 4, part).strip() for part in (1, 4, 2, 5)]
    test = next((names.tests[one.casefold()] for one in codes if one.casefold() in names.tests), "")
    if test:
        said.put("test", test, f"{obr}-4")
    elif any(codes):
        told = next(filter(None, codes))
        said.fault("test", f"{told[:60]!r} is no test of this center (setting order_tests)", f"{obr}-4")
    read.physician(obr, 16)
    said.put("orderer.telephone", read.telephone(obr, 17), f"{obr}-17")
    for part in range(1, read.repeats(obr, 31) + 1):
        code, words, system = (read.text(obr, 31, one, repeat=part) for one in (1, 2, 3))
        if read.is_icd10(system):
            said.add("diagnoses", read.dotted(code), f"{obr}-31")
        said.put("indication_words", words or code, f"{obr}-31")
    said.put("indication_words", read.text(obr, 13), f"{obr}-13")
    said.put("start", read.day(obr, 27, "start", component=4), f"{obr}-27")
    said.put("days", _days(read.text(obr, 27, 3)), f"{obr}-27")
    said.put("dated", read.day(obr, 6, "dated"), f"{obr}-6")


def _details(read: Reading, group: list[Place], names: Names) -> None:
    """What stands behind ORC and OBR."""
    last: Place | None = None
    for place in group[1:]:
        if place.name == "TQ1":
            read.said.put("start", read.day(place, 7, "start"), f"{place}-7")
            quantity, unit = read.text(place, 6), read.text(place, 6, 2)
            read.said.put("days", _days(f"{unit[:1]}{quantity}"), f"{place}-6")
        elif place.name == "DG1":
            diagnosis(read, place)
        elif place.name == "OBX":
            observation(read, place)
        elif place.name == "IN1":
            coverage(read, place, names.payers)
        elif place.name == "NK1":
            next_of_kin(read, place)
        elif place.name == "NTE":
            words = read.text(place, 3)
            behind = f" behind {last}" if last is not None else ""
            read.said.note(f"{place}-3{behind}: {words}" if words else "")
        last = place if place.name != "NTE" else last


def _settle(said: Said) -> None:
    """What follows from what was said, and is said nowhere else."""
    order = said.order
    patient_ = order.get("patient", {})
    state = patient_.get("postal", {}).get("state") if isinstance(patient_, dict) else None
    if state and order.get("setting") == "home":
        said.put("payer.state", state, "PID[1]-11")
    signature = order.get("signature")
    if isinstance(signature, dict):
        signature.setdefault("how", "message")


def _days(text: str) -> object:
    """Days of a duration: ``D30``, ``W4`` (TQ-3, TQ1-6); "" where it says none.

    A duration that is none stays as it is and becomes a fault where the order is read.
    """
    unit, number = text[:1].upper(), text[1:].strip()
    if not number:
        return ""
    if unit in ("D", "W") and number.isascii() and number.isdigit() and len(number) <= 4:
        return int(number) * (_WEEK if unit == "W" else 1)
    return text
