"""Orders posted as FHIR: a ServiceRequest, or a transaction Bundle with what belongs to it (R29, R41).

What is incomplete or faulty is kept and held: 201 with an OperationOutcome that says what and where. Refused
is only what cannot be kept at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import EinthovenError, InputError, MessageError, NotFoundError
from einthoven.center.desk_door import Who
from einthoven.center.open_record import Asking, OpenRecord
from einthoven.center.order_door import OrderDoor, PostedOrder
from einthoven.edges.web.access import Access, address_of, held_of
from einthoven.edges.web.answers import MediaTypeError, TooLargeError
from einthoven.edges.web.deps import Reads
from einthoven.edges.web.fhir_answers import JSON, ROOT, answer, outcome_answer, refused
from einthoven.interop.fhir import Resource
from einthoven.interop.fhir_order_told import told
from einthoven.interop.fhir_request import order_id
from einthoven.interop.fhir_rest import CREATED

BODY_MAX: Final = 10 << 20
"""Bytes of what is posted: an order with scanned papers."""
_TYPES: Final = (JSON, "application/json")
_CONFLICT, _UNKNOWN = 205, 204
"""Of HL7 table 0357: a number that is used up or another patient's; one that never came."""


class FhirOrders:
    """The handlers.

    Args:
        orders: takes them.
        record: reads them back.
        access: who posts.
        reads: the threads on which the record is read.
    """

    def __init__(self, orders: OrderDoor, record: OpenRecord, access: Access, reads: Reads) -> None:
        self._orders = orders
        self._record = record
        self._access = access
        self._reads = reads

    def routes(self) -> list[Route]:
        """Where each handler is."""
        return [
            Route(ROOT, self.transaction, methods=["POST"], name="fhir-transaction"),
            Route(f"{ROOT}/{{kind}}", self.create, methods=["POST"], name="fhir-create"),
        ]

    async def create(self, request: Request) -> Response:
        """``POST /fhir/ServiceRequest``: 201 for a new order, 200 where its number was known."""
        try:
            kind = str(request.path_params["kind"])
            if kind not in CREATED:
                raise NotFoundError(f"{kind[:40]} is no resource that is taken here: post ServiceRequest")
            given, raw = await _posted(request, kind)
            (one,) = await self._orders.post(self._who(request), given, raw)
            return await self._answered(request, one)
        except EinthovenError as error:
            return _refused(error)

    async def transaction(self, request: Request) -> Response:
        """``POST /fhir``: a transaction Bundle; all of its orders are taken, or none."""
        try:
            given, raw = await _posted(request, "Bundle")
            posted = await self._orders.post(self._who(request), given, raw)
            return answer(_transaction(given, posted))
        except EinthovenError as error:
            return _refused(error)

    async def _answered(self, request: Request, one: PostedOrder) -> Response:
        record, name = one.record, order_id(one.record.number)
        wants = request.headers.get("prefer", "")
        if "return=minimal" in wants:
            made = Response(b"", 200)
        elif "return=OperationOutcome" in wants or ("return=" not in wants and (record.lacks or one.words)):
            made = answer(told([(record, one.words)]))
        else:
            asking = Asking(lambda _stream: True, everybody=True)  # it is theirs: they posted it
            found = await self._reads.run(lambda: self._record.read("ServiceRequest", name, asking))
            made = answer(found.resource)
        made.status_code = 201 if one.fresh else 200
        made.headers["location"] = f"{_base(request)}/ServiceRequest/{name}"
        made.headers["etag"] = f'W/"{record.version}"'
        return made

    def _who(self, request: Request) -> Who:
        held = held_of(request)
        return Who(held.staff or 0, self._access.station_of(request), address_of(request.scope))


def _transaction(given: Mapping[str, Any], posted: Sequence[PostedOrder]) -> Resource:
    """The response of a transaction: an entry for each of its own, in order."""
    by_place = {one.origin: one for one in posted}
    names = ", ".join(order_id(one.record.number) for one in posted)
    entries: list[Resource] = []
    for at, _ in enumerate(given["entry"]):
        one = by_place.get(f"Bundle.entry[{at}].resource")
        if one is None:
            words = f"kept within {names}, and no resource of its own"
            part = {"severity": "information", "code": "informational", "diagnostics": words}
            kept = {"resourceType": "OperationOutcome", "issue": [part]}
            entries.append({"response": {"status": "200 OK", "outcome": kept}})
            continue
        response = {
            "status": "201 Created" if one.fresh else "200 OK",
            "location": f"ServiceRequest/{order_id(one.record.number)}",
            "etag": f'W/"{one.record.version}"',
            "outcome": told([(one.record, one.words)]),
        }
        entries.append({"response": response})
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}


async def _posted(request: Request, kind: str) -> tuple[dict[str, Any], bytes]:
    """The resource of a request, and its bytes.

    Raises:
        InputError: it is no JSON object, too large, or another resource.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() not in _TYPES:
        raise MediaTypeError(f"want content-type {JSON}")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_MAX:
            raise TooLargeError(f"{kind}: at most {BODY_MAX >> 20} MB")
    try:
        given = json.loads(bytes(body))
    except (ValueError, RecursionError) as error:
        raise InputError("the body is not JSON") from error
    if not isinstance(given, dict):
        raise InputError("the body is not a JSON object")
    if given.get("resourceType") != kind:
        raise InputError(f"resourceType: {str(given.get('resourceType'))[:40]!r}: want {kind}")
    return given, bytes(body)


def _refused(error: EinthovenError) -> Response:
    if not isinstance(error, MessageError):
        return refused(error)
    status = {_CONFLICT: 409, _UNKNOWN: 404}.get(error.code, 422)
    return outcome_answer(status, error.what, expression=error.where)


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}{ROOT}"
