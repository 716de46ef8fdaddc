"""The record on request of a service by telephone: calls, strips, who was there (R6, R36)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.bootstrap.period_folder import T0
from tests.bootstrap.telephone_folder import make_telephone_folder

from einthoven.base.instants import HOUR
from einthoven.bootstrap.dossier import make_dossier
from einthoven.bootstrap.dossier_verify import verify_dossier
from einthoven.bootstrap.peers import ensure_seed
from einthoven.edges.exchange.bundle import public_of

NOW = T0 + 40 * HOUR


class Made:
    """A folder and its record, made once."""

    def __init__(self, root: Path, **how: Any) -> None:
        self.folder, self.zip = root / "center", root / "one.zip"
        make_telephone_folder(self.folder, **how)
        self.told: dict[str, Any] = make_dossier(self.folder, "s000001", self.zip, NOW)
        with zipfile.ZipFile(self.zip) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist()}

    def rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.files[name].decode())))

    def words(self) -> str:
        import pypdfium2

        pdf = pypdfium2.PdfDocument(self.files["dossier.pdf"])
        return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in pdf).split())

    def state(self, part: str) -> dict[str, Any]:
        parts = json.loads(self.files["manifest.json"])["parts"]
        return next(one for one in parts if one["part"].startswith(part))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("dossier"))


def test_every_call_is_there_with_who_answered_after_how_long(made: Made) -> None:
    calls = made.rows("calls.csv")
    assert [(one["call"], one["escalations"], one["outcome"]) for one in calls] == [
        ("1", "2", "strip taken"),
        ("2", "0", "no strip"),
        ("3", "0", "strip taken"),
        ("4", "0", ""),
    ]
    assert [one["answered after s"] for one in calls] == ["47.000", "7.000", "7.000", ""]
    assert [one["first taken by"] for one in calls] == ["Nyx, Ann"] * 3 + ["Moss, Ben"]
    text = made.words()
    assert "after 47 s" in text
    assert "nobody answered while it rang" in text
    assert "Nyx, Ann (CCT C-4712 (CCI)) at Desk 1, Main house" in text
    assert "palpitations, moderate" in text


def test_strips_are_pictured_with_quality_and_one_that_was_struck_says_why(made: Made) -> None:
    strips = json.loads(made.files["strips.json"])
    assert [(one["call"], one["strip"], one["struck"]) for one in strips] == [
        (1, 1, ""),
        (2, 1, "a test of the recorder"),
        (3, 1, ""),
    ]
    assert strips[0]["memory"] == "pre-event memory"
    text = made.words()
    assert "for nothing: a test of the recorder" in text
    assert "before the event (pre-event memory)" in text
    assert "24.5 dB" in text
    assert text.count("25 mm/s, ") >= 10  # two strips of thirty seconds, in rows of seven


def test_another_patients_strip_and_the_sound_it_is_in_are_told_to_nobody(made: Made) -> None:
    assert sorted(name for name in made.files if name.startswith("sound/")) == [
        "sound/call-1.wav",
        "sound/call-2.wav",
    ]
    rows = {one["call"]: one for one in made.rows("sound.csv")}
    assert rows["1"]["sha256"] == hashlib.sha256(made.files["sound/call-1.wav"]).hexdigest()
    assert rows["3"]["in this record"] == "no: another patient's strip is in it"
    assert rows["3"]["sha256"]
    assert rows["4"]["in this record"].startswith("no: nothing is kept")
    assert "Strip 3.2" not in made.words()


def test_the_proof_is_somebody_at_the_telephone_and_never_a_display(made: Made) -> None:
    part = made.state("Attended day and night")
    assert part["reasons"] == [
        "No plan was adopted and in force in this period.",
        "1 moment in which nobody was there, with the cause.",
    ]
    text = made.words()
    assert "99.444 %" in text
    assert "nobody who answers is signed in at a station" in text
    kinds = [one["what"] for one in made.rows("continuity.csv")]
    assert sorted(set(kinds)) == ["had a call", "nobody there"]
    assert not any("watched this patient" in one or "display" in one.lower() for one in made.told["missing"])


def test_a_call_that_waits_to_be_called_back_and_reports_not_made_are_told_as_missing(made: Made) -> None:
    assert made.state("Copies of transmitted ECG")["reasons"] == ["Call 4: it is not closed (ended)."]
    assert "2 of 2 reports of strips were not made." in made.state("Reports to")["reasons"]
    assert "No summary report was made." in made.state("Summary")["reasons"]


def test_who_took_calls_is_there_with_papers(made: Made) -> None:
    assert made.state("Level of training and certification of who took calls")["state"] == "complete"
    assert {row["name"] for row in made.rows("staff.csv")} == {"Nyx, Ann", "Moss, Ben"}


def test_the_service_is_its_whole_period_and_no_transmitter(made: Made) -> None:
    record = json.loads(made.files["service-record.json"])
    assert (record["calls"], record["strips"], record["struck"], record["looped"]) == (4, 2, 1, 2)
    assert record["ended"].startswith("2026-09-22T")
    assert record["exclusive"] is None
    assert "telephone/1" not in made.words()
    assert "none: strips by telephone" in made.words()


def test_it_is_whole_by_the_key_of_its_center(made: Made) -> None:
    assert verify_dossier(made.zip, public_of(ensure_seed(made.folder / "keys")).hex()) == 0


def test_where_somebody_was_always_there_and_nobody_called_nothing_of_that_is_missing(tmp_path: Path) -> None:
    quiet = Made(tmp_path, lapse=False, calls=False)
    assert quiet.state("Copies of transmitted ECG") == {
        "part": "Copies of transmitted ECG and the response to each", "state": "complete", "reasons": [],
    }  # fmt: skip
    assert quiet.state("Level of training")["state"] == "complete"
    assert "No call came in this period." in quiet.words()
    assert "somebody qualified was at a station at every moment" in quiet.words()


def test_sound_beyond_the_limit_is_its_hash_alone(made: Made) -> None:
    from einthoven.bootstrap.dossier_sound import sound_files
    from einthoven.bootstrap.service_records import open_books
    from einthoven.center.dossier import Matter

    opened = open_books(made.folder, {1})
    stored, reading = opened.periods.read(1), opened.reading(NOW)
    matter = Matter(opened.books, stored, opened.record(1, NOW), reading)
    files = sound_files(made.folder, matter, [], most=9000)
    opened.close()
    assert sorted(files) == ["sound.csv", "sound/call-1.wav"]
    assert "too much sound" in files["sound.csv"].decode()


def test_a_file_of_its_ecg_names_no_transmitter(made: Made) -> None:
    from einthoven.bootstrap.service_records import open_books
    from einthoven.edges.exchange.stored import recording_of

    opened = open_books(made.folder, {1})
    assert recording_of(opened.reader, opened.facts, 1, bare=True).recording.transmitter == ""
    opened.close()
