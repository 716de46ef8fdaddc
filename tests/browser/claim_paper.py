"""Claims at a paper center: services as a test says they were, checked by the real rules and the reader."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

from tests.billing.claims import READER, order, profile, record
from tests.browser.order_paper import OrderPaper
from tests.e2e.processes import until
from tests.interop.test_x12_835 import HEAD

from einthoven.base.ids import stream_name
from einthoven.billing.claim_codes import HeldCodes
from einthoven.billing.claim_states import Kept, State, claim_id
from einthoven.billing.family import derive
from einthoven.billing.service import Attendance, ServiceRecord
from einthoven.bootstrap.claims import ClaimRun
from einthoven.center.claim_desk import ClaimDesk
from einthoven.center.claim_ports import Evidence
from einthoven.center.service_record import Stored
from einthoven.enrollment.order import Order
from einthoven.testing.reports import MemoryReports

PEOPLE: Final = {
    1: "Doe, Jane",
    2: "Roe, Richard",
    3: "Poe, Pat",
    4: "Quiroga-Villanueva de la Torre, María Fernanda",
    5: "Lang, Karl",
}
"""By stream: a diagnosis that is not known; a gap in the watch; watched from abroad; as it should be."""
KNOWN: Final = ("I48.11",)
"""A diagnosis whose validity is held without files of a site."""
CLAUSE: Final = {
    "id": "period.24h",
    "text": "More than 24 hours of surveillance.",
    "outcome": "met",
    "facts": [{"words": "696 hours recorded", "where": "service period 1"}],
}
CHANGES: Final[Mapping[int, Mapping[str, Any]]] = {
    2: {"attendance": Attendance(0.9987, 0.9999)},
    3: {"in_us": False},
}


class Source:
    """Evidence (``center.claim_ports.ClaimSource``): the streams of ``PEOPLE`` have ended."""

    def ended(self, _since: int) -> Sequence[int]:
        return tuple(PEOPLE)

    def stored(self, stream: int) -> Stored:
        return cast(Stored, SimpleNamespace(stream=stream))

    def ordered(self, _stream: int) -> bool:
        return True

    def evidence(self, stored: Stored, _now: int) -> Evidence:
        stream = stored.stream
        name = PEOPLE[stream]
        measured: ServiceRecord = record(stream=stream, period=stream, order=stream, patient=name)
        measured = replace(measured, **CHANGES.get(stream, {}))
        told = order() if stream == 1 else order(diagnoses=KNOWN)
        ordered: Order = replace(
            told, patient=replace(told.patient, name=name, birth_date=f"195{stream}-02-03")
        )
        family = derive(measured, date.fromisoformat(measured.last_day))
        return Evidence(measured, (stream, ordered), family, READER)

    def determine(self, _evidence: Evidence, day: str, _seen: Any) -> Mapping[str, Any]:
        policy = {"id": "L34997", "title": "Telemetry", "version": "1", "partial": False}
        covered = {"outcome": "covered", "summary": "every clause is met", "date": day}
        return covered | {"policy": policy, "clauses": [CLAUSE]}


class Packets:
    """Packets of redeterminations (``edges.web.dossier.DossierDoor``): made when a test says so.

    Attributes:
        asked: stream and claim of each, in order.
        made: whether what was asked for is made.
        path: where the archive is.
    """

    def __init__(self) -> None:
        self.asked, self.made, self.path = list[tuple[int, int]](), False, Path()

    def begin(self, stream: int, _by: str, claim: int = 0) -> int:
        self.asked.append((stream, claim))
        return len(self.asked)

    def state(self, _job: int, _by: str) -> dict[str, object]:
        told: dict[str, object] = {"what": "setting pages", "percent": 40, "state": "making"}
        done = {
            "state": "done",
            "percent": 100,
            "bytes": 5_000_000,
            "missing": ["criteria"],
            "key": {"id": "ab"},
        }
        return told | (done if self.made else {})

    def file(self, job: int, _by: str) -> tuple[Path, str]:
        stream, claim = self.asked[job - 1]
        return self.path, f"redetermination-{claim_id(claim)}-{stream_name(stream)}-2023-11-14.zip"


class Door:
    """What the pages ask of files (``edges.web.claims.ClaimDoor``): it is there before what answers it."""

    run: ClaimRun

    async def came(self, content: bytes, name: str) -> str:
        return await self.run.came(content, name)

    def file(self, number: int) -> str:
        return self.run.file(number)

    def denied(self, number: int) -> int:
        return self.run.denied(number)


class ClaimPaper(OrderPaper):
    """Services that have ended, their technical claims, and a biller."""

    def __init__(self) -> None:
        door, self.packets = Door(), Packets()
        super().__init__(claims=door, dossiers=self.packets)
        desk = self.signed.room.desk
        billing = replace(profile(), parts=profile().parts[:1])
        claims = ClaimDesk(desk, cast(Any, Source()), billing, HeldCodes(), "UTC")
        desk.books.claiming = claims
        desk.listeners.append(claims.heard)
        filed: Any = SimpleNamespace(loaded=lambda: None)
        self.run = door.run = ClaimRun(claims, MemoryReports(), self.center.clock, filed)

    def start(self) -> ClaimPaper:
        super().start()
        # Whoever begins no task of the loop hears of no defect in it: it is kept.
        self.do(lambda: setattr(self, "_checks", asyncio.get_running_loop().create_task(self.run.run())))
        until("every claim checked", lambda: len(self.checked) == len(PEOPLE))
        return self

    @property
    def checked(self) -> list[Kept]:
        """Claims whose checks are on record."""
        return [one for one in self.signed.books.claims.claims.values() if one.state is not State.CHECKING]

    def claim(self, stream: int) -> Kept:
        """The claim of a service."""
        (number,) = self.signed.books.claims.of_stream[stream]
        return self.signed.books.claims.claim(number)


def advice(*claims: tuple[int, str, str]) -> bytes:
    """An 835: of each claim its number, and `paid`, `denied` or `unknown` with the payer's reason."""
    told, paid = list[str](), 0
    for number, how, reason in claims:
        cents = 650 if how == "paid" else 0
        paid += cents
        told += [
            f"CLP*{claim_id(number)}*{1 if how == 'paid' else 4}*650*{cents}**MB*ICN{number}*11*1~",
            "NM1*QC*1*DOE*JANE****MI*1EG4TE5MK73~",
            f"SVC*HC:93229*650*{cents}**1~",
            "DTM*472*20230330~",
            *([] if how == "paid" else [f"CAS*CO*{reason}*650~"]),
        ]
    head = [one.replace("BPR*I*512.5", f"BPR*I*{paid}").replace("20230601~", "20231101~") for one in HEAD]
    whole = [*head, *told]
    end = [f"SE*{len(whole) - 1}*0001~", "GE*1*42~", "IEA*1*000000042~"]
    return "\n".join([*whole, *end]).encode()


def acknowledged(file: int, sets: int, refused: int = 0) -> bytes:
    """A 999 on a file: all its sets taken, or one of them turned down."""
    each = "".join(
        f"AK2*837*{at:04d}~" + ("IK3*N4*10*2010*8~IK4*1*19*1~IK5*R*5~" if at == refused else "IK5*A~")
        for at in range(1, sets + 1)
    )
    judged, good = ("P", sets - 1) if refused else ("A", sets)
    return (
        f"{HEAD[0]}GS*FA*04412*SUB1*20230502*0100*42*X*005010X231A1~ST*999*0001*005010X231A1~"
        f"AK1*HC*{file}*005010X222A1~{each}AK9*{judged}*{sets}*{sets}*{good}~SE*9*0001~GE*1*42~IEA*1*000000042~"
    ).encode()
