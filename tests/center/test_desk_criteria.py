"""Prescribing at the desk: who may propose and sign, what a signature is bound to, from when on it holds."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.center.desk_house import DeskHouse
from tests.center.test_desk_feed import RATE, Ward, found

from einthoven.base.deeds import CENTER
from einthoven.base.errors import EinthovenError, FaultsError, NotFoundError, RefusedError
from einthoven.base.instants import HOUR, MILLISECOND, MINUTE, SECOND
from einthoven.bootstrap.desk import background
from einthoven.center import desk_shapes
from einthoven.center.desk_door import Who
from einthoven.center.desk_feed import Feed
from einthoven.center.patient_notes import note
from einthoven.center.sign_in_ports import Confirmed
from einthoven.escalation import wording
from einthoven.escalation.prescribing import STRICTER, Form, Scope
from einthoven.escalation.signature import PRESCRIBES, digest, sign, verify
from einthoven.review.facts import Tier
from einthoven.surveillance import staff_changes
from einthoven.testing.web import EPOCH

URGENT = "pause.urgent.interval_ms"
EMERGENT = "pause.emergent.interval_ms"
WHY = "syncope of unknown origin"
DEMANDED = ("password", "code")


class Office:
    """Patients 1 and 2 of practice 1, patient 3 of nobody's; a physician of each of two practices."""

    def __init__(self) -> None:
        self.house = DeskHouse(patients=3)
        books = self.house.books
        staff = books.surveil.staff
        for name in ("Heart practice", "Other practice"):
            self.do(staff_changes.add_practice(staff, name))
        self.technician = self.sit("Kim, Alex", "technician")
        self.supervisor = self.sit("Ode, Kai", "supervisor")
        self.physician = self.sit("Dr. Fib", "physician", 1)
        self.office = self.sit("Lee, Robin", "office", 1)
        self.stranger = self.sit("Dr. Other", "physician", 2)
        for stream in (1, 2):
            self.do(note(books.notes, stream, {"practice": 1}))
        self.told: dict[str, Any] = {}

    def do(self, drafts: Any) -> None:
        self.house.room.desk.commit(drafts, CENTER, self.now)

    def sit(self, name: str, role: str, practice: int | None = None) -> Who:
        staff = self.house.books.surveil.staff
        number = staff.next_member
        self.do(staff_changes.join(staff, name, f"login{number}", [role], practice))
        return Who(number, None, "192.0.2.7")

    @property
    def now(self) -> int:
        return self.house.clock.wall()

    def ask(self, who: Who, act: str, **fields: Any) -> EinthovenError | None:
        """What an act was refused with; None where it was done, and then ``told`` is its answer."""
        told: list[EinthovenError | None] = []

        def answer(body: Any, error: EinthovenError | None) -> None:
            self.told = dict(body or {})
            told.append(error)

        self.house.room.act(who, act, fields, answer)
        return told[0]

    def propose(self, who: Who | None = None, overrides: Any = None, **fields: Any) -> int:
        of = fields if {"stream", "practice"} & set(fields) else {"stream": "s000001", **fields}
        chosen = {URGENT: 3500} if overrides is None else overrides
        error = self.ask(who or self.physician, "criteria.propose", overrides=chosen, why=WHY, **of)
        if error is not None:
            raise error
        return int(self.told["draft"])

    def form(self, draft: int) -> Form:
        return self.house.books.criteria.forms[draft]

    def proof(self, who: Who, draft: int, **change: Any) -> Who:
        content = digest(self.form(draft).content())
        made = Confirmed(who.staff, b"session", content, DEMANDED, self.now)
        return replace(who, confirmed=replace(made, **change))

    def sign(self, draft: int, who: Who | None = None, **fields: Any) -> EinthovenError | None:
        signer = who or self.proof(self.physician, draft)
        content = digest(self.form(draft).content()) if draft in self.house.books.criteria.forms else "0" * 64
        return self.ask(signer, "criteria.sign", **({"draft": draft, "content": content} | fields))

    def value(self, stream: int = 1, key: str = URGENT) -> float:
        books = self.house.books
        return books.criteria.in_force(stream, books.practice(stream), self.now).table[key]

    def page(self, who: Who, name: str = "s000001") -> dict[str, Any]:
        return dict(self.house.room.ask(who, "criteria", {"id": name}))


