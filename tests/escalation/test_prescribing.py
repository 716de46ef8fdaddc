"""Criteria of patients: layers, versions, forms that are refused, diffs for the signer (R21)."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.escalation.book_of import Journal

from einthoven.base.errors import FaultsError, InputError, NotFoundError, RefusedError
from einthoven.base.instants import HOUR, from_iso
from einthoven.base.thresholds import shipped
from einthoven.escalation.peer_criteria import lend
from einthoven.escalation.prescribing import (
    STRICTER,
    CriteriaBook,
    Scope,
    diff,
    drop,
    late,
    propose,
    sign,
)
from einthoven.escalation.signature import PRESCRIBES, SIGNS_REPORT, verify
from einthoven.escalation.signature import sign as signature_of

NOON = from_iso("2026-11-21T17:00:00Z")
JANE, JOHN = Scope(stream=1), Scope(stream=2)
PRACTICE = Scope(practice=3)
WHY = "syncope of unknown origin"


class Office:
    """A practice that prescribes."""

    def __init__(self) -> None:
        self.book = CriteriaBook()
        self.journal = Journal(self.book)
        self.now = NOON

    def propose(self, scope: Scope, overrides: dict, practice: int | None = 3, **more: object) -> int:
        number = self.book.next_form
        self.journal.do(
            propose(self.book, scope, practice, overrides, WHY, self.now, **more), "staff 5", self.now
        )
        return number

    def sign(self, draft: int, meaning: str = PRESCRIBES) -> None:
        content = self.book.forms[draft].content()
        made = signature_of(content, 5, "Dr A. Fib", self.now, meaning, ("password", "code"), True)
        self.journal.do(sign(self.book, draft, made, self.now), "staff 5", self.now)

    def prescribe(self, scope: Scope, overrides: dict, **more: object) -> None:
        self.sign(self.propose(scope, overrides, **more))

    def value(self, scope: Scope, key: str, at: int | None = None) -> float:
        assert scope.stream is not None
        return self.book.in_force(scope.stream, 3, self.now if at is None else at).table[key]


URGENT, EMERGENT = "pause.urgent.interval_ms", "pause.emergent.interval_ms"


def test_layers() -> None:
    office = Office()
    assert office.book.in_force(1, 3, NOON).words == "shipped"
    assert office.value(JANE, URGENT) == 4000
    office.prescribe(PRACTICE, {URGENT: 3800})
    assert office.book.in_force(1, 3, NOON).words == "practice 1"
    assert (office.value(JANE, URGENT), office.value(JOHN, URGENT)) == (3800, 3800)
    assert office.book.in_force(1, None, NOON).words == "shipped"
    assert office.book.in_force(1, 4, NOON).words == "shipped"
    office.prescribe(JANE, {URGENT: 3500})
    assert office.book.in_force(1, 3, NOON).words == "patient 1"
    assert (office.value(JANE, URGENT), office.value(JOHN, URGENT)) == (3500, 3800)
    assert office.journal.replayed(CriteriaBook) == office.book


def test_what_was_signed_for_a_patient_stays_when_the_template_changes() -> None:
    office = Office()
    office.prescribe(PRACTICE, {URGENT: 3800, "vt.urgent.beats": 6})
    office.prescribe(JANE, {URGENT: 3500})
    assert office.value(JANE, "vt.urgent.beats") == 6
    office.prescribe(PRACTICE, {"vt.urgent.beats": 5})
    assert (office.value(JANE, URGENT), office.value(JANE, "vt.urgent.beats")) == (3500, 6)
    assert (office.value(JOHN, URGENT), office.value(JOHN, "vt.urgent.beats")) == (4000, 5)
    assert [version.form.scope for version in office.book.behind(3, NOON)] == [JANE]
    office.prescribe(JANE, {URGENT: 3500})
    assert office.book.behind(3, NOON) == []


def test_criteria_hold_from_a_moment_on_and_the_past_stays() -> None:
    office = Office()
    later = NOON + HOUR
    office.prescribe(JANE, {URGENT: 3500}, effective=later)
    assert office.value(JANE, URGENT, later - 1) == 4000
    assert office.value(JANE, URGENT, later) == 3500
    office.now = NOON + 2 * HOUR
    office.prescribe(JANE, {URGENT: 3000})
    assert [office.value(JANE, URGENT, NOON + n * HOUR) for n in (0, 1, 2)] == [4000, 3500, 3000]
    assert office.book.in_force(1, 3, office.now).effective == office.now


def test_when_criteria_may_change_next_is_known_from_what_is_signed() -> None:
    office = Office()
    office.prescribe(PRACTICE, {URGENT: 3800}, effective=NOON + 2 * HOUR)
    office.prescribe(JANE, {URGENT: 3500}, effective=NOON + 3 * HOUR)
    office.prescribe(JANE, {URGENT: 3400}, effective=NOON + HOUR)
    after = office.book.change_after
    assert [after(1, 3, NOON + n * HOUR) for n in range(4)] == [NOON + n * HOUR for n in (1, 2, 3)] + [None]
    assert [after(1, None, NOON + n * HOUR) for n in (0, 1)] == [NOON + n * HOUR for n in (1, 3)]
    assert (after(2, 3, NOON), after(2, 4, NOON), after(2, None, NOON)) == (NOON + 2 * HOUR, None, None)


def test_a_form_signed_late_holds_from_the_signing_on() -> None:
    office = Office()
    draft = office.propose(JANE, {URGENT: 3500}, effective=NOON + 1)
    office.now = NOON + HOUR
    office.sign(draft)
    assert office.value(JANE, URGENT, NOON + HOUR - 1) == 4000
    assert office.value(JANE, URGENT, NOON + HOUR) == 3500


def test_of_two_that_hold_the_last_signed_rules() -> None:
    office = Office()
    office.prescribe(JANE, {URGENT: 3500}, effective=NOON + HOUR)
    office.prescribe(JANE, {URGENT: 3000})
    assert office.value(JANE, URGENT, NOON + 2 * HOUR) == 3000


def test_the_default_as_it_is_can_be_prescribed() -> None:
    office = Office()
    office.prescribe(JANE, {})
    held = office.book.in_force(1, 3, NOON)
    assert (held.words, held.table.values()) == ("patient 1", shipped().values())
    assert held.signed is not None
    assert held.signed.name == "Dr A. Fib"


def test_the_signature_is_of_every_number_and_can_be_checked_later() -> None:
    office = Office()
    office.prescribe(JANE, {URGENT: 3500})
    (version,) = office.journal.replayed(CriteriaBook).versions[JANE]
    assert verify(version.form.content(), version.signature).ok
    for key, entry in shipped().entries.items():
        assert (f'"{key}"'.encode() in version.form.content()) == (entry.tier != "detect")


REFUSED = [
    ({EMERGENT: 6500}, ["pause.emergent.interval_ms: 6500 ms: may only be made more sensitive than 6000"]),
    ({"bradycardia.emergent.rate_bpm": 29}, ["may only be made more sensitive than 30"]),
    ({"asystole.emergent.any": 0}, ["asystole.emergent.any: 0 flag: may only be made more sensitive than 1"]),
    ({URGENT: 2999}, ["pause.urgent.interval_ms = 2999 contradicts pause.daily.interval_ms = 3000"]),
    ({URGENT: 9000}, ["pause.urgent.interval_ms: 9000 ms: not within 2000 … 6000"]),
    ({"pause.detect.interval_ms": 2500}, ["what is found at all is the center's table"]),
    ({"pause.urgent.minutes": 1}, ["pause.urgent.minutes: no such threshold"]),
    ({URGENT: "3500"}, ["not a number: '3500'"]),
    ({URGENT: True}, ["not a number: True"]),
    ({URGENT: float("nan")}, ["not a number: nan"]),
    ({EMERGENT: float("inf")}, ["may only be made more sensitive"]),
    ({EMERGENT: None}, ["not a number: None"]),
    ({"vt.urgent.beats": 4.5}, ["beats are counted whole"]),
    (
        {EMERGENT: 7000, URGENT: 2999, "nonsense": 1, "svt.detect.beats": 9},
        ["7000 ms", "contradicts", "nonsense: no such threshold", "svt.detect.beats"],
    ),
    ({f"x{n}": 1 for n in range(201)}, ["201 numbers, at most 200"]),
]  # fmt: skip


@pytest.mark.parametrize(("overrides", "want"), REFUSED)
def test_a_form_with_faults_is_refused_with_every_one_named(overrides: dict, want: list[str]) -> None:
    with pytest.raises(FaultsError) as caught:
        Office().propose(JANE, overrides)
    for words in want:
        assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == len(want)


def test_a_patients_form_never_loosens_the_practices_emergent_tier() -> None:
    office = Office()
    office.prescribe(PRACTICE, {EMERGENT: 5500})
    with pytest.raises(FaultsError, match="5800 ms: may only be made more sensitive than 5500"):
        office.propose(JANE, {EMERGENT: 5800})
    office.prescribe(JANE, {EMERGENT: 5200})
    office.prescribe(JANE, {})
    assert office.value(JANE, EMERGENT) == 5500
    office.prescribe(PRACTICE, {})
    assert office.value(JOHN, EMERGENT) == 6000


def test_why_and_when_are_checked() -> None:
    for why, effective, words in (
        (" ", None, "why: say why"),
        ("x" * 501, None, "why: say why"),
        (WHY, NOON - 1, "effective: criteria hold from now on or later"),
    ):
        with pytest.raises(FaultsError, match=words):
            propose(CriteriaBook(), JANE, 3, {}, why, NOON, effective)


def test_a_signature_under_something_else_is_refused() -> None:
    office = Office()
    one, other = office.propose(JANE, {URGENT: 3500}), office.propose(JANE, {URGENT: 3400})
    made = signature_of(
        office.book.forms[other].content(), 5, "Dr A. Fib", NOON, PRESCRIBES, ("password", "code"), True
    )
    with pytest.raises(RefusedError, match="signature: the content is not what was signed"):
        sign(office.book, one, made, NOON)
    with pytest.raises(RefusedError, match="meaning: want: I prescribe"):
        office.sign(one, SIGNS_REPORT)
    office.sign(one)
    for act in (lambda: office.book.forms[one], lambda: sign(office.book, one, made, NOON)):
        with pytest.raises((KeyError, NotFoundError)):
            act()


def test_a_form_that_stands_on_an_older_template_is_made_anew() -> None:
    office = Office()
    office.prescribe(PRACTICE, {EMERGENT: 5800})
    draft = office.propose(JANE, {})
    office.prescribe(PRACTICE, {EMERGENT: 5000})
    with pytest.raises(RefusedError, match=r"^template: "):
        office.sign(draft)
    assert draft in office.book.forms


def test_a_dropped_form_is_gone() -> None:
    office = Office()
    draft = office.propose(JANE, {})
    office.journal.do(drop(office.book, draft, "other patient"), "staff 5", NOON)
    assert office.book.forms == {}
    with pytest.raises(NotFoundError, match="draft 1: there is no such form"):
        drop(office.book, draft, "again")
    assert office.propose(JANE, {}) == 2


def test_the_signer_reads_what_changes_and_what_becomes_less() -> None:
    before = shipped()
    after = before.changed(
        {
            URGENT: 4500,
            "bradycardia.urgent.rate_bpm": 45,
            "atrial_fibrillation.urgent.first": 0,
            EMERGENT: 5000,
        }
    )
    assert [(change.key, change.stricter) for change in diff(before, after)] == [
        ("atrial_fibrillation.urgent.first", False),
        (URGENT, False),
        ("bradycardia.urgent.rate_bpm", True),
        (EMERGENT, True),
    ]
    assert [change.words for change in diff(before, after)][:2] == [
        "atrial fibrillation, urgent, first: on becomes off: TELLS LESS OR LATER",
        "pause, urgent, interval ms: 4000 ms becomes 4500 ms: TELLS LESS OR LATER",
    ]
    assert diff(before, before) == []


def test_the_signer_reads_what_the_analysis_tells_later_than_asked() -> None:
    asked = shipped().changed({"bradycardia.emergent.duration_s": 20, "bradycardia.urgent.rate_bpm": 45})
    assert late(asked, shipped()) == [
        "bradycardia, emergent, duration s: 20 s is asked for; it is told from 30 s on",
        "bradycardia, urgent, rate bpm: 45 bpm is asked for; times are measured below 40 bpm, so a slow rate "
        "that may have lasted is told",
    ]
    assert len(late(shipped().changed({"atrial_fibrillation.urgent.duration_s": 30}), shipped())) == 1
    assert late(shipped(), shipped()) == []


def test_a_newer_table_of_the_center_takes_signed_numbers_as_they_are() -> None:
    office = Office()
    office.prescribe(JANE, {URGENT: 3500})
    site = shipped().changed({"pause.detect.interval_ms": 2800}, "site")
    again = office.journal.replayed(lambda: CriteriaBook(site))
    table = again.in_force(1, 3, NOON).table
    assert (table[URGENT], table["pause.detect.interval_ms"]) == (3500, 2800)


def test_criteria_of_another_center_hold_for_its_guest_until_some_are_signed_here() -> None:
    office = Office()
    office.journal.do(lend(office.book, 1, "patient 3", {URGENT: 3500}), "center", NOON)
    held = office.book.in_force(1, None, NOON)
    assert (held.words, held.version, held.effective, held.signed) == ("lent", 0, 0, None)
    assert (held.table.name, held.table[URGENT]) == ("lent: patient 3", 3500)
    assert office.book.in_force(2, None, NOON).words == "shipped"
    office.prescribe(JANE, {URGENT: 3800}, practice=None)
    assert office.book.in_force(1, None, NOON).words == "patient 1"
    assert office.journal.replayed(CriteriaBook) == office.book


def test_other_deeds_change_nothing() -> None:
    office = Office()
    office.prescribe(JANE, {})
    before = office.journal.replayed(CriteriaBook)
    office.journal.do(
        [type(propose(office.book, JANE, 3, {}, WHY, NOON)[0])("watch.accepted", "x")], "x", NOON
    )
    assert office.book == before


def test_a_damaged_deed_is_an_error_and_not_a_wrong_number() -> None:
    office = Office()
    (draft,) = propose(office.book, JANE, 3, {}, WHY, NOON)
    body = dict(draft.body) | {"draft": "1"}
    with pytest.raises(InputError, match="not a whole number"):
        office.journal.do([type(draft)(draft.kind, draft.subject, body)], "staff 5", NOON)


class EmergentIsNeverLooser(RuleBasedStateMachine):
    """Whatever is proposed and signed: no emergent number is less sensitive than shipped."""

    def __init__(self) -> None:
        super().__init__()
        self.office = Office()
        self.asked: dict[tuple[int, int], dict[str, float]] = {}

    @rule(
        scope=st.sampled_from([JANE, JOHN, PRACTICE]),
        moves=st.dictionaries(st.sampled_from(sorted(STRICTER)), st.floats(0, 1), max_size=4),
        wait=st.none() | st.integers(-1, 50),
    )
    def ask(self, scope: Scope, moves: dict[str, float], wait: int | None) -> None:
        overrides = {}
        for key, share in moves.items():
            entry = shipped().entries[key]
            overrides[key] = round(entry.low + share * (entry.high - entry.low) * 1.2)
        try:
            self.office.propose(scope, overrides, effective=None if wait is None else self.office.now + wait)
        except FaultsError:
            assert overrides or wait == -1

    @rule(data=st.data())
    def sign_one(self, data: st.DataObject) -> None:
        if not self.office.book.forms:
            return
        draft = data.draw(st.sampled_from(sorted(self.office.book.forms)))
        try:
            self.office.sign(draft)
        except RefusedError as error:
            assert error.reason == "template"  # noqa: PT017
            self.office.journal.do(drop(self.office.book, draft, "old"), "staff 5", self.office.now)

    @rule(ns=st.integers(1, 40))
    def time_goes_by(self, ns: int) -> None:
        for stream in (1, 2):
            held = self.office.book.in_force(stream, 3, self.office.now)
            self.asked[stream, self.office.now] = held.table.values()
        self.office.now += ns

    @invariant()
    def the_past_stays(self) -> None:
        for (stream, at), values in self.asked.items():
            assert self.office.book.in_force(stream, 3, at).table.values() == values

    @invariant()
    def never_looser(self) -> None:
        for stream in (1, 2):
            for ahead in (0, 100):
                table = self.office.book.in_force(stream, 3, self.office.now + ahead).table
                for key, entry in shipped().entries.items():
                    if entry.only:
                        assert (
                            table[key] <= entry.value if entry.only == "lower" else table[key] >= entry.value
                        )
                assert shipped().changed(table.values()).values() == table.values()

    @invariant()
    def replayed(self) -> None:
        assert self.office.journal.replayed(CriteriaBook) == self.office.book


EmergentIsNeverLooser.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestEmergentIsNeverLooser = EmergentIsNeverLooser.TestCase
