"""Hours worn over HTTP's back door: who is listed, in which order, and whose days those are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tests.center.desk_house import DeskHouse

from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import HOUR, MILLISECOND, Instant, from_iso
from einthoven.center.desk_door import Who
from einthoven.center.wearing_page import days_of
from einthoven.surveillance import staff_changes
from einthoven.surveillance.wearing import Recorded


class Worn:
    """What a test says was worn: hours of the last day, ending an hour ago or now."""

    def __init__(self, hours: dict[int, Sequence[tuple[float, float]]], now: Instant) -> None:
        self.hours, self.now = hours, now

    def services(self) -> Sequence[tuple[StreamId, Instant]]:
        return [(stream, self.now - 72 * HOUR) for stream in self.hours]

    def recorded(self, stream: StreamId, since: Instant, _start: Instant, *, off: bool) -> Recorded:
        spans = [(self.now - round(a * HOUR), self.now - round(b * HOUR)) for a, b in self.hours[stream]]
        return Recorded(since, spans, [], [(self.now - HOUR, self.now)] if off else [])


class Center:
    """Patients: 1 wears it always, 2 for ten hours, 3 fell silent five hours ago, 4 never began."""

    def __init__(self) -> None:
        self.house = DeskHouse(patients=4)
        self.technician = self.house.hire("Ruiz, Tom")
        worn: dict[int, Sequence[tuple[float, float]]] = {1: [(72, 0)], 2: [(10, 0)], 3: [(72, 5)], 4: []}
        self.house.room.wearing = Worn(worn, self.house.clock.wall())

    def look(self, by: int, **params: str) -> Any:
        look = self.house.room.look(Who(by, None, "192.0.2.9"), "compliance", params)
        assert look is not None
        return look.read()()


def test_who_drops_out_is_listed_first_until_they_were_called() -> None:
    center = Center()
    told = center.look(center.technician)["patients"]
    assert [(one["stream"], one["reasons"]) for one in told] == [
        ("s000004", ["never", "few"]),
        ("s000002", ["few"]),
        ("s000003", ["silent"]),
        ("s000001", []),
    ]
    act = {"stream": "s000003", "how": "telephone", "said": "It was in the drawer; she puts it on now."}
    center.house.room.act(Who(center.technician, None, ""), "patient.contact", act, lambda *_: None)
    after = center.look(center.technician)["patients"]
    assert [(one["stream"], one["settled"]) for one in after][-2:] == [("s000003", True), ("s000001", False)]
    log = center.look(center.technician, id="s000003")["log"]
    assert [(one["by"], one["how"]) for one in log] == [("Ruiz, Tom", "telephone")]
    here = Who(center.technician, None, "192.0.2.9")
    assert center.house.room.ask(here, "contacts", {"id": "s000003"})["log"] == log


def test_a_patients_days_have_their_hours_and_gaps_by_cause() -> None:
    center = Center()
    told = center.look(center.technician, id="s000003")
    assert sum(day["of_h"] for day in told["days"]) == pytest.approx(72)
    assert sum(day["worn_h"] for day in told["days"]) == pytest.approx(67)
    assert {gap["cause"] for day in told["days"] for gap in day["gaps"]} == {"not received"}
    worn = center.look(center.technician, id="s000001")
    assert worn["days"][-1]["gaps"] == [{"cause": "leads off", "h": 1.0}]
    last = told["gaps"][-1]
    assert (last["end_ms"] - last["start_ms"]) * MILLISECOND == 5 * HOUR


def test_days_are_those_of_the_patients_clock_also_when_it_is_put_back() -> None:
    since, now = from_iso("2026-10-31T03:00:00Z"), from_iso("2026-11-02T12:00:00Z")
    days = days_of("America/New_York", since, now)
    assert [(name, (stop - start) // HOUR) for name, start, stop in days] == [
        ("2026-10-30", 24),
        ("2026-10-31", 24),
        ("2026-11-01", 25),
        ("2026-11-02", 24),
    ]


def test_a_practice_sees_its_own_patients_and_an_auditor_none() -> None:
    center = Center()
    house, staff = center.house, center.house.books.surveil.staff
    house._found(staff_changes.add_practice(staff, "Heart practice"))
    physician = staff.next_member
    house._found(staff_changes.join(staff, "Poe, Ann", "poe", ["physician"], 1))
    house.room.act(Who(0, None, ""), "patient.note", {"stream": "s000002", "practice": 1}, lambda *_: None)
    assert [one["stream"] for one in center.look(physician)["patients"]] == ["s000002"]
    with pytest.raises(NotFoundError, match="s000003 is not in service"):
        center.look(physician, id="s000003")
    with pytest.raises(RefusedError, match="not for your roles"):
        center.look(house.hire("Ody, Una", role="auditor"))