@pytest.fixture
def office() -> Office:
    return Office()


def reason(error: EinthovenError | None) -> str:
    assert isinstance(error, RefusedError)
    return error.reason


# ---- who may ---------------------------------------------------------------------------------------------


def test_where_a_patient_is_is_for_the_practice_whose_patient_it_is_and_for_no_other(office: Office) -> None:
    for who in (office.physician, office.office, office.technician):
        for what in ("patient", "emergency"):
            assert "telephone" in office.house.room.ask(who, what, {"id": "s000001"})
        assert office.house.room.ask(who, "contacts", {"id": "s000001"}) == {"log": [], "on_record": []}
    for who, name in ((office.stranger, "s000001"), (office.physician, "s000003")):
        for what in ("patient", "contacts"):
            with pytest.raises(NotFoundError, match="no stream"):
                office.house.room.ask(who, what, {"id": name})


def test_the_physician_of_the_practice_signs_and_it_holds_and_can_be_verified_for_ever(
    office: Office,
) -> None:
    draft = office.propose(office.technician)
    assert office.value() == 4000
    assert office.sign(draft) is None
    assert office.told["version"] == 1
    assert office.value() == 3500
    (version,) = office.house.books.criteria.versions[Scope(stream=1)]
    assert version.signature.shown().startswith("I prescribe these criteria. Dr. Fib, ")
    assert verify(version.form.content(), version.signature).ok
    before = office.house.books.criteria
    office.house.kill()
    assert office.house.books.criteria == before


@pytest.mark.parametrize("who", ["technician", "supervisor", "office"])
def test_nobody_but_a_physician_signs(office: Office, who: str) -> None:
    draft = office.propose()
    one = getattr(office, who)
    assert reason(office.sign(draft, office.proof(one, draft))) == "permission"
    assert office.value() == 4000


def test_a_physician_of_another_practice_neither_proposes_nor_signs_nor_drops(office: Office) -> None:
    draft, template = office.propose(), office.propose(practice=1)
    for number in (draft, template):
        assert reason(office.sign(number, office.proof(office.stranger, number))) == "practice"
        assert reason(office.ask(office.stranger, "criteria.drop", draft=number, why="no")) == "practice"
    for of in ({"stream": "s000001"}, {"stream": "s000003"}, {"practice": 1}):
        with pytest.raises(RefusedError, match="practice"):
            office.propose(office.stranger, **of)
    with pytest.raises(NotFoundError):
        office.page(office.stranger)
    with pytest.raises(NotFoundError):
        office.page(office.stranger, "practice-1")


def test_a_template_says_how_many_patients_it_is_for_before_it_is_signed(office: Office) -> None:
    """Those with criteria of their own keep every number of them: no template changes those."""
    office.house.hire("Kim, Sue")
    office.house.begin()
    template = office.propose(practice=1)
    assert office.page(office.physician, "practice-1")["touches"] == {"follow": 2, "own": 0}
    assert office.sign(office.propose()) is None
    assert office.page(office.physician, "practice-1")["touches"] == {"follow": 1, "own": 1}
    assert office.page(office.physician, "s000001")["touches"] is None
    waiting = office.house.room.ask(office.physician, "criteria", {})["drafts"]
    assert [(one["draft"], one["touches"]) for one in waiting] == [(template, {"follow": 1, "own": 1})]  # type: ignore[index]
    assert office.sign(template) is None
    assert [office.value(stream, URGENT) for stream in (1, 2, 3)] == [3500, 3500, 4000]


