"""The record of a service period on request: what is there, what is missing, and its proof (R36, R37)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from tests.bootstrap.period_folder import T0, make_folder
from tests.enrollment.test_order_read import FULL
from tests.interop.judge import wfdb

from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.instants import HOUR
from einthoven.bootstrap.dossier import make_dossier
from einthoven.bootstrap.dossier_verify import chain_faults, verify_dossier
from einthoven.bootstrap.peers import ensure_seed
from einthoven.edges.exchange.bundle import public_of
from einthoven.edges.store.store import open_reader

NOW = T0 + 40 * HOUR


class Made:
    """A folder and its record, made once."""

    def __init__(self, root: Path, order: dict[str, Any] | None = None) -> None:
        self.folder, self.zip = root / "center", root / "one.zip"
        self.life = make_folder(self.folder, order=order)
        self.told: dict[str, Any] = make_dossier(self.folder, "s000001", self.zip, NOW)
        self.key = public_of(ensure_seed(self.folder / "keys")).hex()
        with zipfile.ZipFile(self.zip) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist()}

    def rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.files[name].decode())))

    def pdf(self) -> pikepdf.Pdf:
        return pikepdf.open(io.BytesIO(self.files["dossier.pdf"]))

    def words(self) -> list[str]:
        import pypdfium2

        pdf = pypdfium2.PdfDocument(self.files["dossier.pdf"])
        return [page.get_textpage().get_text_bounded() for page in pdf]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("dossier"))


def test_the_first_page_says_of_each_part_what_is_there_what_is_missing_why_and_where(made: Made) -> None:
    pages = made.words()
    first = pages[0]
    for line in (
        "The order for the service",
        "Patient selection criteria",
        "Copies of transmitted ECG and the response",
        "Reports to the ordering physician",
        "Physician contacts and the action taken",
        "Summary report at the end of monitoring",
        "Level of training and certification",
        "Quality control of ECG surveillance",
        "Procedures for emergencies",
        "Uninterrupted surveillance",
        "Audit trail of the patient",
    ):
        assert line.split(" and")[0] in first.replace("\r\n", " ")
    assert "No order on file: the patient was enrolled without one." in first
    assert "1 report is not signed" in first
    assert made.told["complete"] is False
    assert any("No plan was adopted" in one for one in made.told["missing"])


def test_every_page_has_the_patient_the_dates_of_service_and_its_number_of_all(made: Made) -> None:
    pages = made.words()
    for number, page in enumerate(pages, 1):
        assert "Month, Mary" in page
        assert "2026-09-21 to 2026-09-22" in page
        assert f"page {number} of {len(pages)}" in page


def test_bookmarks_lead_to_the_pages_that_the_contents_name(made: Made) -> None:
    pages = made.words()
    with made.pdf() as pdf, pdf.open_outline() as outline:
        places = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
        tops = outline.root
        assert len(tops) == 12
        for top in tops[1:]:
            at = places[top.destination[0].objgen]
            assert top.title.split("  ", 1)[1] in pages[at]
            number, title = top.title.split("  ", 1)
            line = next(line for line in pages[1].splitlines() if line.startswith(f"{number} {title}"))
            assert line.endswith(f" {at + 1}")
        events = tops[3].children
        assert [one.title.split(":")[0] for one in events] == [f"Event {n}" for n in range(1, 7)]


def test_each_event_has_its_strip_the_verdict_and_what_the_physician_did(made: Made) -> None:
    text = " ".join(" ".join(made.words()).split())
    assert "25 mm/s" in text
    assert "no action necessary" in text
    assert "starts metoprolol 25 mg twice a day" in text
    assert "answering machine" in text
    rows = made.rows("contacts.csv")
    assert {row["outcome"] for row in rows} == {"reached", "voicemail"}
    assert all(row["action"] for row in rows)
    assert len(json.loads(made.files["events.json"])) == 6


def test_the_staff_are_there_with_papers_that_counted_on_those_days(made: Made) -> None:
    rows = made.rows("staff.csv")
    assert {row["name"] for row in rows} == {"Nyx, Ann", "Moss, Ben", "Lake, Cora"}
    assert {row["in the US"] for row in rows} == {"yes"}
    assert sum(row["paper"] == "CCT" for row in rows) == 3
    watched = [row for row in made.rows("continuity.csv") if row["what"] == "watched"]
    assert len(watched) == 4
    [gap] = [row for row in made.rows("continuity.csv") if row["what"] == "exception"]
    assert gap["cause"] == "nobody accepted"
    assert made.rows("displays.csv")


def test_the_ecg_is_read_by_others_sample_for_sample(made: Made, tmp_path: Path) -> None:
    for name, content in made.files.items():
        if name.startswith("ecg/") and not name.endswith(".csv"):
            (tmp_path / name.removeprefix("ecg/")).write_bytes(content)
    record = wfdb.rdrecord(str(tmp_path / "s000001"), sampto=150_000, physical=False)
    ours = open_reader(made.folder).read(1, 0, 150_000).samples
    assert np.array_equal(np.asarray(record.d_signal, np.int16), ours)
    gaps = made.rows("ecg/gaps.csv")
    assert {row["cause"] for row in gaps} == {"not yet received"}


def test_reports_are_joined_as_they_were_issued(made: Made) -> None:
    names = [name for name in made.files if name.startswith("reports/")]
    assert sum(name.endswith(".pdf") for name in names) == 2
    assert sum(name.endswith(".json") for name in names) == 3


def test_the_same_folder_and_instant_give_the_same_bytes(made: Made, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    make_dossier(made.folder, "1", again, NOW)
    assert again.read_bytes() == made.zip.read_bytes()


def test_it_is_whole_by_the_key_of_its_center_anywhere(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify_dossier(made.zip, made.key) == 0
    told = capsys.readouterr().out
    assert "signed   by key" in told
    assert "Month, Mary, 2026-09-21 to 2026-09-22, s000001" in told
    key = tmp_path / "center.key"
    key.write_text(made.key + "\n")
    assert verify_dossier(made.zip, str(key)) == 0
    key.write_text(json.dumps({"key": made.key}) + "\n")  # as the command of the key prints it
    assert verify_dossier(made.zip, str(key)) == 0


def test_a_forgery_signed_anew_fails_and_the_key_that_it_names_is_told(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from einthoven.edges.exchange.bundle import Bundle, key_id

    path = tmp_path / "forged.zip"
    with path.open("wb") as out:
        bundle = Bundle(out)
        for name, content in made.files.items():
            if not name.startswith("manifest."):
                bundle.add(name, content.replace(b"no action necessary", b"raised the dose"))
        bundle.close({"made": "2026-09-23"}, b"\x07" * 32)
    assert verify_dossier(path, made.key) == 1
    told = capsys.readouterr().out
    assert f"it names key {key_id(public_of(bytes([7]) * 32))}" in told
    assert "NOT as that center signed it" in told


@pytest.mark.parametrize("key", [None, "abc", "00" * 31])
def test_without_a_key_nothing_is_proved(made: Made, key: str | None) -> None:
    with pytest.raises(InputError, match="--key"):
        verify_dossier(made.zip, key)


def test_lines_of_the_audit_prove_themselves_and_their_neighbours(made: Made) -> None:
    content = made.files["audit.jsonl"]
    lines = content.splitlines(keepends=True)
    assert chain_faults(content) == []
    changed = json.loads(lines[5])
    changed["detail"] = '{"who": "nobody"}'
    swapped = [*lines[:5], (json.dumps(changed) + "\n").encode(), *lines[6:]]
    assert chain_faults(b"".join(swapped))[0].startswith("audit.jsonl, line 6")
    assert chain_faults(b"".join([lines[1], lines[0]]))
    assert chain_faults(b"{}\n")[0].startswith("audit.jsonl, line 1: is no line of an audit")
    assert chain_faults(None) == ["audit.jsonl: is missing"]
    heads = made.files["audit-heads.txt"].decode().split()
    assert heads[0].split(":")[0] == str(json.loads(lines[0])["seq"])


def test_bad_input_is_one_clear_line(made: Made, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no service period s000099"):
        make_dossier(made.folder, "s000099", tmp_path / "x.zip", NOW)
    with pytest.raises(InputError, match="is no data folder"):
        make_dossier(tmp_path, "s000001", tmp_path / "x.zip", NOW)
    with pytest.raises(InputError, match="its folder is not there"):
        make_dossier(made.folder, "1", tmp_path / "none" / "x.zip", NOW)
    assert list(tmp_path.iterdir()) == []


def test_what_is_damaged_on_the_disk_is_left_out_and_named(made: Made, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "center"
    shutil.copytree(made.folder, folder)
    [*signals] = sorted((folder / "streams" / "s000001").glob("*_000003.dat"))
    broken = bytearray(signals[0].read_bytes())
    broken[len(broken) // 2] ^= 1
    signals[0].write_bytes(broken)
    told = make_dossier(folder, "1", tmp_path / "one.zip", NOW)
    [one] = [words for words in told["damaged"] if "s000001_000003" in words]
    assert "damaged on the center's disk" in one
    assert verify_dossier(tmp_path / "one.zip", made.key) == 0


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("ordered"), {**FULL, "start": "2026-09-21", "dated": "2026-09-18"})


def test_the_order_is_there_in_every_version_with_its_paper_and_signature(ordered: Made) -> None:
    assert [name for name in ordered.files if name.startswith("order/")] == [
        "order/order.json",
        *(f"order/version-{number:03d}.json" for number in (1, 2, 3)),
    ]
    text = " ".join(" ".join(ordered.words()).split())
    assert "Version 3" in text
    assert "Dr. Rosa Lind, 2026-09-20 (paper), under version 3" in text
    assert "Dr. Rosa Lind" in text
    assert "The order names another patient: Ada Quinn." in text
    assert "Days 30" in text  # what the first version said otherwise
    record = json.loads(ordered.files["service-record.json"])
    assert record["order"] == 1
    [paper] = [name for name in ordered.files if name.startswith("documents/")]
    assert paper.endswith(".png")
    with ordered.pdf() as pdf, pdf.open_outline() as outline:
        assert "signature on paper" in [one.title for one in outline.root[1].children][-1].casefold()


def test_selection_criteria_are_told_clause_by_clause_at_both_dates(ordered: Made) -> None:
    names = [name for name in ordered.files if name.startswith("determination/")]
    assert names == ["determination/1.json", "determination/2.json"]
    first = json.loads(ordered.files["determination/1.json"])
    assert (first["subject"], first["date"]) == ("order", "2026-09-21")
    text = " ".join(" ".join(ordered.words()).split())
    assert "The order, at 2026-09-21" in text
    assert first["summary"][:60] in text


def test_of_a_day_whose_policy_was_in_force_every_clause_has_its_outcome(tmp_path: Path) -> None:
    folder = tmp_path / "center"
    make_folder(folder, order={**FULL, "start": "2023-03-02"})
    make_dossier(folder, "1", tmp_path / "one.zip", NOW)
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        told = json.loads(archive.read("determination/1.json"))
    assert told["policy"]["id"]
    assert {one["outcome"] for one in told["clauses"]} >= {"met", "not documented"}
