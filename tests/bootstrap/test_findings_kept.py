"""Findings in the facts: those of the whole record, however its samples come and the center dies."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bootstrap.lives import Lives
from tests.center.eventful import PLAN, RATE, RECORD

from einthoven.base.errors import StoreFullError
from einthoven.base.instants import SECOND
from einthoven.base.spans import Span
from einthoven.bootstrap import core as core_module
from einthoven.bootstrap.core import one_block
from einthoven.center.found import LiveFinding
from einthoven.center.ward_steps import ASK_AGAIN, FOLDER
from einthoven.ecg.analyze import analyze
from einthoven.ecg.findings import named_values
from einthoven.ecg.kinds import BY_NAME
from einthoven.ecg.settle import settled

END = len(RECORD)
BLOCK = 2 * RATE
BLOCKS = END // BLOCK
LATER = 2_000_000_000 * SECOND
Row = tuple[str, int, int | None, str]


def rows(found: list[LiveFinding]) -> list[Row]:
    """What stands among them, each as often as it is there."""
    kept = settled([one.finding for one in found if one.state != "withdrawn"])
    return sorted((one.kind.name, one.start, one.end, str(named_values(one))) for one in kept)


def rows_of(lives: Lives) -> list[Row]:
    """The same of what the ward has at hand."""
    return rows(lives.core.ward.boards.findings(1))


def whole(lives: Lives) -> bool:
    """At the end of all lives: what holds in the facts and in the history is what the whole record says, and
    of all that was told and kept something is still told."""
    record = of_the_record(lives.stored())
    kept, told = rows(lives.settled()), lives.history()
    held = sorted(
        (one.kind, one.start, one.end, str(named_values(one.finding)))
        for one in told
        if one.state != "withdrawn"
    )
    assert [one for one in told if one.state == "withdrawn" and one.withdrawal is None] == []
    assert lives.vanished() == []
    assert kept == record
    assert held == record
    return True


def of_the_record(present: list[Span]) -> list[Row]:
    """The same of the whole analysed at once, without what is said of leads and gaps."""
    return sorted(
        (str(one["kind"]), one["start_sample"], one["end_sample"], str(one["evidence"]["values"]))
        for one in analyze(RECORD, PLAN, present=present).findings
        if one["kind"] in BY_NAME
    )


def test_an_undisturbed_life_keeps_the_findings_of_the_record() -> None:
    lives = Lives()
    for start in range(0, END, BLOCK):
        lives.give(start, start + BLOCK)
        lives.facts.commit()
    assert whole(lives)


@pytest.mark.parametrize("cut_s", range(22, 36, 2))
def test_what_a_lost_life_found_behind_a_hole_does_not_outlive_it(cut_s: int) -> None:
    """The life after the saved step saw samples behind a hole; the one after it never does."""
    lives, cut = Lives(), cut_s * RATE
    lives.give(0, 20 * RATE)
    lives.core.save_step()
    lives.give(cut, 60 * RATE)
    lives.core._keeper.drain(0)
    lives.store(20 * RATE, cut)
    lives.kill()
    lives.give(60 * RATE, END)
    assert whole(lives)


def test_a_life_that_saw_samples_nobody_stored_leaves_nothing_of_them() -> None:
    lives = Lives()
    lives.give(0, 20 * RATE)
    lives.core.save_step()
    for start in range(20 * RATE, 60 * RATE, BLOCK):
        lives.core.step([one_block(1, start, RECORD[start : start + BLOCK], 2)], 0)
    lives.core._keeper.drain(0)
    lives.kill()
    assert rows(lives.settled()) == of_the_record([Span(0, 20 * RATE)])


def test_no_step_is_newer_than_what_is_kept() -> None:
    lives = Lives()
    lives.give(0, 40 * RATE)
    waits = {lives.core.save_step(60 * SECOND) for _ in range(3)}
    assert waits == {ASK_AGAIN}
    assert lives.disk.list(FOLDER) == []
    lives.give(40 * RATE, 60 * RATE)
    lives.facts.commit()
    assert lives.core.save_step(60 * SECOND) == 60 * SECOND
    lives.kill()
    assert lives.core.ward.unseen(1, lives.core.store.reader.stored(1)) == []
    assert rows(lives.settled()) == of_the_record([Span(0, 60 * RATE)])


def test_a_stop_keeps_what_the_last_step_found() -> None:
    lives = Lives()
    lives.give(0, 40 * RATE)
    lives.give(40 * RATE, 80 * RATE)  # while the first batch is under way
    lives.core.save_step()
    assert {one.start for one in lives.facts.findings(1)} >= {start for _, start, *_ in rows_of(lives)}


@pytest.mark.parametrize("damage", ["lost", "of another version"])
def test_a_life_without_its_saved_step_finds_everything_once(damage: str) -> None:
    """What was found before and is not found again, stale running numbers among it, does not stay."""
    lives = Lives()
    lives.give(0, 30 * RATE)
    lives.give(32 * RATE, END)
    lives.core.save_step()
    for name in lives.disk.list(FOLDER):
        if damage == "lost":
            lives.disk.unlink(f"{FOLDER}/{name}")
        else:
            lives.disk.replace(f"{FOLDER}/{name}", b"not a step")
    lives.store(30 * RATE, 32 * RATE)
    lives.kill()
    assert whole(lives)


def test_a_start_that_leaves_sealed_samples_out_finds_the_rest_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too much would have to be gone through again: what is sealed keeps its findings."""
    cut = 60 * RATE
    lives = Lives()
    lives.give(0, cut)
    for turn in range(4):
        lives.core.seal(LATER + turn * 100 * SECOND)
    assert lives.core.store.reader.segments(1)[-1].stop == cut
    lives.give(cut, END)
    lives.core._keeper.drain(0)
    before = {(one.id, one.end) for one in lives.facts.findings(1) if (one.end or cut) < cut - 18 * RATE}
    monkeypatch.setattr(core_module, "REPLAY_MAX_S", 10)
    lives.kill()
    found = lives.settled()
    assert [row for row in rows(found) if row[1] >= cut] == of_the_record([Span(cut, END)])
    assert before
    assert before <= {(one.id, one.end) for one in found}


