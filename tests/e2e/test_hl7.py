"""A whole center: a hospital's messages by MLLP, what people decide on them, FHIR; the same after a kill."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhirpy import SyncFHIRClient
from hl7.mllp import open_hl7_connection
from tests.e2e.processes import Serving, einthoven, here, until
from tests.interop.messages import ADT

PATIENCE_S = 60


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Serving]:
    made = Serving(tmp_path)
    made.data.mkdir()
    (made.data / "einthoven.toml").write_text('hl7_listen = "127.0.0.1:0"\n')
    yield made
    made.stop()


def port_of(center: Serving) -> int:
    """Where it listens now, as its log says."""
    lives = center.log.read_text().split('"event": "recovered"')
    found = re.findall(r'"port": (\d+), "event": "hl7_listening"', lives[-1])
    return int(found[-1]) if found else 0


def says(center: Serving, text: str) -> str:
    """A hospital sends a message; the code of the answer."""
    port = until("the center to listen", lambda: port_of(center))

    async def send() -> str:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await open_hl7_connection("127.0.0.1", port, encoding="utf-8")
            writer.writeblock(text.encode())
            told = await reader.readmessage()
            writer.close()
            await writer.wait_closed()
            return str(told["MSA"][0][1])

    return asyncio.run(send())


def hl7(serving: Serving, *words: object) -> Any:
    ran = einthoven("hl7", *words, "--data", serving.data)
    assert (ran.code, ran.err) == (0, "")
    return ran.told


def test_what_a_hospital_says_is_kept_proposed_read_over_fhir_and_survives_a_kill(center: Serving) -> None:
    center.start()
    body = {
        "patient": {"name": "Doe, Jane M, III", "birth_date": "1950-01-02", "telephone": "+1 555 0100"},
        "transmitter": "T-1",
        "rate_hz": 250,
        "leads": ["II"],
        "public_key": 64 * "1",
    }
    enrolled = httpx.post(
        f"{center.url}/api/enroll", json=body, headers={"origin": center.url}, trust_env=False
    )
    assert enrolled.status_code == 201, enrolled.text
    assert says(center, ADT) == "AA"
    assert says(center, ADT.replace("A01", "A99")) == "AR"
    (told,) = hl7(center, "said")["patients"]
    assert told["stay"]["inside"] is True
    assert [one["field"] for one in told["proposals"]] == ["telephone"]
    center.kill()
    center.start()
    assert says(center, ADT) == "AA"  # the hospital sends again what it has no receipt of
    assert hl7(center, "said")["patients"] == [told]
    assert hl7(center, "settle", 1, "telephone", "--take")["taken"] is True
    assert hl7(center, "letters") == {"waiting": [], "dead": []}
    client = SyncFHIRClient(f"{center.url}/fhir")
    jane = client.resources("Patient").search(identifier="4711").first()
    assert jane is not None
    assert jane["telecom"][0]["value"] == "+1 217 5550100"
    assert jane["gender"] == "female"
    assert client.resources("Device").search(patient=jane.id).first()["identifier"][0]["value"] == "T-1"
    assert client.resources("DiagnosticReport").search(patient=jane.id).fetch() == []


def test_commands_want_a_center_that_runs(center: Serving) -> None:
    ran = here("hl7", "letters", "--data", center.data)
    assert (ran.code, "no data folder" in ran.line) == (2, True)
    center.start()
    center.stop()
    ran = here("hl7", "resend", "all", "--data", center.data)
    assert (ran.code, "no center runs on it" in ran.line) == (2, True)


def test_an_address_that_is_taken_is_told_at_the_start(center: Serving) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        (center.data / "einthoven.toml").write_text(f'hl7_listen = "{where}"\n')
        ran = einthoven("serve", "--data", center.data, "--port", "0")
    assert (ran.code, f"cannot listen for HL7 on {where}" in ran.line) == (2, True)
