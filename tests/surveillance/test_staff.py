from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.surveillance.floor import T0, TOPICS, Floor

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import DAY, HOUR, SECOND
from einthoven.surveillance import staff_changes as changes
from einthoven.surveillance.qualification import Recognised, qualified, qualified_spans, unqualified_since
from einthoven.surveillance.roles import Permission, Role
from einthoven.surveillance.staff import Credential, Member, StaffBook, Training

RULE = Recognised()
YEAR = 365 * DAY


def member(
    credentials=(), training=None, roles=(Role.TECHNICIAN,), active: bool = True, changed: int = T0
) -> Member:
    trained = tuple(Training(topic, T0 - YEAR, T0 + YEAR, "Head Nurse") for topic in TOPICS)
    return Member(
        1,
        "Ann Lee",
        "ann",
        frozenset(roles),
        None,
        active,
        changed,
        tuple(credentials),
        trained if training is None else tuple(training),
    )


CCT = Credential("CCT", "C-1", "CCI", T0 - YEAR, T0 + YEAR)


def test_qualified_and_on_what_it_rests() -> None:
    judgement = qualified(member([CCT]), T0, RULE)
    assert judgement.ok
    assert judgement.reasons == (
        "CCT C-1 (CCI) runs until 2027-11-22T12:00:00.000Z",
        "trained: reading ECGs",
        "trained: directing a patient in an emergency",
    )


@pytest.mark.parametrize("kind", ["RN", "EMT", "CCT", "CRAT"])
def test_the_credentials_that_the_determination_names(kind: str) -> None:
    assert qualified(member([Credential(kind, "1", "x", T0 - 1, T0 + 1)]), T0, RULE).ok


EXPIRED = Credential("CCT", "C-1", "CCI", T0 - YEAR, T0)
REVOKED = Credential("CCT", "C-1", "CCI", T0 - YEAR, T0 + YEAR, ended=T0 - SECOND, why="revoked")
TOMORROW = Credential("CCT", "C-1", "CCI", T0 + DAY, T0 + YEAR)
HERB = Credential("herbalist", "9", "x", T0 - YEAR, T0 + YEAR)
OLD_TRAINING = [
    Training(TOPICS[0], T0 - YEAR, T0 - DAY, "H N"),
    Training(TOPICS[1], T0 - YEAR, T0 + YEAR, "H N"),
]


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (member([EXPIRED]), "CCT C-1 expired 2026-11-22T12:00:00.000Z"),
        (member([REVOKED]), "CCT C-1 was withdrawn 2026-11-22T11:59:59.000Z"),
        (member([TOMORROW]), "CCT C-1 counts from 2026-11-23T12:00:00.000Z on"),
        (member([HERB]), "herbalist is not recognised here (want RN, EMT, CCT, CRAT)"),
        (member(), "no credential on file (want RN, EMT, CCT, CRAT)"),
        (member([CCT], active=False), "Ann Lee has left"),
        (member([CCT], roles=[Role.BILLING]), "no role that watches (technician or supervisor)"),
        (member([CCT], training=OLD_TRAINING), "training 'reading ECGs' expired 2026-11-21T12:00:00.000Z"),
        (member([CCT], training=OLD_TRAINING[:0]), "training 'reading ECGs' is not on file"),
    ],
)
def test_not_qualified_and_why(who: Member, words: str) -> None:
    judgement = qualified(who, T0, RULE)
    assert not judgement.ok
    assert judgement.reasons[0] == words
    assert unqualified_since(who, T0, RULE) is not None


def test_a_center_recognises_others() -> None:
    assert qualified(member([HERB], training=[]), T0, Recognised(("herbalist",), ())).ok


@pytest.mark.parametrize(
    ("who", "since"),
    [
        (member([EXPIRED]), T0),
        (member([REVOKED]), T0 - SECOND),
        (member([CCT], active=False, changed=T0 - HOUR), T0 - HOUR),
        (member([REVOKED], active=False, changed=T0 - HOUR), T0 - HOUR),
        (member([REVOKED], active=False, changed=T0), T0 - SECOND),
        (member([CCT], training=OLD_TRAINING), T0 - DAY),
        (member(changed=T0 - DAY), T0 - DAY),
    ],
)
def test_since_when_not(who: Member, since: int) -> None:
    assert unqualified_since(who, T0, RULE) == since
    assert unqualified_since(member([CCT]), T0, RULE) is None


TIMES = st.integers(0, 12)
PAPERS = st.lists(
    st.tuples(TIMES, TIMES, st.none() | TIMES, st.sampled_from(["CCT", "RN", "herbalist"])), max_size=4
)
TRAINED = st.lists(st.tuples(st.sampled_from(TOPICS), TIMES, TIMES), max_size=6)


