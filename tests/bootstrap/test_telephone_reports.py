"""The center's reports of strips by telephone: out of the desk's calls and the stored samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.bootstrap.test_report_maker import END, START, Center
from tests.center.call_house import DOE, ROE, CallHouse
from tests.center.eventful import RATE, RECORD
from tests.reports.telephoned import quality

from einthoven.answering import call_deeds
from einthoven.answering.call import Take
from einthoven.base.deeds import Draft
from einthoven.base.instants import DAY, SECOND
from einthoven.ecg.beats import ARTEFACT, beats_of
from einthoven.edges.typeset.pdf import typeset
from einthoven.reports.life_states import About, Kind
from einthoven.reports.read import report_from

FROM, SECONDS = 20 * RATE, 30


class Telephoned(Center):
    """A strip of the recording was telephoned, and its call closed."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = CallHouse()
        self.house = self.calls
        self.calls.seat(self.calls.anna)
        self.calls.seat(self.calls.sara)
        self.calls.run(1)
        self.begin()

    def strip(self, asked: bool = True, millivolts: bool = True) -> About:
        """A call with a strip; what its report is about."""
        house, book = self.calls, self.calls.books.calls
        number = house.rings()
        house.run(4)
        house.act("telephone.take", call=number)
        told = quality(SECONDS, millivolts=millivolts)
        house.run(SECONDS + 5)
        strip, now = 1, house.now
        house.tell(call_deeds.opened(book, number, strip, now - SECONDS * SECOND))
        times = now - SECONDS * SECOND, now, SECONDS * RATE
        house.tell(call_deeds.strip(book, number, strip, *times, told, []))
        house.act("telephone.tie", call=number, stream="s000001")
        if asked:
            house.act("telephone.ask", call=number, symptom="racing", severity=2, text="It jumped.")
        if millivolts:
            house.tell(call_deeds.placed(book, number, strip, DOE, FROM, FROM + SECONDS * RATE))
        house.hangs_up(number)
        closed = {"call": number, "outcome": "strip taken", "note": "Patient well."}
        house.tell([Draft("telephone.closed", f"telephone {number}", closed)])  # cases are others' to test
        one = house.call(number).strips[0]
        assert one.closed_at is not None
        return About(Kind.STRIP, DOE, f"{number}.{strip}", one.opened_at, one.closed_at)


@pytest.fixture
def center() -> Telephoned:
    return Telephoned()


def shown(told: dict[str, Any], name: str) -> dict[str, str]:
    (part,) = (one for one in told["sections"] if one["name"] == name)
    return {one["label"]: one["text"] for one in part["shown"]}


def headline(told: dict[str, Any]) -> dict[str, str]:
    return {one["label"]: one["text"] for one in told["headline"]}


def test_a_strip_is_what_is_stored_and_its_beats_are_those_of_the_analysis(center: Telephoned) -> None:
    told = center.told(center.strip())
    values = [value for row in told["strips"] for value in row["traces"][0]["values"]]
    assert values == RECORD[FROM : FROM + SECONDS * RATE, 0].tolist()
    rows = beats_of(center.lives.core.ward.rows(1, FROM, FROM + SECONDS * RATE))
    there = (rows["sample"] >= FROM) & (rows["sample"] < FROM + SECONDS * RATE)
    assert headline(told)["Beats counted"] == str(int((there & (rows["code"] != ARTEFACT)).sum()))
    assert [one["start"] for one in told["strips"]][:2] == [FROM, FROM + 7 * RATE]
    call = shown(told, "call")
    assert call["by"].startswith("Anna, technician")
    assert shown(told, "told")["Symptom"] == "racing, moderate"
    assert told["person"]["identifier"].startswith("P")
    assert typeset(report_from(center.bytes(About(Kind.STRIP, DOE, "1.1", START, END))))[:5] == b"%PDF-"


def test_what_is_told_later_changes_its_stamp(center: Telephoned) -> None:
    about = center.strip(asked=False)
    before = center.maker.stamp(about)
    assert center.maker.stamp(about) == before
    center.calls.act("telephone.strike", by=center.calls.sara, call=1, strip=1, why="a test")
    assert center.maker.stamp(about) != before
    told = center.told(about)
    assert told["conclusion"][0]["text"].startswith("STRUCK OUT: a test")
    assert told["strips"] == []


def test_one_of_unknown_size_lies_nowhere_and_is_reported_without_a_tracing(center: Telephoned) -> None:
    told = center.told(center.strip(millivolts=False))
    assert headline(told)["Beats counted"] == "–"
    assert (told["strips"], told["leads"]) == ([], [])
    assert any("Size not known" in one["text"] for one in told["conclusion"])


def test_one_that_was_another_patients_says_so_to_whose_it_is_not(center: Telephoned) -> None:
    about = center.strip()
    move = {"call": 1, "strip": 1, "stream": "s000002", "why": "her sister called"}
    center.calls.act("telephone.move", by=center.calls.sara, **move)
    told = center.told(about)
    assert "it is not this patient's: her sister called" in told["conclusion"][0]["text"]
    assert told["strips"] == []
    assert center.calls.call(1).stream_of(center.calls.call(1).strips[0]) == ROE


def test_the_period_tells_every_call(center: Telephoned) -> None:
    center.strip()
    center.calls.run(600)
    center.strip(asked=False)
    period = About(Kind.PERIOD, DOE, "", center.calls.now - DAY, center.calls.now)
    told = center.told(period)
    assert headline(told) == {
        "Calls": "2",
        "Missed": "0",
        "Taken within 20 s": "100.0",
        "Strips": "2",
        "ECG received": "60",
    }
    assert typeset(report_from(center.bytes(period)))[:5] == b"%PDF-"


def test_a_call_that_was_theirs_by_mistake_is_in_no_report_of_theirs(center: Telephoned) -> None:
    center.strip()
    house = center.calls
    house.run(600)
    number = house.rings("+15555550200")
    house.act("telephone.take", call=number)
    house.act("telephone.tie", call=number, stream="s000001")
    house.act("telephone.tie", call=number, stream="s000002")
    house.hangs_up(number)
    told = center.told(About(Kind.PERIOD, DOE, "", house.now - DAY, house.now))
    assert headline(told)["Calls"] == "1"


def test_a_call_that_was_handed_on_names_who_took_it_first(center: Telephoned) -> None:
    about, house = center.strip(), center.calls
    house.seat(house.ben)
    house.run(1)
    call = house.call(1)
    assert call.taken_by == house.anna
    on = Take(house.ben, house.ben, call.rang_at + 20 * SECOND)
    house.books.calls.calls[1] = replace(call, taken_by=house.ben, takes=(*call.takes, on))
    assert shown(center.told(about), "call")["by"].startswith("Anna, technician")
