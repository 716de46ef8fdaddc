"""No page keeps out whoever uses a keyboard or a screen reader: axe-core over every page and panel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser import duty
from tests.browser.axe import barriers
from tests.browser.conftest import Open
from tests.browser.paper_center import STREAM, PaperCenter
from tests.browser.paper_desk import PaperDesk
from tests.browser.signing_paper import SigningPaper
from tests.browser.test_worklist import FINDING, ID, MET, PATIENT, VT, a_call, now, told
from tests.e2e.processes import Serving

from einthoven.base.ids import stream_name

pytestmark = pytest.mark.browser
STREAMS = [STREAM + place for place in range(9)]
STILL: dict[str, Any] = {"reduced_motion": "reduce"}
"""Colours that flash are of no one moment."""
VERDICT = {"verdict": "true", "by": "Ruiz, T.", "at_ms": 1.7e12, "note": ""}


@pytest.fixture
def desk() -> Iterator[PaperDesk]:
    paper = PaperCenter()
    for stream in STREAMS[2:]:
        paper.center.reader.layouts[stream] = paper.center.reader.layouts[STREAM]
    desk = PaperDesk(paper)
    for stream in STREAMS:
        for what in ("patient", "emergency"):
            desk.answers[f"{what}/{stream_name(stream)}"] = PATIENT
    for number in (12, 13, 14):
        desk.answers[f"case/{number}"] = {"similar": [], "verdicts": [], "reasons": []}
    paper.start()
    paper.admit(STREAMS[2:])
    paper.worn[:] = STREAMS
    paper.say(VT)
    yield desk
    paper.stop()


@pytest.fixture
def paper() -> Iterator[SigningPaper]:
    center = SigningPaper()
    center.start()
    yield center
    center.stop()


def shift(desk: PaperDesk, open_page: Open, path: str, **me: Any) -> Page:
    """A page of a shift in which something is the matter with some of the patients."""
    put = duty.put_for(STREAMS, now(desk))
    patient = {"stream": ID, "patient": f"Patient, {STREAM}"}
    put["case:12"] |= patient | {"findings": [FINDING], "met": [MET]}
    if me:
        put["me"] = duty.me(**me)
    desk.say(put)
    return open_page(desk.paper.url, path, **STILL).page


def test_the_wall(desk: PaperDesk, open_page: Open) -> None:
    page = shift(desk, open_page, "/")
    tile = page.locator(f'.tile[data-id="{ID}"]')
    expect(tile.locator(".edge.flashing.high")).to_be_visible()
    expect(tile.locator(".title .alarm.ended")).to_be_visible()
    expect(page.locator(".watch-bar .offers")).to_be_visible()
    assert barriers(page) == []


def test_a_wall_that_is_cut_off(desk: PaperDesk, open_page: Open) -> None:
    page = shift(desk, open_page, "/")
    expect(page.locator(".edge.flashing.high")).to_be_visible()
    desk.silent = True
    desk.paper.worn.clear()
    expect(page.locator(".loud-banner")).to_be_visible()
    expect(page.locator(".tile:is(.stale, .lost)")).to_have_count(len(STREAMS))
    assert barriers(page) == []


def test_cases_beside_the_wall(desk: PaperDesk, open_page: Open) -> None:
    page = shift(desk, open_page, "/")
    expect(page.locator(".edge.flashing.high")).to_be_visible()
    page.keyboard.press("w")
    expect(page.locator(".panel.work .met")).to_be_visible()
    assert barriers(page) == []


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("h", ".hand-over"),
        ("i", ".offer-list"),
        ("?", "[role=dialog]"),
        ("Control+k", ".palette"),
        ("E", ".emergency-panel .address"),
        ("Shift+Enter", "[role=alertdialog]"),
    ],
)
def test_what_stands_over_the_wall(desk: PaperDesk, open_page: Open, key: str, shown: str) -> None:
    page = shift(desk, open_page, "/")
    expect(page.locator(".edge.flashing.high")).to_be_visible()
    page.locator(f'.tile[data-id="{ID}"]').click()
    page.keyboard.press(key)
    expect(page.locator(shown).first).to_be_visible()
    assert barriers(page) == []


def test_a_worklist_with_nothing_on_it(desk: PaperDesk, open_page: Open) -> None:
    page = open_page(desk.paper.url, "/worklist", **STILL).page
    expect(page.locator(".centre")).to_be_visible()
    assert barriers(page) == []


def test_a_case_from_the_alarm_to_the_call(desk: PaperDesk, open_page: Open) -> None:
    page = shift(desk, open_page, "/worklist")
    expect(page.locator(".met")).to_be_visible()
    assert barriers(page) == []
    mine = {"state": "held", "held_by": duty.RUIZ, "held_ms": now(desk)}
    desk.say({"case:12": desk.put["case:12"] | mine})
    expect(page.locator(".holder")).to_contain_text("You have it")
    assert barriers(page) == []
    decided = {"state": "notifying", "verdict": VERDICT, "notification": 5}
    desk.say({"case:12": desk.put["case:12"] | decided} | told(desk))
    page.keyboard.press("c")
    expect(page.locator(".call-panel a.number").first).to_be_visible()
    assert barriers(page) == []
    desk.say(told(desk, a_call(desk)))
    expect(page.locator(".outcomes")).to_be_visible()
    page.locator(".outcomes label").first.click()
    assert barriers(page) == []


def test_the_supervisors_page(desk: PaperDesk, open_page: Open) -> None:
    page = shift(desk, open_page, "/supervisor", staff=duty.ODE | {"roles": ["supervisor"], "practice": None})
    expect(page.get_by_text("page hidden")).to_be_visible()
    expect(page.get_by_text("verdict to call started").first).to_be_visible()
    assert barriers(page) == []


def test_the_patient_page(desk: PaperDesk, open_page: Open) -> None:
    page = shift(desk, open_page, f"/patient/{ID}")
    expect(page.locator(".event .what").first).to_be_visible()
    assert barriers(page) == []


def test_signing_in_and_prescribing(paper: SigningPaper, open_page: Open) -> None:
    screen = open_page(paper.url, "/criteria/s000017", **STILL)
    page = screen.page
    expect(page.get_by_label("Login")).to_be_visible()
    assert barriers(page) == []
    paper.sign_in(page, "physician")
    page.locator("input[name='pause.urgent.interval_ms']").fill("3500")
    expect(page.get_by_role("region", name="proposal")).to_contain_text("3500")
    assert barriers(page) == []
    page.goto(f"{paper.url}/ladder/s000017")
    expect(page.locator(".ladder-form .plan")).to_be_visible()
    assert barriers(page) == []
    page.goto(f"{paper.url}/criteria")
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
    assert barriers(page) == []
    page.locator(".account-button").click()
    page.get_by_role("button", name="Lock the controls").click()
    expect(page.get_by_role("form", name="unlock the controls")).to_be_visible()
    assert barriers(page) == []


@pytest.mark.parametrize("part", ["people", "places", "audit", "limits", "centers"])
def test_administration(center: Serving, open_page: Open, part: str) -> None:
    page = open_page(center.url, f"/administration#{part}", **STILL).page
    expect(page.locator(f'.tabs a[href="#{part}"][aria-current=page]')).to_be_visible()
    assert barriers(page) == []
    if part in ("people", "places"):
        expect(page.locator("button kbd", has_text="n")).to_be_visible()
        page.keyboard.press("n")
        expect(page.locator("dialog[open] #f-name")).to_be_focused()
        assert barriers(page) == []


def test_a_center_without_patients_and_a_browser_that_is_no_station(center: Serving, open_page: Open) -> None:
    page = open_page(center.url, "/", **STILL).page
    expect(page.locator(".empty")).to_be_visible()
    assert barriers(page) == []
    page.goto(f"{center.url}/station")
    expect(page.locator("h1")).to_be_visible()
    assert barriers(page) == []
