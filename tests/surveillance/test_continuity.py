from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.surveillance.floor import T0, Floor, kinds, watched

from einthoven.base.deeds import Deed
from einthoven.base.errors import RefusedError
from einthoven.base.instants import SECOND
from einthoven.surveillance.continuity import UNEXPLAINED, ContinuityBook, Lapse, percent, report
from einthoven.surveillance.drafting import Cause


def test_a_night_without_a_gap_is_100() -> None:
    floor, person = watched(3)
    start = floor.now
    floor.run(300, {1: [1, 2, 3]})
    found = floor.continuity(start, floor.now)
    assert (found.percent, found.service, found.covered) == ("100.000", 900 * SECOND, 900 * SECOND)
    assert [row.lapses for row in found.rows] == [()] * 3
    [who] = found.rows[0].watched
    assert (who.person, who.name, who.credentials) == (person, "Tech 1 Nyx", ("CCT C-1 (CCI)",))
    assert (who.station, who.site) == ("desk 1", "Main house, 1 Main Street, Springfield")


def test_each_lapse_has_start_end_cause_and_who_closed_it() -> None:
    floor, person = watched()
    held = floor.now
    floor.run(10, {1: [1]})
    last = floor.now
    floor.run(20, {1: []})
    floor.take(person, 1)
    floor.run(1, {1: [1]})
    back = floor.now
    floor.run(60, {1: [1]})
    floor.close_incident(person, 2, cause="a browser that hung", note="told the shift")
    closed = floor.now
    found = floor.continuity(T0, floor.now)
    assert found.rows[0].lapses == (
        Lapse(T0, held, Cause.NOT_TAKEN.value, 1),
        Lapse(last, back, "a browser that hung", 2, "staff 1", closed, "told the shift"),
    )
    assert [(one.start, one.stop) for one in found.rows[0].watched] == [(held, last), (back, floor.now)]


def test_a_proof_that_missed_a_deed_proves_nothing_and_says_which() -> None:
    """A loss that is not in it would read as watched."""
    floor, _ = watched()
    floor.run(60, {1: [1]})
    book = ContinuityBook()
    for deed in floor.journal:
        book.apply(deed)
    assert book.report(T0, floor.now, floor.now).rows
    with pytest.raises(KeyError):
        book.apply(Deed(4711, floor.now, "center", "watch.lost", "s000001", {"stream": 1}))
    assert book.share(T0, floor.now, floor.now) == (0, 0)
    with pytest.raises(RefusedError, match=r"unproved: deed 4711 \(watch.lost\) could not be taken"):
        book.report(T0, floor.now, floor.now)


def test_a_period_in_the_middle_of_a_lapse() -> None:
    floor, _ = watched()
    last = floor.now
    floor.run(20, {1: []})
    found = floor.continuity(last + 3 * SECOND, last + 7 * SECOND)
    assert found.percent == "0.000"
    assert [(one.start, one.stop) for one in found.rows[0].lapses] == [(last + 3 * SECOND, last + 7 * SECOND)]


def test_nothing_is_said_of_what_is_not_proved_yet() -> None:
    floor, _ = watched()
    last = floor.now
    floor.run(4)
    found = floor.continuity(T0, floor.now)
    assert found.stop == last
    assert floor.continuity(floor.now, floor.now + SECOND).rows == ()


def test_a_watch_whose_picture_is_elsewhere_covers_nothing() -> None:
    """Deeds that the rules would never draft: held at station 1, displayed on station 2 only."""
    floor, _ = watched()
    floor.on_duty()
    journal = [deed for deed in floor.journal if deed.kind != "display.shown"]
    shown = {"stream": 1, "station": 2, "since": T0}
    journal.append(Deed(len(journal) + 1, floor.now, "center", "display.shown", "s000001", shown))
    found = report(journal, T0 + SECOND, T0 + 2 * SECOND, T0 + 2 * SECOND)
    assert found.percent == "0.000"
    assert found.rows[0].lapses[0].cause == UNEXPLAINED


@pytest.mark.parametrize("kind", ["staff.credential", "staff.training", "duty.began", "site.added"])
def test_a_watch_without_papers_duty_or_place_covers_nothing(kind: str) -> None:
    floor, _ = watched()
    floor.run(5, {1: [1]})
    assert floor.continuity(T0 + SECOND, floor.now).percent == "100.000"
    journal = [deed for deed in floor.journal if deed.kind != kind]
    assert report(journal, T0 + SECOND, floor.now, floor.now).percent == "0.000"


