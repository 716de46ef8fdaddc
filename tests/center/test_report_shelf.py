"""Reports as they leave: their state, their words, their page; what was withdrawn leaves no more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.bootstrap.letter_office import Office, enrolled

from einthoven.base.errors import NotFoundError
from einthoven.base.instants import DAY, to_iso
from einthoven.center import open_record
from einthoven.center.report_shelf import LifeShelf
from einthoven.enrollment.register import Enrolled


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_draft_is_preliminary_and_has_neither_words_of_a_physician_nor_a_page(office: Office) -> None:
    office.work()
    (told,) = office.shelf.of(1)
    assert (told.id, told.version, told.state, told.title) == ("report-1", 1, "preliminary", "Daily report")
    assert (told.conclusion, told.signed, told.pdf) == ("", (), None)
    assert (told.patient.name, told.patient_number, told.transmitter) == ("Doe, Jane", 3, "T-1")
    assert 0 < told.stop - told.start <= DAY
    assert {one.name for one in told.values} >= {"rate-mean", "conclusion"}
    assert office.shelf.of(2) == []


def test_a_report_of_strips_by_telephone_names_no_transmitter(office: Office) -> None:
    office.work()

    def by_telephone(stream: int) -> Enrolled:
        one = enrolled(stream)
        return replace(one, period=replace(one.period, transmitter="telephone/1"))

    (told,) = LifeShelf(office.books.reports, office.files, by_telephone).of(1)
    assert told.transmitter == ""
    devices = open_record._devices([by_telephone(1), enrolled(1)])
    assert [one.resource["deviceName"][0]["name"] for one in devices] == ["T-1"]


def test_signed_it_is_final_with_who_signed_and_the_page_that_was_issued(office: Office) -> None:
    office.issues()
    (told,) = office.shelf.of(1)
    assert (told.state, told.conclusion) == ("final", "Sinus rhythm with | and ^.")
    assert [one.name for one in told.signed] == ["Dr. Fib"]
    assert told.made == told.signed[0].at
    assert told.pdf is not None
    assert told.pdf() == office.files.get(office.report().pdfs[0])


def test_while_a_second_signature_is_awaited_it_is_preliminary(office: Office) -> None:
    office.work()
    office.write(office.physician)
    assert office.signs(office.physician, cosign=True) is None
    office.work()
    (told,) = office.shelf.of(1)
    assert (told.state, len(told.signed), told.pdf) == ("preliminary", 1, None)
    assert office.signs(office.colleague, "report.cosign") is None
    office.work()
    (told,) = office.shelf.of(1)
    assert (told.state, [one.name for one in told.signed]) == ("final", ["Dr. Fib", "Dr. Second"])


def test_an_addendum_makes_it_appended_and_stands_in_the_conclusion_with_its_signer(office: Office) -> None:
    office.issues()
    office.adds()
    (told,) = office.shelf.of(1)
    at = to_iso(office.report().addenda[0].signature.at)
    assert (told.state, told.version) == ("appended", 2)
    assert told.conclusion == f"Sinus rhythm with | and ^.\n\nAddendum 1, Dr. Fib, {at}:\nAlso AF."
    assert told.pdf is not None
    assert told.pdf() == office.files.get(office.report().pdfs[1])


def test_an_edition_that_is_not_issued_yet_has_no_page_rather_than_the_one_before(office: Office) -> None:
    office.issues()
    base = office.report().writing.version
    office.must(office.physician, "report.write_addendum", report=1, text="Also AF.", base=base)
    office.signs(office.physician, "report.add")
    (told,) = office.shelf.of(1)
    assert (told.state, told.pdf) == ("appended", None)


def test_a_draft_that_a_newer_one_replaced_leaves_no_more(office: Office) -> None:
    office.work()
    office.maker.edition[1] = 2
    office.maker.beats = 1
    office.later(700)
    office.work()
    assert [one.id for one in office.shelf.of(1)] == ["report-2"]
    assert [one.id for one in office.shelf.find(["report-1", "report-2", "report-9"])] == ["report-2"]
    with pytest.raises(NotFoundError, match="withdrawn"):
        office.shelf.one(1)


def test_reports_are_found_by_the_ids_of_what_is_in_them(office: Office) -> None:
    office.work()
    for id_ in ("report-1", "report-1-v1", "report-1-v1-rate-mean"):
        assert [one.id for one in office.shelf.find([id_, id_])] == ["report-1"]
    for id_ in ("report-10", "report-1x", "report-", "p1", "report-99999999999"):
        assert office.shelf.find([id_]) == []
