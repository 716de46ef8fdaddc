"""Tables as CSV and Parquet: pandas and DuckDB are the judges."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import get_args

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interop.recordings import NOON, recording, recordings

from einthoven.base.errors import InputError
from einthoven.base.instants import MICROSECOND, SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.edges.exchange import tables
from einthoven.edges.exchange.tables import Form, write_tables
from einthoven.interop import tables as rows
from einthoven.interop.recording import Mark, Recording
from einthoven.interop.tables import TABLES, rows_of
from einthoven.interop.wfdb import SYMBOLS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pandas as pd

LAYOUT = Layout(250.0, (Lead("II"), Lead("V1")))
FORMS = list(get_args(Form))


def three_minutes() -> Recording:
    """170 s: AF in the second minute, a gap of ten seconds in the third, a couplet and an artefact."""
    at = [100, 350, 600, 800, 15_100, 15_300, 30_500, 31_000]
    codes = [1, 5, 5, 16, 1, 1, 9, 12]
    one = recording(
        np.zeros((42_500, 2), np.int16),
        LAYOUT,
        [(32_000, 34_500)],
        list(zip(at, codes, strict=True)),
        rhythm=((100, "(N"), (15_000, "(AFIB"), (22_500, "(N")),
        marks=(
            Mark("episode", 15_000, 22_500, "atrial-fibrillation", "Atrial fibrillation"),
            Mark("symptom", 15_200, None, "palpitations", 'palpitations; "hard", 心'),
            Mark("gap", 32_000, 34_500, "power", "power"),
            Mark("episode", 42_000, None, "pause", "Pause"),
        ),
        made_by="live-1/2026.1",
    )
    one.beats["rr_ms"] = [0, 1000, 1000, 800, 0, 800, 0, 2000]
    one.beats["conf"] = [990, 0, 500, 1, 2, 3, 4, 1000]
    one.beats["template"] = [1, 2, 2, 0, 1, 1, 3, 4]
    one.beats["leads"] = [3, 1, 2, 0, 3, 3, 3, 3]
    one.beats["late"][4] = 1
    return one


def read(path: Path, form: Form) -> pd.DataFrame:
    if form == "parquet":
        return pd.read_parquet(path)
    times = [column.name for column in TABLES[path.stem.split(".")[1]] if column.sort == "time"]
    return pd.read_csv(path, parse_dates=times)


@pytest.mark.parametrize("form", FORMS)
def test_what_pandas_reads(tmp_path: Path, form: Form) -> None:
    paths = write_tables(tmp_path / "out", three_minutes(), form)
    assert [path.name for path in paths] == [f"s000001.{table}.{form}" for table in TABLES]
    found = {path.stem.split(".")[1]: read(path, form) for path in paths}
    for table, frame in found.items():
        assert list(frame.columns) == [column.name for column in TABLES[table]]
    beats = found["beats"]
    assert beats["symbol"].tolist() == ["N", "V", "V", "|", "N", "N", "S", "/"]
    assert beats["leads"].fillna("").tolist()[:4] == ["II V1", "II", "V1", ""]
    assert beats["rr_ms"].isna().tolist() == [True, False, False, False, True, False, True, False]
    assert beats["confidence"].iloc[0] == pytest.approx(0.99)
    assert beats["confidence"].isna().tolist()[1]
    assert beats["late"].tolist() == [False] * 4 + [True] + [False] * 3
    assert beats["time"].iloc[1].isoformat() == "2026-03-04T12:00:01.400000+00:00"
    assert beats["seconds"].iloc[1] == pytest.approx(1.4)
    minutes = found["minutes"]
    assert minutes["sample"].tolist() == [0, 15_000, 30_000]
    assert minutes["received_s"].tolist() == [60.0, 60.0, 40.0]
    assert minutes["beats"].tolist() == [3, 2, 2]
    assert minutes["ventricular"].tolist() == [2, 0, 0]
    assert minutes["artefacts"].tolist() == [1, 0, 0]
    assert minutes["rate_bpm"].tolist() == [60.0, 75.0, 30.0]
    assert minutes["rhythm"].fillna("").tolist() == ["", "AFIB", "N"]
    assert minutes["af_s"].tolist() == [0.0, 30.0, 0.0]
    episodes = found["episodes"]
    assert episodes["kind"].tolist() == ["atrial-fibrillation", "pause"]
    assert episodes["duration_s"].iloc[0] == 30.0
    assert episodes["end_sample"].isna().tolist() == [False, True]
    assert found["symptoms"]["words"].tolist() == ['palpitations; "hard", 心']
    assert found["gaps"][["cause", "start_sample", "end_sample"]].to_numpy().tolist() == [
        ["power", 32_000, 34_500]
    ]


@pytest.mark.parametrize("form", FORMS)
def test_what_duckdb_reads(tmp_path: Path, form: Form) -> None:
    write_tables(tmp_path, three_minutes(), form)
    ask = duckdb.connect().execute
    name = f"'{tmp_path}/s000001.%s.{form}'"
    counted = ask(f"SELECT symbol, count(*) FROM {name % 'beats'} GROUP BY 1 ORDER BY 1").fetchall()
    assert counted == [("/", 1), ("N", 3), ("S", 1), ("V", 2), ("|", 1)]
    af = ask(
        f"SELECT sum(af_s) / sum(received_s), max(rate_bpm), sum(beats) FROM {name % 'minutes'}"
    ).fetchone()
    assert af == (pytest.approx(30 / 160), 75.0, 7)
    (when,) = ask(f"SELECT epoch(start_time) FROM {name % 'episodes'} WHERE kind = 'pause'").fetchone() or ()
    assert when == NOON / SECOND + 42_000 / 250


def test_units_are_in_the_parquet_file(tmp_path: Path) -> None:
    from pyarrow import parquet

    write_tables(tmp_path, three_minutes(), "parquet", ["beats"])
    schema = parquet.read_schema(tmp_path / "s000001.beats.parquet")
    assert schema.field("rr_ms").metadata[b"unit"] == b"ms"
    assert schema.metadata[b"leads"] == b"II V1"
    assert schema.metadata[b"analysis"] == b"live-1/2026.1"


@settings(max_examples=60, deadline=None)
@given(recordings(), st.integers(1, 5), st.sampled_from(FORMS))
def test_every_row_is_there_however_many_go_at_a_time(one: Recording, piece: int, form: Form) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(rows, "BEATS_AT_A_TIME", piece)
        paths = write_tables(Path(folder), one, form)
        beats, episodes, minutes, symptoms, gaps = (read(path, form) for path in paths)
    assert beats["sample"].tolist() == one.beats["sample"].tolist()
    assert beats["symbol"].tolist() == [SYMBOLS[code] for code in one.beats["code"].tolist()]
    for kind, frame in (("episode", episodes), ("symptom", symptoms), ("gap", gaps)):
        assert len(frame) == sum(mark.kind == kind for mark in one.marks)
    received = sum(span.length for span in one.present) / one.layout.rate_hz
    assert minutes["received_s"].sum() == pytest.approx(received)
    assert minutes["beats"].sum() == (one.beats["code"] != 16).sum()
    assert len(minutes) == -(-one.samples // round(60 * one.layout.rate_hz)) or one.layout.rate_mhz % 1000


def test_times_are_those_of_the_centers_clock() -> None:
    one = recording(
        np.zeros((1000, 2), np.int16), LAYOUT, beats=[(500, 1)], dated=lambda sample: NOON + sample * SECOND
    )
    (beats,) = rows_of(one, "beats")
    assert beats["time"] == [(NOON + 500 * SECOND) // MICROSECOND]
    undated = recording(np.zeros((1000, 2), np.int16), LAYOUT, beats=[(500, 1)], start=None)
    assert next(rows_of(undated, "beats"))["time"] == [None]


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="out"):
        write_tables(tmp_path / "out", three_minutes(), "csv")


def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tables(tmp_path, three_minutes(), "csv")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(*_: object) -> None:
        raise InputError("no")

    monkeypatch.setattr(tables, "_batch", fail)
    with pytest.raises(InputError):
        write_tables(tmp_path, three_minutes(), "csv")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
