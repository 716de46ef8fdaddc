"""The open record: what others read of patients as FHIR resources (R36, R41, R42).

Who may see which patient is asked of every stream; what nobody may see does not exist. A report is read in
its newest version, an observation in the version of the report that it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.ids import StreamId
from einthoven.billing.claim_states import Kept
from einthoven.enrollment.order_states import OrderRecord
from einthoven.enrollment.register import Enrolled
from einthoven.interop import fhir, fhir_request, fhir_rest
from einthoven.interop.fhir import Resource
from einthoven.interop.fhir_claim_served import served_claim
from einthoven.interop.fhir_rest import Told
from einthoven.interop.fhir_search import Wanted, matches
from einthoven.interop.hl7_adt import Identifier
from einthoven.interop.outgoing import OutgoingReport
from einthoven.surveillance.roles import Permission

NEEDS: Final[Mapping[str, Permission]] = {
    "Patient": Permission.READ_IDENTITY,
    "Practitioner": Permission.READ_IDENTITY,
    "Device": Permission.READ_IDENTITY,
    "DiagnosticReport": Permission.READ_REPORT,
    "Observation": Permission.READ_REPORT,
    "DocumentReference": Permission.READ_REPORT,
    "Binary": Permission.READ_REPORT,
    "Communication": Permission.READ_CASE,
    "ServiceRequest": Permission.READ_ORDER,
    "Claim": Permission.READ_CLAIM,
}
"""What each kind of resource needs of whoever asks."""
OF_ONE: Final = ("DiagnosticReport", "Observation", "DocumentReference", "Communication")
"""Kinds that are searched patient by patient: a search names the patient, or ids."""


class Shelf(Protocol):
    """Reports that may leave; called on the reading threads."""

    def of(self, stream: StreamId) -> Sequence[OutgoingReport]:
        """Those of a stream in their newest versions, by what they are of; none that was withdrawn."""
        ...

    def find(self, ids: Collection[str]) -> Sequence[OutgoingReport]:
        """Those that ids of resources can be of; none that was withdrawn."""
        ...


class Enrollments(Protocol):
    """Who is enrolled; called on the reading threads."""

    def enrollments(self) -> Sequence[Enrolled]:
        """Every enrollment there ever was, by stream."""
        ...


class NoShelf:
    """A center without reports."""

    def of(self, stream: StreamId) -> Sequence[OutgoingReport]:
        """None."""
        del stream
        return ()

    def find(self, ids: Collection[str]) -> Sequence[OutgoingReport]:
        """None."""
        del ids
        return ()


def _no_calls(_streams: Mapping[StreamId, Enrolled]) -> Sequence[Told]:
    return ()


def _no_orders() -> Sequence[OrderRecord]:
    return ()


def _no_claims() -> Sequence[Kept]:
    return ()


def _stays(_order: OrderRecord) -> str:
    return ""


def _never(_patient: int) -> Sequence[StreamId]:
    return ()


def _not_known(_patient: int) -> Sequence[Identifier]:
    return ()


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks.

    Attributes:
        sees: whether they may see anything of a stream.
        contacts: whether they may read where a patient lives and whom to call.
        practice: of which they are, None for none.
        everybody: whether they read this kind for every patient.
    """

    sees: Callable[[StreamId], bool]
    contacts: bool = True
    practice: int | None = None
    everybody: bool = False

    def sees_report(self, report: OutgoingReport) -> bool:
        """Whether they may read a report: one that was made for whoever is not the stream's patient (any
        more) is for that person's practice alone."""
        if not report.former:
            return self.sees(report.stream)
        return self.sees_practice(report.practice)

    def sees_practice(self, practice: int | None) -> bool:
        """Whether they may read what is of a practice (None: of the center alone)."""
        return self.everybody or (practice is not None and practice == self.practice)