def test_criteria_of_a_patient_without_a_practice_wait_until_there_is_one(office: Office) -> None:
    draft = office.propose(office.technician, stream="s000003")
    assert reason(office.sign(draft, office.proof(office.physician, draft))) == "practice"
    assert "of no practice" in office.page(office.supervisor, "s000003")["may"]["why_not"]
    office.do(note(office.house.books.notes, 3, {"practice": 1}))
    assert office.sign(draft) is None


def test_a_technician_proposes_for_a_patient_and_drops_only_their_own(office: Office) -> None:
    with pytest.raises(RefusedError, match="template is proposed by"):
        office.propose(office.technician, practice=1)
    theirs, mine = office.propose(), office.propose(office.technician)
    assert reason(office.ask(office.technician, "criteria.drop", draft=theirs, why="no")) == "not_yours"
    assert office.ask(office.technician, "criteria.drop", draft=mine, why="misheard") is None
    assert office.ask(office.office, "criteria.drop", draft=theirs, why="asked for otherwise") is None
    assert office.house.books.criteria.forms == {}
    assert isinstance(office.sign(theirs, replace(office.physician)), NotFoundError)


def test_a_template_holds_for_the_patients_of_its_practice_alone(office: Office) -> None:
    draft = office.propose(office.supervisor, practice=1)
    assert office.sign(draft) is None
    assert [office.value(stream) for stream in (1, 2, 3)] == [3500, 3500, 4000]


# ---- what a signature is bound to ------------------------------------------------------------------------


def test_a_signature_needs_proof_for_this_content_by_this_person(office: Office) -> None:
    draft, other = office.propose(), office.propose(overrides={URGENT: 3600})
    proofs = [
        office.physician,
        office.proof(office.physician, other),
        office.proof(office.physician, draft, staff=office.stranger.staff),
        office.proof(office.physician, draft, content="0" * 64),
    ]
    assert [reason(office.sign(draft, who)) for who in proofs] == ["confirmation"] * 4
    one_sort = office.proof(office.physician, draft, components=("password",))
    assert reason(office.sign(draft, one_sort)) == "components"
    assert office.value() == 4000


def test_what_was_not_shown_is_not_signed(office: Office) -> None:
    draft, other = office.propose(), office.propose(overrides={URGENT: 3600})
    shown = digest(office.form(other).content())
    assert reason(office.sign(draft, content=shown)) == "content"


def test_a_form_is_signed_once(office: Office) -> None:
    draft = office.propose()
    proof = office.proof(office.physician, draft)
    assert office.sign(draft, proof) is None
    assert isinstance(office.sign(draft, proof), NotFoundError)
    assert len(office.house.books.criteria.versions[Scope(stream=1)]) == 1


def test_a_template_signed_meanwhile_asks_for_the_form_anew(office: Office) -> None:
    draft = office.propose()
    assert office.sign(office.propose(practice=1, overrides={URGENT: 3800})) is None
    (told,) = office.page(office.physician)["drafts"]
    assert "template changed" in told["stale"]
    assert reason(office.sign(draft)) == "template"


def test_what_is_refused_is_on_record_and_what_is_signed_too(office: Office) -> None:
    draft = office.propose()
    office.sign(draft, office.proof(office.technician, draft))
    office.sign(draft)
    lines = {line.action: line for line in office.house.kept.audit()}
    assert (lines["refused"].actor, lines["refused"].subject) == ("staff 1", "s000001")
    assert (lines["criteria.signed"].actor, lines["criteria.signed"].subject) == ("staff 3", "s000001")


# ---- from when on ----------------------------------------------------------------------------------------


def test_criteria_hold_from_the_moment_named_and_never_from_before(office: Office) -> None:
    later = office.now + HOUR
    draft = office.propose(effective_ms=later / MILLISECOND)
    assert office.sign(draft) is None
    assert office.value() == 4000
    office.house.clock.move(HOUR / SECOND)
    assert office.value() == 3500
    with pytest.raises(FaultsError, match="never from before"):
        office.propose(effective_ms=(office.now - SECOND) / MILLISECOND)


