"""The emergency procedure: steps with this patient's facts, each timed, one procedure at a time (R20)."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.escalation.book_of import Journal

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import SECOND, from_iso
from einthoven.escalation.calls import CallBook, Callee, open_notification
from einthoven.escalation.calls import start as start_call
from einthoven.escalation.emergency import (
    PROCEDURE,
    EmergencyBook,
    Facts,
    begin,
    end,
    filled,
    physician_beside,
    place,
    step,
)

NOON = from_iso("2026-11-21T17:00:00Z")
JANE = Facts(
    patient="Doe, Jane",
    telephone="555 0100",
    address="1 Main Street, Springfield",
    place="at work",
    local_number="555 0911",
    contacts=(("John Doe", "husband", "555 0101"), ("Ann Lee", "", "555 0102")),
    physician="Dr A. Fib, 555 0199",
)


def begun(facts: Facts = JANE) -> tuple[EmergencyBook, Journal]:
    book = EmergencyBook()
    journal = Journal(book)
    journal.do(begin(book, 1, facts, case=7), "staff 3", NOON)
    return book, journal


def test_the_steps_hold_what_is_on_record() -> None:
    book, journal = begun()
    details = {each.key: each.detail for each in book.emergencies[1].steps}
    assert details["patient"].startswith("555 0100. Say who you are")
    assert "1 Main Street, Springfield" in details["place"]
    assert details["services"].startswith("555 0911, from a second line")
    assert details["contacts"].startswith("John Doe (husband) 555 0101; Ann Lee 555 0102.")
    assert "{" not in "".join(details.values())
    assert book.emergencies[1].facts == JANE
    assert journal.replayed(EmergencyBook) == book


def test_what_is_not_on_record_says_so() -> None:
    book, _ = begun(Facts())
    details = {each.key: each.detail for each in book.emergencies[1].steps}
    assert details["patient"].startswith("not on record. ")
    assert "On record: not on record. Last known place: not on record." in details["place"]
    assert details["services"].startswith("911, ")
    assert book.emergencies[1].facts.local_number == "911"


def test_a_name_is_no_template() -> None:
    assert filled("{patient} {address} {x}", Facts(patient="{address}", address="1 Main")) == (
        "{address} 1 Main {x}"
    )


def test_each_step_is_timed_with_who_and_what() -> None:
    book, journal = begun()
    journal.do(step(book, 1, "services", "unit 12 on its way"), "staff 3", NOON + 40 * SECOND)
    journal.do(step(book, 1, "physician"), "staff 4", NOON + 41 * SECOND)
    journal.do(place(book, 1, "bus stop, Elm Street"), "staff 3", NOON + 42 * SECOND)
    found = book.emergencies[1]
    assert (found.done["services"].at, found.done["services"].by) == (NOON + 40 * SECOND, "staff 3")
    assert found.done["services"].note == "unit 12 on its way"
    assert [each.key for each in found.left] == ["patient", "place", "instruct", "contacts", "arrived"]
    assert found.place == "bus stop, Elm Street"
    with pytest.raises(
        RefusedError, match=r"^done: services was done at 2026-11-21T17:00:40.000Z by staff 3"
    ):
        step(book, 1, "services")
    assert journal.replayed(EmergencyBook) == book


def test_one_procedure_of_a_patient_at_a_time() -> None:
    book, journal = begun()
    with pytest.raises(RefusedError, match=r"^open: emergency 1 of this patient goes on since .* by staff 3"):
        begin(book, 1, JANE)
    journal.do(begin(book, 2, Facts()), "staff 4", NOON)
    journal.do(end(book, 1, "taken to hospital"), "staff 3", NOON + SECOND)
    journal.do(begin(book, 1, JANE), "staff 3", NOON + 2 * SECOND)
    assert book.open == {2: 2, 1: 3}
    assert journal.replayed(EmergencyBook) == book


def test_what_was_not_done_is_on_record() -> None:
    book, journal = begun()
    journal.do(step(book, 1, "patient"), "staff 3", NOON)
    with pytest.raises(RefusedError, match=r"^outcome: "):
        end(book, 1, "  ")
    journal.do(end(book, 1, "false alarm, patient well"), "staff 3", NOON)
    assert journal.deeds[-1].body["not_done"] == [one.key for one in PROCEDURE if one.key != "patient"]
    for act in (lambda: step(book, 1, "place"), lambda: place(book, 1, "x"), lambda: end(book, 1, "x")):
        with pytest.raises(RefusedError, match=r"^ended: emergency 1 ended at .*: false alarm"):
            act()


def test_what_is_not_there() -> None:
    book, _ = begun()
    with pytest.raises(NotFoundError, match="it has no step 'dance'"):
        step(book, 1, "dance")
    for act in (lambda: step(book, 9, "place"), lambda: place(book, 9, "x"), lambda: end(book, 9, "x")):
        with pytest.raises(NotFoundError, match="emergency 9: there is none"):
            act()
    with pytest.raises(InputError, match="place: is missing"):
        place(book, 1, "")
    with pytest.raises(InputError, match="note: 2001 characters, at most 2000"):
        step(book, 1, "place", "x" * 2001)


def test_a_place_or_an_outcome_that_is_too_long_is_refused_and_not_cut_off() -> None:
    book, _ = begun()
    for name, most, act in (("place", 500, place), ("outcome", 2000, end)):
        assert act(book, 1, "x" * most)[0].body[name] == "x" * most
        with pytest.raises(InputError, match=f"{name}: {most + 1} characters, at most {most}"):
            act(book, 1, "x" * (most + 1))


def test_the_physician_is_told_beside_it() -> None:
    calls, book = CallBook(), EmergencyBook()
    journal = Journal(calls, book)

    def also(case: int) -> list:
        return physician_beside(calls, 1, case, 3, "asystole of 9 s")

    journal.do([*begin(book, 1, JANE, case=7), *also(7)], "staff 3", NOON)
    assert (calls.notifications[1].tier, calls.notifications[1].shown) == ("emergent", "calling")
    assert also(7) == []
    # the one calls the patient while another calls the physician
    journal.do(
        start_call(calls, 1, Callee("fib", "Dr A. Fib", "physician", "555 0199", "mobile")), "staff 4", NOON
    )
    journal.do(step(book, 1, "patient"), "staff 3", NOON)
    journal.do(open_notification(calls, 8, 1, 3, "urgent", "pause"), "center", NOON)
    journal.do(also(8), "staff 3", NOON)
    assert calls.notifications[2].tier == "emergent"


class Procedures(RuleBasedStateMachine):
    """Two patients, two callers: what is open is one at most per patient, and steps never get lost."""

    def __init__(self) -> None:
        super().__init__()
        self.book = EmergencyBook()
        self.journal = Journal(self.book)
        self.going: dict[int, int] = {}
        self.steps: dict[int, list[str]] = {}
        self.now = NOON

    def do(self, drafts: list) -> None:
        self.now += 1
        self.journal.do(drafts, "staff 3", self.now)

    @rule(stream=st.integers(1, 2))
    def begin_one(self, stream: int) -> None:
        if stream in self.going:
            with pytest.raises(RefusedError, match=r"^open: "):
                begin(self.book, stream, JANE)
            return
        number = self.book.next_emergency
        self.do(begin(self.book, stream, JANE))
        self.going[stream], self.steps[number] = number, []

    @rule(stream=st.integers(1, 2), key=st.sampled_from([one.key for one in PROCEDURE]))
    def do_a_step(self, stream: int, key: str) -> None:
        number = self.going.get(stream)
        if number is None:
            return
        if key in self.steps[number]:
            with pytest.raises(RefusedError, match=r"^done: "):
                step(self.book, number, key)
            return
        self.do(step(self.book, number, key))
        self.steps[number].append(key)

    @rule(stream=st.integers(1, 2))
    def end_one(self, stream: int) -> None:
        number = self.going.pop(stream, None)
        if number is not None:
            self.do(end(self.book, number, "over"))

    @invariant()
    def as_it_was_done(self) -> None:
        assert self.book.open == self.going
        assert {number: list(found.done) for number, found in self.book.emergencies.items()} == self.steps
        assert self.journal.replayed(EmergencyBook) == self.book


Procedures.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestProcedures = Procedures.TestCase
