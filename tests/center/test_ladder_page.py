"""What the page of a ladder is told: where the plan is from, faults by field, holes, who would be called."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.center.test_desk_criteria import Office, reason

from einthoven.base.errors import FaultsError, InputError, NotFoundError, RefusedError
from einthoven.base.instants import DAY, HOUR, MILLISECOND, from_iso
from einthoven.center.desk_door import Who
from einthoven.center.ladder_page import look

ALL = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
FIB = {"key": "fib", "name": "Dr A. Fib", "role": "physician"}
FIB["numbers"] = [{"kind": "mobile", "number": "+1 555 010 0002"}]  # type: ignore[assignment]
OTHER = {"key": "oth", "name": "Dr B. Other", "role": "covering-physician"}
OTHER["numbers"] = [{"kind": "home", "number": "+1 555 010 0003"}]  # type: ignore[assignment]
SATURDAY = from_iso("2026-11-28T07:30:00Z")  # 02:30 in New York


def plan(**change: Any) -> dict[str, Any]:
    """Dr Fib covers, but for Saturdays from 02:00 to 06:00."""
    week = [{"days": [day for day in ALL if day != "sat"], "from": "00:00", "to": "24:00", "person": "fib"}]
    week += [{"days": ["sat"], "from": one, "to": two, "person": "fib"} for one, two in (("00:00", "02:00"),)]
    week += [{"days": ["sat"], "from": "06:00", "to": "24:00", "person": "fib"}]
    ladders = {
        "urgent": {"rungs": [{"who": "cover", "tries": 1, "retry_s": 60, "wait_s": 0}, {"who": "oth"}]}
    }
    made = {"zone": "America/New_York", "persons": [FIB, OTHER], "cover": week, "ladders": ladders}
    return made | change


@pytest.fixture
def office() -> Office:
    return Office()


def page(office: Office, who: Who, name: str = "s000001") -> dict[str, Any]:
    return dict(office.house.room.ask(who, "ladder", {"id": name}))


def test_a_hole_is_named_and_so_is_an_overlap() -> None:
    told = look(plan(), SATURDAY, SATURDAY)
    assert told["faults"] == []
    assert "Sat 2026-11-28 02:30 to Sat 2026-11-28 06:00 (America/New_York): nobody covers" in [
        one["words"] for one in told["flaws"]
    ]
    twice = plan(
        cover=[{"days": ALL, "from": "00:00", "to": "24:00", "person": one} for one in ("fib", "oth")]
    )
    (flaw,) = look(twice, SATURDAY, SATURDAY)["flaws"]
    assert "Dr A. Fib and Dr B. Other cover at once" in flaw["words"]


def test_the_days_show_who_is_on_when() -> None:
    days = look(plan(), SATURDAY, SATURDAY)["days"]
    assert len(days) == 14
    saturday = days[0]
    assert saturday["day"] == "Sat 28 Nov"
    assert [(part["words"], part["who"], part["kind"]) for part in saturday["parts"]] == [
        ("00:00–02:00", ["Dr A. Fib"], ""),
        ("02:00–06:00", [], "nobody"),
        ("06:00–00:00", ["Dr A. Fib"], ""),
    ]
    assert [(part["from"], part["to"]) for part in saturday["parts"]] == [(0, 8.33), (8.33, 25), (25, 100)]
    for day in days:
        assert [day["parts"][0]["from"], day["parts"][-1]["to"]] == [0, 100]
        joints = zip(day["parts"], day["parts"][1:], strict=False)
        assert all(one["to"] == two["from"] for one, two in joints)


def test_who_would_be_called_depends_on_the_hour() -> None:
    by_day = look(plan(), SATURDAY, SATURDAY + 5 * HOUR)["calls"]["urgent"]
    assert [one["name"] for one in by_day][:2] == ["Dr A. Fib", "Dr B. Other"]
    by_night = look(plan(), SATURDAY, SATURDAY)["calls"]["urgent"]
    assert by_night[0]["name"] == "Dr B. Other"
    assert by_night[0]["local"] == "Sat 02:30:00"
    assert set(look(plan(), SATURDAY, SATURDAY)["calls"]) == {"emergent", "urgent", "daily"}


def test_a_fault_stands_at_its_field() -> None:
    wrong = plan(
        persons=[FIB | {"numbers": [{"kind": "mobile", "number": "call me"}]}, OTHER],
        cover=[{"days": ["mon"], "from": "25:00", "to": "08:00", "person": "nobody"}],
    )
    told = {one["where"]: one["words"] for one in look(wrong, SATURDAY, SATURDAY)["faults"]}
    assert {"persons[0].numbers[0].number", "cover[0].from", "cover[0].person"} <= set(told)
    assert look(plan(zone="Nowhere"), SATURDAY, SATURDAY)["faults"][0]["where"] == "zone"
    assert look(None, SATURDAY, SATURDAY)["faults"] != []


def test_where_the_plan_comes_from(office: Office) -> None:
    assert [page(office, office.physician)[name] for name in ("source", "version")] == ["order", 0]
    assert page(office, office.physician)["looked"]["calls"]["urgent"][0]["name"] == "Dr. Weber"
    assert page(office, office.physician, "practice-1")["source"] == "none"
    assert office.ask(office.office, "ladder.set", practice=1, plan=plan()) is None
    assert page(office, office.physician)["source"] == "practice"
    assert office.ask(office.supervisor, "ladder.set", stream="s000001", plan=plan()) is None
    assert office.told["version"] == 1
    told = page(office, office.physician)
    assert (told["source"], told["version"], told["plan"]) == ("own", 1, plan())


def test_who_may_read_and_set(office: Office) -> None:
    assert page(office, office.technician)["may_set"] is False
    assert reason(office.ask(office.technician, "ladder.set", stream="s000001", plan=plan())) == "permission"
    assert reason(office.ask(office.stranger, "ladder.set", practice=1, plan=plan())) == "practice"
    with pytest.raises(NotFoundError):
        page(office, office.stranger)
    auditor = office.sit("Aud, A.", "auditor")
    with pytest.raises(RefusedError):
        page(office, auditor)


def test_a_plan_is_looked_at_before_it_is_set(office: Office) -> None:
    def check(form: dict[str, Any]) -> dict[str, Any]:
        params = {"id": "s000001", "form": json.dumps(form)}
        return dict(office.house.room.ask(office.physician, "ladder.check", params))

    assert check({"plan": plan(zone="x")})["faults"] != []
    at = office.now + 3 * DAY
    told = check({"plan": plan(), "at_ms": at / MILLISECOND})
    assert told["calls"]["emergent"][0]["at_ms"] == at / MILLISECOND
    with pytest.raises(InputError, match="at_ms"):
        check({"plan": plan(), "at_ms": 1e15})
    assert isinstance(office.ask(office.office, "ladder.set", practice=1, plan=plan(zone="x")), FaultsError)
