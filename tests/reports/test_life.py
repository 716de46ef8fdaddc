"""The life of a report: what moves it, what never does, and what a signature is under."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from einthoven.base.deeds import CENTER, Deed, Draft, numbered
from einthoven.base.errors import EinthovenError, InputError, NotFoundError, RefusedError
from einthoven.base.instants import DAY, HOUR
from einthoven.escalation.signature import (
    ADDS_TO_REPORT,
    COSIGNS_REPORT,
    SIGNS_REPORT,
    Signature,
    digest,
    verify,
)
from einthoven.escalation.signature import sign as signed_by
from einthoven.reports import life_deeds as life
from einthoven.reports.life_book import LifeBook
from einthoven.reports.life_states import (
    DELIVERIES,
    TRANSITIONS,
    About,
    Carried,
    Delivery,
    Event,
    Kind,
    Report,
    State,
)

NOON = 1_800_000_000 * 10**9
ABOUT = About(Kind.DAILY, 1, "2026-11-21", NOON - DAY, NOON)

# The second table, from the words of the requirement: what is signed never changes (R27), a draft may.
SPECIFIED = """
drafted   edited->drafted  readied->prepared  signed->signed  signed_first->cosign  replaced->withdrawn
prepared  edited->prepared  returned->drafted  signed->signed  signed_first->cosign  replaced->withdrawn
cosign    cosigned->signed  added->cosign  outdated->cosign  misfiled->cosign
signed    added->signed  outdated->signed  misfiled->signed
drafted   misfiled->withdrawn
prepared  misfiled->withdrawn
drafted   released->issued
prepared  released->issued
issued    released->issued  edited->issued  signed->signed  signed_first->cosign  outdated->issued
issued    misfiled->issued
withdrawn
"""
DELIVERED = """
waiting       sent->sent  failed->failed  given_up->undelivered
failed        sent->sent  failed->failed  given_up->undelivered
sent          viewed->viewed
viewed        acknowledged->acknowledged
undelivered
acknowledged
"""


def table(text: str) -> dict[tuple[str, str], str]:
    made = {}
    for line in text.strip().splitlines():
        state, *moves = line.split()
        for move in moves:
            event, to = move.split("->")
            made[state, event] = to
    return made


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("state", list(State))
def test_every_transition(state: State, event: Event) -> None:
    assert TRANSITIONS.get((state, event)) == table(SPECIFIED).get((state.value, event.value))


@pytest.mark.parametrize("event", list(Carried))
@pytest.mark.parametrize("state", list(Delivery))
def test_every_transition_of_a_delivery(state: Delivery, event: Carried) -> None:
    assert DELIVERIES.get((state, event)) == table(DELIVERED).get((state.value, event.value))


class Desk:
    """A book and its deeds."""

    def __init__(self) -> None:
        self.book = LifeBook()
        self.deeds: list[Deed] = []
        self.now = NOON

    def keep(self, drafts: list[Draft], by: str = CENTER) -> list[str]:
        for deed in numbered(drafts, len(self.deeds), by, self.now):
            self.deeds.append(deed)
            self.book.apply(deed)
        return [one.kind for one in drafts]

    def make(self, content: str = "a", stamp: str = "1") -> list[str]:
        made = "2026.1", "AF for 3 h", "", stamp
        return self.keep(life.draft(self.book, ABOUT, digest(content.encode()), *made))

    def write(self, text: str = "Sinus rhythm.", by: int = 3, number: int = 1) -> list[str]:
        base = self.book.report(number).impression.version
        return self.keep(life.edit(self.book, number, text, base, f"staff {by}"), f"staff {by}")

    def signature(self, content: bytes, by: int = 7, meaning: str = SIGNS_REPORT) -> Signature:
        return signed_by(content, by, f"Dr. {by}", self.now, meaning, ("password", "code"), True)

    def sign(self, by: int = 7, cosign: bool = False, cosigner: int | None = None) -> list[str]:
        made = self.signature(life.content(self.report), by)
        return self.keep(life.sign(self.book, self.report.number, made, cosign, cosigner), f"staff {by}")

    def cosign(self, by: int = 8) -> list[str]:
        made = self.signature(life.content(self.report), by, COSIGNS_REPORT)
        return self.keep(life.cosign(self.book, self.report.number, made), f"staff {by}")

    def add(self, text: str = "Late samples: no change.", by: int = 7) -> list[str]:
        made = self.signature(life.addendum_content(self.report, text), by, ADDS_TO_REPORT)
        return self.keep(life.add(self.book, self.report.number, text, made), f"staff {by}")

    @property
    def report(self) -> Report:
        return self.book.reports[max(self.book.reports)]


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.make()
    return made


def reason(act: Any, *given: Any) -> str:
    with pytest.raises(RefusedError) as refused:
        act(*given)
    return refused.value.reason


def test_a_draft_is_written_and_signed_and_then_never_changes(desk: Desk) -> None:
    assert desk.report.standing == "preliminary"
    assert reason(desk.sign) == "impression"
    assert desk.write() == ["report.edited"]
    assert desk.sign() == ["report.signed"]
    assert (desk.report.state, desk.report.standing) == (State.SIGNED, "signed")
    for act in (desk.write, desk.sign, lambda: desk.keep(life.prepare(desk.book, 1))):
        assert reason(act) == "state"
    assert verify(life.content(desk.report), desk.report.signatures[0]).ok


def test_every_version_of_an_impression_is_kept_and_by_whom(desk: Desk) -> None:
    for text, by in (("one", 3), ("two", 3), ("three", 4)):
        desk.write(text, by)
    assert desk.write("three", 4) == []
    assert [(one.body["text"], one.actor) for one in desk.deeds[1:]] == [
        ("one", "staff 3"),
        ("two", "staff 3"),
        ("three", "staff 4"),
    ]
    assert desk.report.authors == ("staff 3", "staff 4")


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(desk: Desk) -> None:
    desk.write("one", 3)
    assert reason(life.edit, desk.book, 1, "mine", 0, "staff 4") == "changed"
    assert life.edit(desk.book, 1, "mine again", 0, "staff 3")  # one's own, from another window


def test_a_signature_is_under_figures_and_words_alike(desk: Desk) -> None:
    desk.write("one")
    before = desk.signature(life.content(desk.report))
    desk.write("two")
    assert reason(life.sign, desk.book, 1, before, False, None) == "signature"
    other = desk.signature(life.content(desk.report), 7, COSIGNS_REPORT)
    assert reason(life.sign, desk.book, 1, other, False, None) == "meaning"


def test_newer_figures_withdraw_a_draft_and_keep_what_was_written(desk: Desk) -> None:
    desk.write("Sinus rhythm.")
    desk.keep(life.comment(desk.book, 1, "lead 2 is poor"), "staff 3")
    assert desk.make("a") == []
    assert desk.make("b") == ["report.withdrawn", "report.drafted"]
    assert desk.book.report(1).standing == "withdrawn"
    assert (desk.report.number, desk.report.impression.text, desk.report.replaces) == (2, "Sinus rhythm.", 1)
    assert [one.text for one in desk.report.comments] == ["lead 2 is poor"]
    with pytest.raises(RefusedError, match="report 1 was withdrawn: report 2 took its place"):
        desk.write("more", number=1)


def test_what_comes_after_a_signature_makes_an_addendum_due_and_says_so(desk: Desk) -> None:
    desk.write()
    desk.sign()
    before = desk.report
    assert desk.make("b") == ["report.outdated"]
    assert (desk.report.outdated, desk.report.content) == (NOON, before.content)
    assert desk.make("b") == []
    assert desk.add() == ["report.added"]
    assert (desk.report.outdated, desk.report.standing) == (None, "addendum")
    assert desk.make("b") == []
    assert desk.report.impression == before.impression
    assert verify(life.content(desk.report), desk.report.signatures[0]).ok


def test_figures_that_are_again_those_that_were_signed_need_no_addendum(desk: Desk) -> None:
    desk.write()
    desk.sign()
    desk.make("b")
    assert desk.make("a") == ["report.outdated"]
    assert desk.report.outdated is None
    assert desk.make("b") == ["report.outdated"]
    assert desk.report.outdated is not None


def test_a_second_signature_is_another_persons(desk: Desk) -> None:
    desk.write()
    assert reason(desk.sign, 7, True, 7) == "cosigner"
    desk.sign(7, cosign=True, cosigner=8)
    assert (desk.report.state, desk.report.editions) == (State.COSIGN, 0)
    assert reason(desk.cosign, 7) == "cosigner"
    assert reason(desk.cosign, 9) == "cosigner"
    assert desk.cosign(8) == ["report.cosigned"]
    assert [one.meaning for one in desk.report.signatures] == [SIGNS_REPORT, COSIGNS_REPORT]
    assert desk.report.editions == 1
    assert reason(desk.cosign, 8) == "state"


def test_a_delegate_makes_it_ready_and_the_physician_gives_it_back(desk: Desk) -> None:
    desk.write(by=3)
    assert desk.keep(life.prepare(desk.book, 1), "staff 3") == ["report.prepared"]
    assert life.prepare(desk.book, 1) == []
    desk.keep(life.give_back(desk.book, 1, "say more of the pause"), "staff 7")
    assert (desk.report.state, desk.report.returned) == (State.DRAFTED, "say more of the pause")
    assert reason(life.give_back, desk.book, 1, "again") == "state"


def test_an_addendum_is_bound_to_the_report_and_its_place(desk: Desk) -> None:
    assert reason(life.write_addendum, desk.book, 1, "x", 0, "staff 7") == "state"
    desk.write()
    desk.sign()
    desk.keep(life.write_addendum(desk.book, 1, "half a", 0, "staff 3"), "staff 3")
    assert desk.report.writing.text == "half a"
    first = desk.signature(life.addendum_content(desk.report, "same"), meaning=ADDS_TO_REPORT)
    desk.keep(life.add(desk.book, 1, "same", first))
    assert reason(life.add, desk.book, 1, "same", first) == "signature"
    assert desk.report.writing.text == ""


def test_deliveries_of_each_edition(desk: Desk) -> None:
    desk.write()
    desk.sign()
    assert desk.book.unissued == {1}
    assert reason(life.acknowledge, desk.book, 1) == "state"
    desk.keep(life.issue(desk.book, 1, "ab" * 32, "Heart practice"))
    assert (desk.book.unissued, life.issue(desk.book, 1, "cd" * 32, "Heart practice")) == (set(), [])
    assert desk.keep(life.view(desk.book, 1), "staff 7") == ["report.viewed"]
    assert life.view(desk.book, 1) == []
    assert desk.keep(life.acknowledge(desk.book, 1), "staff 7") == ["report.acknowledged"]
    assert life.acknowledge(desk.book, 1) == []
    desk.add()
    desk.keep(life.issue(desk.book, 1, "cd" * 32, "Heart practice"))
    assert desk.keep(life.acknowledge(desk.book, 1), "staff 8") == ["report.viewed", "report.acknowledged"]
    assert [(one.edition, one.state, one.words) for one in desk.report.sent] == [
        (1, Delivery.ACKNOWLEDGED, "staff 7"),
        (2, Delivery.ACKNOWLEDGED, "staff 8"),
    ]


def test_messages_and_other_ways_are_tracked_beside_the_portal(desk: Desk) -> None:
    desk.write()
    desk.sign()
    desk.keep(life.issue(desk.book, 1, "ab" * 32, "Heart practice"))
    queued = {"id": "n1", "channel": "email", "to": "a@b.example", "report": 1}
    desk.keep([Draft("notice.queued", "notice n1", queued)])
    for kind in ("failed", "sent", "failed"):
        told = {"id": "n1", "attempts": 1, "receipt": kind}
        desk.keep([Draft(f"notice.{kind}", "notice n1", told)])
    desk.keep(life.deliver(desk.book, 1, 1, "hl7", "hospital"))
    desk.keep(life.deliver(desk.book, 1, 1, "hl7", "hospital", "given_up", "AE"))
    assert [(one.way, one.to, one.state, one.words) for one in desk.report.sent] == [
        ("portal", "Heart practice", Delivery.SENT, ""),
        ("e-mail", "a@b.example", Delivery.SENT, "sent"),
        ("hl7", "hospital", Delivery.UNDELIVERED, "AE"),
    ]
    assert reason(life.deliver, desk.book, 1, 2, "hl7", "hospital") == "state"
    desk.keep([Draft("notice.queued", "notice n2", queued | {"id": "n2", "report": None})])


def test_sentences_and_delegates_of_a_practice(desk: Desk) -> None:
    desk.keep(life.sentence(desk.book, 1, None, "Normal", "Sinus rhythm throughout."))
    desk.keep(life.sentence(desk.book, 1, 1, "Normal", "Sinus rhythm."))
    assert desk.book.sentences[1][1].text == "Sinus rhythm."
    with pytest.raises(NotFoundError):
        life.sentence(desk.book, 2, 1, "Normal", "x")
    desk.keep(life.drop_sentence(desk.book, 1, 1))
    assert desk.book.sentences[1] == {}
    desk.keep(life.delegate(desk.book, 1, 12, 7, NOON + HOUR, NOON))
    assert desk.book.delegate(1, 12, NOON) is not None
    assert desk.book.delegate(1, 12, NOON + HOUR) is None
    assert desk.book.delegate(2, 12, NOON) is None
    assert reason(life.delegate, desk.book, 1, 12, 7, NOON, NOON) == "until"
    desk.keep(life.undelegate(desk.book, 1, 12))
    assert list(desk.book.delegates_of(1, NOON)) == []


def test_what_waits_and_what_moved_lately_is_found_without_looking_at_all(desk: Desk) -> None:
    assert [one.number for one in desk.book.lately(NOON + DAY)] == [1]  # a draft waits, however long
    desk.write()
    desk.sign()
    assert [one.number for one in desk.book.lately(NOON)] == [1]
    assert list(desk.book.lately(NOON + 1)) == []
    desk.make("b")
    assert [one.number for one in desk.book.lately(NOON + DAY)] == [1]  # an addendum is due
    desk.add()
    assert list(desk.book.lately(NOON + 1)) == []
    assert desk.book.of_stream == {1: [1]}


@settings(max_examples=300)
@given(st.text(max_size=200))
def test_a_text_is_kept_as_it_can_be_printed_or_refused(text: str) -> None:
    try:
        kept = life.text_of("text", text, 200, empty=True)
    except InputError:
        return
    assert life.text_of("text", kept, 400, empty=True) == kept
    assert "\r" not in kept
    assert not any(line != line.rstrip() for line in kept.split("\n"))


@pytest.mark.parametrize("text", [None, 3, "x" * 8001, "a\x00b", "\ud83d", "a\x1bb"])
def test_a_text_that_cannot_be_printed_is_refused(desk: Desk, text: object) -> None:
    with pytest.raises(InputError, match="text: "):
        life.edit(desk.book, 1, text, 0, "staff 3")
    assert life.text_of("text", "e\u0301 \r\n王 \n") == "\u00e9\n王"


class Lives(RuleBasedStateMachine):
    """Anything in any order: what is signed stays, and a restart stands where the center stood."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.desk.make()
        self.signed: dict[int, tuple[Any, ...]] = {}

    def tried(self, act: Any, *given: Any) -> None:
        self.desk.now += 1
        try:
            act(*given)
        except EinthovenError:
            return
        for number, one in self.desk.book.reports.items():
            if one.signatures and number not in self.signed:
                self.signed[number] = self.figures(one)

    def figures(self, one: Report) -> tuple[Any, ...]:
        return one.content, one.impression, one.signatures[0], one.analysis, one.headline, one.about

    @rule(content=st.sampled_from("abc"))
    def made_again(self, content: str) -> None:
        self.tried(self.desk.make, content, content)

    @rule(text=st.sampled_from(["", "x", "y"]), by=st.sampled_from([3, 7]))
    def written(self, text: str, by: int) -> None:
        self.tried(self.desk.write, text, by, max(self.desk.book.reports))

    @rule()
    def prepared(self) -> None:
        self.tried(lambda: self.desk.keep(life.prepare(self.desk.book, self.desk.report.number)))

    @rule()
    def returned(self) -> None:
        self.tried(lambda: self.desk.keep(life.give_back(self.desk.book, self.desk.report.number, "no")))

    @rule(by=st.sampled_from([7, 8]), second=st.booleans())
    def signs(self, by: int, second: bool) -> None:
        self.tried(self.desk.sign, by, second)

    @rule(by=st.sampled_from([7, 8]))
    def cosigns(self, by: int) -> None:
        self.tried(self.desk.cosign, by)

    @precondition(lambda self: bool(self.desk.report.signatures))
    @rule()
    def adds(self) -> None:
        self.tried(self.desk.add)

    @rule()
    def issued(self) -> None:
        pdf = "ab" * 32
        self.tried(lambda: self.desk.keep(life.issue(self.desk.book, self.desk.report.number, pdf, "p")))

    @rule()
    def acknowledged(self) -> None:
        self.tried(lambda: self.desk.keep(life.acknowledge(self.desk.book, self.desk.report.number)))

    @invariant()
    def what_is_signed_stays(self) -> None:
        for number, was in self.signed.items():
            one = self.desk.book.reports[number]
            assert self.figures(one) == was
            assert one.state in (State.SIGNED, State.COSIGN)
            assert all(verify(life.content(one), each).ok for each in one.signatures)
            assert len({each.signer for each in one.signatures}) == len(one.signatures)

    @invariant()
    def one_of_each_is_not_withdrawn(self) -> None:
        standing = [one for one in self.desk.book.reports.values() if one.state is not State.WITHDRAWN]
        assert [one.number for one in standing] == [self.desk.book.newest[ABOUT.key]]

    @invariant()
    def no_edition_is_issued_before_it_is_final(self) -> None:
        for one in self.desk.book.reports.values():
            assert len(one.pdfs) <= one.editions or not one.pdfs

    def teardown(self) -> None:
        again = LifeBook()
        for deed in self.desk.deeds:
            again.apply(deed)
        assert again == self.desk.book


Lives.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLives = Lives.TestCase
