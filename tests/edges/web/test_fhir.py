"""FHIR over REST: read by another client library (fhirpy), role by role, and on record before it is shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import AuthorizationError, ForbiddenError, OperationOutcome, ResourceNotFound
from hypothesis import given
from hypothesis import strategies as st
from tests.edges.web.signed_center import SignedCenter, call, credentials
from tests.interop.messages import JANE, NOON, PDF, POE, report

from einthoven.base.errors import InputError
from einthoven.base.instants import DAY, HOUR
from einthoven.center.open_record import Asking, OpenRecord
from einthoven.enrollment.people import Contact, Patient
from einthoven.enrollment.periods import Ending, ServicePeriod
from einthoven.enrollment.register import Enrolled
from einthoven.interop.fhir_rest import SEARCHES, Told
from einthoven.interop.fhir_search import matches, wanted
from einthoven.interop.hl7_adt import Identifier
from einthoven.interop.outgoing import OutgoingReport

DAYS = 5
OTHERS = {"ServiceRequest", "Claim"}
"""Kinds with files of their own: test_fhir_orders, test_fhir_claims."""
RICHARD = Patient("Roe, Richard", "1960-05-06", "male")


def enrolled(stream: int, patient: int, who: Patient, ended: bool = False) -> Enrolled:
    period = ServicePeriod(stream, patient, f"T_{patient}", stream, NOON - 9 * DAY, NOON + 21 * DAY)
    if ended:
        period = replace(period, ended=NOON - 8 * DAY, cause=Ending.CLOSED)
    return Enrolled(stream, period, who, POE if patient == 3 else None)


class Shelf:
    """Jane's reports, one a day; Richard has one without a page."""

    def enrollments(self) -> list[Enrolled]:
        jane = replace(JANE, contacts=(Contact("Doe, John", "+1 555 0101", "son"),))
        return [enrolled(16, 3, jane, ended=True), enrolled(17, 3, jane), enrolled(18, 4, RICHARD)]

    def of(self, stream: int) -> Sequence[OutgoingReport]:
        if stream == 17:
            days = [NOON - back * DAY for back in reversed(range(DAYS))]
            return [
                report(id=f"report-{place}", start=noon - 24 * HOUR, stop=noon, made=noon + HOUR)
                for place, noon in enumerate(days, 1)
            ]
        if stream == 18:
            return [
                report(
                    id="report-9", stream=18, patient_number=4, patient=RICHARD, state="preliminary", pdf=None
                )
            ]
        return []

    def find(self, ids: Collection[str]) -> Sequence[OutgoingReport]:
        every = [*self.of(17), *self.of(18)]
        return [one for one in every if any(id_ == one.id or id_.startswith(f"{one.id}-") for id_ in ids)]

    def calls(self, streams: Collection[int]) -> list[Told]:
        whom = ("Doe, Jane", "urgent", "Doe, Jane: AF", "Poe", "Poe, physician")
        told = Told(7, 3, *whom, NOON, NOON + HOUR, "reached", True, "", "", False)
        return [
            one
            for one, stream in ((told, 17), (replace(told, number=8, patient_number=4), 18))
            if stream in streams
        ]


SHELF = Shelf()
RECORD = OpenRecord(
    "Heart Center",
    SHELF,
    SHELF,
    SHELF.calls,
    lambda number: [Identifier("4711", "GOOD HEALTH", "MR")] if number == 3 else [],
)


@pytest.fixture
def center(tmp_path: Path) -> Iterator[SignedCenter]:
    made = SignedCenter(tmp_path, record=RECORD)
    made.house.everybody()
    made.house.join("lab", "service", "enrollment")
    made.house.join("ward", "service", "technician")
    yield made
    made.deps.reads.close()


def through(center: SignedCenter, login: str | None, use: Callable[[SyncFHIRClient], Any]) -> Any:
    """What somebody gets with the other library, of the real server on a socket."""
    token = None if login is None else f"Bearer {center.enter(login).token}"
    center.at()

    async def run() -> Any:
        async with center.served() as server:
            client = SyncFHIRClient(f"{server.url}/fhir", authorization=token)
            return await asyncio.to_thread(use, client)

    return asyncio.run(run())


def get(center: SignedCenter, login: str | None, path: str, **headers: str) -> httpx.Response:
    opened = None if login is None else center.enter(login)
    return call(center, opened, "GET", f"/fhir/{path}", headers=headers)


