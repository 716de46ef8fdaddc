"""Records that cannot be analysed: one line that names the file and the fault, exit 2, nothing written."""

from __future__ import annotations

from pathlib import Path

import edfio
import numpy as np
import pytest
from tests.e2e.processes import Ran, einthoven, here
from tests.e2e.records import heart, written

from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead

SAMPLES = (200 * np.sin(np.arange(3000) / 9)).astype("<i2")
HEADER = "r 1 {rate} {count}\nr.dat 16 {gain} 12 0 0 0 0 {lead}\n"


def header(rate: object = 250, count: object = 3000, gain: object = 200, lead: str = "II") -> str:
    return HEADER.format(rate=rate, count=count, gain=gain, lead=lead)


MANY = "r 15 250 200\n" + "".join(f"r.dat 16 200 12 0 0 0 0 L{number}\n" for number in range(15))
NOTHING = np.full(3000, INVALID_SAMPLE, "<i2")

CASES: dict[str, tuple[str | bytes, np.ndarray, str]] = {
    "an empty header": ("", SAMPLES, "{r}.hea: "),
    "a header of bytes": (bytes(range(256)), SAMPLES, "{r}.hea: "),
    "a header that ends early": ("r 2 250 1500\nr.dat 16 200\n", SAMPLES, "{r}.hea: "),
    "a count that is none": (header(count="many"), SAMPLES, "number of samples 'many'"),
    "data cut short": (header(), SAMPLES[:-1], "{r}.dat: 5998 bytes of samples where 6000 are needed"),
    "no data at all": (header(), SAMPLES[:0], "{r}.dat: 0 bytes"),
    "no samples": (header(count=0), SAMPLES[:0], "no samples"),
    "one sample": (header(count=1), SAMPLES, "{r}: 1 sample: nothing to analyse"),
    "a flat line": (header(), np.full(3000, 17, "<i2"), "{r}: every sample is 17: a flat line is no ECG"),
    "nothing measured": (header(), NOTHING, "{r}: not one of 3000 samples was measured"),
    "a negative gain": (header(gain=-200), SAMPLES, "gain '-200' must not be negative"),
    "a gain in words": (header(gain="high"), SAMPLES, "gain 'high' is malformed"),
    "a gain that is no number": (header(gain="nan"), SAMPLES, "gain 'nan' is malformed"),
    "a gain beyond all": (header(gain=1e9), SAMPLES, "gain 1e+09 units per mV"),
    "a gain too high for an ECG": (
        header(gain=1e8),
        SAMPLES,
        "gain 1e+08 units per mV is not that of an ECG",
    ),
    "a gain too low for an ECG": (header(gain="0.01"), SAMPLES, "gain 0.01 units per mV"),
    "a gain by which it spans too much": (header(gain=1), SAMPLES, "lead II spans 398 mV by its gain of 1 "),
    "a gain by which it spans too little": (
        header(gain=5e4),
        SAMPLES,
        "spans 0.00796 mV by its gain of 50000",
    ),
    "more unmeasured samples than any record": (
        "r 1 250 1000000000000\n~ 0 200 12 0 0 0 0 II\n",
        SAMPLES,
        "{r}.hea: 1000000000000 samples: more than any record has",
    ),
    "a gain in volts": (header(gain="200/V"), SAMPLES, "gain 0.2 units per mV"),
    "too slow": (header(rate=99), SAMPLES, "{r}.hea: sampling rate 99 Hz is outside 100–1000 Hz"),
    "too fast": (header(rate=1001), SAMPLES, "sampling rate 1001 Hz"),
    "a rate of none": (header(rate=0), SAMPLES, "sampling rate '0' must be above 0"),
    "a rate in words": (header(rate="fast"), SAMPLES, "sampling rate 'fast' is not a number"),
    "more than 12 leads": (MANY, SAMPLES, "{r}: 15 leads: choose 12 at the most with --leads, of 0 L0, 1 L1"),
    "no ECG": (header(gain="200/mmHg"), SAMPLES, "{r}.hea: no signal is a voltage"),
}


def record(folder: Path, text: str | bytes, samples: np.ndarray) -> Path:
    (folder / "r.hea").write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "r.dat").write_bytes(samples.astype("<i2").tobytes())
    return folder / "r"


