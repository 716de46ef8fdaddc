"""Whatever people, screens and time do: nobody unwatched without an incident, by hand never a gap."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.surveillance import naive
from tests.surveillance.floor import T0, Floor

from einthoven.base.deeds import Deed
from einthoven.base.errors import NotFoundError, RefusedError
from einthoven.base.instants import MILLISECOND, SECOND
from einthoven.surveillance import staff_changes, stations
from einthoven.surveillance.continuity import UNEXPLAINED, ContinuityBook, report
from einthoven.surveillance.limits import Limits
from einthoven.surveillance.staff import StaffBook
from einthoven.surveillance.stations import StationBook
from einthoven.surveillance.watches import EVERYBODY, RESPONSIBLE, TO_FOLLOW, State, WatchBook

STREAMS = st.integers(1, 4)
PEOPLE = st.integers(1, 3)
STEP = 250 * MILLISECOND
PAUSES = st.tuples(st.integers(0, 3), st.integers(0, 6))
MISHAPS = ("hidden", "closed", "session over", "signs off", "leaves", "elsewhere", "moves", "crash")


class FloorModel(RuleBasedStateMachine):
    """Three people at three stations, four patients, a clock in quarters of a second."""

    @initialize(expiry=st.integers(40, 400))
    def open(self, expiry: int) -> None:
        self.floor = Floor(limits=Limits(person=3, warn=2, screen=3))
        self.left_out: dict[int, set[int]] = {1: set(), 2: set(), 3: set()}
        self.late = {1: 0, 2: 0, 3: 0}
        for number in (1, 2, 3):
            person = self.floor.technician(expires=T0 + (expiry if number == 3 else 10**6) * STEP)
            self.floor.sign_on(person, self.floor.station())
        self.floor.begin(1, 2)
        self.paint_all(set())
        self.floor.take(1, 1, 2)
        self.time(4, set(), 1)

    def paint_all(self, silent: set[int]) -> None:
        """Every station paints what its people watch, but for the tiles that it leaves out."""
        for station in {1, 2, 3} - silent:
            live = self.floor.book.by_station.get(station, set())
            mine = {self.floor.book.live[one].stream for one in live}
            self.floor.paint(station, mine - self.left_out[station], age=self.late[station])

    def attempt(self, act, *given, **more) -> None:
        before = len(self.floor.journal)
        try:
            act(*given, **more)
        except (RefusedError, NotFoundError):
            assert len(self.floor.journal) == before

    @rule(steps=st.integers(1, 30), silent=st.sets(PEOPLE, max_size=1), due_each=st.integers(1, 4))
    def time(self, steps: int, silent: set[int], due_each: int) -> None:
        for step in range(steps):
            self.floor.now += STEP
            if step % due_each == 0:
                self.floor.due()
            self.paint_all(silent)

    @rule(steps=st.integers(1, 8))
    def quiet_time(self, steps: int) -> None:
        self.time(steps, set(), 4)

    @rule(station=PEOPLE, streams=st.sets(STREAMS, max_size=2))
    def leave_out(self, station: int, streams: set[int]) -> None:
        self.left_out[station] = streams

    @rule(station=PEOPLE, steps=st.integers(0, 3))
    def far_away(self, station: int, steps: int) -> None:
        """What a station proves arrives so much later."""
        self.late[station] = steps * STEP

    @rule(stream=STREAMS, what=st.sampled_from(["expect", "begin", "begin", "end"]))
    def service(self, stream: int, what: str) -> None:
        self.attempt(getattr(self.floor, what), stream)

    @rule(person=PEOPLE, steps=st.integers(0, 4))
    def take_what_nobody_watches(self, person: int, steps: int) -> None:
        book = self.floor.book
        self.attempt(self.floor.sign_on, person, person)
        self.left_out[person] = set()
        free = [one for one in sorted(book.services) if one not in book.holder and one not in book.accepted]
        self.attempt(self.floor.take, person, *free[: 3 - book.load(person)])
        self.time(steps, set(), 4)

    @precondition(lambda self: self.floor.book.holder)
    @rule(
        to=PEOPLE, everybody=st.booleans(), between=st.integers(0, 3), after=st.integers(0, 6), data=st.data()
    )
    def hand_over(self, to: int, everybody: bool, between: int, after: int, data: st.DataObject) -> None:
        stream = data.draw(st.sampled_from(sorted(self.floor.book.holder)))
        giver = self.floor.watched_by(stream)
        self.attempt(self.floor.offer, giver, EVERYBODY if everybody else to, stream)
        self.time(between, set(), 2)
        if stream in self.floor.book.following:
            self.attempt(self.floor.accept, to, stream)
        self.time(after, data.draw(st.sampled_from([set(), set(), {giver}, {to}])), 2)

    @rule(person=PEOPLE, to=PEOPLE | st.just(EVERYBODY), assign=st.booleans(), data=st.data())
    def offer(self, person: int, to, assign: bool, data: st.DataObject) -> None:
        held = sorted(self.floor.book.holder)
        chosen = data.draw(st.sets(st.sampled_from(held)) if held else st.just(set()))
        self.attempt(self.floor.offer, person, to, *sorted(chosen), may_assign=assign)

    @precondition(lambda self: self.floor.book.following)
    @rule(person=PEOPLE, what=st.sampled_from(["accept", "accept", "decline", "withdraw"]), data=st.data())
    def answer(self, person: int, what: str, data: st.DataObject) -> None:
        offers = sorted(self.floor.book.following)
        chosen = data.draw(st.sets(st.sampled_from(offers), min_size=1))
        self.attempt(getattr(self.floor, what), person, *sorted(chosen))

    @rule(what=st.sampled_from(MISHAPS), person=PEOPLE, steps=st.integers(1, 30))
    def mishap(self, what: str, person: int, steps: int) -> None:
        floor = self.floor
        if what == "hidden":
            floor.paint(person, [1], visible=False)
        elif what == "closed":
            floor.close_page(person)
        elif what == "session over":
            floor.sign_off(person, "the session is over")
        elif what == "signs off":
            self.attempt(floor.sign_off, person)
        elif what == "leaves":
            floor.do(staff_changes.leave(floor.staff, person, "moved away"))
            self.time(steps % 5, set(), 4)
            floor.do(staff_changes.come_back(floor.staff, person))
        elif what == "elsewhere":
            self.attempt(floor.sign_on, person, person, "203.0.113.1")
        elif what == "moves":
            for networks in (["198.51.100.0/24"], ["192.0.2.0/25"]):
                floor.do(stations.change_site(floor.places, 1, "Main", "1 Main Street", "US", networks))
                self.time(steps % 5, set(), 4)
        else:
            alive = floor.proofs.proved_until(floor.book.displays, floor.now)
            floor.now += steps * STEP
            floor.restart(alive - steps % 6 * STEP)

    @invariant()
    def watched_or_an_incident(self) -> None:
        book = self.floor.book
        for stream, since in book.services.items():
            watched = stream in book.holder
            assert watched or stream in book.following
            assert (stream in book.incidents.going_on) == (since is not None and not watched)
            if not watched:
                follower = self.floor.following(stream)
                assert follower.state is State.ACCEPTED or follower.offered_to == EVERYBODY

    @invariant()
    def nobody_above_a_limit(self) -> None:
        assert all(len(numbers) <= 3 for numbers in self.floor.book.by_person.values())
        assert all(len(numbers) <= 3 for numbers in self.floor.book.by_station.values())

    @invariant()
    def indexes_say_what_the_watches_say(self) -> None:
        book = self.floor.book
        live = book.live.values()
        assert book.holder == {one.stream: one.number for one in live if one.state in RESPONSIBLE}
        assert book.following == {one.stream: one.number for one in live if one.state in TO_FOLLOW}
        assert book.accepted == {one.stream: one.number for one in live if one.state is State.ACCEPTED}
        assert {one for numbers in book.by_person.values() for one in numbers} == {
            one.number for one in live if one.by is not None
        }
        displays = book.displays
        shown = {(station, stream) for station, streams in displays.on.items() for stream in streams}
        assert shown == {(station, stream) for stream, places in displays.where.items() for station in places}
        for one in live:
            assert one.state not in RESPONSIBLE or (one.station, one.stream) in shown
            offered_on = one.state is State.OFFERED_ON
            assert not offered_on or self.floor.following(one.stream).before == one.number

    @invariant()
    def what_is_due_is_due_once(self) -> None:
        self.floor.due()
        assert self.floor.due() == []

    @invariant()
    def replayed_books_are_the_live_ones(self) -> None:
        watches, staff, places = WatchBook(), StaffBook(), StationBook()
        for deed in as_kept(self.floor.journal):
            watches.apply(deed)
            staff.apply(deed)
            places.apply(deed)
        assert (watches, staff, places) == (self.floor.book, self.floor.staff, self.floor.places)

    def teardown(self) -> None:
        floor = getattr(self, "floor", None)
        if floor is None:
            return
        deeds = floor.journal
        by_hand_never_a_gap(deeds)
        found = floor.continuity(T0, floor.now)
        rows = {row.stream: row for row in found.rows}
        short_memory_says_the_same(deeds, (T0 + found.stop) // 2, found.stop)
        about = [deed for deed in deeds if not deed.kind.startswith(("staff.credential_", "station."))]
        for stream in range(1, 5):
            served = covered = 0
            for at in range(T0, found.stop, STEP):
                if naive.in_service(about, stream, at):
                    served += STEP
                    is_covered = naive.covered(about, stream, at)
                    covered += STEP * is_covered
                    assert naive.open_incidents(about, stream, at) == (not is_covered)
            row = rows.get(stream)
            assert (served, covered) == ((row.service, row.covered) if row else (0, 0))
            if row:
                assert sum(lapse.stop - lapse.start for lapse in row.lapses) == served - covered
                assert all(lapse.cause != UNEXPLAINED for lapse in row.lapses)
                assert (row.percent == "100.000") == (served == covered)


def as_kept(deeds) -> list[Deed]:
    """Deeds as they come back from a journal that keeps JSON."""
    return [replace(deed, body=json.loads(json.dumps(deed.body))) for deed in deeds]


def short_memory_says_the_same(deeds, middle: int, stop: int) -> None:
    """A book that forgot, as it went along, what ended before the period, reports the same of the period."""
    book = ContinuityBook()
    for deed in deeds:
        book.apply(deed)
        book.forget(min(deed.at, middle))
    assert book.report(middle, stop, stop) == report(deeds, middle, stop, stop)
    [*rows] = book.report(middle, stop, stop, only=[1]).rows
    assert rows == [row for row in report(deeds, middle, stop, stop).rows if row.stream == 1]


def by_hand_never_a_gap(deeds) -> None:
    held = {deed.body["watch"]: deed for deed in deeds if deed.kind == "watch.held"}
    for deed in deeds:
        if deed.kind == "watch.released" and deed.body["to"] is not None:
            follower = held[deed.body["to"]]
            assert follower.number == deed.number - 1
            assert follower.body["since"] <= deed.body["until"]


TestFloor = FloorModel.TestCase
TestFloor.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_the_naive_proof_knows_a_gap() -> None:
    """The second reading is no yes-man: a loss of six seconds is seen by it."""
    floor = Floor()
    person = floor.on_duty()
    floor.begin(1)
    floor.take(person, 1)
    floor.run(3, {1: [1]})
    floor.run(8, {})
    seen = [naive.covered(floor.journal, 1, at) for at in range(T0, floor.now, SECOND)]
    assert seen == [False] + [True] * 2 + [False] * 8
    assert floor.continuity(T0, floor.now).percent == "18.181"
    with pytest.raises(AssertionError):
        assert floor.watched_by(1)