def ids(resources: Sequence[Any]) -> list[str]:
    return [one["id"] for one in resources]


# ---- another client library --------------------------------------------------------------------------------


def test_a_client_library_reads_and_searches_page_by_page(center: SignedCenter) -> None:
    def use(client: SyncFHIRClient) -> dict[str, Any]:
        reports = client.resources("DiagnosticReport").search(patient="p3")
        first = reports.limit(2).fetch()
        newest = client.reference("DiagnosticReport", "report-5").to_resource()
        observations = [one.to_resource() for one in newest["result"]]
        return {
            "jane": client.resources("Patient").search(name="doe").first(),
            "known as": ids(client.resources("Patient").search(identifier="4711").fetch_all()),
            "first": ids(first),
            "all": ids(reports.limit(2).fetch_all()),
            "count": reports.count(),
            "patient": newest["subject"].to_resource().id,
            "observations": [one["id"] for one in observations],
            "rates": len(client.resources("Observation").search(patient="p3", code="http://loinc.org|8867-4").fetch_all()),
            "strips": len(client.resources("Observation").search(patient="p3", code="131328").fetch_all()),
            "since": ids(reports.search(date__ge="2026-11-20").fetch_all()),
            "pages": ids(client.resources("DocumentReference").search(patient="p3").fetch_all()),
            "device": client.resources("Device").search(patient="p3").first()["identifier"][0]["value"],
            "capability": client.execute("metadata", method="get")["fhirVersion"],
        }  # fmt: skip

    told = through(center, "lab", use)
    assert told["jane"]["name"][0]["text"] == "Doe, Jane"
    assert told["known as"] == ["p3"]
    assert told["first"] == ["report-1", "report-2"]
    assert told["all"] == [f"report-{place}" for place in range(1, DAYS + 1)]
    assert (told["count"], told["patient"], told["device"]) == (DAYS, "p3", "T_3")
    assert len(set(told["observations"])) == 5
    assert (told["rates"], told["strips"]) == (2 * DAYS, DAYS)
    assert told["since"] == ["report-4", "report-5"]
    assert len(told["pages"]) == DAYS
    assert told["capability"] == "4.0.1"


def test_a_client_library_hears_why_it_is_refused(center: SignedCenter) -> None:
    told: list[tuple[type[Exception], str]] = []

    def use(client: SyncFHIRClient) -> None:
        stranger = SyncFHIRClient(client.url)
        for asks, kind, params in (
            (stranger, "Patient", {}),
            (client, "Communication", {"patient": "p3"}),
            (client, "Encounter", {}),
            (client, "DiagnosticReport", {}),
            (client, "Patient", {"birthdate": "yesterday"}),
        ):
            with pytest.raises(Exception, match=r".") as refused:
                asks.resources(kind).search(**params).fetch()
            told.append((refused.type, str(refused.value)))

    through(center, "lab", use)
    wanted_ = [
        (AuthorizationError, "sign in first"),
        (ForbiddenError, "not for enrollment, service"),
        (ResourceNotFound, "no resource that is searched"),
        (OperationOutcome, "give patient, or _id"),
        (OperationOutcome, "birthdate"),
    ]
    assert [kind for kind, _ in told] == [kind for kind, _ in wanted_]
    for (_, said), (_, words) in zip(told, wanted_, strict=True):
        assert words in said
    assert all(json.loads(said)["resourceType"] == "OperationOutcome" for _, said in told[:3])


# ---- what is served ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(set(SEARCHES) - OTHERS))
def test_everything_that_is_found_is_valid(center: SignedCenter, kind: str) -> None:
    query = "" if kind in ("Patient", "Practitioner", "Device") else "?patient=p3,p4&_count=500"
    answer = get(center, "ward", kind + query)
    assert answer.headers["content-type"] == "application/fhir+json"
    told = answer.json()
    get_fhir_model_class("Bundle").model_validate(told)
    assert told["total"] == len(told["entry"]) > 0
    for entry in told["entry"]:
        alone = get(center, "ward", f"{kind}/{entry['resource']['id']}")
        assert alone.json() == entry["resource"]
        assert entry["fullUrl"].endswith(f"/fhir/{kind}/{entry['resource']['id']}")
        if kind != "Observation":
            get_fhir_model_class(kind).model_validate(entry["resource"])