def refused(ran: Ran, words: str, out: Path) -> None:
    assert (ran.code, ran.out) == (2, ""), ran
    assert ran.line.startswith("einthoven: ")
    assert words in ran.line
    assert not out.exists()


@pytest.mark.parametrize("case", CASES)
def test_a_record_that_cannot_be_analysed(tmp_path: Path, case: str) -> None:
    text, samples, words = CASES[case]
    path, out = record(tmp_path, text, samples), tmp_path / "out"
    ran = here("analyze", path, "-o", out, "--json", "--waves")
    refused(ran, words.format(r=path), out)


def test_one_bad_record_among_good_ones_leaves_nothing_of_any(tmp_path: Path) -> None:
    good = written(tmp_path, "good", heart(10, 1))
    bad = record(tmp_path, header(), SAMPLES[:-1])
    refused(here("analyze", good, bad, "-o", tmp_path / "out"), f"{bad}.dat", tmp_path / "out")


def test_an_edf_cut_short_is_refused_in_one_line(tmp_path: Path) -> None:
    signal = edfio.EdfSignal(SAMPLES[:2500] / 200, 250, label="ECG II", physical_dimension="mV")
    path = tmp_path / "r.edf"
    edfio.Edf([signal], data_record_duration=1.0).write(path)
    path.write_bytes(path.read_bytes()[:-1])
    ran = here("analyze", path, "-o", tmp_path / "out", "--json", "--waves")
    refused(ran, f"{path}: 9 whole data records where the header says 10", tmp_path / "out")
    assert ran.err == f"{ran.line}\n"


def test_two_records_of_one_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    paths = [written(tmp_path / name, "rec", heart(5, 1)) for name in ("a", "b")]
    words = "two records are named rec: their files would overwrite one another"
    refused(here("analyze", *paths, "-o", tmp_path / "out"), words, tmp_path / "out")
    refused(here("analyze", paths[0], f"{paths[1]}.hea", "-o", tmp_path / "out"), words, tmp_path / "out")


def test_annotations_that_came_with_a_record_are_not_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path, "rec", heart(10, 1))
    reference = tmp_path / "rec.atr"
    reference.write_bytes(b"by hand")
    ran = here("analyze", path, "-o", tmp_path, "-a", "atr")
    assert (ran.code, ran.out) == (2, "")
    assert f"{reference} came with the record: choose another name with -a" in ran.err
    assert reference.read_bytes() == b"by hand"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file"),
        ("[pause.detect]\ninterval_ms = 200", "pause.detect.interval_ms: 200 ms: not within 1500 … 3000"),
        ("[pause.emergent]\ninterval_ms = 7000", "may only be lowered from 6000"),
        ("[pose.detect]\nx = 1", "pose.detect.x: no such threshold"),
        ("[pause", "limits.toml: "),
    ],
)
def test_limits_that_are_refused(tmp_path: Path, text: str | None, words: str) -> None:
    path, table = written(tmp_path, "rec", heart(10, 1)), tmp_path / "limits.toml"
    if text is not None:
        table.write_text(text)
    ran = here("analyze", path, "-o", tmp_path / "out", "--thresholds", table)
    refused(ran, words, tmp_path / "out")
    assert str(table) in ran.err


@pytest.mark.parametrize(
    ("leads", "words"),
    [
        ("II,aVR", "no lead 'aVR': there are 0 II, 1 V1"),
        ("2", "no lead '2': there are 0 II, 1 V1"),
        ("-1", "no lead '-1'"),
        ("", "no lead ''"),
        ("II,0", "leads II,0 name one lead twice"),
    ],
)
def test_leads_that_are_not_there(tmp_path: Path, leads: str, words: str) -> None:
    path = written(tmp_path, "rec", heart(5, 1))
    ran = here("analyze", path, "-o", tmp_path / "out", f"--leads={leads}")
    refused(ran, words, tmp_path / "out")
    assert f"{path}.hea" in ran.line


def test_the_only_lead_chosen_may_be_the_dead_one(tmp_path: Path) -> None:
    layout = Layout(250.0, (Lead("II"), Lead("V1")))
    samples = np.column_stack([SAMPLES, NOTHING])
    path = written(tmp_path, "rec", (layout, samples))
    ran = here("analyze", path, "-o", tmp_path / "out", "--leads", "V1")
    refused(ran, "not one of 3000 samples was measured", tmp_path / "out")


