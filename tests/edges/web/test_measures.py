"""The measurements of one patient, as the patient page asks for them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.edges.web.small_center import SmallCenter

from einthoven.base.spans import SpanSet
from einthoven.ecg.beats import GOOD, NORMAL
from einthoven.edges.web import measures
from einthoven.testing.web import FakeFinding, beat_rows, grade_rows

ONE = "/api/streams/s000017/measures"


def get(center: SmallCenter, path: str = ONE) -> Any:
    async def ask() -> Any:
        async with center.client() as client:
            return await client.get(path)

    return asyncio.run(ask())


def hearts(center: SmallCenter, seconds: int, sealed_to: int) -> None:
    """A heart at 75 a minute; the beats up to a sample are sealed, the others the ward's."""
    center.come(0, seconds * 250)
    beats = beat_rows(range(0, seconds * 250, 200), NORMAL, 900)
    beats["rr_ms"][1:] = 800
    center.reader.classed[17] = beats[beats["sample"] < sealed_to]
    center.ward.classed[17] = beats[beats["sample"] >= sealed_to]
    center.reader.graded[17] = grade_rows((at, (GOOD, GOOD)) for at in range(0, seconds * 250, 15_000))


def test_sealed_and_unsealed_beats_make_one_table(center: SmallCenter) -> None:
    hearts(center, 600, 500 * 250)
    body = get(center).json()
    assert body["now"]["rate"]["value"] == pytest.approx(75)
    assert body["today"]["rate_mean"]["count"] == 600 * 250 // 200 - 1
    assert body["today"]["af_burden"]["value"] == 0
    assert (body["start"], body["end"]) == (0, 150_000)


def test_today_begins_where_the_page_says_and_is_no_longer_than_a_day(
    center: SmallCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearts(center, 600, 500 * 250)
    assert get(center, f"{ONE}?since=100000").json()["start"] == 100_000
    assert get(center, f"{ONE}?since=999999").json()["start"] == 149_999
    monkeypatch.setattr(measures, "TODAY_S", 100)
    body = get(center).json()
    assert body["start"] == 125_000
    assert body["today"]["rate_mean"]["count"] == 100 * 250 // 200 - 1


def test_findings_give_burden_and_episodes(center: SmallCenter) -> None:
    hearts(center, 600, 500 * 250)
    af = {"kind": "atrial-fibrillation", "state": "closed"}
    center.findings.say(
        17,
        FakeFinding(id="1", start=0, end=15_000, **af),
        FakeFinding(id="2", start=135_000, end=None, kind="atrial-fibrillation", state="open"),
        FakeFinding(id="3", start=20_000, end=99_000, kind="atrial-fibrillation", state="withdrawn"),
        FakeFinding(id="4", start=50_000, end=50_500, kind="quality-noisy", state="closed"),
    )
    body = get(center).json()
    assert body["today"]["af_burden"]["value"] == pytest.approx(20)
    assert [(one["kind"], one["count"]) for one in body["episodes"]] == [("atrial-fibrillation", 1)]
    assert body["findings_left_out"] is False


def test_so_many_findings_that_some_are_left_out_are_said(
    center: SmallCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "FINDINGS_MOST", 2)
    hearts(center, 600, 0)
    center.findings.say(
        17, *(FakeFinding(id=str(n), start=n, end=n + 9, kind="pause", state="closed") for n in range(3))
    )
    body = get(center).json()
    assert body["findings_left_out"] is True
    assert body["episodes"][0]["count"] == 2


def test_with_nothing_stored_there_is_nothing_to_tell(center: SmallCenter) -> None:
    body = get(center).json()
    assert (body["end"], body["now"], body["episodes"]) == (0, {}, [])


def test_damaged_samples_are_not_looked_at(center: SmallCenter) -> None:
    hearts(center, 600, 0)
    center.reader.damaged[17] = SpanSet([(149_000, 149_001)])
    assert get(center).json()["now"]["pr"]["reason"]


def test_what_is_wrong_is_said(center: SmallCenter) -> None:
    assert get(center, f"{ONE}?since=-1").status_code == 400
    assert get(center, "/api/streams/s000099/measures").status_code == 404