def test_the_statement_of_what_it_can_do_is_anybodys_and_true(center: SignedCenter) -> None:
    told = get(center, None, "metadata").json()
    get_fhir_model_class("CapabilityStatement").model_validate(told)
    kinds = {one["type"]: one for one in told["rest"][0]["resource"]}
    assert set(kinds) == {*SEARCHES, "Binary"}
    values = {"date": "2026", "token": "x", "reference": "p3", "string": "x"}
    for kind in SEARCHES:
        for param in kinds[kind]["searchParam"]:
            one = f"{param['name']}={values[param['type']]}"
            more = "" if param["name"] in ("patient", "subject", "_id") else "&_id=x"
            login = {"ServiceRequest": "lab", "Claim": "billing"}.get(kind, "ward")
            answer = get(center, login, f"{kind}?{one}{more}", prefer="handling=strict")
            assert answer.status_code == 200, (kind, param)


def test_the_page_comes_as_pdf_or_as_a_resource_with_the_hash_that_was_told(center: SignedCenter) -> None:
    page = get(center, "lab", "DocumentReference?patient=p3&_count=1").json()["entry"][0]["resource"]
    attachment = page["content"][0]["attachment"]
    plain = get(center, "lab", attachment["url"])
    assert (plain.content, plain.headers["content-type"]) == (PDF, "application/pdf")
    assert attachment["size"] == len(PDF)
    made = get(center, "lab", attachment["url"], accept="application/fhir+json").json()
    assert made["resourceType"] == "Binary"
    assert get(center, "lab", "Binary/report-9-v2").status_code == 404
    assert get(center, "lab", "Binary/report-1").status_code == 404


def test_pages_of_a_search_hold_each_resource_once(center: SignedCenter) -> None:
    path, seen = "Observation?patient=p3&_count=7", []
    while path:
        told = get(center, "lab", path).json()
        assert told["total"] == 5 * DAYS
        seen += ids([one["resource"] for one in told["entry"]])
        following = [one["url"] for one in told["link"] if one["relation"] == "next"]
        path = following[0].partition("/fhir/")[2] if following else ""
    assert len(seen) == len(set(seen)) == 5 * DAYS


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Nothing", 404, "not-found"),
        ("Nothing/1", 404, "not-found"),
        ("Patient/p9", 404, "not-found"),
        ("Binary", 404, "not-found"),
        ("Observation?date=2026", 400, "invalid"),
        ("Patient?_count=x", 400, "invalid"),
        ("Patient?name:above=x", 400, "invalid"),
        ("Patient?name=,", 400, "invalid"),
        ("Patient?birthdate=sa2020", 400, "invalid"),
        ("Patient?birthdate=2020-13-01", 400, "invalid"),
        ("Patient?_format=xml", 406, "not-supported"),
        ("metadata?_format=xml", 406, "not-supported"),
    ],
)
def test_what_cannot_be_answered_is_an_outcome(
    center: SignedCenter, path: str, status: int, code: str
) -> None:
    answer = get(center, "lab", path)
    told = answer.json()
    assert (answer.status_code, told["issue"][0]["code"]) == (status, code)
    get_fhir_model_class("OperationOutcome").model_validate(told)


def test_what_is_not_looked_at_is_told_or_refused_as_the_client_wants(center: SignedCenter) -> None:
    told = get(center, "lab", "Patient?_sort=name&name=doe").json()
    assert told["entry"][-1]["search"]["mode"] == "outcome"
    assert "_sort" in told["entry"][-1]["resource"]["issue"][0]["diagnostics"]
    get_fhir_model_class("Bundle").model_validate(told)
    assert get(center, "lab", "Patient?_sort=name", prefer="handling=strict").status_code == 400


# ---- who, and that it is on record -------------------------------------------------------------------------


def test_a_practice_reads_its_own_patients_and_others_do_not_exist(center: SignedCenter) -> None:
    assert ids([one["resource"] for one in get(center, "physician", "Patient").json()["entry"]]) == ["p3"]
    assert get(center, "physician", "DiagnosticReport?patient=p4").json()["total"] == 0
    assert get(center, "physician", "Communication?patient=p4,p3").json()["total"] == 1
    for path in ("Patient/p4", "DiagnosticReport/report-9", "Device/T.5f4", "Communication/call-8"):
        hidden, never = get(center, "physician", path), get(center, "physician", path[:-1] + "0")
        assert hidden.status_code == never.status_code == 404
    assert get(center, "technician", "Patient/p4").status_code == 200


