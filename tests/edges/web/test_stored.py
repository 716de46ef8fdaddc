"""What is stored, as the patient page asks for it."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.center.live_parser import parse_envelope, parse_runs
from tests.edges.web.small_center import SmallCenter

from einthoven.base.instants import SECOND
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.spans import Span, SpanSet
from einthoven.center.ports import ClockFix, StreamEvent
from einthoven.edges.web.stored import BEATS_MAX, merged_beats, window_runs
from einthoven.testing.web import EPOCH, FakeReader, beat_rows, facts_of, heart, plain_layout

MS = EPOCH // 1_000_000
ONE = "/api/streams/s000017"


def get(center: SmallCenter, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with center.client() as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_the_list_of_streams(center: SmallCenter) -> None:
    states = get(center, "/api/streams").json()
    assert [state["id"] for state in states] == ["s000017", "s000018"]
    assert states[0]["patient"] == "Patient, 17"


def test_an_empty_center_has_an_empty_list(center: SmallCenter) -> None:
    center.census.discharge(17)
    center.census.discharge(18)
    assert get(center, "/api/streams").json() == []


def test_a_stream_that_left_the_list_is_still_there_to_be_read(center: SmallCenter) -> None:
    """Its period ended days ago: the census and the hub know nothing of it any more."""
    center.come(0, 2500)
    before = get(center, ONE).json()
    center.census.discharge(17)
    center.hub.discharge(17)
    everyone = {stream: facts_of(stream, still_open=stream != 17) for stream in (17, 18)}
    object.__setattr__(center.deps, "facts", everyone.get)
    object.__setattr__(center.deps, "everyone", lambda: list(everyone.values()))
    body = get(center, ONE).json()
    assert body | {"state": None} == before | {"state": None}
    assert body["state"].keys() == before["state"].keys()
    assert (body["state"]["period"], body["state"]["newest_ms"]) == ("ended", MS + 2499 * 4)
    assert get(center, f"{ONE}/window?start=0&stop=100").status_code == 200
    assert [state["id"] for state in get(center, "/api/streams").json()] == ["s000018"]
    listed = get(center, "/api/streams?ended=1").json()
    assert [(state["id"], state["period"]) for state in listed] == [("s000018", "open"), ("s000017", "ended")]
    assert listed[1]["patient"] == "Patient, 17"
    assert get(center, "/api/streams?ended=x").status_code == 400


def test_all_of_a_stream(center: SmallCenter) -> None:
    center.come(0, 1000)
    center.come(2000, 3000)
    center.facts.noted = [
        StreamEvent(17, 1, "hole", 1000, EPOCH, {"stop": 1400, "cause": "power"}),
        StreamEvent(
            17, 2, "mark", 2500, EPOCH, {"symptom": "dizzy", "severity": "moderate", "activity": "stairs"}
        ),
        StreamEvent(18, 1, "mark", 1, EPOCH, {}),
    ]
    center.facts.fixed = [ClockFix(17, 250.5, EPOCH + SECOND, 1000)]
    body = get(center, ONE).json()
    assert body["state"]["id"] == "s000017"
    assert body["layout"]["rate_hz"] == 250.0
    assert [lead["name"] for lead in body["layout"]["leads"]] == ["II", "V1"]
    assert body["origin_ms"] == MS
    assert body["fixes"] == [[250.5, MS + 1000]]
    assert body["stored"] == [[0, 1000], [2000, 3000]]
    assert body["holes"] == [
        {"start": 1000, "stop": 1400, "cause": "power", "declared": True},
        {"start": 1400, "stop": 2000, "cause": "not yet received", "declared": False},
    ]
    assert body["marks"] == [
        {
            "sample": 2500,
            "at_ms": MS + 10_000,
            "symptom": "dizzy",
            "severity": "moderate",
            "activity": "stairs",
            "text": "",
        }
    ]
    assert body["segments"] == []


@pytest.mark.parametrize("columns", [1, 7, 100, 999, 1000, 20_000])
def test_a_window_is_raw_or_the_extremes_of_each_column(center: SmallCenter, columns: int) -> None:
    center.come(0, 600)
    center.come(900, 5000)
    answer = get(center, f"{ONE}/window?start=500&stop=1500&columns={columns}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert "x-einthoven-damage" not in answer.headers
    kind, epoch, server_ms, runs = parse_runs(answer.content)
    assert (kind, epoch, server_ms, [run.lead for run in runs]) == (2, 0, MS, [0, 1])
    spc = max(1000 / columns, 1.0)
    for run in runs:
        assert run.spc == spc
        assert run.mode == (0 if spc == 1 else 1)
        assert run.start <= 500
        assert math.ceil((run.first + run.columns) * spc) >= 1500
        for index in range(run.columns):
            column = run.first + index
            low, high = math.ceil(column * spc), math.ceil((column + 1) * spc)
            held = center.reader.stored(17).within(low, high)
            samples = [v for s in held for v in heart(17, s.start, s.stop, 2)[:, run.lead].tolist()]
            expected = [min(samples), max(samples)] if samples else [INVALID_SAMPLE] * 2
            assert np.atleast_1d(run.values[index]).tolist() == expected[: 2 if run.mode else 1]


WRONG = [
    ("/window?stop=10", 400, "start is missing (want a whole number)"),
    ("/window?start=x&stop=10", 400, "start='x' is not a whole number"),
    ("/window?start=-1&stop=10", 400, "start='-1' is not a whole number"),
    ("/window?start=1.5&stop=10", 400, "start='1.5' is not a whole number"),
    ("/window?start=%D9%A1&stop=10", 400, "start='١' is not a whole number"),
    ("/window?start=10&stop=10", 400, "start=10 is not before stop=10"),
    ("/window?start=0&stop=99999999999999999", 400, "stop='99999999999999999' is not a whole number"),
    ("/window?start=0&stop=10&columns=0", 400, "columns=0 is outside 1 to 20000"),
    ("/window?start=0&stop=10&columns=20001", 400, "columns=20001 is outside 1 to 20000"),
    (
        "/window?start=0&stop=3600001",
        413,
        "3600001 samples: a window has at most 3600000; use the envelope for more",
    ),
    ("/envelope?start=0&stop=10&bins=0", 400, "bins=0 is outside 1 to 20000"),
    ("/beats?start=5", 400, "stop is missing (want a whole number)"),
]


@pytest.mark.parametrize(("path", "status", "line"), WRONG)
def test_wrong_numbers_are_refused_in_one_line(
    center: SmallCenter, path: str, status: int, line: str
) -> None:
    answer = get(center, ONE + path)
    assert (answer.status_code, answer.json()) == (status, {"error": line})


def test_a_stream_that_is_not_there(center: SmallCenter) -> None:
    for path in ("", "/window?start=0&stop=1", "/envelope?start=0&stop=1", "/beats?start=0&stop=1"):
        answer = get(center, f"/api/streams/s000099{path}")
        assert (answer.status_code, answer.json()) == (404, {"error": "no stream s000099"})
    assert get(center, "/api/streams/x").status_code == 400


def test_damage_is_a_hole_with_its_name_and_nothing_more(center: SmallCenter) -> None:
    center.come(0, 100_000)
    center.reader.damaged[17] = SpanSet([(40_100, 40_350)])
    answer = get(center, f"{ONE}/window?start=30000&stop=50000&columns=20000")
    assert answer.status_code == 200
    spans = [Span(*map(int, text.split("-"))) for text in answer.headers["x-einthoven-damage"].split(",")]
    assert SpanSet(spans).covers(40_100, 40_350)
    assert sum(span.length for span in spans) <= 250 + 2 * 256
    _, _, _, runs = parse_runs(answer.content)
    holes_at = np.flatnonzero(runs[0].values == INVALID_SAMPLE) + 30_000
    assert holes_at[0] == spans[0].start
    assert holes_at[-1] == spans[-1].stop - 1
    assert len(holes_at) == sum(span.length for span in spans)


def test_a_disk_full_of_damage_is_not_read_for_ever() -> None:
    reads = 0

    class Rotten(FakeReader):
        def read(self, stream: int, start: int, stop: int) -> Any:
            nonlocal reads
            reads += 1
            return super().read(stream, start, stop)

    everything = SpanSet([(0, 3_600_000)])
    reader = Rotten({17: plain_layout()}, {17: everything}, {17: everything})
    runs, damage = window_runs(reader, 17, plain_layout(), 0, 3_600_000, 1000)
    assert reads < 250
    assert list(damage.spans) == [(0, 3_600_000)]
    assert set(np.frombuffer(runs[0].payload, "<i2").tolist()) == {INVALID_SAMPLE}


def test_an_envelope(center: SmallCenter) -> None:
    center.come(0, 5000)
    found = parse_envelope(get(center, f"{ONE}/envelope?start=0&stop=10000&bins=7").content)
    reader_says = center.reader.envelope(17, 0, 5000, 4)
    assert (found["stream"], found["start"], found["bin_samples"]) == (17, 0.0, reader_says.bin_samples)
    for lead in (0, 1):
        assert found["low"][lead].tolist() == reader_says.low[:, lead].tolist()  # type: ignore[index]
        assert found["high"][lead].tolist() == reader_says.high[:, lead].tolist()  # type: ignore[index]
    assert found["coverage"].tolist() == reader_says.coverage.tolist()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("columns", "found"), [(2000, 500), (100, 25), (99, 24)])
def test_what_is_told_of_the_live_edge_ends_where_the_store_ends(
    center: SmallCenter, columns: int, found: int
) -> None:
    center.come(0, 2500)
    answer = get(center, f"{ONE}/window?start=2000&stop=4000&columns={columns}")
    _, _, _, runs = parse_runs(answer.content)
    assert [run.columns for run in runs] == [found, found]
    assert INVALID_SAMPLE not in runs[0].values
    _, _, _, runs = parse_runs(get(center, f"{ONE}/window?start=3000&stop=4000").content)
    assert [(run.columns, run.start) for run in runs] == [(0, 3000.0)] * 2
    envelope = parse_envelope(get(center, f"{ONE}/envelope?start=2000&stop=4000&bins=20").content)
    assert len(envelope["coverage"]) == 5  # type: ignore[arg-type]
    envelope = parse_envelope(get(center, f"{ONE}/envelope?start=3000&stop=4000&bins=20").content)
    assert len(envelope["coverage"]) == 0  # type: ignore[arg-type]


def test_a_damaged_envelope_is_empty_and_says_so(center: SmallCenter) -> None:
    center.come(0, 5000)
    center.reader.damaged[17] = SpanSet([(100, 200)])
    answer = get(center, f"{ONE}/envelope?start=0&stop=10000")
    assert answer.headers["x-einthoven-damage"] == "0-5000"
    found = parse_envelope(answer.content)
    assert found["coverage"].tolist() == [0.0]  # type: ignore[attr-defined]


def test_beats_sealed_and_not(center: SmallCenter) -> None:
    center.come(0, 5000)
    center.reader.sealed[17] = [100, 350, 600, 850]
    center.ward.classed[17] = beat_rows([851, 1100, 1350])
    center.ward.classed[17]["template"] = [4, 5, 4]
    body = get(center, f"{ONE}/beats?start=200&stop=1300").json()
    assert body == {
        "start": 200,
        "samples": [350, 600, 851, 1100],
        "codes": "NNNN",
        "late": [],
        "templates": [0, 0, 4, 5],
        "labelled": [],
        "truncated": False,
        "limit": BEATS_MAX,
    }


def test_many_beats_are_cut_with_where_to_go_on(center: SmallCenter) -> None:
    center.come(0, 200 * (BEATS_MAX + 500))
    center.reader.sealed[17] = [200 * n for n in range(BEATS_MAX + 100)]
    center.ward.unsealed[17] = [200 * n for n in range(BEATS_MAX + 100, BEATS_MAX + 500)]
    stop = 200 * (BEATS_MAX + 500)
    body = get(center, f"{ONE}/beats?start=0&stop={stop}").json()
    assert (len(body["samples"]), body["truncated"]) == (BEATS_MAX, True)
    rest = get(center, f"{ONE}/beats?start={body['next']}&stop={stop}").json()
    assert body["samples"] + rest["samples"] == list(range(0, stop, 200))
    assert rest["truncated"] is False


@given(
    st.lists(st.integers(0, 5000), unique=True, max_size=30),
    st.lists(st.integers(0, 5000), unique=True, max_size=30),
)
def test_merging_keeps_every_unsealed_beat_and_doubles_none(sealed: list[int], fresh: list[int]) -> None:
    merged = merged_beats(beat_rows(sorted(sealed)), beat_rows(sorted(fresh)), 250.0)["sample"].tolist()
    assert merged == sorted(merged)
    assert set(fresh) <= set(merged) <= set(fresh) | set(sealed)
    kept = set(merged) - set(fresh)
    assert kept == {s for s in sealed if all(abs(s - f) >= 25 for f in fresh)}
