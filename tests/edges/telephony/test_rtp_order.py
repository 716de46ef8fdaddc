"""Packets put in order: nothing is invented, nothing told twice, sound and lost make the time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from einthoven.edges.telephony.rtp_order import Lost, Order, Packet, Piece, Sound

STEP = 160


def told(pieces: list[Piece]) -> list[int]:
    """Every sample, -1 where it was lost."""
    out: list[int] = []
    for one in pieces:
        out += [-1] * one.samples if isinstance(one, Lost) else list(one.payload)
    return out


def packet(number: int, source: int = 7, first: int = 0, clock: int = 0) -> Packet:
    return Packet(
        source, (first + number) & 0xFFFF, (clock + number * STEP) & 0xFFFFFFFF, bytes([number % 251] * STEP)
    )


def run(packets: list[tuple[Packet, float]]) -> tuple[Order, list[int]]:
    order, out = Order(), []
    for one, now in packets:
        out += order.packet(one, now)
    return order, told(out + order.end())


@given(st.sets(st.integers(1, 58)), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF))
def test_what_does_not_come_is_lost_at_its_place_over_wraps_of_number_and_clock(
    gone: set[int], first: int, clock: int
) -> None:
    _, out = run([(packet(i, 7, first, clock), i * 0.02) for i in range(60) if i not in gone])
    assert out == [-1 if i // STEP in gone else i // STEP for i in range(60 * STEP)]


@given(st.permutations(range(3)), st.integers(1, 20))
def test_packets_out_of_order_within_the_window_lose_nothing(order: list[int], at: int) -> None:
    row = list(range(at)) + [at + i for i in order] + list(range(at + 3, at + 10))
    _, out = run([(packet(i), k * 0.02) for k, i in enumerate(row)])
    assert out == [i // STEP for i in range((at + 10) * STEP)]


def test_doubled_and_late_packets_are_dropped_and_counted() -> None:
    row = [(packet(0), 0.0), (packet(0), 0.0), (packet(2), 0.04), (packet(3), 0.06), (packet(4), 0.12)]
    order, out = run([*row, (packet(1), 0.13)])
    assert out == told([Sound(bytes(STEP)), Lost(STEP)]) + [i for i in (2, 3, 4) for _ in range(STEP)]
    assert (order.doubled, order.late) == (1, 1)


def test_time_that_nothing_was_sent_for_is_lost_at_once() -> None:
    order = Order()
    order.packet(packet(0), 0.0)
    after = Packet(7, 1, 50 * STEP, b"\1" * STEP)
    assert order.packet(after, 1.0) == [Lost(49 * STEP), Sound(b"\1" * STEP)]


def test_what_is_lost_grows_while_nothing_comes() -> None:
    order = Order()
    order.packet(packet(0), 0.0)
    assert order.tick(1.9) == []
    assert order.tick(3.0) == [Lost(8000)]
    assert order.tick(4.0) == [Lost(8000)]
    assert order.packet(packet(250), 5.0) + order.end() == [
        Lost(250 * STEP - STEP - 16000),
        Sound(bytes([250] * STEP)),
    ]


def test_another_source_is_believed_at_its_second_packet_and_no_sound_of_it_is_missing() -> None:
    order = Order()
    order.packet(packet(0), 0.0)
    assert order.packet(packet(1, source=9, first=500, clock=99), 0.02) == []
    out = told(order.packet(packet(2, source=9, first=500, clock=99), 0.04))
    assert out == [1] * STEP + [2] * STEP


def test_a_clock_that_was_set_anew_stands_where_it_came() -> None:
    order = Order()
    order.packet(packet(0), 0.0)
    assert order.packet(Packet(7, 1, 3_000_000_000, b"\1" * STEP), 0.02) == [Sound(b"\1" * STEP)]
    assert order.packet(Packet(7, 2, 5, b"\2" * STEP), 0.04) == [Sound(b"\2" * STEP)]


def test_an_older_packet_whose_clock_is_past_the_newest_is_not_believed() -> None:
    order = Order()
    order.packet(packet(0), 0.0)
    order.packet(packet(2), 0.02)
    out = order.packet(Packet(packet(0).source, packet(1).number, 68_322, b"\1" * STEP), 0.03)
    assert out == [Lost(STEP), Sound(bytes([2] * STEP))]
    assert order.strange == 1


def test_sound_behind_a_key_that_overtook_it_is_in_its_place() -> None:
    order = Order()
    order.packet(packet(0), 0.0)
    key = packet(2)
    order.packet(Packet(key.source, key.number, key.clock, None), 0.02)
    assert told(order.packet(packet(1), 0.03) + order.end()) == [1] * STEP


def test_a_stranger_is_believed_at_two_numbers_in_a_row_and_counted_until_then() -> None:
    order = Order()
    order.packet(packet(0), 0.0)
    for number in (5, 7, 9):
        assert order.packet(packet(number, source=9), 0.02) == []
    assert order.strange == 2
    assert told(order.packet(packet(10, source=9), 0.04)) == [9] * STEP + [10] * STEP


def test_what_waited_of_the_source_before_is_told_before_the_other_s() -> None:
    order = Order()
    order.packet(packet(0), 0.0)
    assert order.packet(packet(2), 0.02) == []
    order.packet(packet(30, source=9), 0.03)
    out = order.packet(packet(31, source=9), 0.04)
    assert out[:2] == [Lost(STEP), Sound(bytes([2] * STEP))]
    assert told(out)[2 * STEP :] == [30] * STEP + [31] * STEP


def test_what_waited_before_a_clock_was_set_anew_is_told_before_what_follows() -> None:
    order = Order()
    order.packet(packet(0), 0.0)
    assert order.packet(packet(2), 0.02) == []
    out = order.packet(Packet(7, 3, 3_000_000_000, b"\3" * STEP), 0.03)
    assert out == [Lost(STEP), Sound(bytes([2] * STEP)), Sound(b"\3" * STEP)]


def test_no_more_than_sixty_four_packets_wait_for_one() -> None:
    order, out = Order(), []
    for number in (0, *range(2, 66)):
        out += order.packet(packet(number), 0.0)
    assert told(out) == [0] * STEP, "sixty-four of them wait"
    out += order.packet(packet(66), 0.0)
    assert told(out)[: 3 * STEP] == [0] * STEP + [-1] * STEP + [2] * STEP


def test_of_long_packets_a_missing_one_is_waited_for_as_long_as_two_of_them() -> None:
    size, order = 800, Order()

    def long(number: int) -> Packet:
        return Packet(7, number, number * size, bytes([number] * size))

    order.packet(long(0), 0.0)
    assert order.packet(long(2), 0.2) == []
    assert order.tick(0.39) == []
    assert told(order.packet(long(1), 0.39)) == [1] * size + [2] * size
    assert order.packet(long(4), 0.5) == []
    assert order.tick(0.71) == [Lost(size), Sound(bytes([4] * size))]


def test_in_a_long_call_a_doubled_packet_is_one_still() -> None:
    order, out = Order(), []
    for number in range(1200):
        out += order.packet(packet(number), number * 0.02)
        assert order.packet(packet(number), number * 0.02) == []
    assert (len(told(out)), order.doubled, order.late) == (1200 * STEP, 1200, 0)


def test_behind_a_pause_a_clock_that_was_set_anew_stands_where_time_puts_it() -> None:
    order = Order()
    order.packet(packet(0), 0.0)
    assert order.packet(Packet(7, 1, 3_000_000_000, b"\1" * STEP), 1.0) == [
        Lost(8000 - STEP),
        Sound(b"\1" * STEP),
    ]


PACKETS = st.builds(
    Packet,
    st.sampled_from([1, 1, 1, 2]),
    st.one_of(st.integers(0, 40), st.integers(0, 0xFFFF)),
    st.one_of(st.integers(0, 40).map(lambda n: n * STEP), st.integers(0, 0xFFFFFFFF)),
    st.one_of(st.none(), st.integers(1, 1440).map(lambda n: bytes([n % 256]) * n)),
)


@given(st.lists(st.tuples(PACKETS, st.floats(0, 4)), max_size=80))
def test_whatever_comes_no_sound_is_invented_and_sound_and_lost_make_the_time(
    came: list[tuple[Packet, float]],
) -> None:
    order, out, now, given_sound = Order(), [], 0.0, 0
    for one, step in came:
        now += step
        out += order.packet(one, now) + order.tick(now)
        given_sound += len(one.payload or b"")
    out += order.end()
    sound = sum(len(one.payload) for one in out if isinstance(one, Sound))
    lost = sum(one.samples for one in out if isinstance(one, Lost))
    assert sound + lost == order.told
    assert sound <= given_sound
    assert lost <= (now + 2) * 8000 + 1440 * len(came) + 16000 * len(came)
