"""Whatever a page sends as a field of an act is done, or refused in words: no defect, no desk that stands.

One text that no journal takes once kept every later decision of the center off the record.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.center.desk_house import DeskHouse
from tests.center.test_desk import asked
from tests.center.test_ladder_page import plan

from einthoven.base.deeds import CENTER, Draft
from einthoven.base.errors import EinthovenError, StoreError, UnfitError
from einthoven.base.instants import DAY, MILLISECOND
from einthoven.center.desk_acts import ACTS
from einthoven.center.desk_door import Who
from einthoven.review.facts import Tier
from einthoven.surveillance import roles
from einthoven.surveillance.roles import Role
from einthoven.testing.web import EPOCH

NOW_MS = EPOCH // MILLISECOND
HALF_A_SIGN = "\ud83d"
"""What is left where somebody cut an emoji in two; JSON carries it, UTF-8 does not."""
ODD: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 2**200, 1.5, -0.0, 1e25, 1e308, -1.7e12),
    *(float("nan"), float("inf")),
    *("", " ", "x", HALF_A_SIGN, "\x00", "A" * 5000, "all", "1", "s000001", "s999999", "s" + "9" * 40),
    *(
        [],
        [1],
        [[]],
        [None],
        [HALF_A_SIGN],
        ["s000001"],
        [["a", "b"]],
        [[1, 2]],
        [[2**63, 2**64]],
        [1] * 2000,
    ),
    *({}, {"a": 1}, {"center": 2**70}, {HALF_A_SIGN: 1}, {"x": {"y": [float("nan")]}}),
]
GOOD: dict[str, Any] = {
    "stream": "s000001",
    "streams": ["s000001"],
    "watches": [1],
    "why": "because",
    "to": "all",
    "verdict": "true",
    "seconds": 60,
    "contact": "order",
    "outcome": "no_answer",
    "step": "call-patient",
    "overrides": {"pause.urgent.interval_ms": 3500.0},
    "content": "0" * 64,
    "limits": {"emergent.displayed to held": 90},
    "plan": plan(),
    "how": "telephone",
    "zone": "America/New_York",
    "name": "Main house",
    "address": "1 Main St",
    "territory": "US",
    "networks": ["198.51.100.0/24"],
    "kind": "RN",
    "key": "b" * 64,
    "login": "ruiz",
    "roles": ["technician"],
    "number": "N-1",
    "issuer": "CCI",
    "since_ms": NOW_MS,
    "on_ms": NOW_MS,
    "expires_ms": NOW_MS + 400 * (DAY // MILLISECOND),
    "topic": "reading ECGs",
    "by": "the center",
    "person_role": "",
    "readback": False,
    "relabels": [],
    "strips": [],
    "cause": "tried",
}
"""What a field may be; every other text is ``"words"``, every other number 1."""
NUMBERS = {"case", "notification", "call", "emergency", "draft", "incident", "person", "site", "station"}
NUMBERS |= {"order", "base"}
LEFT_OUT = {"practice", "effective_ms", "document", "confirmation", "settled"}
SPECIAL: dict[str, dict[str, Any]] = {
    "station.register": {"kind": "desk"},
    "station.change": {"kind": "desk"},
    "call.end": {"person": "", "action": ""},
    "patient.note": {"at_risk": True, "known_af": True, "has_pacer": True},
    "practice.rename": {"practice": 1},
    "order.receive": {"order": {"days": 14}},
    "order.edit": {"fields": {"days": 7}},
}


class Busy(DeskHouse):
    """A center in which there is one of everything: a case that is told, a call, an emergency, a form."""

    def __init__(self) -> None:
        super().__init__(patients=2)
        hired = ("technician", "supervisor", "administrator")
        self.people = {role: self.hire(f"{role.title()}, A.", role) for role in hired}
        self.begin()
        self.finds(1, "ventricular-tachycardia", Tier.EMERGENT)
        self.run(1)
        technician = self.who("case.take")
        verdict = {"case": 1, "verdict": "true", "note": "", "relabels": [], "strips": []}
        for act, fields in (
            ("case.take", {"case": 1}),
            ("case.verdict", verdict),
            ("emergency.begin", {"stream": "s000001"}),
            ("criteria.propose", {"stream": "s000002", "overrides": GOOD["overrides"], "why": "x"}),
        ):
            assert asked(self, technician, act, fields) is None, act
        assert asked(self, self.who("order.receive"), "order.receive", {"order": {}}) is None
        (told,) = self.books.notify.calls.notifications.values()
        rung = {"notification": told.number, "contact": "order", "number": "+1 555 0100"}
        asked(self, technician, "call.start", rung)

    def who(self, act: str) -> Who:
        """Somebody who may do it, at their station."""
        permission = roles.ACTS[act]
        for role, number in self.people.items():
            if permission in roles.permissions_of([Role(role)]):
                return Who(number, number, "192.0.2.7")
        return Who(self.people["supervisor"], 1, "192.0.2.7")


def fields_of(act: str) -> dict[str, Any]:
    """Fields with which an act may be asked for."""
    asked_for = {name: GOOD.get(name, 1 if name in NUMBERS else "words") for name in ACTS[act].fields}
    return {name: one for name, one in asked_for.items() if name not in LEFT_OUT} | SPECIAL.get(act, {})


@pytest.mark.parametrize("act", ACTS)
def test_odd_fields_of_an_act(act: str) -> None:
    house = Busy()
    who, good = house.who(act), fields_of(act)
    for name in ACTS[act].fields:
        for value in ODD:
            error = asked(house, who, act, good | {name: value})
            assert error is None or isinstance(error, EinthovenError)
            assert not isinstance(error, StoreError) or isinstance(error, UnfitError)
            assert house.room.desk.record.waiting == 0, (name, value)
    house.run(1)
    page = house.room.open(who, lambda: {"staff": {"id": who.staff}})
    first = page.next(house.clock.monotonic(), house.clock.wall())
    assert first is not None
    assert json.loads(first.encode())["type"] == "snapshot"
    number = house.room.desk.record.number
    house.kill()
    assert house.room.desk.record.number >= number


def test_what_no_journal_takes_is_refused_before_it_takes_effect() -> None:
    house = DeskHouse(patients=1)
    house.begin()
    number = house.room.desk.record.number
    for body in ({"why": HALF_A_SIGN}, {"share": float("nan")}, {"who": object()}):
        with pytest.raises(UnfitError, match=r"practice\.added cannot be put on record"):
            house.room.desk.commit([Draft("practice.added", "practice 1", body)], CENTER, EPOCH)  # type: ignore[dict-item]
    assert house.room.desk.record.number == number
    assert house.room.desk.record.waiting == 0
    assert house.room.desk.record.unsaved is None