@pytest.mark.parametrize("taken", ["file", "file/below"])
def test_a_folder_that_cannot_be_made(tmp_path: Path, taken: str) -> None:
    path = written(tmp_path, "rec", heart(5, 1))
    (tmp_path / "file").write_text("in the way")
    ran = here("analyze", path, "-o", tmp_path / taken)
    assert (ran.code, ran.out) == (2, "")
    assert str(tmp_path / taken) in ran.line
    assert (tmp_path / "file").read_text() == "in the way"


def test_waves_need_their_extension_for_themselves(tmp_path: Path) -> None:
    path = written(tmp_path, "rec", heart(5, 1))
    ran = here("analyze", path, "-o", tmp_path / "out", "-a", "wav", "--waves")
    refused(ran, "annotator 'wav' is what --waves writes", tmp_path / "out")


def test_a_file_of_the_record_that_cannot_be_written_leaves_none(tmp_path: Path) -> None:
    path, out = written(tmp_path, "rec", heart(10, 1)), tmp_path / "out"
    (out / "rec.wav").mkdir(parents=True)
    ran = here("analyze", path, "-o", out, "--waves", "-a", "qrs")
    assert (ran.code, ran.out) == (2, "")
    assert f"{out / 'rec.wav'}" in ran.line
    assert sorted(each.name for each in out.iterdir()) == ["rec.wav"]


def test_a_gain_that_was_never_measured_is_assumed_and_said(tmp_path: Path) -> None:
    _, samples = heart(10, 1)
    path = record(tmp_path, header(gain=0, count=len(samples)), samples[:, 0])
    ran = here("analyze", path, "-o", tmp_path / "out")
    assert ran.code == 0
    assert (
        ran.line == f"einthoven: note: {path}: lead II: the header states no gain; 200 units per mV assumed"
    )


def test_a_process_says_it_in_one_line_too(tmp_path: Path) -> None:
    ran = einthoven("analyze", tmp_path / "none", "-o", tmp_path / "out")
    refused(ran, f"{tmp_path / 'none'}.hea: No such file", tmp_path / "out")


def test_two_records_whose_files_would_fall_on_one_another(tmp_path: Path) -> None:
    first = written(tmp_path, "x", heart(10, 1))
    second = written(tmp_path, "x.measurements", heart(10, 2))
    refused(
        here("analyze", first, second, "-o", tmp_path / "out", "--json"),
        f"overwrite one another: {tmp_path / 'out' / 'x.measurements.json'}",
        tmp_path / "out",
    )
    assert here("analyze", first, second, "-o", tmp_path / "out").code == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [("h.json", b'{"age": 71}'), ("h.measurements.json", b"[]"), ("h.wav", b"RIFF....WAVEfmt ")],
)
def test_what_came_with_a_record_is_not_overwritten(tmp_path: Path, name: str, content: bytes) -> None:
    path = written(tmp_path, "h", heart(10, 1))
    (tmp_path / name).write_bytes(content)
    ran = here("analyze", path, "-o", tmp_path, "--json", "--waves")
    assert (ran.code, ran.out) == (2, "")
    assert f"{tmp_path / name} came with the record: choose another folder" in ran.line
    assert (tmp_path / name).read_bytes() == content
    assert not (tmp_path / "h.ein").exists()


def test_what_an_earlier_run_left_beside_the_record_is_replaced(tmp_path: Path) -> None:
    path = written(tmp_path, "h", heart(10, 1))
    for _ in range(2):
        ran = here("analyze", path, "-o", tmp_path, "--json", "--waves")
        assert ran.code == 0, ran


def test_samples_that_do_not_add_up_to_the_headers_checksum_are_told(tmp_path: Path) -> None:
    good = int(np.sum(SAMPLES, dtype=np.int64) + 32768) % 65536 - 32768
    for name, checksum, told in (("good", good, False), ("bad", good + 1, True), ("none", 0, False)):
        folder = tmp_path / name
        folder.mkdir()
        path = record(folder, f"r 1 250 3000\nr.dat 16 200 12 0 {SAMPLES[0]} {checksum} 0 II\n", SAMPLES)
        ran = here("analyze", path, "-o", folder / "out")
        assert ran.code == 0, ran
        assert ("signal 'II' does not fit its header's checksum" in ran.err) is told
