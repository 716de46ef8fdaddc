"""The end of a service that comes by itself: told the day before, work until done, never silent (R33)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.center.service_house import ServiceHouse

from einthoven.base.errors import RefusedError
from einthoven.base.instants import DAY, HOUR, MINUTE, SECOND
from einthoven.center import service_office
from einthoven.center.desk_books import PatientCard
from einthoven.center.desk_door import Who
from einthoven.enrollment.service_book import What, notice_at
from einthoven.review.facts import FindingFact, FindingState, Met, Priority, Tier

EMERGENT = Met("pause.emergent.s", Tier.EMERGENT, 7.0, 6.0, "s", "a pause of 7 s")


@pytest.fixture
def house() -> ServiceHouse:
    made = ServiceHouse()
    made.kit()
    made.books.card = lambda stream: PatientCard("Doe, Jane" if stream == 1 else "")
    made.enroll()  # 14 days
    made.act("followup.done", stream="s000001", reached=True, said="well")
    return made


def until(house: ServiceHouse, seconds: float) -> None:
    """Move to so long after the beginning, a minute's work done there."""
    began = house.books.service.of(1).started
    house.clock.move((began - house.clock.wall()) / SECOND + seconds)
    house.minute()


def told(house: ServiceHouse) -> dict[str, Any] | None:
    """What pages are told, as it is now."""
    kept = service_office.ending(house.books, 1, house.clock.wall())
    house.room.desk.touch("ending:s000001")
    house.room.desk._tell(house.clock.wall())
    assert house.room.desk.news.get("ending:s000001") == kept
    return kept


def calls(house: ServiceHouse) -> list[tuple[What, bool]]:
    now = house.clock.wall()
    return [(one.what, one.overdue) for one in service_office.calls_due(house.books, house.is_open, now)]


def test_a_day_before_the_end_it_is_told_once_and_becomes_work(house: ServiceHouse) -> None:
    until(house, 13 * 86400 - 60)
    assert (told(house), calls(house)) == (None, [])
    until(house, 13 * 86400)
    house.minute()
    assert house.kinds().count("period.ending") == 1
    ending = told(house)
    assert ending is not None
    assert (ending["patient"], ending["over"], ending["asked"]) == ("Doe, Jane", False, False)
    assert calls(house) == [(What.END, False)]
    until(house, 13 * 86400 + 5 * 3600)
    assert calls(house) == [(What.END, True)]


def test_whoever_asked_the_practice_puts_it_on_record_and_the_end_stays_in_sight(house: ServiceHouse) -> None:
    until(house, 13 * 86400 + 60)
    said = {"reached": True, "said": "Dr. Weber: fourteen days are enough"}
    house.act("followup.done", by=3, stream="s000001", what="end of service", **said)
    assert calls(house) == []
    ending = told(house)
    assert ending is not None
    assert ending["asked"]
    until(house, 14 * 86400)
    assert house.books.service.of(1).over is not None
    assert (told(house), calls(house)) == (None, []), "what was asked and ended as expected is no news"


def test_an_extension_takes_it_back_and_the_new_end_is_told_again(house: ServiceHouse) -> None:
    until(house, 13 * 86400 + 60)
    words = {"words": "rhythm not caught yet", "said_by": "Dr. Weber"}
    house.act("period.extend", stream="s000001", days=3, **words)
    assert (told(house), calls(house)) == (None, []), "at once, before the periods are read again"
    until(house, 16 * 86400 - 60)
    assert (told(house), calls(house)) == (None, [])
    until(house, 16 * 86400)
    assert calls(house) == [(What.END, False)]
    assert house.kinds().count("period.ending") == 2