def test_each_role_gets_what_it_may_read(center: SignedCenter) -> None:
    query = {"Communication": "?patient=p3", "DiagnosticReport": "?patient=p3"}
    may = {
        kind: {
            role
            for role in (
                "technician",
                "physician",
                "office",
                "enrollment",
                "billing",
                "auditor",
                "administrator",
            )
            if get(center, role, kind + query.get(kind, "")).status_code == 200
        }
        for kind in ("Patient", "DiagnosticReport", "Communication")
    }
    everyone = {"technician", "physician", "office", "enrollment", "billing", "auditor"}
    assert may == {
        "Patient": everyone,
        "DiagnosticReport": everyone,
        "Communication": everyone - {"enrollment", "billing"},
    }


def test_who_may_not_read_contacts_gets_none(center: SignedCenter) -> None:
    mine, theirs = (get(center, one, "Patient/p3").json() for one in ("technician", "billing"))
    assert {"telecom", "address", "contact"} <= set(mine)
    assert not {"telecom", "address", "contact"} & set(theirs)
    assert theirs["birthDate"] == "1950-01-02"


def test_every_patient_who_is_shown_is_on_record_before(center: SignedCenter) -> None:
    get(center, "lab", "Observation?patient=p3&_count=1")
    get(center, "lab", "Binary/report-1-v2")
    who = f"staff {center.house.people['lab']}"
    assert center.reads("read.fhir") == [(who, "read.fhir", "s000017")] * 2  # a session each
    get(center, "auditor", "Patient?name=roe")
    get(center, "auditor", "Patient/p9")
    get(center, "auditor", "metadata")
    assert center.reads("read.fhir")[2:] == [
        (f"staff {center.house.people['auditor']}", "read.fhir", "s000018")
    ]


def test_without_a_record_nothing_is_served(tmp_path: Path) -> None:
    center = SignedCenter(tmp_path)
    center.house.everybody()
    opened = center.enter("technician")
    assert call(center, opened, "GET", "/fhir/Patient").status_code == 404
    assert credentials(opened)
    center.deps.reads.close()


# ---- searching ---------------------------------------------------------------------------------------------

DAY_OF_IT = {"start": "2026-11-20T12:00:00Z", "end": "2026-11-21T12:00:00Z"}
DATED = {"resourceType": "Observation", "id": "1", "effectivePeriod": DAY_OF_IT}


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("2026", True),
        ("2026-11", True),
        ("2026-11-20", False),  # the period is not within that day
        ("ge2026-11-20", True),
        ("ge2026-11-21", True),
        ("ge2026-11-22", False),
        ("gt2026-11-20", True),
        ("gt2026-11-21", False),
        ("le2026-11-20", True),
        ("lt2026-11-20", False),
        ("lt2026-11-21", True),
        ("ne2026-11", False),
        ("2026-11-20T12:00:00Z", False),
        ("ge2026-11-21T13:00:00Z", False),
    ],
)
def test_dates_are_compared_as_the_ranges_they_are(value: str, fits: bool) -> None:
    assert matches(DATED, wanted("Observation", [("date", value)])) == fits


@given(
    st.lists(
        st.tuples(st.sampled_from([*SEARCHES["Observation"], "_count", "_offset", "x"]), st.text(max_size=12))
    )
)
def test_whatever_is_asked_is_understood_or_refused(params: list[tuple[str, str]]) -> None:
    try:
        search = wanted("Observation", params)
    except InputError:
        return
    assert isinstance(matches(DATED, search), bool)


def test_a_list_of_values_is_any_of_them_and_a_parameter_twice_is_both() -> None:
    record = RECORD.search
    asking = Asking(lambda _stream: True)
    either = record(wanted("Patient", [("name", "doe,roe")]), asking)
    both = record(wanted("Patient", [("name", "doe"), ("name", "roe")]), asking)
    assert (len(either), len(both)) == (2, 0)
    assert len(record(wanted("Patient", [("name:contains", "ICHARD")]), asking)) == 1
    assert len(record(wanted("Patient", [("name", "Doe\\, Jane")]), asking)) == 1
    assert record(wanted("Patient", [("name:exact", "Doe\\, Joan")]), asking) == []
    assert record(wanted("Patient", [("name:exact", "doe")]), asking) == []
    assert (
        len(
            record(
                wanted("Practitioner", [("identifier", "http://hl7.org/fhir/sid/us-npi|1234567893")]), asking
            )
        )
        == 1
    )
    assert record(wanted("Practitioner", [("identifier", "http://other|1234567893")]), asking) == []
