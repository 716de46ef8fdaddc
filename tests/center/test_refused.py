"""What must not be done at the desk, each refused with its reason; nothing comes of it.

An expired credential, a watch from outside, a display report that is forged, two people for one case, a
station whose clock is an hour off, a criteria form that contradicts itself. The same rules one by one are in
``tests/surveillance`` (papers, places, losses), ``test_displays`` (every lie of a screen) and
``tests/escalation`` (forms); over real sockets in ``tests/edges/web/test_desk_sockets.py``, through a browser
in ``tests/browser``.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.center.desk_house import DeskHouse
from tests.center.test_desk import asked
from tests.center.test_displays import RATE, Room

from einthoven.base.errors import FaultsError, RefusedError
from einthoven.base.instants import SECOND
from einthoven.center.desk_door import Who
from einthoven.center.displays import Reason
from einthoven.review.facts import Tier
from einthoven.surveillance import staff_changes
from einthoven.testing.screens import Lie
from einthoven.testing.web import EPOCH

HOUR_MS = 3_600_000.0


def reason(house: DeskHouse, who: Who, act: str, fields: dict[str, Any]) -> tuple[str, str]:
    """The code and the words of a refusal."""
    error = asked(house, who, act, fields)
    assert isinstance(error, RefusedError), error
    return error.reason, error.detail


def at_desk(number: int, peer: str = "192.0.2.7") -> Who:
    return Who(number, number, peer)


def refusals(house: DeskHouse) -> list[tuple[str, object]]:
    """Who was refused what, as the audit has it."""
    return [(line.actor, line.detail["reason"]) for line in house.kept.audit() if line.action == "refused"]


# ---- papers and places -------------------------------------------------------------------------------------


def expire(house: DeskHouse, person: int, seconds: float) -> None:
    """Their credential counts for so long from now on."""
    staff, now = house.books.surveil.staff, house.clock.wall()
    until = now + round(seconds * SECOND)
    house._found(staff_changes.end_credential(staff, person, "CCT", f"N-{person}", "replaced", now))
    house._found(staff_changes.credential(staff, person, "EMT", "E-1", "NREMT", EPOCH - SECOND, until))


def test_an_expired_credential_takes_no_watch() -> None:
    house = DeskHouse(patients=1)
    kim = house.hire("Kim, Alex")
    expire(house, kim, 5)
    house.begin()
    house.seat(kim, accept_s=10_000)
    house.run(10)
    code, words = reason(house, at_desk(kim), "watch.accept", {"watches": [1]})
    assert code == "not_qualified"
    assert "EMT E-1 expired" in words
    assert refusals(house) == [(f"staff {kim}", "not_qualified")]


def test_a_credential_that_expires_on_duty_ends_the_watch_with_its_reason() -> None:
    house = DeskHouse(patients=2)
    kim = house.hire("Kim, Alex")
    expire(house, kim, 30)
    house.begin()
    house.seat(kim)
    house.run(40)
    lost = house.kept.journal.read_kinds(("watch.lost",))
    assert len(lost) == 2
    assert all(str(deed.body["cause"]).startswith("not qualified any more: EMT E-1 expired") for deed in lost)
    assert house.books.surveil.watches.holder == {}


def test_a_watch_from_outside_is_refused() -> None:
    house = DeskHouse(patients=1)
    kim = house.hire("Kim, Alex")
    house.begin()
    outside = at_desk(kim, "203.0.113.9")
    house.room.open(outside, lambda: {"staff": {"id": kim}})
    house.run(2)
    code, words = reason(house, outside, "watch.accept", {"watches": [1]})
    assert code == "not_in_place"
    assert words.startswith("address 203.0.113.9 is in no network of site Boston")
    assert house.books.surveil.watches.by_person == {}


# ---- screens -----------------------------------------------------------------------------------------------


class ScreenHouse(DeskHouse):
    """A house whose center checks real pictures of real samples, with one page that one can make lie."""

    def __init__(self, clock_off_ms: float = 0.0) -> None:
        self.glass = Room((1,))
        self.glass.screen.clock_off_ms = clock_off_ms
        super().__init__(patients=1)
        self.kim = self.hire("Kim, Alex")
        self.page = self.room.open(at_desk(self.kim), lambda: {"staff": {"id": self.kim}})
        self.begin()

    def displays(self) -> Any:
        return self.glass.displays

    def second(self, *, samples: bool = True) -> None:
        """Samples come and are drawn, a tick goes out, the page answers it."""
        for _ in range(10):
            front = self.glass.hub.front(1)
            if samples:
                self.glass.come(front, front + RATE // 10, 1)
            self.glass.show()
            self.clock.move(0.1)
        now, wall = self.clock.monotonic(), self.clock.wall()
        self.room.desk.turn(wall)
        nonce = ""
        while not nonce:
            text = self.page.next(now, wall)
            assert text is not None
            nonce = json.loads(text).get("nonce", "")
        self.glass.screen.frame(wall / 1e6)
        self.page.take(json.dumps(self.glass.screen.report(nonce)))

    def accept(self) -> None:
        assert asked(self, at_desk(self.kim), "watch.accept", {"watches": [1]}) is None

    def doubt(self) -> str | None:
        """Why the last report did not prove the patient's picture."""
        return self.books.surveil.proofs.doubts.get(self.kim, {}).get(1)


