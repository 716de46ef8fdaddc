"""Plans as they are set: read whole or refused with every fault."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.escalation.book_of import Journal

from einthoven.base.errors import FaultsError
from einthoven.base.instants import MINUTE, SECOND, from_iso
from einthoven.escalation.calls import Notification
from einthoven.escalation.ladder import Rung
from einthoven.escalation.plans import PlanBook, plan_of, set_plan

NOON = from_iso("2026-11-20T17:00:00Z")
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]
GOOD: dict = {
    "zone": "America/New_York",
    "persons": [
        {
            "key": "fib",
            "name": "Dr A. Fib",
            "role": "physician",
            "numbers": [
                {
                    "kind": "office",
                    "number": "+1 555 010 0001",
                    "hours": [{"days": WEEK[:5], "from": "08:00", "to": "17:00"}],
                },
                {"kind": "answering-service", "number": "555 0102"},
            ],
        }
    ],
    "cover": [{"days": WEEK, "from": "00:00", "to": "24:00", "person": "fib"}],
    "holidays": ["2026-12-25"],
    "exceptions": [{"from": "2026-12-24T08:00", "to": "2026-12-24T12:00", "person": None}],
    "ladders": {
        "emergent": {
            "rungs": [{"who": "cover", "tries": 3, "retry_s": 30}],
            "again_s": 45,
            "call_most_s": 240,
        },
        "daily": {"at": "10:30"},
    },
}


def changed(path: str, value: object) -> dict:
    made = copy.deepcopy(GOOD)
    place = made
    *parts, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parts:
        place = place[part]
    place[last] = value
    return made


def test_a_whole_plan() -> None:
    plan = plan_of(GOOD, 4)
    assert plan.version == 4
    emergent = plan.ladders["emergent"]
    assert (emergent.again, emergent.call_most, emergent.rungs[0].tries) == (45 * SECOND, 4 * MINUTE, 3)
    # what is not said is as shipped
    assert [rung.who for rung in plan.ladders["urgent"].rungs] == ["fib"]
    assert plan.ladders["daily"].daily_at == 630
    assert plan.calendar.exceptions[0].start == from_iso("2026-12-24T13:00:00Z")
    assert plan.calendar.covers[0].hours.stop == 24 * 60


def test_a_rung_that_names_somebody_alone_tries_once() -> None:
    plan = plan_of(changed("ladders.urgent", {"rungs": [{"who": "fib"}]}), 1)
    assert plan.ladders["urgent"].rungs == (Rung("fib", tries=1, retry=2 * MINUTE, wait=0, hours=()),)
    # and so does one that is made without a plan being read
    assert Rung("fib") == plan.ladders["urgent"].rungs[0]


BOUNDS = [
    ("ladders.emergent.rungs.0.tries", 1, 10, 0, 11),
    ("ladders.emergent.rungs.0.retry_s", 5, 14400, 4, 14401),
    ("ladders.emergent.rungs.0.wait_s", 0, 14400, -1, 14401),
    ("ladders.emergent.again_s", 10, 14400, 9, 14401),
    ("ladders.emergent.call_most_s", 30, 14400, 29, 14401),
    ("ladders.emergent.action_most_s", 60, 14400, 59, 14401),
]


@pytest.mark.parametrize(("path", "least", "most", "below", "above"), BOUNDS)
def test_numbers_of_a_ladder_have_bounds_that_are_allowed(
    path: str, least: int, most: int, below: int, above: int
) -> None:
    for value in (least, most):
        assert plan_of(changed(path, value), 1)
    for value in (below, above):
        with pytest.raises(FaultsError, match=f"{path.rpartition('.')[2]}: want {least} to {most}"):
            plan_of(changed(path, value), 1)


FIB: dict = GOOD["persons"][0]
LISTS = [
    ("persons", [FIB, *(FIB | {"key": f"fib {n}"} for n in range(2, 42))], 40),
    ("persons.0.numbers", [{"kind": "mobile", "number": "555 0102"}] * 7, 6),
    ("cover", GOOD["cover"] * 201, 200),
    ("holidays", GOOD["holidays"] * 201, 200),
    ("exceptions", GOOD["exceptions"] * 201, 200),
    ("ladders.emergent.rungs", GOOD["ladders"]["emergent"]["rungs"] * 21, 20),
]


@pytest.mark.parametrize(("path", "listed", "most"), LISTS, ids=[row[0] for row in LISTS])
def test_a_list_is_as_long_as_allowed_or_refused(path: str, listed: list, most: int) -> None:
    assert len(listed) == most + 1
    assert plan_of(changed(path, listed[:-1]), 1)
    with pytest.raises(FaultsError, match=f"want a list of at most {most}"):
        plan_of(changed(path, listed), 1)


@pytest.mark.parametrize(("field", "most"), [("key", 60), ("name", 200), ("role", 60)])
def test_what_names_a_person_is_as_long_as_allowed_or_refused(field: str, most: int) -> None:
    free = GOOD | {"ladders": {}, "cover": [], "exceptions": []}
    for length in (most, most + 1):
        fields = free | {"persons": [FIB | {field: "x" * length}]}
        if length == most:
            assert plan_of(fields, 1)
            continue
        with pytest.raises(FaultsError, match=rf"persons\[0\].{field}: {length} characters, at most {most}"):
            plan_of(fields, 1)


BAD = [
    ("zone", "Nowhere", "plan.zone: 'Nowhere' is no time zone"),
    ("persons.0.key", "cover", "persons[0].key: 'cover' means whoever covers"),
    ("persons.0.name", "", "persons[0].name: is missing"),
    ("persons.0.role", None, "persons[0].role: want text"),
    ("persons.0.numbers", [], "persons[0].numbers: has none"),
    ("persons.0.numbers", {}, "persons[0].numbers: want a list of at most 6"),
    ("persons.0.numbers.0.kind", "pager", "persons[0].numbers[0].kind: want one of office, mobile"),
    (
        "persons.0.numbers.0.number",
        "call me",
        "persons[0].numbers[0].number: 'call me' is no telephone number",
    ),
    ("persons.0.numbers.0.hours.0.days", [], "persons[0].numbers[0].hours[0].days: want a list of mon"),
    ("persons.0.numbers.0.hours.0.days", ["monday"], "hours[0].days: want a list of mon"),
    ("persons.0.numbers.0.hours.0.from", "8:00", "hours[0].from: '8:00' is no time of day"),
    ("persons.0.numbers.0.hours.0.to", "24:30", "hours[0].to: '24:30' is no time of day"),
    ("persons.0.fax", "1", "persons[0]: 'fax' is no field of it"),
    ("persons", "x", "persons: want a list"),
    ("cover.0.person", "nobody", "cover[0].person: 'nobody' is no key of persons"),
    ("cover", [], "a rung is whoever covers, and cover names nobody"),
    ("holidays.0", "12/25", "holidays[0]: '12/25' is no date"),
    ("exceptions.0.from", "2026-12-24", "exceptions[0].from: '2026-12-24' is no local time"),
    ("exceptions.0.from", "2026-12-25T08:00", "exceptions[0].to: is not after from"),
    ("exceptions.0.person", "x", "exceptions[0].person: 'x' is no key"),
    ("ladders.emergent.rungs.0.who", "x", "ladders.emergent.rungs[0].who: 'x' is no key"),
    ("ladders.emergent.rungs.0.tries", 0, "tries: want 1 to 10"),
    ("ladders.emergent.rungs.0.tries", True, "tries: want 1 to 10"),
    ("ladders.emergent.rungs.0.retry_s", 1, "retry_s: want 5 to 14400 seconds"),
    ("ladders.emergent.rungs", [], "ladders.emergent: names nobody"),
    ("ladders.emergent.again_s", 1e9, "again_s: want 10 to 14400 seconds"),
    ("ladders.emergent.again_s", "60", "again_s: want 10"),
    ("ladders.daily.at", "noon", "ladders.daily.at: 'noon' is no time of day"),
    ("ladders.weekly", {}, "ladders: 'weekly' is no field of it"),
    ("color", "red", "plan: 'color' is no field of it"),
]


@pytest.mark.parametrize(("path", "value", "want"), BAD)
def test_a_plan_with_a_fault_is_refused(path: str, value: object, want: str) -> None:
    with pytest.raises(FaultsError) as caught:
        plan_of(changed(path, value), 1)
    assert want in str(caught.value)


def test_every_fault_is_named() -> None:
    made = changed("persons.0.numbers.0.number", "x") | {"holidays": ["x"], "color": "red"}
    with pytest.raises(FaultsError) as caught:
        plan_of(made, 1)
    assert len(str(caught.value).splitlines()) == 3


def test_two_persons_of_one_key_are_refused() -> None:
    with pytest.raises(FaultsError, match="two have the same key"):
        plan_of(GOOD | {"persons": GOOD["persons"] * 2}, 1)


def test_a_plan_is_set_versioned_and_found_again() -> None:
    book = PlanBook()
    journal = Journal(book)
    drafts, flaws = set_plan(book, GOOD, NOON, practice=3)
    journal.do(drafts, "staff 1", NOON)
    journal.do(set_plan(book, changed("persons.0.name", "Dr New"), NOON, practice=3)[0], "staff 1", NOON)
    journal.do(set_plan(book, changed("persons.0.name", "Dr Own"), NOON, stream=1)[0], "staff 1", NOON)
    book.orders[2] = ("Dr Order", "555 0199", "America/Chicago")
    told = Notification(1, 1, 1, 3, "urgent", "x", NOON, "center")

    def who(stream: int, practice: int | None) -> tuple[str, int]:
        plan = book.plan_for(stream, practice)
        return plan.calendar.persons[0].name, plan.version

    assert [who(1, 3), who(2, 3), who(2, None)] == [("Dr Own", 1), ("Dr New", 2), ("Dr Order", 0)]
    assert book.plan_of(told) == book.plan_for(1, 3)
    assert book.plan_for(9, None).calendar.persons == ()
    assert journal.replayed(PlanBook) == book
    assert [flaw.kind for flaw in flaws] == []


def test_what_covers_badly_is_told_when_it_is_set() -> None:
    fields = changed("cover.0.to", "17:00")
    _, flaws = set_plan(PlanBook(), fields, NOON, practice=3)
    assert len(flaws) == 28
    assert "Fri 2026-11-20 17:00 to Sat 2026-11-21 00:00 (America/New_York): nobody covers" in flaws[0].words
    # the answering service has no hours, so some number is always in use
    assert {flaw.kind for flaw in flaws} == {"nobody"}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
PATHS = [
    "zone", "persons", "persons.0", "persons.0.key", "persons.0.numbers", "persons.0.numbers.0",
    "persons.0.numbers.0.hours", "persons.0.numbers.0.hours.0", "persons.0.numbers.0.hours.0.days",
    "persons.0.numbers.0.hours.0.from", "cover", "cover.0", "cover.0.days", "holidays", "holidays.0",
    "exceptions", "exceptions.0", "exceptions.0.from", "ladders", "ladders.emergent",
    "ladders.emergent.rungs",
    "ladders.emergent.rungs.0", "ladders.emergent.rungs.0.hours", "ladders.daily.at",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATHS), ANYTHING)
def test_anything_is_a_plan_or_refused(path: str, value: object) -> None:
    try:
        plan = plan_of(changed(path, value), 1)
    except FaultsError as error:
        assert str(error).splitlines()  # noqa: PT017 - that it is one is what is tested
    else:
        assert set(plan.ladders) == {"emergent", "urgent", "daily"}
        assert all(ladder.rungs for ladder in plan.ladders.values())
