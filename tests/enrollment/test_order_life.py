"""The life of an order: what holds it, what a signature is bound to, and that nothing is lost on the way."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.enrollment.test_order_read import FULL, NOW

from einthoven.base.deeds import Deed, Draft, numbered
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.enrollment import order_deeds as deeds
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_book import OrderBook
from einthoven.enrollment.order_content import changed, digest, merged
from einthoven.enrollment.order_deeds import Came
from einthoven.enrollment.order_read import Fault, parse
from einthoven.enrollment.order_states import Source, State

UNSIGNED = {key: one for key, one in FULL.items() if key != "signature"}
SEAL: dict[str, Any] = {"seal": "made by the center"}


class Desk:
    """A book with the deeds that made it."""

    def __init__(self) -> None:
        self.book = OrderBook()
        self.deeds: list[Deed] = []

    def do(self, drafts: list[Draft], actor: str = "staff 4") -> None:
        for deed in numbered(drafts, len(self.deeds), actor, NOW + len(self.deeds)):
            self.deeds.append(deed)
            self.book.apply(deed)

    def receives(self, told: object = FULL, **came: Any) -> int:
        order, faults = parse(told, NOW)
        self.do(deeds.receive(self.book, order, faults, Came(**{"source": Source.FORM, **came})))
        return self.book.next_order - 1

    def edits(self, number: int, given: object, **more: Any) -> None:
        order, faults = parse(given, NOW)
        base = self.book.order(number).version
        self.do(deeds.edit(self.book, number, base, order, faults, **more))

    def signs(self, number: int) -> None:
        content = self.book.order(number).content
        self.do(deeds.sign(self.book, number, content, SEAL, "Dr. Lind", "2023-03-01T12:00:00Z"))

    def state(self, number: int = 1) -> State:
        return self.book.order(number).state


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_whole_order_is_ready_and_one_that_lacks_something_is_held(desk: Desk) -> None:
    assert desk.state(desk.receives()) is State.READY
    assert desk.state(desk.receives(UNSIGNED)) is State.HELD
    assert [one.where for one in desk.book.order(2).missing] == ["signature"]
    assert desk.state(desk.receives({})) is State.HELD
    assert desk.book.counts == {State.READY: 1, State.HELD: 2}


def test_an_order_with_a_fault_is_held_and_kept_as_it_came(desk: Desk) -> None:
    given = {**FULL, "placer": "x" * 100}
    number = desk.receives(given, given=given)
    held = desk.book.order(number)
    assert held.state is State.HELD
    assert [one.where for one in held.faults] == ["placer"]
    assert held.given == given
    desk.edits(number, FULL)
    assert desk.book.order(number).faults == ()
    assert desk.book.order(number).given is None


def test_a_signature_is_under_exactly_what_was_shown(desk: Desk) -> None:
    number = desk.receives(UNSIGNED)
    with pytest.raises(RefusedError, match="not what was shown"):
        deeds.sign(desk.book, number, "0" * 64, SEAL, "Dr. Lind", "2023-03-01T12:00:00Z")
    desk.signs(number)
    record = desk.book.order(number)
    assert record.state is State.READY
    assert record.order.signature is not None
    assert record.order.signature.content == record.content == digest(record.order)
    assert record.signed == SEAL


def test_what_lacks_something_else_is_not_signed(desk: Desk) -> None:
    number = desk.receives({**UNSIGNED, "days": 0})
    with pytest.raises(RefusedError, match=r"days: For how many days"):
        desk.signs(number)


def test_an_edit_after_the_signature_makes_it_void_and_says_so(desk: Desk) -> None:
    number = desk.receives(UNSIGNED)
    desk.signs(number)
    desk.edits(number, {**FULL, "days": 14})
    record = desk.book.order(number)
    assert record.order.signature is None
    assert record.signed is None
    assert record.state is State.HELD
    assert record.void is not None
    assert (record.void.name, record.void.how, record.void.version) == ("Dr. Lind", "electronic", 2)
    desk.edits(number, {**FULL, "days": 15})
    assert desk.book.order(number).void is not None
    desk.signs(number)
    assert desk.book.order(number).void is None
    assert desk.state(number) is State.READY
    assert [one.body["version"] for one in desk.deeds] == [1, 2, 3, 4, 5]


def test_what_was_signed_electronically_holds_no_more_for_any_change(desk: Desk) -> None:
    number = desk.receives(UNSIGNED)
    desk.signs(number)
    desk.edits(number, {**FULL, "patient": {**FULL["patient"], "telephone": "+1 215 555 0777"}})
    assert desk.book.order(number).order.signature is None


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({"patient": {**FULL["patient"], "telephone": "+1 215 555 0777"}}, True),
        ({"payer": {**FULL["payer"], "member": "1EG4TE5MK74"}}, True),
        ({"documents": [{"kind": "visit note", "name": "x", "sha256": "a" * 64}]}, True),
        ({"days": 14}, False),
        ({"statements": {}}, False),
        ({"patient": {**FULL["patient"], "name": "Ada Quint"}}, False),
        ({"orderer": {**FULL["orderer"], "npi": "1234567893", "name": "Dr. Rosa Lint"}}, False),
    ],
    ids=["telephone", "payer", "paper", "days", "statements", "patient", "orderer"],
)
def test_a_paper_signature_holds_while_what_is_ordered_stays(
    desk: Desk, change: dict[str, Any], holds: bool
) -> None:
    number = desk.receives()
    desk.edits(number, {**FULL, **change})
    assert (desk.book.order(number).order.signature is not None) == holds
    assert (desk.book.order(number).void is None) == holds


@pytest.mark.parametrize("at", ["", "yesterday", "2023-02-30", "28.2.2023"])
def test_a_signature_bears_a_date(desk: Desk, at: str) -> None:
    number = desk.receives(UNSIGNED)
    with pytest.raises(InputError, match="at"):
        deeds.paper_signature(desk.book, number, "Dr. Lind", at, "a" * 64, True)


@pytest.mark.parametrize("legible", [True, False])
def test_a_paper_signature_that_cannot_be_read_holds_the_order(desk: Desk, legible: bool) -> None:
    number = desk.receives(UNSIGNED)
    desk.do(deeds.paper_signature(desk.book, number, "Dr. Lind", "2023-02-28", "a" * 64, legible))
    assert desk.state(number) is (State.READY if legible else State.HELD)
    told = [one.where for one in desk.book.order(number).missing]
    assert told == ([] if legible else ["signature.legible"])


def test_who_changes_an_older_version_is_told(desk: Desk) -> None:
    number = desk.receives()
    desk.edits(number, {**FULL, "days": 14})
    order, faults = parse({**FULL, "days": 20}, NOW)
    with pytest.raises(RefusedError, match="it is version 2"):
        deeds.edit(desk.book, number, 1, order, faults)
    assert desk.book.order(number).order.days == 14


def test_an_edit_that_says_the_same_is_none(desk: Desk) -> None:
    number = desk.receives()
    desk.edits(number, FULL)
    assert len(desk.deeds) == 1


def test_given_back_it_is_held_until_its_next_version(desk: Desk) -> None:
    number = desk.receives()
    desk.do(deeds.give_back(desk.book, number, "the diagnosis is of another patient"))
    record = desk.book.order(number)
    assert (record.state, record.lacking) == (State.HELD, True)
    with pytest.raises(RefusedError, match="given back: the diagnosis is of another patient"):
        deeds.enroll(desk.book, number, 7, 1)
    desk.edits(number, FULL)
    assert desk.book.order(number).returned is None
    assert desk.state(number) is State.READY


def test_only_a_ready_order_is_enrolled_and_then_it_does_not_change(desk: Desk) -> None:
    held = desk.receives(UNSIGNED)
    with pytest.raises(RefusedError, match="order 1 is held, not ready: signature: The signature"):
        deeds.enroll(desk.book, held, 7, 1)
    number = desk.receives()
    desk.do(deeds.enroll(desk.book, number, 7, 3))
    record = desk.book.of_stream(7)
    assert record is not None
    assert (record.number, record.state, record.period) == (number, State.ENROLLED, 3)
    for what in (
        lambda: desk.edits(number, UNSIGNED),
        lambda: deeds.give_back(desk.book, number, "why"),
        lambda: deeds.refuse(desk.book, number, "why"),
        lambda: deeds.withdraw(desk.book, number, "why"),
        lambda: deeds.enroll(desk.book, number, 8, 4),
    ):
        with pytest.raises(RefusedError, match=f"order {number} is enrolled"):
            what()
    assert desk.book.of_stream(8) is None


def test_what_a_system_asks_of_a_running_service_waits_for_an_answer(desk: Desk) -> None:
    number = desk.receives()
    with pytest.raises(RefusedError):
        deeds.wish(desk.book, number, "cancel", "", "")
    desk.do(deeds.enroll(desk.book, number, 7, 3))
    desk.do(deeds.wish(desk.book, number, "cancel", "moved away", "a" * 64))
    assert [one.number for one in desk.book.waiting()] == [number]
    desk.do(deeds.note(desk.book, number, "The patient was called; the service ends today."))
    assert list(desk.book.waiting()) == []


@pytest.mark.parametrize("end", [deeds.refuse, deeds.withdraw])
def test_an_ended_order_stays_as_it_is_with_its_reason(desk: Desk, end: Any) -> None:
    number = desk.receives()
    desk.do(end(desk.book, number, "  the patient   is admitted "))
    record = desk.book.order(number)
    assert record.ended == "the patient is admitted"
    assert list(desk.book.waiting()) == []
    with pytest.raises(RefusedError):
        desk.edits(number, UNSIGNED)


def test_a_number_of_the_sender_makes_no_second_order(desk: Desk) -> None:
    desk.receives(source=Source.HL7, sender="EPIC|CLINIC", placer="4711")
    with pytest.raises(RefusedError, match="4711 of EPIC"):
        desk.receives(source=Source.HL7, sender="EPIC|CLINIC", placer="4711")
    desk.receives(source=Source.HL7, sender="OTHER|CLINIC", placer="4711")
    found = desk.book.of_placer("EPIC|CLINIC", "4711")
    assert found is not None
    assert found.number == 1
    assert desk.book.of_placer("EPIC|CLINIC", "4712") is None


def test_a_fault_of_a_message_stays_until_its_field_is_changed_or_it_was_seen(desk: Desk) -> None:
    order, _ = parse(FULL, NOW)
    since = Fault("symptoms[0].since", "'soon' is no time", "OBX[1]-5")
    faults = [since, Fault("start", "no date", "ORC[1]-7")]
    desk.do(deeds.receive(desk.book, order, faults, Came(Source.HL7, "A|B", "1")))
    desk.edits(1, {**FULL, "days": 14})
    assert [one.where for one in desk.book.order(1).faults] == ["symptoms[0].since", "start"]
    desk.edits(1, {**FULL, "days": 14, "start": "2023-03-05"})
    assert [one.where for one in desk.book.order(1).faults] == ["symptoms[0].since"]
    desk.edits(1, {**FULL, "days": 14, "start": "2023-03-05"}, settled=["symptoms[0].since"])
    assert desk.book.order(1).faults == ()


def test_the_message_that_an_order_came_as_stays_with_it(desk: Desk) -> None:
    message = {"kind": "HL7 message", "name": "ORM^O01 1", "sha256": "b" * 64}
    number = desk.receives({**FULL, "documents": [message]})
    desk.edits(number, {**FULL, "days": 14})
    assert [one.sha256 for one in desk.book.order(number).order.documents] == ["b" * 64]


def test_what_a_later_message_leaves_out_stays() -> None:
    before, _ = parse(FULL, NOW)
    said: dict[str, Any] = {"days": 14, "patient": {"telephone": "+1 215 555 0777"}}
    said["statements"] = {"severe": {"answer": True}}
    after, faults = parse(merged(before, said), NOW)
    assert faults == ()
    assert changed(before, after) == ["days", "patient.telephone", "statements.severe"]
    assert after.said("low_risk").answer is True


def test_there_is_no_order_of_an_unknown_number(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="there is no order 9"):
        desk.book.order(9)


PIECES = st.sampled_from(
    [
        {},
        {"days": 14},
        {"days": 0},
        {"placer": "x" * 100},
        {"patient": {"name": "Ada Quinn"}},
        {"documents": [{"kind": "note", "name": "x", "sha256": "a" * 64, "legible": False}]},
        {"setting": "moon"},
    ]
)


class Life(RuleBasedStateMachine):
    """Whatever is done in whatever order, the book stands where its deeds say, and nothing is overwritten."""

    @initialize(piece=PIECES)
    def begin(self, piece: dict[str, Any]) -> None:
        self.desk = Desk()
        self.desk.receives({**FULL, **piece})

    def tried(self, act: Any) -> None:
        with suppress(RefusedError):
            act()

    @rule(piece=PIECES, signed=st.booleans())
    def receive(self, piece: dict[str, Any], signed: bool) -> None:
        self.desk.receives({**(FULL if signed else UNSIGNED), **piece})

    @rule(piece=PIECES)
    def edit(self, piece: dict[str, Any]) -> None:
        self.tried(lambda: self.desk.edits(1, {**FULL, **piece}))

    @rule()
    def sign(self) -> None:
        self.tried(lambda: self.desk.signs(1))

    @rule(legible=st.booleans())
    def paper(self, legible: bool) -> None:
        book = self.desk.book
        self.tried(
            lambda: self.desk.do(deeds.paper_signature(book, 1, "Dr. Lind", "2023-02-28", "a" * 64, legible))
        )

    @rule(which=st.sampled_from(["give_back", "refuse", "withdraw", "note"]))
    def decide(self, which: str) -> None:
        self.tried(lambda: self.desk.do(getattr(deeds, which)(self.desk.book, 1, "because")))

    @rule()
    def enroll(self) -> None:
        self.tried(lambda: self.desk.do(deeds.enroll(self.desk.book, 1, 7, 1)))

    @invariant()
    def stands_where_its_deeds_say(self) -> None:
        again = OrderBook()
        for deed in self.desk.deeds:
            again.apply(deed)
        assert again == self.desk.book

    @invariant()
    def ready_lacks_nothing_and_signatures_hold(self) -> None:
        for record in self.desk.book.orders.values():
            assert record.content == digest(record.order)
            if record.state in (State.READY, State.ENROLLED):
                assert not record.lacking
                assert record.order.signature is not None
            if record.state is State.HELD:
                assert record.lacking
            signature = record.order.signature
            if signature is not None and signature.how == "electronic":
                assert signature.content == record.content
                assert record.signed == SEAL

    @invariant()
    def every_version_is_on_record(self) -> None:
        for record in self.desk.book.orders.values():
            told = [one for one in self.desk.deeds if one.body["order"] == record.number]
            versions = [one.body["version"] for one in told if "version" in one.body]
            assert versions == list(range(1, record.version + 1))


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestLife = Life.TestCase


def test_an_empty_order_has_one_content() -> None:
    assert digest(Order()) == digest(replace(Order(), signature=None))


def test_what_was_enrolled_stays_so_though_later_rules_want_more_of_its_order(desk: Desk) -> None:
    assert desk.state(desk.receives({})) is State.HELD
    desk.do([Draft("order.enrolled", "order 1", {"order": 1, "stream": 7, "period": 7})])
    assert (desk.state(), desk.book.order(1).stream) == (State.ENROLLED, 7)
