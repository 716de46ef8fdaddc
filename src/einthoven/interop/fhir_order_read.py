"""ServiceRequest and what belongs to it, read as an order (FHIR R4; R29, R41; docs/fhir.md).

Everything is looked at leniently: a value of the wrong kind is a fault of the order with its FHIRPath, what
leads nowhere is named, what has no field of an order is a note. Refused is only what is no request at all.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from einthoven.interop import codes, names
from einthoven.interop.fhir_modifiers import turned
from einthoven.interop.fhir_sent import (
    Json,
    Node,
    Sent,
    called_of,
    codes_of,
    day_of,
    days_between,
    days_of,
    plain,
    rows,
    telecom,
    words_of,
)
from einthoven.interop.hl7_order import Names
from einthoven.interop.order_said import ITEMS, LISTS, Kind, Said, clean

ICD10: Final = "http://hl7.org/fhir/sid/icd-10-cm"
DEPTH_MAX: Final = 8
"""Items within items of a questionnaire's answers."""
PLACES: Final[Mapping[str, str]] = {
    "PTRES": "home",
    "HOSP": "hospital",
    "ER": "emergency-room",
    "SNF": "skilled-nursing",
}
"""ServiceRequest.locationCode (v3 ServiceDeliveryLocationRoleType) → where the patient will be."""
PHYSICIANS: Final = frozenset({"MD", "DO"})
PRACTITIONERS: Final = frozenset({"NP", "PA", "CNP", "FNP", "CNS", "APRN"})
"""Practitioner.qualification.code (v2-0360) → kind of who orders."""
REVOKED: Final = frozenset({"revoked", "entered-in-error"})
TAKEN: Final = frozenset({"draft", "active", "on-hold", *REVOKED})


@dataclass(frozen=True, slots=True)
class Requested:
    """What one ServiceRequest wants: ``NW`` or ``CA``; the sender's number, what it says, where it stands."""

    control: str
    placer: str
    said: Said
    origin: str


def requested(all_: Sent, node: Node, called: Names) -> Requested:
    """What one ServiceRequest says; anything that cannot be read is a fault of it."""
    read = _Reader(all_, node, called)
    status = str(node.resource.get("status"))
    if status not in TAKEN:
        read.said.fault("", f"{status[:40]!r}: want {', '.join(sorted(TAKEN))}", f"{node.origin}.status")
    for element, words in turned(node.resource):
        read.said.fault("test", f"{element}: {words}", f"{node.origin}.{element}")
    read.all()
    control = "CA" if status in REVOKED else "NW"
    placer = "|".join(filter(None, read.number()))
    return Requested(control, placer, read.said, node.origin)