def test_a_case_says_by_whose_criteria_it_is_one(office: Office) -> None:
    house = office.house
    house.finds(1, "pause", Tier.URGENT)
    house.run(10)
    assert office.sign(office.propose()) is None
    signed = office.now
    house.run(600)
    house.finds(1, "pause", Tier.URGENT, key="1-9-9")
    house.run(1)
    books = house.books
    of = [
        (case.onset_at < signed, desk_shapes.case_history(books, case)["criteria"])
        for case in books.triage.cases.of_stream(1)
    ]
    nobodys = {"layer": "shipped", "version": 0, "words": "shipped", "effective_ms": None}
    assert (True, nobodys | {"signed_by": "", "signed_ms": None}) in of
    at = signed / MILLISECOND
    theirs = {"layer": "patient", "version": 1, "words": "patient 1", "effective_ms": at}
    assert (False, theirs | {"signed_by": "Dr. Fib", "signed_ms": at}) in of


def test_the_patients_of_a_template_are_told_anew(office: Office) -> None:
    office.house.hire("Ruiz, T.")
    office.house.begin()
    draft = office.propose(practice=1)
    news = office.house.room.desk.news
    assert [(news.get(f"patient:s00000{n}") or {})["criteria"]["version"] for n in (1, 3)] == ["shipped"] * 2
    assert office.sign(draft) is None
    told = [(news.get(f"patient:s00000{n}") or {})["criteria"] for n in (1, 3)]
    assert [(one["version"], one["signed_by"]) for one in told] == [
        ("practice 1", "Dr. Fib"),
        ("shipped", ""),
    ]


def test_the_analysis_is_judged_by_what_holds_at_the_onset(office: Office) -> None:
    """From the sample on, to the sample: a pause just before the moment is judged by the older numbers."""
    effective = office.now + HOUR
    assert office.sign(office.propose(effective_ms=effective / MILLISECOND)) is None
    ward = Ward()
    marks: Any = SimpleNamespace(of=lambda _stream: ())
    books = office.house.books

    def known(stream: int, at: int) -> Any:
        return background(books, marks, stream, at)

    feed = Feed(ward, ward.changed, lambda _stream, sample: effective + round(sample / RATE * SECOND), known)
    before, after = found("pause", -0.004, 4.0, rr_ms=3600), found("pause", 0.0, 4.0, rr_ms=3600)
    ward.say(1, before)
    ward.say(2, after)
    ward.say(3, after)
    tiers = {fact.stream: fact.tier for fact in feed.take(effective + 10 * SECOND)}
    assert tiers == {1: Tier.DAILY, 2: Tier.DAILY, 3: Tier.DAILY}
    ward.say(1, after)
    (fact,) = feed.take(effective + 11 * SECOND)
    assert (fact.tier, fact.met[-1].criterion) == (Tier.URGENT, URGENT)


# ---- the pages -------------------------------------------------------------------------------------------


def test_every_number_that_is_prescribed_has_words_and_a_place(office: Office) -> None:
    prescribed = {key for key in office.house.books.criteria.base.entries if ".detect." not in key}
    assert set(wording.NUMBERS) == prescribed <= set(STRICTER)
    assert {key.split(".")[0] for key in prescribed} == set(wording.EVENTS)


def test_the_page_shows_the_layers_side_by_side_and_every_version(office: Office) -> None:
    assert office.sign(office.propose(practice=1, overrides={URGENT: 3800})) is None
    assert office.sign(office.propose(overrides={URGENT: 3500})) is None
    waiting = office.propose(office.technician, overrides={URGENT: 3900})
    page = office.page(office.physician)
    (row,) = [one for one in page["rows"] if one["key"] == URGENT]
    assert (row["shipped"], row["practice"], row["patient"]) == (4000, 3800, 3500)
    (version,) = page["versions"]
    assert (version["version"], version["why"], version["signature"]["ok"]) == (1, WHY, True)
    assert version["signature"]["components"] == ["password", "code"]
    (draft,) = page["drafts"]
    assert (draft["draft"], draft["by"], draft["stale"]) == (waiting, "Kim, Alex", "")
    assert [(one["key"], one["before"], one["after"], one["stricter"]) for one in draft["changes"]] == [
        (URGENT, 3500, 3900, False)
    ]
    assert page["may"] == {"propose": True, "sign": True, "why_not": ""}
    assert office.page(office.technician)["may"]["sign"] is False


