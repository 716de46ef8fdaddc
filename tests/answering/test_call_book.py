"""The book of calls: replayed it is the book that was lived, whatever people and lines did."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.answering import call_deeds, lapses, strip_deeds
from einthoven.answering.call import Asked, Line, Memory, Outcome, State, Take
from einthoven.answering.call_book import CallBook
from einthoven.answering.strip_deeds import Move
from einthoven.base.deeds import Deed, Draft, numbered
from einthoven.base.errors import EinthovenError
from einthoven.base.exact import exact_json
from einthoven.base.instants import SECOND
from einthoven.testing.web import EPOCH

PEOPLE, STREAMS = (1, 2), (1, 2)
LINES = ["ring", "heard", "hang_up", "opened", "strip", "placed", "keyed", "file"]
PERSONS = ["take", "offer", "leave", "tie", "ask", "hang", "strike", "move", "follow", "tried", "close"]
STEPS = [*LINES, *PERSONS, *PERSONS, "due", "limits", "lapse", "over", "explain"]


class Life:
    """A book, and every deed that it took."""

    def __init__(self) -> None:
        self.book = CallBook()
        self.deeds: list[Deed] = []
        self.now = EPOCH

    def keep(self, drafts: Sequence[Draft]) -> None:
        for deed in numbered(drafts, len(self.deeds), "staff 1", self.now):
            exact_json([deed.kind, deed.subject, deed.body])
            self.deeds.append(deed)
            self.book.apply(deed)

    def step(self, name: str, call: int, person: int, stream: int, strip: int) -> None:
        """Something is tried; what is refused changes nothing."""
        with contextlib.suppress(EinthovenError):
            self.keep(self._drafts(name, call, person, stream, strip))

    def _drafts(self, name: str, call: int, person: int, stream: int, strip: int) -> list[Draft]:
        book, now = self.book, self.now
        out: Any = {strip: [("case", "case 1: true", "staff 1")]}
        match name:
            case "ring":
                return call_deeds.rang(book, Line.SIP, f"+1555000{stream}", "1", "trace", now)
            case "file":
                return call_deeds.handed_in(book, "a.wav", "", "digest/0", person, None, now)
            case "heard":
                return call_deeds.heard(book, call)
            case "hang_up":
                return call_deeds.hung(book, call, "the caller hung up", now)
            case "take":
                return call_deeds.take(book, call, person, person)
            case "offer":
                return call_deeds.offer(book, call, person, 3 - person)
            case "leave":
                return call_deeds.leave(book, call, person, "by hand")
            case "tie":
                return call_deeds.tie(book, call, person, stream, "asked")
            case "ask":
                asked = Asked("racing", 2, "", "", now, Memory.POST, "none")
                return call_deeds.ask(book, call, person, asked, now, EPOCH)
            case "hang":
                return call_deeds.hang(book, call, person)
            case "keyed":
                return call_deeds.keyed(book, call, f"12{strip}")
            case "close":
                outcomes = list(Outcome)
                return call_deeds.close(book, call, person, outcomes[strip % len(outcomes)], "so", {})
            case _:
                return self._more(name, call, person, stream, strip, out)

    def _more(self, name: str, call: int, person: int, stream: int, strip: int, out: Any) -> list[Draft]:
        book, now = self.book, self.now
        match name:
            case "opened":
                return call_deeds.opened(book, call, len(book.call(call).strips) + 1, now)
            case "strip":
                return call_deeds.strip(book, call, strip, now, now, 7500, {"snr_db": 20.0}, [])
            case "placed":
                for one, each, whose in book.to_place():
                    return call_deeds.placed(book, one.number, each.number, whose, 100, 7600)
                return []
            case "strike":
                return strip_deeds.strike(book, call, strip, person, "a test", out)
            case "move":
                wanted = Move(call, strip if person == 1 else None, stream, "asked", "mistaken", out)
                return strip_deeds.move(book, wanted, person)
            case "follow":
                return strip_deeds.follow(book, call, strip, 1, "told")
            case "tried":
                return call_deeds.tried(book, call, person, stream == 1, "spoke")
            case "limits":
                return call_deeds.set_limits(book, {"answer": 10 + strip}, "why")
            case "lapse":
                return lapses.look(book.lapses, "nobody", now)
            case "over":
                return lapses.look(book.lapses, None, now)
            case "explain":
                return lapses.explain(book.lapses, strip, "at lunch")
            case _:
                return call_deeds.due(book, now, {})


@given(
    st.lists(
        st.tuples(
            st.sampled_from(STEPS),
            st.integers(1, 3),
            st.sampled_from(PEOPLE),
            st.sampled_from(STREAMS),
            st.integers(1, 3),
            st.integers(0, 400),
        ),
        max_size=60,
    )
)
@settings(max_examples=150, deadline=None)
def test_the_book_replayed_is_the_book_lived(steps: list[tuple[str, int, int, int, int, int]]) -> None:
    life = Life()
    for name, call, person, stream, strip, seconds in steps:
        life.now += seconds * SECOND
        life.step(name, call, person, stream, strip)
        for one in life.book.calls.values():
            assert one.held == (one.state in (State.TAKEN, State.ENDED))
            assert not one.held or one.taken_by is not None
            assert not one.unattended or one.due_at is not None, "it would never sound again"
            assert (one.state is State.CLOSED) == (one.number not in life.book.open)
            assert [each.number for each in one.strips] == sorted({each.number for each in one.strips})
        assert life.book.open <= life.book.calls.keys()
    again = CallBook()
    for deed in life.deeds:
        again.apply(deed)
    assert again == life.book


def test_a_call_that_is_closed_holds_nothing_that_waits() -> None:
    life = Life()
    for name in ("ring", "take", "opened", "strip", "tie", "placed", "hang"):
        life.step(name, 1, 1, 1, 1)
    life.keep(call_deeds.close(life.book, 1, 1, "strip taken", "", {}))
    assert not life.book.open
    assert [strip.number for _call, strip in life.book.strips_of(1)] == [1]
    assert life.book.to_place() == []


def test_everybody_who_had_a_call_is_known_with_when_and_after_how_many_escalations() -> None:
    life = Life()
    life.step("ring", 1, 1, 1, 1)
    for _ in range(2):
        life.now += 20 * SECOND
        life.keep(call_deeds.due(life.book, life.now, {}))
    rang, taken = EPOCH, life.now + 5 * SECOND
    life.now = taken
    life.step("take", 1, 1, 1, 1)
    life.now += 60 * SECOND
    life.keep(call_deeds.offer(life.book, 1, 1, 2))
    life.keep(call_deeds.take(life.book, 1, 2, 7))
    life.now += 60 * SECOND
    life.keep(call_deeds.leave(life.book, 1, 2, "the page is gone"))
    life.now += 20 * SECOND
    life.keep(call_deeds.due(life.book, life.now, {}))
    call = life.book.call(1)
    assert call.takes == (
        Take(1, 1, taken, taken + 60 * SECOND, 2),
        Take(2, 7, taken + 60 * SECOND, taken + 120 * SECOND, 0),
    )
    assert (call.rang_at, call.first_taken_at, call.escalations) == (rang, taken, 3)


def test_who_closes_a_call_has_it_until_then() -> None:
    life = Life()
    for name in ("ring", "take", "hang"):
        life.step(name, 1, 1, 1, 1)
    life.now += 90 * SECOND
    life.keep(call_deeds.close(life.book, 1, 1, "no strip", "wanted to ask something", {}))
    assert life.book.call(1).takes == (Take(1, 1, EPOCH, EPOCH + 90 * SECOND, 0),)


def test_a_call_that_was_theirs_by_mistake_is_nobody_elses() -> None:
    life = Life()
    for name, stream in (("ring", 1), ("take", 1), ("tie", 1), ("tie", 2)):
        life.step(name, 1, 1, stream, 1)
    assert [one.number for one in life.book.of_stream(1)] == [1]
    assert life.book.theirs(1) == []
    assert [one.number for one in life.book.theirs(2)] == [1]
