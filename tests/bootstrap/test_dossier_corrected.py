"""The record of a period that was on record for the wrong person tells nothing of that person (R37, R42)."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.bootstrap.period_folder import T0, make_folder
from tests.enrollment.test_order_read import FULL

from einthoven.base.instants import HOUR, MINUTE
from einthoven.bootstrap.desk import Cards
from einthoven.bootstrap.dossier import make_dossier
from einthoven.bootstrap.dossier_verify import chain_faults, verify_dossier
from einthoven.bootstrap.peers import ensure_seed
from einthoven.bootstrap.serve import FACTS_FILE
from einthoven.center.desk_books import Books
from einthoven.center.desk_record import DeskRecord
from einthoven.center.enroll import Corrected, EnrollmentUnit
from einthoven.edges.exchange.bundle import public_of
from einthoven.edges.store.facts import Facts
from einthoven.enrollment import correction_deeds, people
from einthoven.enrollment.correction_deeds import Wanted
from einthoven.enrollment.corrections import Part, Whose

APPLIED = T0 + 32 * HOUR
WRONG = Whose(1, "Month, Mary", "1950-02-03")
RIGHT = {"name": "Right, Rita", "birth_date": "1961-05-06", "sex": "female"}


def correct(folder: Path) -> None:
    """Mary's period turns out to be Rita's; a line of the audit afterwards names Mary, another does not."""
    facts = Facts(folder / FACTS_FILE, APPLIED)
    books = Books(Cards(facts.reader))
    record: DeskRecord[str] = DeskRecord(facts.journal, books.all())
    record.replay(facts.journal.read(0, 100_000))

    def put_right(unit: EnrollmentUnit) -> int:
        number = unit.add_patient(people.patient(RIGHT, APPLIED))
        unit.correct_period(Corrected(1, 1, 1, unit.physician_of(1), number, None, 0))
        return number

    book = books.corrections
    wanted = Wanted(1, None, None, RIGHT, None, None, 0, "the labels were mistaken")
    record.commit(correction_deeds.propose(book, wanted), "staff 2", APPLIED - MINUTE)
    record.commit(correction_deeds.confirm(book, 1, "staff 3"), "staff 3", APPLIED - MINUTE)
    number = facts.unit(put_right, "center", APPLIED)
    part = Part(1, WRONG, Whose(number, RIGHT["name"], RIGHT["birth_date"]))
    record.commit(correction_deeds.applied(book, 1, [part], [], APPLIED), "center", APPLIED)
    for place, said in enumerate(("the family of Mrs. MONTH called", "Rita is well"), 1):
        at, told = APPLIED + place * MINUTE, {"said": said}
        facts.journal.note("staff 2", "contact.noted", "s000001", told, at, lambda _error: None)
    facts.flush()
    facts.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes], dict[str, Any], Path]:
    root = tmp_path_factory.mktemp("corrected")
    folder, out = root / "center", root / "one.zip"
    make_folder(
        folder,
        hours=4,
        stored_s=60,
        events=1,
        order=FULL | {"patient": {**FULL["patient"], "name": "Month, Mary"}},
    )
    correct(folder)
    told = make_dossier(folder, "s000001", out, T0 + 40 * HOUR)
    with zipfile.ZipFile(out) as archive:
        return folder, {name: archive.read(name) for name in archive.namelist()}, told, out


def test_the_audit_has_every_line_and_no_detail_of_the_other_person(made: Any) -> None:
    lines = [json.loads(one) for one in made[1]["audit.jsonl"].splitlines()]
    before = [one for one in lines if one["at"] <= APPLIED]
    assert before
    assert all(one["detail"] is None and one["withheld"] for one in before)
    after = [one for one in lines if one["at"] > APPLIED and one["action"] == "contact.noted"]
    assert [one["detail"] is None for one in after] == [True, False]
    assert all(one["hash"] and one["actor"] and one["action"] for one in lines)
    assert b"month" not in made[1]["audit.jsonl"].lower()
    assert b"1950-02-03" not in made[1]["audit.jsonl"]


def test_no_file_has_her_name(made: Any) -> None:
    files = {
        name for name, content in made[1].items() if b"Month, Mary" in content or b"1950-02-03" in content
    }
    assert files == set()


def test_no_page_has_her_name(made: Any) -> None:
    import pypdfium2

    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(made[1]["dossier.pdf"])]
    assert not any("Month" in page for page in pages)
    assert any("[another person]" in page for page in pages), "as notifications were worded"
    assert "without details: another person was on record until" in " ".join(pages[0].split())


def test_the_first_page_says_so(made: Any) -> None:
    missing = made[2]["missing"]
    (said,) = [one for one in missing if "another person was on record" in one]
    assert "lines of audit.jsonl are without details" in said
    assert any("under an order of another person" in one for one in missing)


def test_it_is_proved_as_any_other_and_a_line_that_is_taken_out_is_missed(made: Any) -> None:
    folder, files, _told, out = made
    key = public_of(ensure_seed(folder / "keys")).hex()
    assert verify_dossier(out, key) == 0
    lines = files["audit.jsonl"].splitlines(keepends=True)
    assert chain_faults(b"".join(lines)) == []
    swapped = [*lines[:3], lines[4], lines[3], *lines[5:]]
    assert chain_faults(b"".join(swapped))
    forged = json.loads(lines[2]) | {"before": "00" * 32}
    assert chain_faults(b"".join([*lines[:2], json.dumps(forged).encode() + b"\n", *lines[3:]]))