def test_what_waits_is_in_the_list_of_those_whose_it_is(office: Office) -> None:
    office.propose(office.technician)
    office.propose(office.supervisor, stream="s000003")
    ask = office.house.room.ask
    assert [one["stream"] for one in ask(office.physician, "criteria", {})["drafts"]] == ["s000001"]
    assert ask(office.stranger, "criteria", {})["drafts"] == []
    assert len(ask(office.supervisor, "criteria", {})["drafts"]) == 2
    assert [one["practice"]["id"] for one in ask(office.stranger, "criteria", {})["practices"]] == [2]


def look(office: Office, overrides: dict[str, Any], **more: Any) -> dict[str, Any]:
    form = json.dumps({"overrides": overrides} | more)
    return dict(office.house.room.ask(office.physician, "criteria.check", {"id": "s000001", "form": form}))


def test_a_form_that_contradicts_itself_names_both_numbers(office: Office) -> None:
    (fault,) = look(office, {URGENT: 2999})["faults"]
    assert fault["keys"] == [URGENT, "pause.daily.interval_ms"]
    assert "contradicts" in fault["words"]
    assert "Pause, daily" in fault["words"]
    assert ".daily." not in fault["words"]


def test_a_form_names_each_fault_at_its_number_and_a_good_one_what_changes(office: Office) -> None:
    past = (office.now - MINUTE) / MILLISECOND
    told = look(office, {EMERGENT: 6500, "vt.urgent.beats": 2.5, "nothing.urgent.x": 1}, effective_ms=past)
    assert {key for fault in told["faults"] for key in fault["keys"]} == {
        EMERGENT,
        "vt.urgent.beats",
        "nothing.urgent.x",
        "effective",
    }
    assert told["changes"] == []
    good = look(office, {EMERGENT: 5000, URGENT: 4500})
    assert [(one["key"], one["stricter"]) for one in good["changes"]] == [(URGENT, False), (EMERGENT, True)]
    assert good["faults"] == []


# ---- the hash --------------------------------------------------------------------------------------------

CHANGES = st.dictionaries(
    st.sampled_from([URGENT, EMERGENT, "bradycardia.daily.rate_bpm", "st.daily.level_uv"]),
    st.integers(3000, 4000) | st.integers(45, 60) | st.integers(100, 190),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(
    st.data(), st.sampled_from(["number", "why", "effective", "template", "draft", "rules", "added", "gone"])
)
def test_whatever_changes_in_a_signed_form_the_signature_no_longer_holds(data: Any, what: str) -> None:
    limits = data.draw(CHANGES)
    form = Form(3, Scope(stream=1), {}, limits, 1, 0, WHY, None, "staff 1", EPOCH)
    signed = sign(form.content(), 3, "Dr. Fib", EPOCH, PRESCRIBES, DEMANDED, True)
    assert verify(form.content(), signed).ok
    key = data.draw(st.sampled_from(sorted(limits)))
    changed = {
        "number": lambda: replace(
            form, limits=limits | {key: limits[key] + data.draw(st.sampled_from([-1, 1]))}
        ),
        "why": lambda: replace(form, why=WHY + data.draw(st.sampled_from([".", " ", "é"]))),
        "effective": lambda: replace(form, effective=data.draw(st.integers(0, 1 << 62))),
        "template": lambda: replace(form, template=1),
        "draft": lambda: replace(form, number=4),
        "rules": lambda: replace(form, rules="criteria 2"),
        "added": lambda: replace(form, limits=limits | {"vt.urgent.beats": 4}),
        "gone": lambda: replace(form, limits={other: limits[other] for other in limits if other != key}),
    }[what]()
    assert not verify(changed.content(), signed).ok
