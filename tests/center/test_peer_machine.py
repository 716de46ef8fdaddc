"""Two centers and whatever can befall them: messages lost, doubled, late, kept and sent again; either center
killed, also between the two writes of a guest who comes; people who lend, take back, withdraw, fall asleep.

The giver's books are the truth about who is responsible (decision 0008). A center that is cut off goes on
watching what it holds, so two may watch one patient for a moment; the first message that it takes tells it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.center.peer_house import PeerHouse, Weather, Wire, since

from einthoven.base.errors import RefusedError
from einthoven.base.instants import SECOND
from einthoven.center.peer_message import read
from einthoven.surveillance.watches import RESPONSIBLE

KIM = LEE = 1
DENVER, BOSTON = -1, 1
PATIENTS = 2
STREAMS = st.integers(1, PATIENTS)
AFTER = st.integers(0, 6)
"""Seconds that pass after what happened."""
QUICK = {"accept_s": 1.0, "spread": 0.1}
SETTLED_S = 1000
"""An offer that nobody answers ends after 15 minutes; nearly always half a minute does."""


def watched_or_an_incident(house: PeerHouse) -> None:
    """Who is expected to be watched is, or an incident that goes on says that they are not; by one person."""
    watches = house.books.surveil.watches
    for stream, since_when in watches.services.items():
        live = [one for one in watches.live.values() if one.stream == stream and one.state in RESPONSIBLE]
        assert len(live) <= 1, (house.name, stream, live)
        if since_when is not None:
            assert (not live) == (stream in watches.incidents.going_on), (house.name, stream, live)


class ObservedWire(Wire):
    """Looks at a center after every message that it takes, new or old."""

    def __init__(self, *given) -> None:
        super().__init__(*given)
        self.newest: dict[str, int] = {}
        """Life of a center → the highest number that it took."""

    def _arrive(self, house, peer, other, raw) -> None:
        with self.judged(other, raw):
            super()._arrive(house, peer, other, raw)

    @contextmanager
    def judged(self, other: PeerHouse, raw: bytes) -> Iterator[None]:
        """An old one does nothing; by a new one its center lets go whom it says nothing of."""
        message, life, deeds = read(raw).message, other.peers.life, other.room.desk.record.number
        new = message.to_life == life and message.number > self.newest.get(life, 0)
        yield
        if new:
            self.newest[life] = message.number
            assert other.books.surveil.peers.guests_of(1).keys() <= {
                one["stream"] for one in message.body["lent"]
            }
        else:
            assert other.room.desk.record.number == deeds, message


class Centers(RuleBasedStateMachine):
    """Boston has the patients and Kim, Denver has Lee."""

    @initialize(seed=st.integers(0, 1000), apart_s=st.integers(-20, 20))
    def open(self, seed: int, apart_s: int) -> None:
        self.boston, self.denver = PeerHouse("Boston", PATIENTS, seed, 1), PeerHouse("Denver", 0, seed + 1, 2)
        self.denver.clock.epoch += apart_s * SECOND
        self.boston.trust(self.denver)
        self.denver.trust(self.boston)
        for house, name in ((self.boston, "Kim, Alex"), (self.denver, "Lee, Robin")):
            house.seat(house.hire(name), **QUICK)
        self.boston.begin()
        self.wire = ObservedWire(self.boston, self.denver, seed)
        self.wire.run(8, self.looked)

    def looked(self) -> None:
        """At every turn of every center, not only between rules."""
        watched_or_an_incident(self.boston)
        watched_or_an_incident(self.denver)
        lent = self.boston.books.surveil.peers.lent
        for stream in range(1, PATIENTS + 1):
            if self.boston.responsible(stream) == DENVER:
                assert lent.get(stream) == 1, stream

    def watch(self, stream: int) -> list[int]:
        held = self.boston.books.surveil.watches.holder.get(stream)
        return [] if held is None else [held]

    # ---- what people do ----------------------------------------------------------------------------------

    @rule(stream=STREAMS, to=st.sampled_from([{"center": 1}, {"center": 1}, KIM, "all"]), after=AFTER)
    def boston_offers(self, stream: int, to: object, after: int) -> None:
        if held := self.watch(stream):
            self.boston.act(KIM, "watch.offer", watches=held, to=to)
        self.time(after)

    @rule(after=AFTER)
    def boston_lends_the_whole_shift(self, after: int) -> None:
        self.boston.lend(KIM)
        self.time(after)

    @rule(after=AFTER)
    def denver_hands_back(self, after: int) -> None:
        self.denver.lend(LEE)
        self.time(after)

    @rule(stream=STREAMS, after=AFTER)
    def boston_withdraws(self, stream: int, after: int) -> None:
        following = self.boston.books.surveil.watches.following.get(stream)
        if following is not None:
            self.boston.act(KIM, "watch.withdraw", watches=[following])
        self.time(after)

    @rule(here=st.booleans(), asleep=st.booleans(), after=AFTER)
    def somebody_falls_asleep_or_wakes(self, here: bool, asleep: bool, after: int) -> None:
        for one in (self.boston if here else self.denver).technicians:
            one.asleep = asleep
        self.time(after)

    # ---- what befalls them -------------------------------------------------------------------------------

    @rule(
        lose=st.sampled_from([0.0, 0.2, 0.5]),
        double=st.sampled_from([0.0, 0.3]),
        turns=st.sampled_from([0, 3, 12]),
        cut=st.sampled_from([False, False, True]),
        after=AFTER,
    )
    def the_weather_changes(self, lose: float, double: float, turns: int, cut: bool, after: int) -> None:
        self.wire.weather = Weather(lose, double, turns, cut)
        self.time(after)

    @rule(last=st.integers(1, 60), every=st.integers(1, 9), after=AFTER)
    def somebody_sends_what_was_kept_again(self, last: int, every: int, after: int) -> None:
        for house, raw in self.wire.answers[-last::every]:
            house.peers.answered(1, raw, house.clock.wall())
        for house, raw in self.wire.seen[-last::every]:
            with self.wire.judged(house, raw), suppress(RefusedError):
                house.peers.received(raw, "203.0.113.5", house.clock.wall())
        self.time(after)

    @rule(in_denver=st.booleans(), people_come_back=st.booleans(), after=AFTER)
    def a_center_is_killed(self, in_denver: bool, people_come_back: bool, after: int) -> None:
        house = self.denver if in_denver else self.boston
        house.world.dies = False
        house.kill()
        if people_come_back:
            house.seat(KIM, **QUICK)
        self.time(after)

    @rule(stream=STREAMS, seconds=st.integers(1, 4), withdrawn=st.booleans(), after=AFTER)
    def denver_dies_between_enrollment_and_deed(
        self, stream: int, seconds: int, withdrawn: bool, after: int
    ) -> None:
        self.denver.world.dies = True
        self.boston_offers(stream, {"center": 1}, seconds)
        if withdrawn:
            self.boston_withdraws(stream, 0)
        self.a_center_is_killed(in_denver=True, people_come_back=True, after=after)

    @rule(seconds=st.integers(1, 20))
    def time(self, seconds: int) -> None:
        self.wire.run(seconds, self.looked)

    @invariant()
    def each_is_watched_or_an_incident_says_so(self) -> None:
        if hasattr(self, "wire"):
            self.looked()

    # ---- in the end --------------------------------------------------------------------------------------

    def agreed(self) -> bool:
        """Each patient has one person in one center, by the books of both, and nothing is left over."""
        lent = set()
        for stream in range(1, PATIENTS + 1):
            guest = self.denver.guest(stream)
            there = None if guest is None else self.denver.responsible(guest)
            if (self.boston.responsible(stream), there) == (DENVER, LEE):
                lent.add(stream)
            elif (self.boston.responsible(stream), guest) != (KIM, None):
                return False
        periods = sorted(theirs for _peer, theirs in self.denver.world.periods.values())
        open_incidents = self.boston.books.surveil.watches.incidents.going_on
        return self.boston.books.surveil.peers.lent.keys() == lent == set(periods) and not open_incidents

    def teardown(self) -> None:
        if not hasattr(self, "wire"):
            return
        self.wire.weather = Weather()
        self.denver.world.dies = False
        for house in (self.boston, self.denver):
            for one in house.technicians:
                one.asleep = False
            if not house.technicians:
                house.seat(KIM, **QUICK)
        for _ in range(SETTLED_S // 5):
            self.wire.run(5, self.looked)
            if self.agreed():
                break
        start = self.boston.clock.wall()
        self.wire.run(8, self.looked)
        assert self.agreed()
        assert since(self.boston, start).percent == "100.000"


TestCenters = Centers.TestCase
TestCenters.settings = settings(max_examples=20, stateful_step_count=14, deadline=None, derandomize=True)
