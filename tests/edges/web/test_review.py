"""What a reviewer asks and says: shapes, intervals, trends, jumps, relabelled beats and what follows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import httpx
import numpy as np
import pytest
from tests.center.desk_house import DeskHouse
from tests.edges.web.small_center import SmallCenter

from einthoven.base.spans import SpanSet
from einthoven.center.desk_door import DeskDoor
from einthoven.ecg.beats import BEAT
from einthoven.reports.review_labels import CODES
from einthoven.testing.web import FakeFinding

RATE = 250
LETTERS = "N" * 20 + "VV" + "N" * 20 + "V" + "N" * 20
"""Beats at 75 a minute; the couplet and the single beat are of one shape, 2."""


class Reviewed:
    """A patient with a couplet and a single ventricular beat, and a desk."""

    def __init__(self, folder: Path) -> None:
        self.house = DeskHouse(patients=20)
        self.center = SmallCenter(folder, desk=cast("DeskDoor", self.house.room))
        rows = np.zeros(len(LETTERS), BEAT)
        rows["sample"] = 500 + 200 * np.arange(len(LETTERS))
        rows["code"] = [CODES[letter] for letter in LETTERS]
        rows["template"] = [2 if letter == "V" else 1 for letter in LETTERS]
        rows["rr_ms"][1:] = 800
        self.rows = rows
        self.stop = int(rows["sample"][-1]) + 500
        self.center.reader.spans[17] = SpanSet([(0, self.stop)])
        self.center.reader.classed[17] = rows
        v = rows["sample"][rows["code"] == CODES["V"]].tolist()
        self.couplet, self.single = v[:2], v[2]
        self.center.findings.say(
            17, FakeFinding("c1", "ventricular-couplet", "couplet", "low", self.couplet[0], self.couplet[1])
        )

    def ask(self, path: str, **params: Any) -> dict[str, Any]:
        params = {"start": 0, "stop": self.stop} | params
        return cast("dict[str, Any]", self.call("GET", path, params=params).json())

    def say(self, path: str, **body: Any) -> httpx.Response:
        return self.call("POST", path, json=body)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            async with self.center.client() as client:
                where = path if path.startswith("/") else f"/api/streams/s000017/{path}"
                return await client.request(method, where, **options)

        return asyncio.run(go())

    def counts(self) -> dict[str, int]:
        """Beats by class, from the shapes."""
        counts: dict[str, int] = {}
        for group in self.ask("shapes")["groups"]:
            counts[group["class"]] = counts.get(group["class"], 0) + group["count"]
        return counts

    def group(self, letter: str) -> dict[str, Any]:
        return next(one for one in self.ask("shapes")["groups"] if one["class"] == letter)

    def held(self) -> list[tuple[str, str]]:
        return [(one["kind"], one["state"]) for one in self.ask("findings")["findings"]]


@pytest.fixture
def patient(tmp_path: Path) -> Reviewed:
    return Reviewed(tmp_path)


def test_shapes_stand_by_class_with_counts_and_curves(patient: Reviewed) -> None:
    assert patient.counts() == {"N": 60, "V": 3}
    assert {name: n for name, n in patient.ask("shapes")["counts"].items() if n} == {"N": 60, "V": 3}
    group = patient.group("V")
    assert (group["first"], group["last"], group["rr_ms"]) == (patient.couplet[0], patient.single, 800)
    assert len(group["members"]) == len(group["samples"]) == 3
    assert len(group["mean"]) == 2  # leads


def test_all_of_a_shape_get_another_class_and_undo_brings_it_back(patient: Reviewed) -> None:
    key = patient.group("V")["key"]
    told = patient.say("relabel", key=key, start=0, stop=patient.stop, to="S", why="aberrant")
    assert (told.status_code, told.json()["count"]) == (200, 3)
    assert patient.counts() == {"N": 60, "S": 3}
    beats = patient.ask("beats")
    assert beats["codes"] == LETTERS.replace("V", "S")
    assert [beats["samples"][at] for at in beats["labelled"]] == [*patient.couplet, patient.single]
    change = patient.ask("review")["changes"][0]
    assert (change["count"], change["to"], change["was"], change["why"]) == (3, ["S"], {"V": 3}, "aberrant")
    assert change["by"] == "console"
    undone = patient.say("/api/desk/beats.undo", stream="s000017", change=change["change"])
    assert undone.status_code == 200
    assert patient.counts() == {"N": 60, "V": 3}
    assert patient.ask("review")["changes"][0]["undone"]["by"] == "console"
    assert patient.say("/api/desk/beats.redo", stream="s000017", change=1).status_code == 200
    assert patient.counts() == {"N": 60, "S": 3}


def test_what_followed_from_the_class_is_told_again(patient: Reviewed) -> None:
    assert patient.held() == [("ventricular-couplet", "open")] or patient.held() == [
        ("ventricular-couplet", "closed")
    ]
    patient.say("relabel", samples=patient.couplet[:1], to="N")
    assert patient.held() == [("ventricular-couplet", "withdrawn")]
    patient.say("relabel", samples=patient.couplet[:1], to="V")
    (held,) = patient.held()
    assert held[1] != "withdrawn"
    third = patient.couplet[1] + 200
    patient.say("relabel", samples=[third], to="V")
    kinds = patient.held()
    assert ("ventricular-couplet", "withdrawn") in kinds
    assert any(kind != "ventricular-couplet" and state == "closed" for kind, state in kinds)


def test_an_artefact_is_no_beat_of_any_figure(patient: Reviewed) -> None:
    patient.say("relabel", samples=[patient.single], to="|")
    assert patient.counts() == {"N": 60, "V": 2, "|": 1}
    told = patient.ask("intervals")
    assert told["longest"] == [1600, patient.single + 200]
    trend = patient.ask("trend", size=patient.stop, count=1)
    assert (trend["beats"]["V"], trend["longest_ms"]) == ([2], [1600.0])


def test_a_beat_is_put_where_none_was_found(patient: Reviewed) -> None:
    assert patient.say("relabel", add=[600], to="V").status_code == 200
    beats = patient.ask("beats")
    assert (beats["samples"][1], beats["codes"][1]) == (600, "V")
    again = patient.say("relabel", add=[602], to="V")
    assert (again.status_code, again.json()["error"]) == (400, "add: there is a beat at 602 already")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"samples": [501], "to": "V"}, 400, "no beat at 501"),
        ({"samples": [500], "to": "X"}, 400, "to: want one of"),
        ({"samples": [500, 500], "to": "V"}, 400, "each once"),
        ({"samples": [], "to": "V"}, 400, "list of numbers"),
        ({"to": "V"}, 400, "want one of samples, key, add"),
        ({"samples": [500], "to": "N"}, 409, "none of these beats"),
        ({"key": "0", "start": 0, "stop": 9000, "to": "N"}, 409, "look at them again"),
        ({"samples": [500], "to": "V", "why": 3}, 400, "why"),
    ],
)
def test_what_cannot_be_said_says_why(
    patient: Reviewed, body: dict[str, Any], status: int, words: str
) -> None:
    told = patient.say("relabel", **body)
    assert told.status_code == status
    assert words in told.json()["error"]
    assert patient.ask("review")["changes"] == []


def test_the_act_itself_takes_no_beats_from_a_page(patient: Reviewed) -> None:
    told = patient.say("/api/desk/beats.relabel", stream="s000017", beats=[500], to="V")
    assert (told.status_code, "relabelled at" in told.json()["error"]) == (400, True)


def test_intervals_and_trend(patient: Reviewed) -> None:
    told = patient.ask("intervals")
    assert (told["count"], told["mean_ms"]) == (62, 800.0)
    assert sum(told["counts"]["N"]) == 59
    assert sum(told["counts"]["V"]) == 3
    x, y, every, odd = told["plot"]
    assert (x == y, every, odd) == (True, 61, 3)
    trend = patient.ask("trend", size=5000, count=2)
    assert trend["rate"] == [75.0, 75.0]
    assert [sum(trend["beats"][letter]) for letter in "NV"] == [45, 3]


@pytest.mark.parametrize(
    ("what", "which", "at", "found"),
    [
        ("V", "first", 0, 0),
        ("V", "next", 0, 0),
        ("V", "last", 0, 2),
        ("V", "previous", 99_999, 2),
        ("v-couplet", "first", 0, 0),
        ("v-couplet", "longest", 0, 0),
    ],
)
def test_jumps(patient: Reviewed, what: str, which: str, at: int, found: int) -> None:
    event = patient.ask("jump", what=what, which=which, at=at)["event"]
    assert event["start"] == [*patient.couplet, patient.single][found]


def test_the_next_and_the_one_before_are_found_however_far_they_are(patient: Reviewed) -> None:
    """A beat in the first minute and one 40 hours on: farther than is looked for first."""
    far = 40 * 3600 * RATE
    rows = patient.rows.copy()
    patient.center.reader.classed[17] = np.concatenate([rows, rows])
    patient.center.reader.classed[17]["sample"][len(rows) :] += far
    patient.center.reader.spans[17] = SpanSet([(0, far + patient.stop)])
    stop = far + patient.stop
    after = patient.ask("jump", what="V", which="next", at=patient.single, stop=stop)["event"]
    before = patient.ask("jump", what="V", which="previous", at=far + patient.couplet[0], stop=stop)["event"]
    assert (after["start"], before["start"]) == (far + patient.couplet[0], patient.single)
    none = patient.ask("jump", what="V", which="next", at=far + patient.single, stop=stop)
    assert none == {"event": None}


def test_a_jump_to_what_there_is_none_of_and_to_what_is_nothing(patient: Reviewed) -> None:
    assert patient.ask("jump", what="af", which="first") == {"event": None}
    assert "want one of" in patient.ask("jump", what="sunspot", which="first")["error"]
    assert "want one of" in patient.ask("jump", what="V", which="oddest")["error"]


def test_a_jump_goes_by_what_people_said(patient: Reviewed) -> None:
    patient.say("relabel", samples=patient.couplet, to="N")
    assert patient.ask("jump", what="v-couplet", which="first") == {"event": None}
    assert patient.ask("jump", what="V", which="first")["event"]["start"] == patient.single


def test_strips_are_gathered(patient: Reviewed) -> None:
    kept = patient.say(
        "/api/desk/strip.keep", stream="s000017", start=500, stop=3000, leads=["II"], caption="couplet"
    )
    assert (kept.status_code, kept.json()["strip"]) == (200, 1)
    (strip,) = patient.ask("review")["strips"]
    assert (strip["start"], strip["stop"], strip["leads"], strip["caption"]) == (500, 3000, ["II"], "couplet")
    patient.say("/api/desk/strip.caption", stream="s000017", strip=1, caption="pair")
    assert patient.ask("review")["strips"][0]["caption"] == "pair"
    patient.say("/api/desk/strip.drop", stream="s000017", strip=1)
    assert patient.ask("review")["strips"] == []


def test_points_of_the_waves_lie_around_their_beats(patient: Reviewed) -> None:
    told = patient.call("GET", "points", params={"start": 1000, "stop": 4000}).json()["points"]
    assert [row[0] for row in told] == [beat for beat in patient.rows["sample"] if 1000 <= beat < 4000]
    assert all(len(row) == 10 and all(at is None or abs(at - row[0]) < RATE for at in row) for row in told)
    assert patient.call("GET", "points", params={"start": 0, "stop": 40_000}).status_code == 413


def test_a_stretch_that_is_too_long_or_empty_is_refused(patient: Reviewed) -> None:
    far = patient.call("GET", "shapes", params={"start": 0, "stop": 40 * 86_400 * RATE})
    assert far.status_code == 413
    assert patient.call("GET", "shapes", params={"start": 9, "stop": 9}).status_code == 400


def test_a_patient_without_beats_has_empty_figures(patient: Reviewed) -> None:
    patient.center.reader.classed[17] = np.zeros(0, BEAT)
    assert patient.ask("shapes")["groups"] == []
    told = patient.ask("intervals")
    assert (told["count"], told["mean_ms"], told["plot"], told["longest"]) == (0, None, [], None)
    assert patient.ask("trend", size=5000, count=2)["rate"] == [None, None]
    assert patient.ask("jump", what="rate", which="fastest") == {"event": None}
