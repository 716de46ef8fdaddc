"""What is sent next: live first, backlog inside its bounds, nothing lost, nothing dropped early (R2)."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from einthoven.base.errors import OursError
from einthoven.base.instants import MILLISECOND, SECOND
from einthoven.base.spans import SpanSet
from einthoven.link.lanes import LIVE_KEEP, Chunk, Lanes, most_samples, reconnect_delay


class LanesModel(RuleBasedStateMachine):
    """A center that loses connections and storage at random; at the end everything must be there once."""

    def __init__(self) -> None:
        super().__init__()
        self.lanes = Lanes(10, 40)
        self.center = SpanSet()
        self.flight: list[Chunk] = []
        self.window = 0
        self.up = False
        self.now = 0

    @rule(window=st.sampled_from([0, 5, 10, 60, 1000]))
    def connect(self, window: int) -> None:
        self.flight.clear()
        if self.up:
            self.lanes.disconnected()
        self.lanes.connected(self.center, window)
        self.up, self.window = True, window

    @precondition(lambda self: self.up)
    @rule()
    def cut(self) -> None:
        self.lanes.disconnected()
        self.flight.clear()
        self.up = False

    @rule(more=st.integers(0, 120))
    def acquire(self, more: int) -> None:
        self.lanes.acquire(self.lanes.acquired + more)

    @rule(size=st.integers(1, 30))
    def hole(self, size: int) -> None:
        self.lanes.hole(self.lanes.acquired, self.lanes.acquired + size)

    @rule(buffered=st.sampled_from([0, 0, 0, 5000, 50_000]))
    def send(self, buffered: int) -> None:
        for _ in range(100):
            chunks = self.lanes.next(self.now, buffered)
            if not chunks:
                break
            assert self.up
            self.take(chunks, buffered)
        else:
            pytest.fail("next() never ends")

    def take(self, chunks: list[Chunk], buffered: int) -> None:
        for chunk in chunks:
            assert 0 < chunk.stop - chunk.start <= (40 if chunk.backlog else 10)
            assert not chunk.backlog or buffered <= 4096
            assert not self.center.within(chunk.start, chunk.stop), "what is durable is not sent again"
            for other in self.flight:
                assert chunk.stop <= other.start or other.stop <= chunk.start, "nothing is sent twice"
            self.flight.append(chunk)
        backlog = sum(chunk.stop - chunk.start for chunk in self.flight if chunk.backlog)
        assert backlog == self.lanes.in_flight <= self.window

    @rule(many=st.integers(1, 5), took=st.integers(0, 2 * SECOND))
    def acknowledge(self, many: int, took: int) -> None:
        self.now += took
        for chunk in self.flight[:many]:
            self.center.add(chunk.start, chunk.stop)
            self.lanes.acked([(chunk.start, chunk.stop)], self.now)
        del self.flight[:many]

    @precondition(lambda self: self.up)
    @rule(window=st.sampled_from([10, 60, 1000]))
    def store_failed(self, window: int) -> None:
        self.flight.clear()
        self.window = window
        self.lanes.credit(window, True)

    @invariant()
    def keeps_what_is_not_durable(self) -> None:
        known = self.center.copy()
        for span in self.lanes.holes:
            known.add(*span)
        missing = sum(span.length for span in known.missing(0, self.lanes.acquired))
        assert self.lanes.unacknowledged == missing
        assert self.lanes.done == (missing == 0)

    def teardown(self) -> None:
        self.connect(1000)
        for _ in range(5000):
            for chunk in self.lanes.next(self.now, 0) or self.lanes.flush():
                self.center.add(chunk.start, chunk.stop)
                self.lanes.acked([(chunk.start, chunk.stop)], self.now)
            if self.lanes.done:
                return
        pytest.fail(f"{self.lanes.unacknowledged} samples never came")


TestLanes = LanesModel.TestCase
TestLanes.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@dataclass
class Network:
    """One queue of fixed bandwidth and delay, and a center that answers after a commit."""

    bytes_per_second: float
    delay: int
    commit: int = 100 * MILLISECOND
    free_at: int = 0
    events: list[tuple[int, int, Chunk]] = field(default_factory=list)
    sent: int = 0

    def send(self, chunk: Chunk, now: int, rate: int) -> int:
        """Queue a chunk of about 0.56 bytes a sample and lead; when it arrives."""
        size = 60 + (chunk.stop - chunk.start) * 282 / rate
        self.free_at = max(now, self.free_at) + round(size / self.bytes_per_second * SECOND)
        arrives = self.free_at + self.delay
        self.sent += 1
        heapq.heappush(self.events, (arrives + self.commit + self.delay, self.sent, chunk))
        return arrives

    def buffered(self, now: int) -> int:
        return round(max(0, self.free_at - now) / SECOND * self.bytes_per_second)


def outage(bandwidth: float, backlog_s: int, seconds: int, hidden: bool) -> tuple[list[float], float]:
    """Live ECG every second beside a backlog: live delays beyond the line's own, and × real time."""
    rate, network = 250, Network(bandwidth, 30 * MILLISECOND)
    lanes = Lanes(rate, 10 * rate, acquired=backlog_s * rate)
    lanes.connected([], 60 * rate)
    delays, caught_up = [], seconds
    for step in range(seconds * 20):
        now = step * 50 * MILLISECOND
        while network.events and network.events[0][0] <= now:
            _, _, chunk = heapq.heappop(network.events)
            lanes.acked([(chunk.start, chunk.stop)], now)
        if step % 20 == 0:
            lanes.acquire((backlog_s + step // 20) * rate)
        while chunks := lanes.next(now, 0 if hidden else network.buffered(now)):
            for chunk in chunks:
                arrives = network.send(chunk, now, rate)
                if not chunk.backlog:
                    delays.append((arrives - now - network.delay) / SECOND - 342 / bandwidth)
        if lanes.waiting == 0 and lanes.in_flight == 0:
            caught_up = step / 20
            break
    return delays, backlog_s / caught_up


LINES = [(600, False), (600, True), (1_000, True), (3_000, True), (20_000, True), (1e6, False), (1e6, True)]


@pytest.mark.parametrize(("bandwidth", "hidden"), LINES)
def test_backlog_never_delays_live_by_more_than_a_second(bandwidth: float, hidden: bool) -> None:
    delays, _ = outage(bandwidth, 3600, 120, hidden)
    assert delays
    assert max(delays) <= 1.0


@pytest.mark.parametrize("hidden", [False, True], ids=["buffer seen", "buffer hidden in the network"])
def test_backlog_comes_at_twenty_times_real_time_where_the_line_allows(hidden: bool) -> None:
    _, speed = outage(20_000, 1800, 600, hidden)
    assert speed >= 20


def test_a_new_frame_goes_before_any_backlog() -> None:
    lanes = Lanes(10, 40, acquired=1000)
    lanes.connected([(0, 100)], 500)
    lanes.acquire(1012)
    assert lanes.next(0, 0) == [Chunk(1000, 1010, False)]
    assert lanes.next(0, 0) == [Chunk(100, 110, True)]
    assert lanes.next(0, 5000) == []


def test_backlog_goes_oldest_first_and_stops_at_the_window() -> None:
    lanes = Lanes(10, 40, acquired=1000)
    lanes.connected([(30, 970)], 20)
    assert [lanes.next(0, 0), lanes.next(0, 0)] == [[Chunk(0, 10, True)], [Chunk(10, 20, True)]]
    assert lanes.next(0, 0) == []
    lanes.acked([(0, 20)], MILLISECOND)
    assert lanes.next(0, 0)[0].start == 20


def test_after_a_stall_the_newest_go_live_and_the_rest_is_backlog() -> None:
    lanes = Lanes(10, 40)
    lanes.connected([], 400)
    lanes.acquire(200)
    assert lanes.next(0, 10**6) == []
    sent = lanes.next(0, 0)
    assert sent == [Chunk(at, at + 10, False) for at in range(200 - 10 * LIVE_KEEP, 200, 10)]
    assert lanes.next(0, 0)[0] == Chunk(0, 10, True)


def test_the_last_short_frame_is_flushed() -> None:
    lanes = Lanes(10, 40)
    lanes.connected([], 400)
    lanes.acquire(25)
    assert lanes.flush() == [Chunk(0, 10, False), Chunk(10, 20, False), Chunk(20, 25, False)]
    assert lanes.flush() == []
    lanes.acked([(0, 25)], 0)
    assert lanes.done


def test_credit_of_nothing_holds_the_backlog() -> None:
    lanes = Lanes(10, 40, acquired=100)
    lanes.connected([], 0)
    assert lanes.next(0, 0) == []
    lanes.credit(20, False)
    assert lanes.next(0, 0) == [Chunk(0, 10, True)]


def test_resend_sends_what_was_not_stored_again() -> None:
    lanes = Lanes(10, 40)
    lanes.connected([], 400)
    lanes.acquire(25)
    assert len(lanes.next(0, 0)) == 2
    assert lanes.next(0, 0) == []
    lanes.acked([(0, 10)], 0)
    lanes.credit(400, True)
    lanes.acquire(30)
    assert lanes.next(0, 0) == [Chunk(20, 30, False)]
    assert lanes.next(0, 0) == [Chunk(10, 20, True)]


FITTING = [(1, 10_000, 65_536, 10_000), (12, 10_000, 65_536, 2_729), (2, 500, 65_536, 500), (1, 9, 27, 1)]


@pytest.mark.parametrize(("leads", "samples", "size", "most"), FITTING)
def test_frames_fit_the_limits_of_the_welcome(leads: int, samples: int, size: int, most: int) -> None:
    assert most_samples(leads, samples, size) == most
    assert 24 + leads * (1 + 2 * most) <= size


def test_frames_are_cut_down_to_what_fits() -> None:
    lanes = Lanes(10, 40, acquired=100)
    lanes.connected([], 1000, most=8)
    lanes.acquire(116)
    assert lanes.next(0, 0) == [Chunk(100, 108, False), Chunk(108, 116, False)]
    assert lanes.next(0, 0) == [Chunk(0, 8, True)]


WRONG = [lambda: Lanes(0, 10), lambda: Lanes(20, 10), lambda: Lanes(1, 10, 50).acquire(49)]


@pytest.mark.parametrize("act", WRONG)
def test_impossible_use_is_named(act: object) -> None:
    with pytest.raises(OursError):
        act()


DELAYS = [
    (0, 0.0, 0),
    (0, 0.5, 500 * MILLISECOND),
    (3, 0.5, 4 * SECOND),
    (6, 0.5, 30 * SECOND),
    (10_000, 0.5, 30 * SECOND),
]


@pytest.mark.parametrize(("attempt", "uniform", "delay"), DELAYS)
def test_reconnect(attempt: int, uniform: float, delay: int) -> None:
    assert reconnect_delay(attempt, uniform) == delay


def test_reconnect_after_a_permanent_refusal_waits_half_a_minute_at_least() -> None:
    assert reconnect_delay(0, 0.0, True) == 30 * SECOND
    assert reconnect_delay(0, 0.999999, True) <= 60 * SECOND
