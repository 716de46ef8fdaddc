"""What people say of beats: in force from the newest down, taken back and given again, never lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.review import relabels
from einthoven.review.relabels import BEATS_MOST, Change, Chosen, RelabelBook, packed, unpacked

STREAM, OTHER = 17, 18
SAMPLES = st.lists(st.integers(0, 1 << 52), unique=True).map(sorted)


class Pen:
    """A book and the deeds that made it."""

    def __init__(self) -> None:
        self.book = RelabelBook()
        self.deeds: list[Deed] = []

    def write(self, drafts: list[Draft], actor: str = "staff 3") -> None:
        for draft in drafts:
            number = len(self.deeds) + 1
            deed = Deed(number, 1000 * number, actor, draft.kind, draft.subject, draft.body)
            self.deeds.append(deed)
            self.book.apply(deed)

    def relabel(self, samples: list[int], to: str = "V", stream: int = STREAM, **more: Any) -> int:
        self.write(relabels.relabel(self.book, stream, Chosen.of(samples, {"N": len(samples)}), to, **more))
        return self.book.next_change - 1

    def undo(self, number: int, actor: str = "staff 4") -> None:
        self.write(relabels.undo(self.book, STREAM, number), actor)

    def redo(self, number: int) -> None:
        self.write(relabels.redo(self.book, STREAM, number))

    def case(self, kind: str, **body: Any) -> None:
        self.write([Draft(kind, "case 5", {"case": 5, **body})], "staff 9")

    def classes(self, stream: int = STREAM) -> dict[int, str]:
        return said(self.book.in_force(stream))


def said(changes: list[Change]) -> dict[int, str]:
    """The class of each beat that anybody spoke of."""
    return {sample: name for change in changes for name, at in change.samples().items() for sample in at}


@given(SAMPLES)
def test_samples_come_back_as_they_went(samples: list[int]) -> None:
    assert unpacked(packed(samples)) == samples
    change = Change(1, 1, STREAM, 0, "staff 1", {"V": packed(samples)}, len(samples), {})
    assert change.first == (samples[0] if samples else 0)


@pytest.mark.parametrize("samples", [[3, 3], [5, 4], [-1]])
def test_samples_out_of_order_are_refused(samples: list[int]) -> None:
    with pytest.raises(InputError, match="in order"):
        packed(samples)


def test_the_later_word_on_a_beat_holds() -> None:
    pen = Pen()
    pen.relabel([100, 300, 500])
    pen.relabel([300], "S")
    assert pen.classes() == {100: "V", 300: "S", 500: "V"}


def test_undo_brings_back_what_was_said_before_and_says_who() -> None:
    pen = Pen()
    pen.relabel([100, 300])
    number = pen.relabel([300], "S")
    pen.undo(number)
    assert pen.classes() == {100: "V", 300: "V"}
    change = pen.book.change(STREAM, number)
    assert (change.by, change.undone) == ("staff 3", ("staff 4", 3000))


def test_what_is_given_again_stands_where_it_stood() -> None:
    pen = Pen()
    first = pen.relabel([300])
    pen.undo(first)
    pen.relabel([300], "S")
    pen.redo(first)
    assert pen.classes() == {300: "S"}


def test_a_change_is_taken_back_once() -> None:
    pen = Pen()
    number = pen.relabel([300])
    with pytest.raises(RefusedError) as held:
        pen.redo(number)
    pen.undo(number)
    with pytest.raises(RefusedError) as gone:
        pen.undo(number)
    assert (held.value.reason, gone.value.reason) == ("in_force", "undone")


def test_a_change_of_another_patient_is_none_of_this_one() -> None:
    pen = Pen()
    number = pen.relabel([300], stream=OTHER)
    with pytest.raises(NotFoundError):
        pen.undo(number)
    assert (pen.classes(), pen.classes(OTHER)) == ({}, {300: "V"})


def test_a_verdict_speaks_of_its_beats_until_it_is_taken_back() -> None:
    pen = Pen()
    pen.case("case.opened", stream=STREAM)
    pen.case("case.verdict", relabels=[[300, "V", "|", 2, 0], [500, "V", "S", 2, 0]], strips=[])
    assert pen.classes() == {300: "|", 500: "S"}
    pen.case("case.verdict", relabels=[[300, "V", "N", 2, 0]], strips=[])
    assert pen.classes() == {300: "N"}
    pen.case("case.undone")
    assert pen.classes() == {}


def test_the_desk_and_a_verdict_speak_in_turn() -> None:
    pen = Pen()
    pen.case("case.opened", stream=STREAM)
    pen.relabel([300], "F")
    pen.case("case.verdict", relabels=[[300, "V", "S", 2, 0]], strips=[])
    assert pen.classes() == {300: "S"}
    pen.relabel([300], "N")
    assert pen.classes() == {300: "N"}


def test_each_word_on_a_patients_beats_is_another_revision() -> None:
    pen = Pen()
    seen = [pen.book.revision.get(STREAM, 0)]
    number = pen.relabel([300])
    seen.append(pen.book.revision[STREAM])
    pen.undo(number)
    seen.append(pen.book.revision[STREAM])
    assert len(set(seen)) == 3
    assert OTHER not in pen.book.revision


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"samples": []}, "nothing"),
        ({"samples": list(range(BEATS_MOST + 1))}, "many"),
        ({"samples": [3], "to": "X"}, "to"),
        ({"samples": [3], "to": "|", "added": True}, "to"),
        ({"samples": [3], "why": "x" * 501}, "why"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_reason(asked: Mapping[str, Any], reason: str) -> None:
    pen = Pen()
    with pytest.raises((InputError, RefusedError), match=reason if reason in ("to", "why") else None) as no:
        pen.relabel(**asked)
    assert getattr(no.value, "reason", reason) in (reason, no.value.__class__.__name__, "input")
    assert pen.deeds == []


class Reviewers(RuleBasedStateMachine):
    """Changes in any order against a list kept by hand; a book read back stands where this one does."""

    def __init__(self) -> None:
        super().__init__()
        self.pen = Pen()
        self.plain: list[tuple[dict[int, str], bool]] = []

    @rule(samples=st.sets(st.integers(0, 20), min_size=1), to=st.sampled_from("NSVFQ|"))
    def relabel(self, samples: set[int], to: str) -> None:
        self.pen.relabel(sorted(samples), to)
        self.plain.append((dict.fromkeys(samples, to), True))

    @rule(place=st.integers(0, 30))
    def turn(self, place: int) -> None:
        if place < len(self.plain):
            labels, holds = self.plain[place]
            (self.pen.undo if holds else self.pen.redo)(place + 1)
            self.plain[place] = (labels, not holds)

    @invariant()
    def the_newest_in_force_holds(self) -> None:
        want: dict[int, str] = {}
        for labels, holds in self.plain:
            want |= labels if holds else {}
        assert self.pen.classes() == want

    @invariant()
    def a_book_read_back_is_the_same(self) -> None:
        again = RelabelBook()
        for deed in self.pen.deeds:
            again.apply(deed)
        assert again == self.pen.book


TestReviewers = Reviewers.TestCase
