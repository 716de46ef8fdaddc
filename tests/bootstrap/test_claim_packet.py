"""The packet of a redetermination: a letter that names patient, reason, deadline and what the record says."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from tests.billing.claims import claim, context
from tests.billing.test_claim_life import Office, paid, remittance
from tests.bootstrap.period_folder import T0, make_folder
from tests.interop.test_x12_837p import written

from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.base.instants import HOUR
from einthoven.billing import claim_answers as answers
from einthoven.billing import claim_deeds as life
from einthoven.billing.claim import PersonName
from einthoven.billing.claim_rules import check
from einthoven.billing.remittance import Adjustment
from einthoven.bootstrap.claim_packet import enclosed, packet_of
from einthoven.bootstrap.dossier import make_dossier
from einthoven.bootstrap.dossier_verify import verify_dossier
from einthoven.interop import x12_check
from einthoven.interop.x12 import one_set, split

NAMES = ("claim.json", "determination.json", "answer.json", "claim.837")
OTHER = replace(claim(), patient=replace(claim().patient, name=PersonName("Roe", "Richard")))
FILE = written(claim(), OTHER)
NOW_THERE = T0 + 40 * HOUR
NOW = 1_685_600_000_000_000_000
CLAUSES = [
    {
        "id": "period.24h",
        "text": "More than 24 hours of surveillance.",
        "outcome": "met",
        "facts": [{"words": "696 hours recorded", "where": "service period 1"}],
    }
]
DETERMINED = {
    "outcome": "covered",
    "summary": "every clause is met",
    "date": "2023-03-30",
    "policy": {"id": "L34997", "title": "Telemetry"},
    "clauses": CLAUSES,
}


def denied() -> Office:
    office = Office()
    number = office.want()
    proof = {"first_day": "2023-03-01", "last_day": "2023-03-30", "determination": DETERMINED}
    checks = tuple(one for one in check(context()) if not one.holds)
    office.do(life.checked(office.book.claim(number), claim(), checks, (), proof))
    office.do(life.release(office.book, number, 1, {}))
    office.do(life.file(office.book, life.to_file(office.book, [number]), "ISA*00~"))
    no = paid(cents=0, status="4", adjustments=(Adjustment("CO", "50", 65000),), remarks=("N115",))
    office.do(answers.take(office.book, remittance(no), "d", "x"))
    return office


def words(content: bytes) -> str:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) >= 1
    pdfium = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument(content)
    return " ".join(page.get_textpage().get_text_range() for page in document)


def test_a_packet_answers_the_denial_clause_by_clause() -> None:
    office = denied()
    made = packet_of(office.book.claim(1), ({}, {}), FILE, "Center", NOW)
    assert list(made) == ["letter.pdf", *(f"claim/{name}" for name in NAMES)]
    letter = " ".join(words(made["letter.pdf"]).split())
    told = json.loads(made["claim/claim.json"])
    assert json.loads(made["claim/answer.json"])["notice"] == "2023-05-01"
    assert json.loads(made["claim/determination.json"])["policy"]["id"] == "L34997"
    for part in (
        "Jane Q Doe",
        "2023-03-01 to 2023-03-30",
        "CO-50",
        "not seen as medically necessary",
        "N115",
        "2023-09-03",
        "L34997",
        "696 hours recorded (service period 1)",
        "ordered by who treats the patient",
    ):
        assert part in letter, part
    assert told["id"] == "E000001"
    assert told["claim"]["lines"][0]["code"] == "93229"


def test_the_same_claim_gives_the_same_packet() -> None:
    kept = denied().book.claim(1)
    one, two = (packet_of(kept, ({}, {}), "", "Center", NOW) for _ in range(2))
    assert one == two


def test_a_site_s_own_words_of_a_reason_stand_in_it() -> None:
    kept = denied().book.claim(1)
    made = packet_of(kept, ({"50": "licensed words"}, {}), "", "Center", NOW)
    assert "licensed words" in words(made["letter.pdf"])


def test_claims_of_others_that_went_in_the_same_file_are_not_in_it() -> None:
    made = packet_of(denied().book.claim(1), ({}, {}), FILE, "Center", NOW)
    own = made["claim/claim.837"].decode()
    assert "DOE*JANE" in own
    assert "ROE" not in own
    assert [one[0] for one in split(own)][-2:] == ["GE", "IEA"]
    assert x12_check.faults(own) == ()
    assert one_set(FILE, "0009") == ""


def test_the_packet_is_one_archive_with_the_record_under_one_signed_list(tmp_path: Path) -> None:
    folder, out = tmp_path / "center", tmp_path / "packet.zip"
    make_folder(folder)
    kept = denied().book.claim(1)
    made = make_dossier(
        folder, "1", out, NOW_THERE, enclose=lambda _opened, now: packet_of(kept, ({}, {}), FILE, "C", now)
    )
    with zipfile.ZipFile(out) as packed:
        names = set(packed.namelist())
        listed = json.loads(packed.read("manifest.json"))
    assert {"letter.pdf", "dossier.pdf", "audit.jsonl", "manifest.sig"} <= names
    assert {"letter.pdf", "claim/claim.837"} <= set(listed["files"])
    key = listed["key"]["public"]
    assert verify_dossier(out, key) == 0
    assert made["files"] == len(names)
    content = bytearray(out.read_bytes())
    at = bytes(content).index(b'"id": "E000001"')
    content[at + 7] ^= 1
    out.write_bytes(bytes(content))
    assert verify_dossier(out, key) == 1


def test_a_packet_of_a_claim_that_is_none_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "center"
    make_folder(folder)
    with pytest.raises(NotFoundError, match="there is no claim 9"):
        make_dossier(folder, "1", tmp_path / "p.zip", NOW_THERE, enclose=enclosed(9))
    assert list(tmp_path.iterdir()) == [folder]


def test_what_was_not_denied_has_none() -> None:
    office = Office()
    office.filed()
    with pytest.raises(RefusedError, match="there is nothing to ask again"):
        packet_of(office.book.claim(1), ({}, {}), "", "Center", NOW)