def test_somebody_who_lost_the_papers_while_a_hand_over_ran_covers_nothing_and_takes_nothing_away() -> None:
    """Between two looks at what is due: papers expire, then the giver's proof completes the hand-over."""
    floor, giver = watched()
    start = floor.now
    expiry = floor.now + SECOND + SECOND // 2
    taker = floor.on_duty(expires=expiry)
    floor.offer(giver, taker, 1)
    floor.accept(taker, 1)
    floor.run(1, {taker: [1]})
    floor.now = expiry + SECOND // 4
    assert kinds(floor.paint(giver, [1])) == ["watch.held", "watch.released"]
    released = floor.now
    floor.now += SECOND // 4
    floor.due()
    incident = floor.book.incidents.live[2]
    assert incident.since == released
    floor.run(2, {giver: [1], taker: [1]})
    found = floor.continuity(start, floor.now)
    [lapse] = found.rows[0].lapses
    assert (lapse.start, lapse.incident) == (released, 2)


def test_service_ends_with_its_last_proof_and_that_is_no_lapse() -> None:
    floor, _ = watched()
    start = floor.now
    floor.run(5, {1: [1]})
    last = floor.now
    floor.now += SECOND // 2
    floor.end(1)
    floor.run(10, {1: []})
    floor.begin(2)
    found = floor.continuity(T0, floor.now)
    assert found.rows[0].service == last - T0
    assert floor.continuity(start, floor.now).percent == "100.000"


def test_a_mark_of_life_that_lags_leaves_no_hole_without_a_cause() -> None:
    """One old tile holds the mark of life back behind a hand-over of another; then the power fails."""
    floor, giver = watched()
    taker, third = floor.on_duty(), floor.on_duty()
    floor.begin(2)
    floor.take(third, 2)
    floor.run(1, {giver: [1], taker: [], third: [2]})
    old = floor.now
    floor.offer(giver, taker, 1)
    floor.accept(taker, 1)
    floor.run(3, {taker: [1], giver: [1]})
    alive = floor.proofs.proved_until(floor.book.displays, floor.now)
    assert (alive, floor.watched_by(1)) == (old, taker)
    floor.now += 60 * SECOND
    floor.restart(alive)
    floor.run(1)
    found = report(floor.journal, T0, floor.now, floor.now)
    assert {lapse.cause for row in found.rows for lapse in row.lapses} == {
        Cause.NOT_TAKEN.value,
        Cause.CENTER_DOWN.value,
    }


@given(st.integers(1, 10**18), st.data())
def test_a_percentage_is_never_rounded_up(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    text = percent(part, whole)
    assert text is not None
    whole_part, _, decimals = text.partition(".")
    thousandths = int(whole_part) * 1000 + int(decimals)
    assert len(decimals) == 3
    assert thousandths * whole <= part * 100_000 < (thousandths + 1) * whole
    assert (text == "100.000") == (part == whole)


def test_percentages() -> None:
    assert percent(10**15 - 1, 10**15) == "99.999"
    assert percent(999_999, 10**6) == "99.999"
    assert percent(0, 5) == "0.000"
    assert percent(0, 0) is None


def test_deeds_of_others_are_nothing_to_any_book() -> None:
    floor, _ = watched()
    floor.run(3, {1: [1]})
    foreign = [
        Deed(len(floor.journal) + 1 + place, floor.now, "center", kind, "staff 1", {})
        for place, kind in enumerate(["staff.signed_in", "watch.dreamt", "display.polished", "case.opened"])
    ]
    before = floor.continuity(T0, floor.now)
    for deed in foreign:
        for book in (floor.staff, floor.places, floor.book):
            book.apply(deed)
    assert report([*floor.journal, *foreign], T0, before.stop, floor.now) == before


def test_a_patient_who_was_not_in_service_has_no_row() -> None:
    floor = Floor()
    person = floor.on_duty()
    floor.expect(1)
    floor.take(person, 1)
    floor.run(5, {1: [1]})
    assert floor.continuity(T0, floor.now).rows == ()
    assert floor.continuity(T0, floor.now).percent is None
