"""What pages of calls are tried with says what the desk says: the same fields, in calls, strips and lists."""

from __future__ import annotations

from typing import Any

import pytest
from tests.browser import call_paper
from tests.center.call_house import DOE, CallHouse

from einthoven.base.ids import stream_name


@pytest.fixture
def house() -> CallHouse:
    made = CallHouse()
    made.seat(made.anna)
    made.run(1)
    return made


def test_a_call_on_paper_has_the_fields_of_a_real_one(house: CallHouse) -> None:
    number = house.rings()
    real = house.entity(number)
    paper = call_paper.call(number, 0.0)
    assert set(paper) - set(real) == set()
    assert {type(paper[key]) for key in ("call", "state", "caller")} == {int, str}
    assert [key for key, one in paper.items() if one is None and real[key] not in (None, 0)] == []


def test_what_pages_read_of_a_strip_is_told(house: CallHouse) -> None:
    number = house.rings()
    house.act("telephone.take", call=number)
    house.strip(number)
    house.act("telephone.tie", call=number, stream=stream_name(DOE))
    house.place()
    house.act("telephone.ask", call=number, symptom="palpitations")
    [strip] = house.entity(number)["strips"]
    wanted = {"number", "opened_ms", "closed_ms", "samples", "stream", "start", "stop", "struck", "cases"}
    assert wanted - set(strip) == set()
    assert strip["cases"] != []


def test_lists_have_the_fields_that_pages_read(house: CallHouse) -> None:
    told: Any = house.ask("telephone")
    assert {"now_ms", "calls", "patients", "instructions", "attended"} - set(told) == set()
    assert {"id", "title", "when", "lines"} - set(told["instructions"][0]) == set()
    assert {"stream", "patient", "born", "last_ms"} - set(told["patients"][0]) == set()
    number = house.rings()
    assert house.ask("telephone", id=str(number))["call"]["call"] == number


def test_every_symptom_that_a_page_offers_is_taken(house: CallHouse) -> None:
    number = house.rings()
    house.act("telephone.take", call=number)
    for symptom in call_paper.SYMPTOMS:
        house.act("telephone.ask", call=number, symptom=symptom)
        assert house.entity(number)["asked"]["symptom"] == symptom
