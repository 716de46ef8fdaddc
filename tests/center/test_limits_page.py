"""The form of the limits: what is in force, faults at their legs, and what another limit would have made."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.center.desk_house import DeskHouse

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import SECOND
from einthoven.center.desk_door import Who
from einthoven.escalation.legs import LEGS, SHIPPED
from einthoven.review.facts import Tier

HELD = "emergent.displayed to held"


class Center:
    """A technician worked one emergent case through; another one waits for somebody to take it."""

    def __init__(self) -> None:
        self.house = DeskHouse(patients=2)
        kim = self.house.hire("Kim, Alex")
        self.administrator = self.house.hire("Adams, Ann", role="administrator")
        self.supervisor = self.house.hire("Ode, Kemi", role="supervisor")
        self.technician = kim
        self.house.begin()
        self.house.seat(kim)
        self.house.run(40)
        self.house.finds(1, "pause", Tier.EMERGENT, met_at=self.house.clock.wall() - 4 * SECOND)
        self.house.run(400)

    def ask(self, by: int, what: str, **form: object) -> Any:
        params = {"id": "center", "form": json.dumps(form)} if form else {}
        return self.house.room.ask(Who(by, None, "192.0.2.9"), what, params)

    def set(self, by: int, limits: dict[str, float]) -> object:
        told: list[object] = []
        body = {"limits": limits, "why": "agreed with the practices"}
        self.house.room.act(
            Who(by, None, "192.0.2.9"), "legs.set", body, lambda _made, error: told.append(error)
        )
        return told[0]


@pytest.fixture(scope="module")
def center() -> Center:
    return Center()


def test_every_leg_stands_there_with_its_shipped_limit_and_the_centers_own(center: Center) -> None:
    told = center.ask(center.supervisor, "limits")
    assert told["tiers"] == ["emergent", "urgent", "daily"]
    assert [row["name"] for row in told["legs"]] == [leg.name for leg in LEGS]
    for row in told["legs"]:
        assert row["shipped"] == {tier: SHIPPED[tier][row["name"]] / SECOND for tier in told["tiers"]}
        assert row["own"] == {"emergent": None, "urgent": None, "daily": None}
    assert (told["may_set"], center.ask(center.administrator, "limits")["may_set"]) == (False, True)


def test_what_another_limit_would_have_made_of_the_last_day_is_told(center: Center) -> None:
    took = center.house.books.legs.windows["day"].times["emergent", "displayed to held"]
    assert len(took) == 1
    shorter = max(1, took[0] // SECOND - 1)
    looked = center.ask(center.administrator, "limits.check", limits={HELD: shorter})
    expected = {"key": HELD, "was_s": 120, "limit_s": shorter, "ended": 1, "missed": 0, "would_miss": 1}
    assert looked == {"faults": [], "changes": [expected | {"over": 0}]}
    assert center.ask(center.administrator, "limits.check", limits={HELD: 120})["changes"] == []


def test_open_cases_that_would_be_over_at_once_are_counted() -> None:
    center = Center()
    center.house.technicians = []  # nobody takes it
    center.house.finds(2, "pause", Tier.EMERGENT, key="2-0-0")
    center.house.run(3)
    legs = center.house.books.legs
    since = center.house.clock.wall() - min(legs.tracks[one].at["found"] for one in legs.open)
    assert since >= 2 * SECOND
    looked = center.ask(center.administrator, "limits.check", limits={"emergent.finding to displayed": 1})
    assert [one["over"] for one in looked["changes"]] == [1]


@pytest.mark.parametrize(
    ("limits", "faults"),
    [
        ({"emergent.sleep": 9}, {"emergent.sleep": "no such leg"}),
        ({HELD: "soon"}, {HELD: "want seconds"}),
        ({HELD: 0}, {HELD: "0 s is not within 1 … 604800 s"}),
        ({HELD: 700}, {HELD: "longer than urgent"}),
    ],
)
def test_faults_stand_at_their_legs(
    center: Center, limits: dict[str, object], faults: dict[str, str]
) -> None:
    looked = center.ask(center.administrator, "limits.check", limits=limits)
    assert looked["changes"] == []
    told = {one["key"]: one["words"] for one in looked["faults"]}
    assert told.keys() == faults.keys()
    assert all(told[key].startswith(words) for key, words in faults.items())


def test_only_administrators_set_them_and_only_those_who_answer_for_the_service_see_them() -> None:
    center = Center()
    with pytest.raises(RefusedError, match="not for your roles"):
        center.ask(center.technician, "limits")
    with pytest.raises(InputError, match="limits: want an object"):
        center.ask(center.administrator, "limits.check", limits=[1])
    refused = center.set(center.supervisor, {HELD: 60})
    assert isinstance(refused, RefusedError)
    assert center.set(center.administrator, {HELD: 60}) is None
    rows = {row["name"]: row for row in center.ask(center.supervisor, "limits")["legs"]}
    assert rows["displayed to held"]["own"]["emergent"] == 60


def test_the_limits_of_calls_stand_beside_them_and_follow_what_is_set(center: Center) -> None:
    by_name = {one["name"]: one for one in center.ask(center.supervisor, "limits")["telephone"]}
    assert by_name["answer"] == {"name": "answer", "shipped": 20, "own": None, "least": 5, "most": 120}
    assert list(by_name) == ["answer", "step", "again", "call_back", "finish", "tries"]
    told: list[object] = []
    body = {"limits": {"answer": 15}, "why": "we are quick"}
    who = Who(center.administrator, None, "192.0.2.9")
    center.house.room.act(who, "telephone.limits", body, lambda _made, error: told.append(error))
    assert told == [None]
    assert center.ask(center.administrator, "limits")["telephone"][0]["own"] == 15
