"""Codes on the command line, and the files of codes that a site loads: filed, proved, read again."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from einthoven.billing.claim_codes import HeldCodes
from einthoven.billing.codes.code import Together, Valid
from einthoven.bootstrap.codes import FiledCodes
from einthoven.cli import run

EDITS = "Column 1\tColumn 2\n93271\t93041\t\t20200101\t*\t0\tmisuse\n00001\tZ9999\t\t20200101\t*\t1\tx\n"
ORDER = f"00001 I48     0 {'A heading':<60} the same\n00002 R55     1 {'Words':<60} the same\n"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(words)
    told = capsys.readouterr()
    return code, told.out, told.err


# ---- einthoven code ----------------------------------------------------------------------------------------


def test_a_code_says_at_once_whether_it_is_valid_and_what_replaced_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = said(capsys, "code", "93012", "--on", "2026-11-23")
    assert (code, err) == (0, "")
    first, second = out.splitlines()[:2]
    assert first.startswith("93012  technical, post-symptom")
    assert second.split()[:2] == ["NOT", "VALID"]
    assert "on 2026-11-23; its last day: 2010-12-31; in its place: 93268, 93270" in second
    assert "93012 appears in listings of 2026 as if it were current: it was deleted 2011-01-01" in out
    assert "[M?] from memory" in out
    assert max(len(line) for line in out.splitlines()) <= 112


def test_as_json_each_code_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "code", "93229", "g0015", "I48.1", "--json", "--on", "2005-01-01")
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(one["code"], one["valid"]["answer"]) for one in told] == [
        ("93229", "not valid"),
        ("G0015", "not known"),
        ("I48.1", "not valid"),
    ]
    assert told[0]["start"] == {
        "first": "2009-01-01",
        "last": "2009-01-01",
        "exact": True,
        "words": "2009-01-01",
        "mark": "M!",
        "sources": ["cms1500", "aapc-2011", "iframe"],
    }
    assert told[0]["units"]["days"] == 30
    assert {"93224", "93226"} <= set(told[0]["exclusions"][0]["with"])


def test_unknown_codes_are_told_after_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "code", "93013", "93229", "nothing")
    assert code == 2
    assert out.startswith("93229")
    assert err.splitlines() == [
        "einthoven: no code '93013' is known here; near ones are 93012, 93014, 93040, 93041",
        "einthoven: no code 'nothing' is known here",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "which code?"),
        (["93229", "--on", "2026-13-01"], "is no date: want YYYY-MM-DD"),
        (["93229", "--on", "yesterday"], "is no date"),
    ],
)
def test_bad_input_is_one_clear_line(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "code", *words)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert told in err


@pytest.mark.parametrize("words", [("code", "93229"), ("codes", "loaded")])
def test_a_data_folder_that_is_none_is_told_and_not_made(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    none = tmp_path / "centre"
    assert said(capsys, *words, "--data", str(none)) == (2, "", f"einthoven: {none}: is no data folder\n")
    assert not none.exists()


def test_the_list_has_every_code(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, "code", "--list", "--on", "2015-01-01")
    assert "  93012  technical    not valid" in out
    assert "  0295T  global       valid" in out
    _, out, _ = said(capsys, "code", "--list", "--json")
    assert len(json.loads(out)["codes"]) == 44


# ---- einthoven codes load ----------------------------------------------------------------------------------


@pytest.fixture
def edits(tmp_path: Path) -> Path:
    path = tmp_path / "ccipra-v321r0-f1.txt"
    path.write_text(EDITS)
    return path


def test_a_quarterly_file_is_filed_and_decides(
    tmp_path: Path, edits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "center"
    code, out, _ = said(capsys, "codes", "load", str(edits), "--data", str(data))
    told = json.loads(out)
    assert code == 0
    assert (told["kind"], told["rows"], told["of_our_codes"], told["through"]) == ("ncci", 2, 1, "2026-06-30")
    assert (data / "codes" / f"{told['sha256']}.txt").read_text() == EDITS
    filed = FiledCodes(data / "codes")
    assert filed.loaded().may_not_go_with("93271", "93041", date(2026, 5, 1)).answer is Together.NEVER
    code, out, _ = said(capsys, "code", "93271", "--json", "--data", str(data))
    assert json.loads(out)["exclusions"][0]["indicator"] == "0"
    # once more is no harm
    said(capsys, "codes", "load", str(edits), "--data", str(data))
    assert len(filed.loaded().ptp) == 1


def test_a_zip_with_one_text_file_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed, data = tmp_path / "icd10.zip", tmp_path / "center"
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("Code Descriptions/icd10cm_order_2026.txt", ORDER)
        made.writestr("readme.pdf", "x")
    code, out, _ = said(capsys, "codes", "load", str(packed), "--data", str(data))
    told = json.loads(out)
    assert code == 0
    assert (told["kind"], told["year"], told["rows"], told["billable"]) == ("icd10", 2026, 2, 1)
    loaded = FiledCodes(data / "codes").loaded()
    assert loaded.icd10_valid("R55", date(2026, 1, 1)).answer is Valid.YES
    assert loaded.icd10_valid("R55", date(2026, 10, 1)).answer is Valid.UNKNOWN


def test_years_stand_side_by_side_and_a_loaded_file_is_seen_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "center"
    filed = FiledCodes(data / "codes")
    for year in (2025, 2026):
        path = tmp_path / f"icd10cm_order_{year}.txt"
        path.write_text(ORDER + f"00003 Z00{year % 10}    1 {'Words':<60} the same\n")
        assert filed.loaded().icd10_valid("R55", date(year, 1, 1)).answer is Valid.UNKNOWN
        said(capsys, "codes", "load", str(path), "--data", str(data))
        assert filed.loaded().icd10_valid("R55", date(year, 1, 1)).answer is Valid.YES
    assert filed.loaded().icd10_valid("Z00.5", date(2024, 12, 1)).answer is Valid.YES
    assert filed.loaded().icd10_valid("Z00.5", date(2025, 12, 1)).answer is Valid.NO
    # A file is filed by what it holds: said to be of another year, it is of that one.
    said(capsys, "codes", "load", str(path), "--data", str(data), "--year", "2027")
    assert sorted(one.year for one in filed.loaded().icd10) == [2025, 2027]


def test_descriptors_are_shown_only_where_they_were_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, data = tmp_path / "licensed.csv", tmp_path / "center"
    path.write_text("code,descriptor\n93229,Wörter der Lizenz\n", "utf-8")
    said(capsys, "codes", "load", str(path), "--data", str(data))
    _, out, _ = said(capsys, "code", "93229", "--data", str(data))
    assert "licensed     Wörter der Lizenz" in out
    _, out, _ = said(capsys, "code", "93229")
    assert "licensed" not in out


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", "hello\n", "a.txt: is none of ncci, icd10, descriptors"),
        ("order.txt", ORDER, "order.txt: of which fiscal year is it? Say --year 2026"),
        (
            "icd10cm_order_2026.txt",
            ORDER.replace("R55     1", "R55     8"),
            "icd10cm_order_2026.txt:2: column 15",
        ),
        ("ccipra-v321r0.txt", EDITS.replace("\t0\t", "\t7\t"), "ccipra-v321r0.txt:2: modifier indicator '7'"),
        ("b.zip", "not a zip", "b.zip: is no ZIP that can be read"),
        ("icd10cm_order_2012.txt", ORDER, "the first of ICD-10-CM is 2016"),
    ],
)
def test_a_faulty_file_is_refused_in_one_line_and_nothing_is_filed(
    name: str, content: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, data = tmp_path / name, tmp_path / "center"
    path.write_text(content)
    code, out, err = said(capsys, "codes", "load", str(path), "--data", str(data))
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert told in err
    assert not (data / "codes").exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "codes", "load", str(tmp_path / "gone.txt"), "--data", str(tmp_path))
    assert code == 2
    assert "gone.txt: No such file" in err


def test_a_filed_file_is_proved_and_a_damaged_one_is_told(
    tmp_path: Path, edits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "center"
    _, out, _ = said(capsys, "codes", "load", str(edits), "--data", str(data))
    digest = json.loads(out)["sha256"]
    assert said(capsys, "codes", "loaded", "--data", str(data))[0] == 0
    (data / "codes" / f"{digest}.txt").write_text("another")
    code, out, _ = said(capsys, "codes", "loaded", "--data", str(data))
    assert (code, json.loads(out)["trouble"]) == (1, "the original is not as it was loaded")
    (data / "codes" / f"{digest}.json").write_text("{")
    filed = FiledCodes(data / "codes")
    assert filed.loaded().ptp == ()
    assert filed.files()[0]["trouble"] == "is damaged: load the file again"


def test_a_file_whose_manifest_lacks_a_code_is_read_again(
    tmp_path: Path, edits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "center"
    _, out, _ = said(capsys, "codes", "load", str(edits), "--data", str(data))
    manifest = data / "codes" / f"{json.loads(out)['sha256']}.json"
    kept = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(kept | {"edits": [], "kept_for": ["93012"]}))
    assert len(FiledCodes(data / "codes").loaded().ptp[0].edits) == 1


def test_claims_ask_what_was_loaded(tmp_path: Path, edits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "center"
    filed = FiledCodes(data / "codes")
    codes = HeldCodes(filed.held)
    assert codes.pair("93271", "93041", "2026-05-01")[0] is False
    said(capsys, "codes", "load", str(edits), "--data", str(data))
    assert codes.pair("93271", "93041", "2026-05-01")[0] is False  # nothing is read while claims are asked
    filed.loaded()
    assert codes.pair("93271", "93041", "2026-05-01")[0] is True
