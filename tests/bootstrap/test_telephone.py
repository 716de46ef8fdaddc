"""``einthoven telephone``: out as sound, in as a record, every refusal one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.telephone.calls import call, heart, line

from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.cli import run
from einthoven.edges.exchange.records import read_record, write_record

ECG = heart(15)
TONE = ("--profile", "tone-1900")
CHANGES = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), min_size=1, max_size=6)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    samples = np.rint(ECG * 400).astype(np.int16)[:, None]
    write_record(tmp_path, "sent", Layout(250.0, (Lead("II", 400.0),)), [samples])
    return tmp_path / "sent"


@pytest.mark.parametrize(("ending", "coding"), [("wav", "mu"), ("wav", "a"), ("wav", "pcm"), ("flac", "pcm")])
def test_a_record_comes_back(record, tmp_path, capsys, ending, coding):
    sound, out = tmp_path / f"call.{ending}", tmp_path / "got"
    assert run(["telephone", "encode", str(record), "-o", str(sound), "--coding", coding]) == 0
    assert json.loads(capsys.readouterr().out)["strip_s"] == 15.0
    assert run(["telephone", "decode", str(sound), "-o", str(out), "--json"]) == 0
    (strip,) = json.loads(capsys.readouterr().out)["strips"]
    assert strip["millivolts"]
    assert (strip["speed"], strip["polarity"]) == (1, "higher is positive")
    assert strip["complete"]
    assert len(strip["seconds"]) in (15, 16)
    got = read_record(str(out))
    assert got.layout.rate_hz == 250
    mv = got.samples[:, 0] / got.layout.leads[0].gain
    assert abs(np.ptp(mv) / np.ptp(ECG) - 1) < 0.05


def test_gaps_hold_no_samples(tmp_path, capsys):
    sound = call(ECG)
    sound[80_000:84_000] = 0
    soundfile.write(tmp_path / "call.wav", line(sound), 8000, subtype="PCM_16")
    assert run(["telephone", "decode", str(tmp_path / "call.wav"), "-o", str(tmp_path / "got")]) == 0
    assert "gaps 3" in capsys.readouterr().out
    holes = (read_record(str(tmp_path / "got")).samples[:, 0] == INVALID_SAMPLE).sum()
    assert 120 <= holes <= 135


def test_without_millivolts_no_reader_takes_it_for_an_ecg(tmp_path, capsys):
    from einthoven.telephone.modulate import Playing

    soundfile.write(tmp_path / "call.wav", line(call(ECG, Playing(calibration=False))), 8000)
    assert run(["telephone", "decode", str(tmp_path / "call.wav"), "-o", str(tmp_path / "got")]) == 0
    assert "size in millivolts is not known" in capsys.readouterr().out
    assert "/Hz" in (tmp_path / "got.hea").read_text()
    assert run(["analyze", str(tmp_path / "got"), "-o", str(tmp_path / "out")]) == 2
    assert "no signal is a voltage" in capsys.readouterr().err


def test_a_call_without_a_strip_says_so(tmp_path, capsys):
    soundfile.write(tmp_path / "call.wav", np.zeros(80_000), 8000)
    assert run(["telephone", "decode", str(tmp_path / "call.wav"), "-o", str(tmp_path / "got")]) == 1
    assert "no strip in 10.0 s" in capsys.readouterr().out
    assert not (tmp_path / "got.hea").exists()


def test_a_recording_of_two_channels_without_a_strip_in_one_names_the_other(tmp_path, capsys):
    sound = line(call(ECG))
    soundfile.write(tmp_path / "call.wav", np.stack([np.zeros(len(sound)), sound], 1), 8000)
    words = ["telephone", "decode", str(tmp_path / "call.wav"), "-o", str(tmp_path / "got")]
    assert run(words) == 1
    assert "of channel 1 of 2; the other: --channel 1" in capsys.readouterr().out
    assert run([*words, "--channel", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["channel"], told["channels"], len(told["strips"])) == (1, 2, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["encode", "{record}", "-o", "{tmp}/call.mp3"], "ends in .wav or .flac"),
        (["encode", "{record}", "-o", "{tmp}/call.wav", "--profile", "none"], "no profile 'none'"),
        (
            ["encode", "{record}", "-o", "{tmp}/call.wav", "--profile", "tone-1900", "--speed", "3"],
            "not played 3",
        ),
        (["encode", "{record}", "-o", "{tmp}/call.wav", "--profile", "near-19000"], "cannot carry"),
        (["encode", "{record}", "-o", "{tmp}/call.wav", "--from", "14", "--seconds", "5"], "holds 15 s"),
        (["decode", "{tmp}/none.wav", "-o", "{tmp}/got"], "there is no such file"),
        (["decode", "{record}.hea", "-o", "{tmp}/got"], "no sound that can be read"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(record, tmp_path, capsys, words, said):
    filled = [word.format(record=record, tmp=tmp_path) for word in words]
    assert run(["telephone", *filled]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(("form", "subtype"), [("wav", "ULAW"), ("wav", "PCM_16"), ("flac", "PCM_16")])
def test_of_a_file_that_is_cut_short_what_is_good_is_taken_and_it_is_said(tmp_path, capsys, form, subtype):
    path = tmp_path / f"call.{form}"
    soundfile.write(path, line(call(ECG)), 8000, subtype=subtype)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 7 // 10])
    assert run(["telephone", "decode", str(path), "-o", str(tmp_path / "got"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "before its header says" in told["fault"] or "damaged from" in told["fault"]
    (strip,) = told["strips"]
    assert strip["samples"] > 8 * 250
    assert not strip["complete"]
    assert run(["telephone", "decode", str(path), "-o", str(tmp_path / "got")]) == 0
    assert told["fault"] in capsys.readouterr().out


def test_samples_that_are_no_numbers_are_silence(tmp_path, capsys):
    sound = line(call(ECG)) / 32768.0
    sound[60_000:60_040], sound[70_000] = np.nan, np.inf
    soundfile.write(tmp_path / "call.wav", sound, 8000, subtype="FLOAT")
    assert run(["telephone", "decode", str(tmp_path / "call.wav"), "-o", str(tmp_path / "got")]) == 0
    assert "15.0 s from 1.0 s" in capsys.readouterr().out


def header(content: bytes, at: int, value: int) -> bytes:
    return content[:at] + value.to_bytes(4, "little") + content[at + 4 :]


@pytest.mark.parametrize(
    ("at", "value", "said"),
    [
        (24, 4, "4 Hz: 8000 to 192000 are taken"),
        (24, 6000, "6000 Hz: 8000 to 192000"),
        (24, 4_000_000_000, "no sound that can be read"),
        (24, 0, "no sound that can be read"),
        (40, 0, "holds no sound"),
        (0, 0, "no sound that can be read"),
    ],
)
def test_a_header_that_cannot_be_is_refused_in_a_line(tmp_path, capsys, at, value, said):
    path = tmp_path / "call.wav"
    soundfile.write(path, line(call(heart(3))), 8000, subtype="PCM_16")
    path.write_bytes(header(path.read_bytes(), at, value))
    assert run(["telephone", "decode", str(path), "-o", str(tmp_path / "got")]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert str(path) in told
    assert told.count("\n") == 1


def test_several_strips_of_a_call_are_records_of_their_own(tmp_path, capsys):
    both = np.concatenate([line(call(ECG)), line(call(heart(20)))])
    soundfile.write(tmp_path / "call.wav", both, 8000, subtype="ULAW")
    assert run(["telephone", "decode", str(tmp_path / "call.wav"), "-o", str(tmp_path / "got")]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "got.hea: 15.0 s" in first
    assert "got-2.hea: 20.0 s" in second
    assert read_record(str(tmp_path / "got-2")).layout.rate_hz == 250


def wav(tmp_path: Path) -> bytes:
    path = tmp_path / "good.wav"
    soundfile.write(path, line(call(heart(3))), 8000, subtype="ULAW")
    return path.read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 4000),
)
def test_a_damaged_file_is_read_or_refused(tmp_path, capsys, changes, size):
    data = bytearray(wav(tmp_path)[: 44 + size])
    for at, value in changes:
        data[at % len(data)] = value
    (tmp_path / "bad.wav").write_bytes(bytes(data))
    code = run(["telephone", "decode", str(tmp_path / "bad.wav"), "-o", str(tmp_path / "got")])
    assert code in (0, 1, 2)
    assert capsys.readouterr().err.count("\n") == (code == 2)