@dataclass(frozen=True, slots=True)
class Found:
    """A resource, the streams whose patient's data it holds, and what else it is about (``order 5``)."""

    resource: Resource
    streams: tuple[StreamId, ...]
    subject: str = ""


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """Reads the record.

    Attributes:
        name: of the center.
        register: who is enrolled.
        shelf: reports.
        calls: of streams; safe on any thread.
        known_as: identifiers that hospitals told of a patient; likewise.
        former: streams for which a patient was on record, and is not any more; likewise.
        orders, claims: every one of them; likewise.
        moved: that the service which began under an order is another patient's, in words, or ""; likewise.
    """

    name: str
    register: Enrollments
    shelf: Shelf = field(default_factory=NoShelf)
    calls: Callable[[Mapping[StreamId, Enrolled]], Sequence[Told]] = _no_calls
    known_as: Callable[[int], Sequence[Identifier]] = _not_known
    former: Callable[[int], Sequence[StreamId]] = _never
    orders: Callable[[], Sequence[OrderRecord]] = _no_orders
    claims: Callable[[], Sequence[Kept]] = _no_claims
    moved: Callable[[OrderRecord], str] = _stays

    # ---- everything of a kind ----------------------------------------------------------------------------

    def search(self, search: Wanted, asking: Asking) -> list[Found]:
        """What a search means, in order; called on a reading thread.

        Raises:
            InputError: it would look through all patients for what is looked for patient by patient.
        """
        patients, ids = search.patients(), search.ids()
        if search.kind in OF_ONE and patients is None and ids is None:
            raise InputError(f"{search.kind} is searched for a patient: give patient, or _id")
        of = None if patients is None else set(patients)
        return [one for one in self._all(search.kind, asking, of, ids) if matches(one.resource, search)]

    def read(self, kind: str, id_: str, asking: Asking) -> Found:
        """One resource; called on a reading thread.

        Raises:
            NotFoundError: there is none, or none that may be seen, in the same words.
        """
        for one in self._all(kind, asking, None, (id_,)):
            if one.resource["id"] == id_:
                return one
        raise NotFoundError(f"no {kind} {id_}")

    def page(self, id_: str, asking: Asking) -> tuple[bytes, tuple[StreamId, ...]]:
        """The PDF of a report by the id of its document.

        Raises:
            NotFoundError: as ``read``.
        """
        for report in self._reports(asking, None, (id_,)):
            if fhir.document_id(report) == id_ and report.pdf is not None:
                return report.pdf(), (report.stream,)
        raise NotFoundError(f"no Binary {id_}")

    def _all(
        self, kind: str, asking: Asking, of: Collection[str] | None, ids: Collection[str] | None
    ) -> list[Found]:
        if kind in ("DiagnosticReport", "Observation", "DocumentReference"):
            build = {
                "DiagnosticReport": self._diagnostic,
                "Observation": _observations,
                "DocumentReference": self._document,
            }[kind]
            reports = self._reports(asking, of, ids)
            return [Found(made, (report.stream,)) for report in reports for made in build(report)]
        if kind == "ServiceRequest":
            return self._requests(asking, ids)
        if kind == "Claim":
            return self._claims(asking, ids)
        seen = self._seen(asking, of)
        match kind:
            case "Patient":
                return self._patients(seen, asking.contacts)
            case "Practitioner":
                return _practitioners(seen)
            case "Device":
                return _devices(seen)
            case "Communication":
                return self._communications(seen)
            case _:
                raise NotFoundError(f"{kind[:40]} is no resource here")

    def _seen(self, asking: Asking, of: Collection[str] | None) -> list[Enrolled]:
        return [
            one
            for one in self.register.enrollments()
            if (of is None or fhir.patient_id(one.period.patient) in of) and asking.sees(one.stream)
        ]

    # ---- kinds -------------------------------------------------------------------------------------------

    def _patients(self, seen: Sequence[Enrolled], contacts: bool) -> list[Found]:
        by_number: dict[int, list[Enrolled]] = {}
        for one in seen:
            by_number.setdefault(one.period.patient, []).append(one)
        told = []
        for number, those in sorted(by_number.items()):
            made = fhir.patient(number, those[-1].patient, self.known_as(number), self.name)
            if not contacts:
                made = {
                    key: value for key, value in made.items() if key not in ("telecom", "address", "contact")
                }
            told.append(Found(made, tuple(one.stream for one in those)))
        return told

    def _communications(self, seen: Sequence[Enrolled]) -> list[Found]:
        numbers = {one.stream: one for one in seen}
        of = {one.period.patient: one.stream for one in seen}
        return [
            Found(fhir_rest.communication(call, self.name), (of[call.patient_number],))
            for call in self.calls(numbers)
            if call.patient_number in of
        ]

    def _reports(
        self, asking: Asking, of: Collection[str] | None, ids: Collection[str] | None
    ) -> list[OutgoingReport]:
        """Those that are meant, by patients or by ids, and may be seen."""
        if ids is not None:
            found = self.shelf.find(ids)
        else:
            streams = dict.fromkeys(one.stream for one in self._seen(asking, of))
            numbers = [int(one[1:]) for one in of or () if one[:1] == "p" and one[1:].isdigit()]
            streams |= dict.fromkeys(stream for number in numbers for stream in self.former(number))
            found = [report for stream in streams for report in self.shelf.of(stream)]
        return [
            one
            for one in found
            if asking.sees_report(one) and (of is None or fhir.patient_id(one.patient_number) in of)
        ]

    def _requests(self, asking: Asking, ids: Collection[str] | None) -> list[Found]:
        patients = {one.stream: one.period.patient for one in self.register.enrollments()}

        def found(one: OrderRecord) -> Found:
            moved = self.moved(one)
            stream = None if moved else one.stream
            number = None if stream is None else patients.get(stream)
            resource = fhir_request.service_request(one, number, self.name, moved)
            return Found(resource, () if stream is None else (stream,), f"order {one.number}")

        return [
            found(one)
            for one in self.orders()
            if asking.sees_practice(one.practice)
            and (ids is None or fhir_request.order_id(one.number) in ids)
        ]

    def _claims(self, asking: Asking, ids: Collection[str] | None) -> list[Found]:
        enrolled = {one.stream: one for one in self.register.enrollments()}
        meant = [one for one in self.claims() if (ids is None or one.id in ids) and asking.sees(one.stream)]
        made = ((one, served_claim(one, enrolled.get(one.stream))) for one in meant)
        return [Found(told, (one.stream,), f"claim {one.number}") for one, told in made if told is not None]

    def _page(self, report: OutgoingReport) -> Resource | None:
        return None if report.pdf is None else fhir.attachment(report, report.pdf())

    def _diagnostic(self, report: OutgoingReport) -> list[Resource]:
        return [fhir.diagnostic_report(report, self.name, self._page(report))]

    def _document(self, report: OutgoingReport) -> list[Resource]:
        page = self._page(report)
        return [] if page is None else [fhir.document_reference(report, self.name, page)]


def _observations(report: OutgoingReport) -> list[Resource]:
    told = [fhir.measurement(report, one) for one in report.values]
    return told + [fhir.strip(report, one) for one in report.strips]


def _practitioners(seen: Sequence[Enrolled]) -> list[Found]:
    told = {one.physician.npi: one.physician for one in seen if one.physician is not None}
    return [Found(fhir.practitioner(who), ()) for _, who in sorted(told.items())]


def _devices(seen: Sequence[Enrolled]) -> list[Found]:
    told: dict[str, list[Enrolled]] = {}
    for one in seen:
        if one.period.telephone:  # no transmitter of the center's
            continue
        told.setdefault(one.period.transmitter, []).append(one)
    made = []
    for transmitter, those in sorted(told.items()):
        worn = next((one for one in reversed(those) if one.period.ended is None), None)
        number = None if worn is None else worn.period.patient
        streams = () if worn is None else (worn.stream,)
        made.append(Found(fhir.device(transmitter, number), streams))
    return made
