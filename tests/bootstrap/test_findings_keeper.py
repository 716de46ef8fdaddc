"""How findings get into facts that are slow, refuse everything, or refuse one change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path

import pytest

from einthoven.base.errors import StoreError, StoreFullError, UnfitError
from einthoven.base.instants import MILLISECOND, MINUTE, SECOND, Instant
from einthoven.base.thresholds import shipped
from einthoven.bootstrap.findings import BACK_OFF, BACK_OFF_MAX, BATCH_MAX, FindingsKeeper, Keeping
from einthoven.center.enroll import enroll
from einthoven.center.found import Key, LiveFinding, Maker, News, Replaced, Told
from einthoven.center.tally import Tally
from einthoven.center.ward_findings import Boards
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import BY_CODE, PAUSE
from einthoven.edges.store.facts import Facts

FULL = StoreFullError("no room")
HOUR_LATER = 3600 * SECOND


class FakeFacts:
    """Keeps what it is given, at once or when asked; refuses everything, or changes of some streams."""

    def __init__(self) -> None:
        self.kept: list[News] = []
        self.asked: list[int] = []
        self.failing: StoreError | None = None
        self.unfit: set[int] = set()
        self.slow = False
        self._queue: list[tuple[list[News], Callable[[StoreError | None], None]]] = []

    def record_findings(
        self, news: Iterable[News], version: str, at: Instant, done: Callable[[StoreError | None], None]
    ) -> None:
        del version, at
        self._queue.append((list(news), done))
        self.asked.append(len(self._queue[-1][0]))
        if not self.slow:
            self.flush()

    def flush(self) -> None:
        queue, self._queue = self._queue, []
        for news, done in queue:
            error = self.failing
            if error is None and any(one.stream in self.unfit for one in news):
                error = UnfitError("not this one")
            if error is None:
                self.kept += news
            done(error)


class Room:
    def __init__(self) -> None:
        self.facts, self.tally = FakeFacts(), Tally()
        self.boards = Boards(nullcontext(), Maker(shipped()))
        self.keeper = FindingsKeeper(self.boards, self.facts, self.tally)
        self.told: list[News] = []
        self._places: dict[int, int] = {}

    def tell(self, *streams: int) -> None:
        """One change of each stream, in this order."""
        for stream in streams:
            at = self._places[stream] = self._places.get(stream, 0) + 10
            self.boards.open(stream, 250.0).replace(None, at, at + 1)
            self.told.append(Replaced(stream, at, at + 1, None))


@pytest.fixture
def room() -> Room:
    return Room()


def test_what_changes_is_kept_in_order_one_batch_at_a_time(room: Room) -> None:
    room.facts.slow = True
    room.tell(1, 2)
    room.keeper.keep(0)
    room.tell(3)
    room.keeper.keep(0)
    assert room.facts.asked == [2]
    room.facts.flush()
    room.keeper.keep(0)
    room.facts.flush()
    assert room.facts.kept == room.told
    assert room.keeper.waiting == 0


def test_facts_that_refuse_everything_are_asked_less_and_less_often(room: Room) -> None:
    room.facts.failing = FULL
    for tenth in range(6000):
        room.tell(1)
        room.keeper.keep(tenth * 100 * MILLISECOND)
    assert len(room.facts.asked) <= 6 + 10 * MINUTE // BACK_OFF_MAX
    assert max(room.facts.asked) <= BATCH_MAX
    assert room.tally.count("findings_unsaved") == len(room.facts.asked)
    assert room.keeper.waiting == 6000


def test_hours_of_refusal_hold_the_latest_word_of_each_finding(room: Room) -> None:
    room.facts.failing = FULL
    board = room.boards.open(1, 250.0)
    for tenth in range(36_000):
        board.note(Told(1, found(tenth % 7)))
        room.keeper.keep(tenth * 100 * MILLISECOND)
    assert room.keeper.waiting == 7
    room.facts.failing = None
    room.keeper.drain(HOUR_LATER)
    assert [one.finding.key.seq for one in room.facts.kept if isinstance(one, Told)] == list(range(7))


def test_what_waits_too_long_is_let_go_counted_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    room = Room()
    room.keeper = FindingsKeeper(room.boards, room.facts, room.tally, most=100)
    room.facts.failing = FULL
    board = room.boards.open(1, 250.0)
    for number in range(150):
        board.note(Told(1, found(number)))
        room.keeper.keep(0)
        assert room.keeper.waiting <= 100
    gone = room.tally.count("findings_let_go")
    assert gone == 150 - room.keeper.waiting
    assert "findings let go" in capsys.readouterr().out


def test_it_is_told_while_findings_cannot_be_saved_and_once_when_they_can(room: Room) -> None:
    second = SECOND
    assert room.keeper.to_tell(0) is None
    room.facts.failing = FULL
    room.tell(1)
    room.keeper.keep(second)
    assert room.keeper.to_tell(second) == Keeping(second, 1)
    assert room.keeper.to_tell(second + SECOND // 2) is None
    room.tell(2)
    room.keeper.keep(2 * second)
    assert room.keeper.to_tell(2 * second) == Keeping(second, 2)
    room.facts.failing = None
    room.keeper.keep(HOUR_LATER)
    assert room.keeper.to_tell(HOUR_LATER) == Keeping(None, 0)
    assert room.keeper.to_tell(2 * HOUR_LATER) is None


def test_facts_that_take_again_get_everything_in_order(room: Room) -> None:
    room.facts.failing = FULL
    room.tell(*[1, 2] * BATCH_MAX)
    room.keeper.keep(0)
    room.facts.failing = None
    room.keeper.keep(BACK_OFF - 1)
    assert room.facts.kept == []
    for _ in range(2):
        room.keeper.keep(BACK_OFF)
    assert room.facts.kept == room.told
    room.facts.failing = FULL
    room.tell(1)
    room.keeper.keep(HOUR_LATER)
    room.facts.failing = None
    room.keeper.keep(HOUR_LATER + BACK_OFF)
    assert room.keeper.waiting == 0, "a while that went well makes the next pause short again"


@pytest.mark.parametrize("bad", [{0}, {63}, {17, 18, 40}, set(range(64))])
def test_a_change_that_cannot_be_kept_is_left_out_and_named(
    room: Room, bad: set[int], capsys: pytest.CaptureFixture[str]
) -> None:
    room.facts.unfit = {100 + number for number in bad}
    room.tell(*range(100, 164))
    for _ in range(2 * 64 + 20):
        room.keeper.keep(0)
    assert room.facts.kept == [one for one in room.told if one.stream - 100 not in bad]
    assert room.tally.count("findings_left_out") == len(bad)
    assert room.tally.count("findings_unsaved") == 0
    printed = capsys.readouterr().out
    for number in bad:
        assert f"s{100 + number:06d}" in printed


def test_a_fence_opens_when_all_that_was_told_before_it_is_kept(room: Room) -> None:
    room.facts.slow = True
    room.tell(1)
    room.keeper.keep(0)
    room.tell(2)
    kept = room.keeper.fence()
    room.tell(3)
    room.facts.flush()
    assert not kept()
    room.keeper.keep(0)
    assert not kept()
    room.facts.flush()
    assert kept()
    room.tell(4)
    assert not room.keeper.fence()(), "what was told and not handed over yet counts"


def test_draining_waits_for_the_batch_under_way_and_all_behind_it(room: Room) -> None:
    room.facts.slow = True
    room.tell(1)
    room.keeper.keep(0)
    room.tell(2)
    room.keeper.drain(0)
    assert room.facts.kept == room.told


def test_draining_into_facts_that_refuse_says_so(room: Room) -> None:
    room.facts.failing = FULL
    room.tell(1)
    with pytest.raises(StoreError, match="1 changes"):
        room.keeper.drain(0)
    room.facts.failing = None
    room.keeper.drain(0)
    assert room.facts.kept == room.told


def found(seq: int) -> LiveFinding:
    return LiveFinding(Key(0, 0, seq), Finding(BY_CODE[PAUSE], seq, seq + 1, seq, seq, seq, ()), False, 250.0)


def test_the_facts_themselves_tell_one_bad_change_from_a_broken_disk(tmp_path: Path) -> None:
    """And tell it although the event loop that ``deliver`` stands for has stopped."""
    facts = Facts(tmp_path / "facts.sqlite", 0, deliver=lambda act: None)
    body = {"patient": {"name": "Doe, Jane"}, "transmitter": "T-1", "rate_hz": 250}
    enroll(facts, body | {"leads": ["II"], "public_key": "17" * 32}, 0)
    room = Room()
    keeper = FindingsKeeper(room.boards, facts, room.tally)
    for stream in (1, 7, 1):
        board = room.boards.open(stream, 250.0)
        board.note(Told(stream, found(len(room.told))))
        room.told.append(Told(stream, found(len(room.told))))
    keeper.drain(0)
    assert [one.start for one in facts.reader.findings(1)] == [0, 2]
    assert room.tally.count("findings_left_out") == 1
    facts.close()
    room.boards.open(1, 250.0).replace(None, 0, 5)
    with pytest.raises(StoreError):
        keeper.drain(0)