def test_the_wall_is_told_while_findings_cannot_be_saved() -> None:
    """And what was found meanwhile is kept when they can."""
    lives = Lives()
    lives.facts.failing = StoreFullError("no room")
    for start in range(0, END, BLOCK):
        lives.core.step([one_block(1, start, RECORD[start : start + BLOCK], 2)], (5 + start // RATE) * SECOND)
        lives.facts.commit()
    told = lives.core.census.center(0)
    assert told["findings"] == "unsaved"
    assert told["findings_since_ms"] == 5000
    assert int(str(told["findings_waiting"])) > 5
    lives.facts.failing = None
    lives.core.step([], 1000 * SECOND)
    lives.facts.commit()
    lives.core.step([], 1001 * SECOND)
    told = lives.core.census.center(0)
    assert (told["findings"], told["findings_since_ms"], told["findings_waiting"]) == ("ok", None, 0)


@given(
    style=st.sampled_from(["any", "near", "backlog"]),
    lost=st.sets(st.integers(0, BLOCKS - 1), max_size=4),
    seed=st.integers(0, 1 << 32),
)
@settings(max_examples=40, deadline=None)
def test_any_order_and_any_death_keep_the_findings_of_the_whole(
    style: str, lost: set[int], seed: int
) -> None:
    chance = random.Random(seed)
    lives = Lives()
    order = [number for number in _order(style, chance) if number not in lost]
    while order:
        number = order.pop(0)
        lives.give(number * BLOCK, (number + 1) * BLOCK, late=chance.random() < 0.5)
        if chance.random() < 0.3:
            lives.core.ward.refill(chance.randrange(1000))
        if chance.random() < 0.5:
            lives.facts.commit()
        if chance.random() < 0.2:
            lives.core.save_step(1)
        if chance.random() < 0.1:
            while order and chance.random() < 0.7:  # stored, and the center dies before the ward sees it
                number = order.pop(0)
                lives.store(number * BLOCK, (number + 1) * BLOCK)
            lives.kill()
    assert whole(lives)


@given(
    cuts=st.lists(st.integers(1, END - 1), min_size=6, max_size=6, unique=True).map(sorted),
    killed=st.lists(st.integers(0, 2), min_size=3, max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_a_death_at_any_cut_between_holes_that_fill_keeps_the_findings_of_the_whole(
    cuts: list[int], killed: list[int]
) -> None:
    """Every second piece first, then the others; those that a death comes before the ward sees are stored."""
    lives = Lives()
    edges = [0, *cuts, END]
    pieces = list(itertools.pairwise(edges))
    first, later = pieces[::2], pieces[1::2]
    for number, piece in enumerate(first):
        lives.give(*piece)
        if number == 0:
            lives.core.save_step()
    for piece, how in zip(later, killed, strict=True):
        lives.facts.commit()
        if how == 0:
            lives.give(*piece, late=True)
        else:
            lives.store(*piece)
            lives.kill()
        if how == 2:
            lives.core.save_step()
    assert whole(lives)


def _order(style: str, chance: random.Random) -> list[int]:
    """Numbers of blocks as they come: in any order, a little mixed up, or a stretch of them later."""
    order = list(range(BLOCKS))
    if style == "any":
        chance.shuffle(order)
    elif style == "near":
        order.sort(key=lambda number: number + chance.uniform(0, 10))
    else:
        low, high = sorted(chance.sample(range(BLOCKS + 1), 2))
        stretch, rest = order[low:high], order[:low] + order[high:]
        at = chance.randrange(low, len(rest) + 1)
        order = rest[:at] + stretch + rest[at:]
    return order
