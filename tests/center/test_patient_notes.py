"""What is told of a patient besides the enrollment is kept as deeds, checked before it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.deeds import Deed, Draft, numbered
from einthoven.base.errors import FaultsError, InputError
from einthoven.center.patient_notes import CONTACTS_KEPT, Notes, PatientNotes, contact, note


def told(book: PatientNotes, drafts: list[Draft], at: int = 1) -> None:
    for deed in numbered(drafts, 0, "staff 1", at):
        book.apply(deed)


def test_what_is_newly_known_is_kept_and_what_was_known_is_no_deed() -> None:
    book = PatientNotes()
    told(book, note(book, 7, {"known_af": True, "zone": "America/Chicago"}))
    assert book.of(7) == Notes(known_af=True, zone="America/Chicago")
    assert book.of(8) == Notes()
    assert note(book, 7, {"known_af": True}) == []
    (draft,) = note(book, 7, {"known_af": True, "at_risk": False})
    assert (draft.kind, draft.subject, draft.body) == (
        "patient.noted",
        "s000007",
        {"stream": 7, "at_risk": False},
    )


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"known_af": "yes"}, "known_af: want true, false or null"),
        ({"practice": 0}, "practice: want its number or null"),
        ({"practice": True}, "practice: want its number or null"),
        ({"place": "a\nb"}, "place: want a text"),
        ({"shoe": 43}, "shoe: no such field"),
    ],
)
def test_what_is_no_such_field_or_of_the_wrong_form_is_refused(fields: dict[str, object], fault: str) -> None:
    with pytest.raises(FaultsError, match=fault):
        note(PatientNotes(), 1, fields)


def test_every_fault_is_named() -> None:
    with pytest.raises(FaultsError) as caught:
        note(PatientNotes(), 1, {"shoe": 43, "at_risk": 1, "zone": 5})
    assert len(str(caught.value).splitlines()) == 3


def test_contacts_are_logged_with_who_when_and_what() -> None:
    book = PatientNotes()
    told(book, contact(3, "telephone", " put the lead back on "), at=99)
    assert [(one.at, one.by, one.how, one.said) for one in book.contacts[3]] == [
        (99, "staff 1", "telephone", "put the lead back on")
    ]
    for how, said in (("shout", "x"), ("telephone", " "), ("telephone", None)):
        with pytest.raises(InputError):
            contact(3, how, said)


def test_memory_holds_the_last_contacts_only() -> None:
    book = PatientNotes()
    for at in range(CONTACTS_KEPT + 3):
        told(book, contact(3, "telephone", "call"), at)
    assert [one.at for one in book.contacts[3]] == list(range(3, CONTACTS_KEPT + 3))


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "practice": st.one_of(st.none(), st.integers(1, 9)),
        "at_risk": st.one_of(st.none(), st.booleans()),
        "known_af": st.one_of(st.none(), st.booleans()),
        "place": st.text("ab ", max_size=4),
    },
)


@given(st.lists(st.tuples(st.integers(1, 3), FIELDS), max_size=12))
def test_a_replayed_book_is_the_live_one(steps: list[tuple[int, dict[str, object]]]) -> None:
    live, deeds = PatientNotes(), list[Deed]()
    for stream, fields in steps:
        fresh = numbered(note(live, stream, fields), len(deeds), "staff 1", 5)
        for deed in fresh:
            live.apply(deed)
        deeds += fresh
        for name, value in fields.items():
            assert getattr(live.of(stream), name) == value
    again = PatientNotes()
    for deed in deeds:
        again.apply(deed)
    assert again == live