@given(PAPERS, TRAINED)
def test_the_spans_are_the_moments_at_which_papers_are_in_order(papers, trained) -> None:
    who = member(
        [Credential(kind, "1", "x", since, stop, ended=ended) for since, stop, ended, kind in papers],
        [Training(topic, on, stop, "H N") for topic, on, stop in trained],
    )
    spans = qualified_spans(who, RULE)
    for at in range(14):
        inside = any(span.start <= at < span.stop for span in spans)
        assert inside == qualified(who, at, RULE).ok
        since = unqualified_since(who, at, RULE)
        before = [moment for moment in range(at) if qualified(who, moment, RULE).ok]
        assert (since is None) == inside
        if before and not inside:
            assert since == max(before) + 1


def book_with(*people: tuple[str, str, list[str], int | None]) -> Floor:
    floor = Floor()
    floor.do(changes.add_practice(floor.staff, "Heart House"))
    floor.do(changes.add_practice(floor.staff, "Rhythm Rooms"))
    for name, login, roles, practice in people:
        floor.do(changes.join(floor.staff, name, login, roles, practice))
    return floor


def test_joining_changing_leaving_coming_back() -> None:
    floor = book_with(("Ada Root", "Ada", ["administrator"], None), ("Bo Ek", "bo", ["technician"], None))
    book = floor.staff
    assert book.by_login(" ADA ") == book.members[1]
    floor.do(changes.change(book, 2, "Bo Ek-Lund", "bo.ek", ["technician", "supervisor"]))
    assert (book.by_login("bo"), book.members[2].name) == (None, "Bo Ek-Lund")
    floor.do(changes.leave(book, 2, "moved"))
    assert book.by_login("bo.ek") is None
    with pytest.raises(RefusedError, match=r"left: staff 2 \(Bo Ek-Lund\) has left"):
        changes.leave(book, 2, "again")
    floor.do(changes.come_back(book, 2))
    assert book.by_login("bo.ek") == book.members[2]
    with pytest.raises(RefusedError, match="not_left"):
        changes.come_back(book, 2)
    floor.do(changes.leave(book, 2, "moved"))
    floor.do(changes.join(book, "Other Bo", "bo.ek", ["billing"]))
    with pytest.raises(RefusedError, match="login_taken"):
        changes.come_back(book, 2)


def test_the_last_administrator_stays_one() -> None:
    floor = book_with(("Ada Root", "ada", ["administrator"], None))
    assert floor.staff.administrators() == 1
    with pytest.raises(RefusedError, match="last_administrator: Ada Root is the last administrator"):
        changes.leave(floor.staff, 1, "moved")
    with pytest.raises(RefusedError, match="last_administrator"):
        changes.change(floor.staff, 1, "Ada Root", "ada", ["technician"])
    floor.do(changes.join(floor.staff, "Eve Root", "eve", ["administrator"]))
    floor.do(changes.leave(floor.staff, 1, "moved"))


BAD_PEOPLE = [
    (("", "x", ["technician"], None), "name: is missing"),
    (("Cy", "no blanks", ["technician"], None), "login: 'no blanks': want 1 to 64 letters"),
    (("Cy", "ada", ["technician"], None), "login: 'ada' is somebody else's"),
    (("Cy", "cy", [], None), "roles: at least one is needed"),
    (("Cy", "cy", ["king"], None), "roles: 'king' is no role (want of: technician,"),
    (("Cy", "cy", ["physician"], None), "practice: a physician or office member belongs to one"),
    (("Cy", "cy", ["technician"], 1), "practice: only physicians and office members belong to one"),
    (("Cy", "cy", ["office"], 9), "practice: there is no practice 9"),
]


@pytest.mark.parametrize(("fields", "words"), BAD_PEOPLE)
def test_bad_people(fields, words: str) -> None:
    floor = book_with(("Ada Root", "ada", ["administrator"], None))
    with pytest.raises(InputError) as caught:
        changes.join(floor.staff, *fields)
    assert str(caught.value).startswith(words)