class _Reader:
    """Reads one ServiceRequest."""

    def __init__(self, all_: Sent, node: Node, called: Names) -> None:
        self.all_ = all_
        self.node = node
        self.called = called
        self.said = Said(node.origin)

    def number(self) -> tuple[str, str]:
        """System and value of the sender's number: the identifier of type PLAC, else the first."""
        found = list(rows(self.node.resource, "identifier", self.node.origin))
        found.sort(key=lambda one: "PLAC" not in codes_of(one[1].get("type")))
        for _, one in found:
            value, system = one.get("value"), one.get("system")
            if isinstance(value, str) and value:
                return clean(system, 200) if isinstance(system, str) else "", clean(value, 80)
        return "", ""

    def all(self) -> None:
        """Everything that the request and its resources say."""
        given, at = self.node.resource, self.node.origin
        self.said.put("placer", self.number()[1], f"{at}.identifier")
        self._test()
        self._reasons()
        self._times()
        self.said.put("dated", day_of(given.get("authoredOn")), f"{at}.authoredOn")
        for origin, one in rows(given, "locationCode", at):
            for code in codes_of(one):
                self.said.put("setting", PLACES.get(code, ""), origin)
        for origin, one in rows(given, "note", at):
            self.said.note(f"{origin}: {one.get('text')}" if one.get("text") else "")
        self._patient()
        self._requester()
        self._coverage()
        self._information()
        self._signature()
        self._settle()

    def _found(self, told: object, origin: str, path: str, *kinds: str) -> Node | None:
        """The resource that a reference leads to; one that leads nowhere is a fault, a display is enough."""
        if told is None:
            return None
        node = self.all_.find(told, self.node)
        if node is not None and node.resource.get("resourceType") in kinds:
            return node if self._means(node, path) else None
        named = told.get("display") if isinstance(told, Mapping) else None
        if not named:
            which = told.get("reference") if isinstance(told, Mapping) else told
            words = f"{str(which)[:60]!r} leads to no {' or '.join(kinds)} within what was sent"
            self.said.fault(path, words, origin)
        return None

    def _means(self, node: Node, path: str) -> bool:
        """Whether a resource means what it says; a fault for each element that turns it.

        Who it is about is read all the same: whoever mends the order must know.
        """
        found = list(turned(node.resource))
        for element, words in found:
            self.said.fault(path, f"{element}: {words}", f"{node.origin}.{element}")
        return not found or node.resource.get("resourceType") == "Patient"

    # ---- the request -------------------------------------------------------------------------------------

    def _test(self) -> None:
        told, at = self.node.resource.get("code"), f"{self.node.origin}.code"
        called = [*codes_of(told), *words_of(told)]
        test = next(
            (self.called.tests[one.casefold()] for one in called if one.casefold() in self.called.tests), ""
        )
        if test:
            self.said.put("test", test, at)
        elif called:
            words = f"{called[0][:60]!r} is no test of this center (setting order_tests)"
            self.said.fault("test", words, at)

    def _reasons(self) -> None:
        at = self.node.origin
        for origin, one in rows(self.node.resource, "reasonCode", at):
            self._diagnosed(one, origin)
        for origin, one in rows(self.node.resource, "reasonReference", at):
            node = self._found(one, origin, "diagnoses", "Condition", "Observation")
            if node is not None:
                self._diagnosed(node.resource.get("code"), f"{node.origin}.code")

    def _diagnosed(self, told: object, origin: str) -> None:
        """A CodeableConcept as diagnoses of ICD-10-CM, and as words."""
        if not isinstance(told, Mapping):
            return
        for where, one in rows(told, "coding", origin):
            code, system = one.get("code"), one.get("system")
            if system == ICD10 and code:
                self.said.add("diagnoses", code, where)
            elif code:
                self.said.note(f"{where}: {system} {code} {one.get('display') or ''}")
        if told.get("text"):
            self.said.put("indication_words", told["text"], f"{origin}.text")

    def _times(self) -> None:
        given, at = self.node.resource, self.node.origin
        period = given.get("occurrencePeriod")
        timing = given.get("occurrenceTiming")
        repeat = timing.get("repeat") if isinstance(timing, Mapping) else None
        origin = f"{at}.occurrencePeriod"
        if isinstance(repeat, Mapping):
            origin = f"{at}.occurrenceTiming.repeat"
            period = repeat.get("boundsPeriod")
            self.said.put("days", days_of(repeat.get("boundsDuration")), f"{origin}.boundsDuration")
        if isinstance(period, Mapping):
            self.said.put("start", day_of(period.get("start")), f"{origin}.start")
            self.said.put("days", days_between(period.get("start"), period.get("end")), origin)
        self.said.put("start", day_of(given.get("occurrenceDateTime")), f"{at}.occurrenceDateTime")
        self.said.put("days", days_of(given.get("quantityQuantity")), f"{at}.quantityQuantity")

    # ---- people and payer --------------------------------------------------------------------------------

    def _patient(self) -> None:
        at = f"{self.node.origin}.subject"
        told = self.node.resource.get("subject")
        node = self._found(told, at, "patient.name", "Patient")
        if node is None:
            named = told.get("display") if isinstance(told, Mapping) else None
            self.said.put("patient.name", named, f"{at}.display")
            return
        given, origin, said = node.resource, node.origin, self.said
        self._name(given, origin, "patient.name")
        said.put("patient.birth_date", given.get("birthDate"), f"{origin}.birthDate")
        said.put("patient.sex", given.get("gender"), f"{origin}.gender")
        said.put("patient.telephone", *telecom(given, origin, "phone"))
        for where, one in rows(given, "address", origin):
            self._address(one, where)
            break
        for where, one in rows(given, "contact", origin):
            self._contact(one, where)
        numbers = list(rows(given, "identifier", origin))
        numbers.sort(key=lambda one: "MR" not in codes_of(one[1].get("type")))
        for where, one in numbers:
            if not {"SS", "DL", "PPN", "CC", "BC"} & set(codes_of(one.get("type"))):
                said.put("patient.record_number", one.get("value"), where)

    def _name(self, given: Json, origin: str, path: str) -> None:
        found = list(rows(given, "name", origin))
        found.sort(key=lambda one: one[1].get("use") not in ("official", None))
        for where, one in found:
            parts = one.get("given")
            first = " ".join(str(part) for part in parts) if isinstance(parts, list) else ""
            family = one.get("family")
            whole = names.whole(str(family or ""), first)
            self.said.put(path, one.get("text") or whole, where)

    def _address(self, one: Json, where: str) -> None:
        lines, path = one.get("line"), "patient.postal"
        street = ", ".join(str(line) for line in lines) if isinstance(lines, list) else lines
        self.said.put(f"{path}.street", street or one.get("text"), f"{where}.line")
        self.said.put(f"{path}.city", one.get("city"), f"{where}.city")
        self.said.put(f"{path}.state", one.get("state"), f"{where}.state")
        self.said.put(f"{path}.zip", one.get("postalCode"), f"{where}.postalCode")
        self.said.put(f"{path}.country", one.get("country"), f"{where}.country")

    def _contact(self, one: Json, where: str) -> None:
        name = one.get("name")
        named = next((part for part in called_of(name)), "") if isinstance(name, Mapping) else ""
        if not named and isinstance(name, Mapping):
            parts = name.get("given")
            first = " ".join(str(part) for part in parts) if isinstance(parts, list) else ""
            named = names.whole(str(name.get("family") or ""), first)
        number, _ = telecom(one, where, "phone")
        relation = next((word for _, kind in rows(one, "relationship", where) for word in words_of(kind)), "")
        told = {"name": named, "telephone": number, "relation": relation}
        if named or number:
            self.said.add("patient.contacts", {key: each for key, each in told.items() if each}, where)

    def _requester(self) -> None:
        at, said = f"{self.node.origin}.requester", self.said
        told = self.node.resource.get("requester")
        node = self._found(told, at, "orderer.name", "Practitioner", "PractitionerRole")
        if node is not None and node.resource.get("resourceType") == "PractitionerRole":
            role = node
            said.put("orderer.telephone", *telecom(role.resource, role.origin, "phone"))
            said.put("orderer.fax", *telecom(role.resource, role.origin, "fax"))
            for where, one in rows(role.resource, "specialty", role.origin):
                said.put("orderer.specialty", next(iter(words_of(one)), ""), where)
            self._organization(role)
            told = role.resource.get("practitioner")
            node = self._found(told, f"{role.origin}.practitioner", "orderer.name", "Practitioner")
        if node is None:
            named = told.get("display") if isinstance(told, Mapping) else None
            said.put("orderer.name", named, f"{at}.display")
            self._npi(told.get("identifier") if isinstance(told, Mapping) else None, f"{at}.identifier")
            return
        given, origin = node.resource, node.origin
        self._name(given, origin, "orderer.name")
        for where, one in rows(given, "identifier", origin):
            self._npi(one, where)
        said.put("orderer.telephone", *telecom(given, origin, "phone"))
        said.put("orderer.fax", *telecom(given, origin, "fax"))
        for where, one in rows(given, "qualification", origin):
            kinds = {code.upper() for code in codes_of(one.get("code"))}
            said.put("orderer.kind", "physician" if kinds & PHYSICIANS else "", where)
            said.put("orderer.kind", "practitioner" if kinds & PRACTITIONERS else "", where)

    def _npi(self, one: object, where: str) -> None:
        if isinstance(one, Mapping) and one.get("system") == codes.NPI:
            self.said.put("orderer.npi", one.get("value"), where)

    def _organization(self, role: Node) -> None:
        told = role.resource.get("organization")
        node = self.all_.find(told, self.node)
        if node is not None:
            self.said.put("orderer.practice", node.resource.get("name"), f"{node.origin}.name")
        elif isinstance(told, Mapping):
            self.said.put("orderer.practice", told.get("display"), f"{role.origin}.organization.display")

    def _coverage(self) -> None:
        for at, one in rows(self.node.resource, "insurance", self.node.origin):
            node = self._found(one, at, "payer.id", "Coverage")
            if node is None:
                self._payer(one.get("display"), at)
                continue
            for where, payor in rows(node.resource, "payor", node.origin):
                org = self.all_.find(payor, self.node)
                named = org.resource.get("name") if org is not None else payor.get("display")
                number = payor.get("identifier")
                value = number.get("value") if isinstance(number, Mapping) else None
                self._payer(named or value, where)
            member = node.resource.get("subscriberId")
            self.said.put("payer.member", member, f"{node.origin}.subscriberId")

    def _payer(self, called: object, where: str) -> None:
        if isinstance(called, str) and "id" in self.said.order.get("payer", {}):
            self.said.note(f"{where}: also {called}")
        elif isinstance(called, str):
            self.said.put("payer.id", self.called.payers.get(called.casefold(), called), where)

    # ---- statements, papers, signature -------------------------------------------------------------------

    def _information(self) -> None:
        for at, one in rows(self.node.resource, "supportingInfo", self.node.origin):
            kinds = "QuestionnaireResponse", "Condition", "DocumentReference", "Provenance"
            node = self._found(one, at, "", *kinds)
            if node is None:
                continue
            match node.resource["resourceType"]:
                case "QuestionnaireResponse":
                    self._items(node.resource, node.origin, "", 0)
                case "Condition":
                    self._diagnosed(node.resource.get("code"), f"{node.origin}.code")
                case "DocumentReference":
                    self._papers(node)
                case _:
                    self._signed(node)

    def _items(self, given: Json, at: str, group: str, depth: int) -> None:
        """Answers of a questionnaire: the items of one symptom, test or contact stand within one item."""
        for where, one in rows(given, "item", at):
            name = str(one.get("linkId"))
            inner = where if name in LISTS else group
            answers = list(rows(one, "answer", where))
            for place, answer in answers:
                self._answered(name, inner, answer, place, one)
            if depth < DEPTH_MAX:
                self._items(one, where, inner, depth + 1)

    def _answered(self, name: str, group: str, answer: Json, at: str, item: Json) -> None:
        key = next((one for one in answer if one.startswith("value")), "")
        value = answer.get(key)
        if name not in ITEMS:
            self.said.note(f"{at}: {item.get('text') or name}: {plain(value)}")
            return
        kind = ITEMS[name]
        if isinstance(value, Mapping):
            value = value.get("code") or value.get("display") or value.get("value")
        if kind is Kind.WHOLE and isinstance(value, float) and value.is_integer():
            value = int(value)
        if kind is Kind.YES and not isinstance(value, bool):
            self.said.fault(self.said.path_of(name, group), f"{str(value)[:40]!r} is not true or false", at)
            return
        self.said.item(name, group, value, f"{at}.{key}" if key else at)

    def _papers(self, node: Node) -> None:
        title = node.resource.get("description")
        for where, one in rows(node.resource, "content", node.origin):
            told = one.get("attachment")
            given = told if isinstance(told, Mapping) else {}
            data, named = given.get("data"), given.get("title") or title or "paper"
            try:
                content = base64.b64decode(str(data or ""), validate=True)
            except (binascii.Error, ValueError):
                content = b""
            if content:
                kind = next(iter(words_of(node.resource.get("type"))), "") or "paper"
                self.said.papers.append((str(kind)[:80], str(named)[:200], content))
            else:
                self.said.fault("documents", "holds no data (Base64)", f"{where}.attachment.data")

    def _signature(self) -> None:
        for node in self.all_.provenance:
            for _, target in rows(node.resource, "target", node.origin):
                if self.all_.find(target, self.node) is self.node:
                    self._signed(node)

    def _signed(self, node: Node) -> None:
        """A Provenance: the sending system says that the request is signed."""
        for where, one in rows(node.resource, "signature", node.origin):
            who = one.get("who")
            named = who.get("display") if isinstance(who, Mapping) else None
            found = self.all_.find(who, self.node)
            if found is not None:
                kept = Said(where)
                reader = _Reader(self.all_, self.node, self.called)
                reader.said = kept
                reader._name(found.resource, found.origin, "patient.name")
                named = named or kept.order.get("patient", {}).get("name")
            self.said.put("signature.name", named, f"{where}.who")
            self.said.put("signature.at", one.get("when"), f"{where}.when")

    def _settle(self) -> None:
        order = self.said.order
        if isinstance(order.get("signature"), dict):
            order["signature"].setdefault("how", "message")
        state = order.get("patient", {}).get("postal", {}).get("state")
        if order.get("setting") == "home":
            self.said.put("payer.state", state, self.said.origin_of("patient.postal.state"))