def test_nobody_asked_it_is_told_with_what_is_open_until_somebody_has_seen_it(
    house: ServiceHouse,
) -> None:
    until(house, 14 * 86400 - 60)
    pause = FindingFact(
        "p1", 1, "pause", "Pause", FindingState.CLOSED, house.clock.wall() - MINUTE, start=1, stop=2,
        end_at=house.clock.wall() - MINUTE + 7 * SECOND, tier=Tier.EMERGENT, priority=Priority.HIGH,
        met=(EMERGENT,),
    )  # fmt: skip
    house.room.desk.place(pause, house.clock.wall())
    (case,) = house.books.triage.cases.open_cases()
    until(house, 14 * 86400)
    ending = told(house)
    assert ending is not None
    assert (ending["over"], ending["cases"]) == (True, [case.number])
    assert case.number in house.books.triage.cases.worklist, "it is judged though the service is over"
    assert calls(house) == [(What.END, True)]
    house.act("case.take", by=3, case=case.number)
    house.act("case.verdict", by=3, case=case.number, verdict="true")
    assert house.books.notify.calls.of_case(case.number), "and its physician is told"
    house.act("followup.done", by=3, stream="s000001", what="end of service", reached=True, said="as ordered")
    assert (told(house), calls(house)) == (None, [])


def test_it_stays_told_for_a_week_and_over_a_restart(house: ServiceHouse) -> None:
    until(house, 14 * 86400)
    card = house.books.card
    house.kill()
    house.books.card = card
    house.minute()
    assert house.kinds().count("period.over") == 1
    assert told(house) is not None
    house.clock.move(7 * 86400 + 60)
    assert told(house) is None
    assert calls(house) == []


def test_one_that_ended_while_the_center_was_away_is_told_all_the_same(house: ServiceHouse) -> None:
    house.clock.move(15 * 86400)
    house.minute()
    assert "period.ending" not in house.kinds()
    ending = told(house)
    assert ending is not None
    assert ending["over"]


def test_a_physician_who_is_late_by_less_than_the_centers_minute_is_in_time(house: ServiceHouse) -> None:
    until(house, 14 * 86400 - 60)
    house.clock.move(90)  # the limit is over, and nothing has ended it yet
    house.act("period.extend", stream="s000001", days=2, words="goes on", said_by="Dr. Weber")
    house.minute()
    assert house.is_open(1)
    assert "period.over" not in house.kinds()


def test_one_who_is_later_is_told_that_nobody_is_watched_and_how_it_goes_on(house: ServiceHouse) -> None:
    until(house, 14 * 86400)
    with pytest.raises(RefusedError, match=r"nobody is watched since.*does not open again.*a new order"):
        house.act("period.extend", stream="s000001", days=2, words="goes on", said_by="Dr. Weber")
    assert told(house) is not None, "the technician still sees it as over"


def test_what_somebody_ended_by_hand_is_no_news(house: ServiceHouse) -> None:
    until(house, 13 * 86400 + 60)
    house.act("period.end", stream="s000001", why="diagnosis made")
    house.minute()
    assert (told(house), calls(house)) == (None, [])


def test_a_call_that_is_put_off_comes_before_the_end_at_the_latest(house: ServiceHouse) -> None:
    until(house, 13 * 86400 + 60)
    later = (house.clock.wall() + 3 * DAY) / 1e6
    house.act("followup.move", stream="s000001", what="end of service", until_ms=later, why="closed today")
    assert calls(house) == []
    service = house.books.service.of(1)
    assert service.end_call_due(service.started, service.limit) == service.limit


def test_the_list_of_calls_says_whom_to_ask(house: ServiceHouse) -> None:
    house.books.card = lambda _stream: PatientCard(
        "Doe, Jane", telephone="+1 555", physician="Dr. Weber", physician_telephone="+1 777"
    )
    until(house, 13 * 86400 + 60)
    (call,) = house.room.ask(Who(3, 3, "192.0.2.7"), "services", {})["calls"]  # type: ignore[misc, attr-defined]
    assert house.room.ask(Who(3, 3, "192.0.2.7"), "service", {"id": "s000001"})["ends_soon"] is True
    assert (call["what"], call["who"], call["telephone"]) == ("end of service", "Dr. Weber", "+1 777")


@given(st.integers(0, 10**18), st.integers(0, 90 * DAY))
def test_the_notice_comes_within_the_period_and_at_most_a_day_before_its_end(start: int, length: int) -> None:
    at = notice_at(start, start + length)
    assert start <= at <= start + length
    assert length - (at - start) <= DAY
    if length > 2 * DAY:
        assert start + length - at == DAY
    assert HOUR < DAY
