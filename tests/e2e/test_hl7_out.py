"""A signed report goes from a whole center to a hospital, over a kill before the receipt; and over FHIR."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhirpy import SyncFHIRClient
from hl7.mllp import start_hl7_server
from tests.e2e.processes import Serving, einthoven, until
from tests.interop.kept import kept
from tests.interop.messages import PDF

from einthoven.base.deeds import numbered
from einthoven.base.instants import DAY, HOUR
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.sign_in_stores import waited
from einthoven.center.enroll import enroll
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.report_files import ReportFiles
from einthoven.escalation.signature import SIGNS_REPORT, sign
from einthoven.interop import hl7v2
from einthoven.reports import life_deeds as life
from einthoven.reports.life_book import LifeBook
from einthoven.reports.life_states import About, Kind

JANE = {"name": "Doe, Jane", "birth_date": "1950-01-02", "sex": "female"}


def signed_report(folder: Path) -> None:
    """A center's folder with a patient whose report of yesterday is signed and issued."""
    now = RealClock().wall()
    facts, files, book = Facts(folder / "facts.sqlite", now), ReportFiles(RealDisk(folder)), LifeBook()
    body = {"patient": JANE, "transmitter": "T-1", "rate_hz": 250, "leads": ["II"], "public_key": 64 * "1"}
    enroll(facts, body, now - 2 * DAY)
    count = 0

    def keep(drafts: Any) -> None:
        nonlocal count
        deeds = numbered(drafts, count, "center", now)
        count += len(deeds)
        for deed in deeds:
            book.apply(deed)
        waited(lambda done: facts.journal.append(deeds, (), done))

    start = (now - 2 * DAY) // HOUR * HOUR
    about = About(Kind.DAILY, 1, "2026-11-20", start, start + DAY)
    keep(life.draft(book, about, files.put(kept(start)), "1/live-1.0/2026.1", "", "", "1"))
    keep(life.edit(book, 1, "Sinus rhythm with episodes of AF.", 0, "staff 1"))
    shown = life.content(book.report(1))
    signature = sign(shown, 1, "Poe, Dr. Ann", now, SIGNS_REPORT, ["password", "code"], first=True)
    keep(life.sign(book, 1, signature, cosign=False, cosigner=None))
    keep(life.issue(book, 1, files.put(PDF), "Heart practice"))
    facts.close()


class Lab:
    """python-hl7's server on a thread: gives no answer while ``silent``."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.silent = True
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Lab:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        served = start_hl7_server(self._peer, "127.0.0.1", 0, limit=1 << 24, encoding="utf-8")
        server = self._loop.run_until_complete(served)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(server.wait_closed())
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _peer(self, reader: Any, writer: Any) -> None:
        message = await reader.readmessage()
        self.got.append(str(message))
        if self.silent:
            await reader.read()
        else:
            writer.writemessage(message.create_ack())
            await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as made:
        yield made


def test_a_kill_between_message_and_receipt_loses_nothing_and_the_record_is_read(
    tmp_path: Path, lab: Lab
) -> None:
    center = Serving(tmp_path)
    center.data.mkdir()
    signed_report(center.data)
    (center.data / "einthoven.toml").write_text(f'hl7_send = "127.0.0.1:{lab.port}"\n')
    try:
        center.start()
        until("the hospital to have it", lambda: lab.got)
        center.kill()
        lab.silent = False
        center.start()
        until("it to come again", lambda: len(lab.got) > 1)

        def letters() -> Any:
            return einthoven("hl7", "letters", "--data", center.data).told

        until("the receipt", lambda: letters() == {"waiting": [], "dead": []})
        assert lab.got[0] == lab.got[1]
        message = hl7v2.parse(lab.got[0].encode())
        assert (message.get("PID", 5), message.get("OBR", 25)) == ("Doe", "F")
        client = SyncFHIRClient(f"{center.url}/fhir")
        (report,) = client.resources("DiagnosticReport").search(patient="p1").fetch_all()
        assert (report["status"], report["conclusion"]) == ("final", "Sinus rhythm with episodes of AF.")
        page = report["presentedForm"][0]
        assert httpx.get(f"{center.url}/fhir/{page['url']}", trust_env=False).content == PDF
        assert report["result"][0].to_resource()["subject"]["reference"] == "Patient/p1"
    finally:
        center.stop()
    assert len(lab.got) == 2