def test_credentials_and_training_are_kept_with_their_documents() -> None:
    floor = book_with(("Bo Ek", "bo", ["technician"], None))
    book, paper = floor.staff, "ab" * 32
    floor.do(changes.credential(book, 1, "CCT", "C-7", "CCI", T0, T0 + YEAR, paper))
    floor.do(changes.training(book, 1, TOPICS[0], T0, T0 + YEAR, "Head Nurse", paper))
    [credential], [training] = book.members[1].credentials, book.members[1].training
    assert (credential.number, credential.document, training.by) == ("C-7", paper, "Head Nurse")
    with pytest.raises(RefusedError, match="known: CCT C-7 with this expiry is on file"):
        changes.credential(book, 1, "CCT", "C-7", "CCI", T0, T0 + YEAR)
    floor.do(changes.end_credential(book, 1, "CCT", "C-7", "revoked by the board", T0 + DAY))
    assert book.members[1].credentials[0].stop == T0 + DAY
    with pytest.raises(NotFoundError):
        changes.end_credential(book, 1, "CCT", "C-7", "twice", T0 + DAY)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"expires": T0}, "expires: is not behind since"),
        ({"expires": -1}, "expires: -1 is no instant between 1970 and 2100"),
        ({"since": 1.5}, "since: want an instant"),
        ({"document": "scan.pdf"}, "document: want 64 hexadecimal digits"),
        ({"kind": ""}, "kind: is missing"),
    ],
)
def test_bad_credentials(more, words: str) -> None:
    floor = book_with(("Bo Ek", "bo", ["technician"], None))
    good = {
        "kind": "CCT",
        "certificate": "C-7",
        "issuer": "CCI",
        "since": T0,
        "expires": T0 + YEAR,
        "document": "",
    }
    with pytest.raises(InputError) as caught:
        changes.credential(floor.staff, 1, **{**good, **more})
    assert str(caught.value).startswith(words)


def test_nobody_and_nothing() -> None:
    floor = book_with()
    with pytest.raises(NotFoundError, match="staff 4: nobody has this number"):
        changes.leave(floor.staff, 4, "moved")
    with pytest.raises(NotFoundError, match="practice: there is no practice 8"):
        changes.rename_practice(floor.staff, 8, "Else")
    floor.do(changes.rename_practice(floor.staff, 2, "Rhythm House"))
    assert floor.staff.practices[2].name == "Rhythm House"


def may(
    floor: Floor, person: int, practice: int | None, permission=Permission.READ_ECG, stream: int = 7
) -> bool:
    return changes.may(floor.staff, floor.staff.members[person], permission, practice, stream, floor.now)


def test_a_practice_sees_its_own_patients_and_the_center_sees_all() -> None:
    floor = book_with(
        ("Dr Kim", "kim", ["physician"], 1),
        ("Flo Desk", "flo", ["office"], 2),
        ("Bo Ek", "bo", ["technician"], None),
    )
    assert [may(floor, 1, practice) for practice in (1, 2, None)] == [True, False, False]
    assert [may(floor, 2, practice) for practice in (1, 2, None)] == [False, True, False]
    assert all(may(floor, 3, practice) for practice in (1, 2, None))
    assert not may(floor, 3, 1, Permission.CRITERIA_SIGN)
    floor.do(changes.leave(floor.staff, 3, "moved"))
    assert not may(floor, 3, 1)


def test_broken_glass_lets_one_look_at_one_patient_for_an_hour_and_do_nothing() -> None:
    floor = book_with(("Dr Kim", "kim", ["physician"], 1), ("Flo Desk", "flo", ["office"], 2))
    [deed] = floor.do(
        changes.break_glass(floor.staff, 1, 7, "covering for Dr Abe tonight", floor.now), "staff 1"
    )
    assert (deed.subject, deed.body["why"]) == ("s000007", "covering for Dr Abe tonight")
    assert may(floor, 1, 2)
    assert not may(floor, 1, 2, stream=8)
    assert not may(floor, 1, 2, Permission.CRITERIA_SIGN)
    floor.now += 60 * 60 * SECOND - 1
    assert may(floor, 1, 2)
    floor.now += 1
    assert not may(floor, 1, 2)
    with pytest.raises(RefusedError, match="not_permitted"):
        changes.break_glass(floor.staff, 2, 7, "because I want to", floor.now)
    with pytest.raises(InputError, match="why: 'why not' explains nothing"):
        changes.break_glass(floor.staff, 1, 7, "why not", floor.now)


def test_a_replayed_staff_book_is_the_live_one() -> None:
    floor = book_with(("Dr Kim", "kim", ["physician"], 1), ("Bo Ek", "bo", ["technician"], None))
    floor.certify(2, T0 + YEAR)
    floor.do(changes.break_glass(floor.staff, 1, 7, "covering for Dr Abe tonight", floor.now))
    floor.do(changes.leave(floor.staff, 2, "moved"))
    replayed = StaffBook()
    for deed in floor.journal:
        replayed.apply(deed)
    assert replayed == floor.staff