def test_an_honest_screen_holds_the_watch() -> None:
    house = ScreenHouse()
    for _ in range(5):
        house.second()
    house.accept()
    for _ in range(3):
        house.second()
    assert house.doubt() is None
    assert house.books.surveil.watches.load(house.kim) == 1
    assert house.books.surveil.watches.holding(1) is not None


@pytest.mark.parametrize(
    ("lie", "found"),
    [
        ("frozen", Reason.FROZEN),
        ("claims", Reason.WRONG_PICTURE),
        ("changed", Reason.WRONG_PICTURE),
        ("stale", Reason.STALE),
    ],
)
def test_a_report_of_a_picture_that_is_not_there_loses_the_watch_with_its_reason(
    lie: Lie, found: Reason
) -> None:
    house = ScreenHouse()
    for _ in range(5):
        house.second()
    house.accept()
    house.second()
    house.glass.screen.lie = lie
    for _ in range(12):
        house.second()
    assert house.doubt() == found.words
    (lost,) = house.kept.journal.read_kinds(("watch.lost",))
    assert str(lost.body["cause"]) in {reason.words for reason in Reason}
    assert house.books.surveil.watches.holding(1) is None


def test_a_forged_answer_is_no_sign_of_life() -> None:
    house = ScreenHouse()
    house.glass.screen.lie = "nonce"
    for _ in range(5):
        house.second()
    code, words = reason(house, at_desk(house.kim), "watch.accept", {"watches": [1]})
    assert (code, words) == ("station_silent", "station 1 does not prove what it paints")
    assert house.books.surveil.watches.displays.on == {}


@pytest.mark.parametrize(
    ("hours", "samples", "found"), [(1, True, Reason.STALE), (-1, False, Reason.UNMARKED)]
)
def test_a_station_whose_clock_is_an_hour_off_proves_nothing(
    hours: int, samples: bool, found: Reason
) -> None:
    """Ahead, it shows live pictures as stale; behind, it does not say that the picture stands still."""
    house = ScreenHouse(hours * HOUR_MS)
    for _ in range(5):
        house.second()
    house.accept()
    for _ in range(20):
        house.second(samples=samples)
    assert house.doubt() == found.words
    assert house.books.surveil.watches.holding(1) is None
    ended = house.kept.journal.read_kinds(("watch.expired", "watch.lost"))
    assert len(ended) == 1


# ---- cases and criteria ------------------------------------------------------------------------------------


def test_one_case_is_one_persons() -> None:
    house = DeskHouse(patients=1)
    kim, lee = house.hire("Kim, Alex"), house.hire("Lee, Robin")
    house.begin()
    house.finds(1, "pause", Tier.URGENT)
    house.run(1)
    assert asked(house, at_desk(kim), "case.take", {"case": 1}) is None
    code, words = reason(house, at_desk(lee), "case.take", {"case": 1})
    assert code == "held"
    assert words.startswith(f"case 1 is held by staff {kim} since ")
    code, _ = reason(
        house,
        at_desk(lee),
        "case.verdict",
        {"case": 1, "verdict": "true", "note": "", "relabels": [], "strips": []},
    )
    assert code == "held"
    assert house.books.triage.cases.case(1).held_by == kim


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"pause.urgent.interval_ms": 2000.0}, "pause.urgent.interval_ms"),
        ({"vt.urgent.beats": 40.0}, "vt.urgent.beats"),
        ({"pause.emergent.interval_ms": 9000.0}, "may only be made more sensitive"),
        ({"pause.daily.interval_ms": 5900.0, "luck": 1.0}, "luck"),
    ],
)
def test_a_form_that_contradicts_itself_is_refused_whole_with_every_fault(
    overrides: dict[str, float], words: str
) -> None:
    house = DeskHouse(patients=1)
    sam = house.hire("Sam, Toni", "supervisor")
    house.begin()
    error = asked(
        house,
        at_desk(sam),
        "criteria.propose",
        {"stream": "s000001", "overrides": overrides, "why": "asked for by telephone"},
    )
    assert isinstance(error, FaultsError), error
    assert words in str(error)
    assert house.kept.journal.read_kinds(("criteria.proposed",)) == []
