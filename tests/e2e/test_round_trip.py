"""What ``transmit`` sent, ``export`` gives back: sample for sample, judged by the ``wfdb`` package."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
from tests.e2e.processes import Enrolled, Serving, done, einthoven, until
from tests.e2e.records import I16, heart, noise, written
from tests.interop.judge import DATA, needs_data, quiet, wfdb

from einthoven.base.instants import MILLISECOND, SECOND, from_iso, to_iso
from einthoven.base.layout import Layout
from einthoven.edges.exchange.records import read_record
from einthoven.sim.hearts.heart import layout_of

DATED = ("--speed", 100)


def sent(center: Serving, path: Path, *how: object) -> Enrolled:
    """Enroll somebody for a record and transmit it."""
    record = read_record(str(path))
    enrolled = center.enroll(record.layout.rate_hz, ",".join(record.layout.names))
    told = done("transmit", path, "--center", center.url, "--key", enrolled.key, *(how or DATED))
    assert told == {"stream": enrolled.stream, "samples": len(record.samples)}
    return enrolled


def exported(center: Serving, stream: str, out: Path, *more: object) -> dict[str, Any]:
    told: dict[str, Any] = done("export", stream, "--data", center.data, "-o", out, *more)
    assert told["record"] == str(out / stream)
    return told


def same(record: Path, layout: Layout, samples: I16) -> None:
    """The record, as ``wfdb`` reads it, is these samples with this layout."""
    read = wfdb.rdrecord(str(record), physical=False)
    assert np.array_equal(read.d_signal, samples)
    assert read.fs == layout.rate_hz
    assert read.sig_name == list(layout.names)
    assert read.units == [lead.units for lead in layout.leads]
    assert read.adc_gain == [lead.gain for lead in layout.leads]
    assert read.baseline == [lead.baseline for lead in layout.leads]
    assert read.adc_zero == [lead.adc_zero for lead in layout.leads]
    assert read.adc_res == [lead.resolution for lead in layout.leads]


@quiet
@pytest.mark.parametrize("record", [heart(40, 1), noise(40, 2)], ids=["a heart", "odd leads, every value"])
def test_a_record_comes_back_while_the_center_serves(
    center: Serving, tmp_path: Path, record: tuple[Layout, I16]
) -> None:
    layout, samples = record
    before = time.time_ns()
    enrolled = sent(center, written(tmp_path, "rec", record))
    told = exported(center, enrolled.stream, tmp_path / "out")
    assert (told["first_sample"], told["samples"], told["holes"]) == (0, len(samples), [])
    same(tmp_path / "out" / enrolled.stream, layout, samples)
    # Above real time the record is dated to end when it was sent.
    ended = from_iso(told["start"]) + round(len(samples) / layout.rate_hz * SECOND)
    assert before - SECOND < ended <= time.time_ns()


@quiet
def test_a_part_is_exported_by_time(center: Serving, tmp_path: Path) -> None:
    layout, samples = record = heart(60, 3)
    start = from_iso("2026-03-04T10:11:12.250Z")
    enrolled = sent(center, written(tmp_path, "rec", record), "--start", to_iso(start), *DATED)
    words = ("--from", to_iso(start + 10 * SECOND), "--to", to_iso(start + 25 * SECOND))
    told = exported(center, enrolled.stream, tmp_path, *words)
    assert (told["first_sample"], told["samples"]) == (2500, 15 * 250)
    assert told["start"] == to_iso(start + 10 * SECOND)
    same(tmp_path / enrolled.stream, layout, samples[2500:6250])
    whole = exported(center, enrolled.stream, tmp_path / "whole", "--format", "wfdb")
    assert (whole["start"], whole["samples"]) == (to_iso(start), len(samples))
    later = einthoven(
        "export", enrolled.stream, "--data", center.data, "-o", tmp_path / "none", "--from", "2027-01-01"
    )
    assert (later.code, later.out) == (2, "")
    assert enrolled.stream in later.line
    assert not (tmp_path / "none").exists()


@quiet
def test_at_real_time_the_samples_are_live(center: Serving, tmp_path: Path) -> None:
    layout, samples = record = heart(3, 4, layout_of(("II",), 200.0))
    path = written(tmp_path, "rec", record)
    begun = time.time_ns()
    enrolled = sent(center, path, "--speed", 1)
    assert time.time_ns() - begun > 3 * SECOND
    exported(center, enrolled.stream, tmp_path / "out")
    same(tmp_path / "out" / enrolled.stream, layout, samples)
    state = center.streams()[enrolled.stream]
    assert state["newest_ms"] > begun / MILLISECOND
    until("the center to know that it has all", lambda: center.streams()[enrolled.stream]["backlog_s"] == 0)


@quiet
def test_an_edf_record_goes_in(center: Serving, tmp_path: Path) -> None:
    count = 256 * 20
    rng = np.random.default_rng(5)
    waves = {name: np.cumsum(rng.integers(-9, 10, count)) / 1000 for name in ("II", "V5")}
    signals = [
        edfio.EdfSignal(
            wave, 256, label=f"ECG {name}", physical_dimension="mV", physical_range=(-8.192, 8.19175)
        )
        for name, wave in waves.items()
    ]
    path = tmp_path / "holter.edf"
    edfio.Edf(signals, data_record_duration=timedelta(seconds=1).total_seconds()).write(path)
    digital = np.column_stack([signal.digital for signal in edfio.read_edf(path).signals])
    enrolled = sent(center, path)
    exported(center, enrolled.stream, tmp_path / "out")
    read = wfdb.rdrecord(str(tmp_path / "out" / enrolled.stream), physical=False)
    assert np.array_equal(read.d_signal, digital)
    assert read.fs == 256
    physical = (read.d_signal - read.baseline) / read.adc_gain
    assert np.allclose(physical, np.column_stack(list(waves.values())), atol=1.3e-4)


def test_sent_again_it_goes_on_where_it_ended_and_nothing_doubles(center: Serving, tmp_path: Path) -> None:
    record = heart(60, 6)
    path = written(tmp_path, "rec", record)
    enrolled = sent(center, path, "--speed", 60)
    first = exported(center, enrolled.stream, tmp_path / "first")
    again = ("transmit", path, "--center", center.url, "--key", enrolled.key)
    # At a speed at which the record, were it sent, would take longer than a command is waited for.
    assert done(*again, "--speed", 0.25) == {"stream": enrolled.stream, "samples": 15_000}
    second = exported(center, enrolled.stream, tmp_path / "second")
    elsewhere: dict[str, object] = {"record": "", "files": []}
    assert first | elsewhere == second | elsewhere


def test_another_record_does_not_go_on_the_same_stream(center: Serving, tmp_path: Path) -> None:
    enrolled = sent(center, written(tmp_path, "one", heart(5, 7)))
    other = written(tmp_path, "other", heart(5, 8))
    ran = einthoven("transmit", other, "--center", center.url, "--key", enrolled.key, *DATED)
    assert (ran.code, ran.out) == (2, "")
    assert "another recording" in ran.line
    assert "enroll the transmitter again" in ran.line
    # Nor the same record under another date; and its own date is not forgotten by that.
    again = ("transmit", tmp_path / "one", "--center", center.url, "--key", enrolled.key)
    ran = einthoven(*again, "--start", "2026-01-01T00:00:00Z")
    assert (ran.code, ran.out) == (2, "")
    assert "another origin" in ran.line
    assert done(*again, *DATED) == {"stream": enrolled.stream, "samples": 1250}


@quiet
@pytest.mark.records
@needs_data
def test_real_ecg_comes_back(center: Serving, tmp_path: Path) -> None:
    real = read_record(str(DATA / "mitdb" / "100"))
    samples = real.samples[: 60 * 360]
    enrolled = sent(center, written(tmp_path, "100", (real.layout, samples)), "--speed", 20)
    exported(center, enrolled.stream, tmp_path / "out")
    same(tmp_path / "out" / enrolled.stream, real.layout, samples)
    want = wfdb.rdrecord(str(DATA / "mitdb" / "100"), physical=False, sampto=60 * 360)
    assert np.array_equal(
        wfdb.rdrecord(str(tmp_path / "out" / enrolled.stream), physical=False).d_signal, want.d_signal
    )
