"""Findings as the patient page asks for them, and beats as the live socket tells them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.center.live_parser import parse_beats
from tests.edges.web.small_center import SmallCenter, tab

from einthoven.center.found import Reason, Withdrawal
from einthoven.ecg.beats import ARTEFACT, FLAT, GOOD, LEAD_OFF, NOISY, UNUSABLE
from einthoven.testing.web import EPOCH, FakeFinding, beat_rows, grade_rows

MS = EPOCH // 1_000_000
VT = FakeFinding(state="closed", end=2000)
ONE = "/api/streams/s000017/findings"


def get(center: SmallCenter, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with center.client() as client:
            return await client.get(path)

    return asyncio.run(ask())


def ids(body: dict[str, Any]) -> list[str]:
    return [finding["id"] for finding in body["findings"]]


def test_a_finding_comes_with_its_evidence_and_what_it_was_compared_with(center: SmallCenter) -> None:
    center.findings.say(17, VT)
    body = get(center, f"{ONE}?start=0&stop=5000").json()
    assert body == {
        "findings": [
            {
                "id": "1",
                "kind": "ventricular-tachycardia",
                "words": "Ventricular tachycardia",
                "priority": "high",
                "start": 1000,
                "end": 2000,
                "opened_ms": MS + 4000,
                "closed_ms": MS + 8000,
                "state": "closed",
                "told_as": [],
                "withdrawn": None,
                "values": {"beats": 5.0, "rate_bpm": 182.4, "fastest_rr_ms": None},
                "units": {"beats": "beats", "rate_bpm": "bpm", "fastest_rr_ms": "ms"},
                "limits": {"beats": 4.0, "rate_bpm": 100.0},
                "strip": [250, 3500],
                "leads": [],
                "beats": [],
                "rule": "vt",
                "version": "1/live-1.0/2026.1",
            }
        ],
        "truncated": False,
    }


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        (
            Withdrawal(Reason.RECLASSED, 2500, EPOCH),
            {
                "reason": "reclassed",
                "words": "the final classes of its beats do not bear it out",
                "at_ms": MS + 10_000,
            },
        ),
        (
            Withdrawal(Reason.OVERRULED, 2500, by="Atrial fibrillation"),
            {"reason": "overruled", "words": "overruled by Atrial fibrillation", "at_ms": MS + 10_000},
        ),
        (
            Withdrawal(Reason.LATE, at=EPOCH + 7_000_000_000),
            {
                "reason": "late",
                "words": "samples that came late do not bear it out",
                "at_ms": MS + 7000,
            },
        ),
    ],
)
def test_a_withdrawn_one_says_why_and_when(
    center: SmallCenter, gone: Withdrawal, told: dict[str, object]
) -> None:
    center.findings.say(17, replace(VT, state="withdrawn", withdrawal=gone))
    (finding,) = get(center, f"{ONE}?start=0&stop=5000").json()["findings"]
    assert (finding["state"], finding["withdrawn"]) == ("withdrawn", told)


def test_what_is_withdrawn_is_in_no_figure(center: SmallCenter) -> None:
    center.come(0, 5000)
    center.findings.say(17, replace(VT, state="withdrawn", withdrawal=Withdrawal(Reason.LATE)))
    assert get(center, "/api/streams/s000017/measures?since=0").json()["episodes"] == []
    center.findings.say(17, VT)
    (row,) = get(center, "/api/streams/s000017/measures?since=0").json()["episodes"]
    assert row["kind"] == VT.kind


def test_version_and_limits_are_told_as_they_were_kept(center: SmallCenter) -> None:
    center.findings.say(17, replace(VT, version="3/live-0.OLD/2019.9", limits={"beats": 7.0}))
    (finding,) = get(center, f"{ONE}?start=0&stop=5000").json()["findings"]
    assert (finding["version"], finding["limits"]) == ("3/live-0.OLD/2019.9", {"beats": 7.0})


def test_a_finding_names_its_beats_and_the_leads_that_were_fit_for_use(center: SmallCenter) -> None:
    center.findings.say(17, VT)
    center.ward.classed[17] = beat_rows(range(900, 3000, 100), code=5)
    center.ward.classed[17]["code"][3] = ARTEFACT
    for grades, leads in (
        ([(0, (GOOD, NOISY))], ["II", "V1"]),
        ([(0, (GOOD, LEAD_OFF))], ["II"]),
        ([(0, (LEAD_OFF, GOOD)), (3200, (GOOD, GOOD))], ["V1"]),
        ([(0, (UNUSABLE, FLAT))], []),
    ):
        center.ward.graded[17] = grade_rows(grades)
        (finding,) = get(center, f"{ONE}?start=0&stop=5000").json()["findings"]
        assert finding["leads"] == leads
        assert finding["beats"] == [1000, 1100, *range(1300, 2001, 100)]


def test_fibrillation_rests_on_whatever_was_measured(center: SmallCenter) -> None:
    center.findings.say(17, replace(VT, kind="ventricular-fibrillation", rule="vf"))
    center.ward.graded[17] = grade_rows([(0, (UNUSABLE, LEAD_OFF))])
    (finding,) = get(center, f"{ONE}?start=0&stop=5000").json()["findings"]
    assert finding["leads"] == ["II"]


def test_an_open_one_has_no_end(center: SmallCenter) -> None:
    center.findings.say(17, replace(VT, state="open", end=None))
    (finding,) = get(center, f"{ONE}?start=900000&stop=900001").json()["findings"]
    assert (finding["end"], finding["closed_ms"], finding["state"]) == (None, None, "open")


def test_of_many_it_says_where_to_go_on_and_nothing_is_missed(center: SmallCenter) -> None:
    begins = [100 * (i // 3) for i in range(40)]
    center.findings.say(
        17, *(replace(VT, id=f"{i:02d}", start=at, end=at + 150) for i, at in enumerate(begins))
    )
    seen: dict[str, None] = {}
    start, pages = 0, 0
    while True:
        body = get(center, f"{ONE}?start={start}&stop=5000&limit=10").json()
        assert len(body["findings"]) <= 10
        seen |= dict.fromkeys(ids(body))
        pages += 1
        if not body["truncated"]:
            break
        assert body["next"] > start
        start = body["next"]
    assert list(seen) == [f"{i:02d}" for i in range(40)]
    assert pages < 12


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{ONE}?start=0", 400),
        (f"{ONE}?start=10&stop=10", 400),
        (f"{ONE}?start=0&stop=10&limit=9", 400),
        (f"{ONE}?start=0&stop=10&limit=1001", 400),
        ("/api/streams/s000099/findings?start=0&stop=10", 404),
    ],
)
def test_what_cannot_be_asked(center: SmallCenter, path: str, status: int) -> None:
    answer = get(center, path)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


def test_the_lists_of_streams_tell_what_is_open(center: SmallCenter) -> None:
    center.come(0, 1500)
    center.findings.say(17, replace(VT, state="open", end=None))
    (first, second) = get(center, "/api/streams").json()
    assert ([one["id"] for one in first["findings"]], second["findings"]) == (["1"], [])
    center.findings.say(17, replace(VT, state="open", end=None, id="2"))
    assert len(get(center, "/api/streams/s000017").json()["state"]["findings"]) == 2


def test_a_screen_is_sent_the_beats_of_its_view(center: SmallCenter) -> None:
    center.come(0, 2500)
    center.ward.classed[17] = beat_rows([1000, 1200], 5, 900)
    center.ward.classed[18] = beat_rows([1000], 1, 900)

    async def work() -> None:
        async with asyncio.timeout(20), center.served() as server, tab(server) as page:
            await page.view("s000017", epoch=4)
            while True:
                data = await page.socket.recv()
                if isinstance(data, bytes) and data[1] == 4:
                    break
            epoch, spans = parse_beats(data)
            assert (epoch, [span.stream for span in spans]) == (4, [17])
            assert [beat[0] for beat in spans[0].beats] == [1000, 1200]

    asyncio.run(work())
