"""What a page has fetched or painted, and is then no longer so: a hole is filled, another center, paper."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.screens import SMALL, Screen
from tests.browser.test_painting import GREEN, heart
from tests.browser.test_patient_page import AXIS, BEATS_LINE, go_to, moment, trace_rows
from tests.e2e.processes import Serving, until
from tests.e2e.wearing import Wearing

pytestmark = pytest.mark.browser
RATE = 250


def reached(screen: Screen, seconds: float) -> None:
    """So much of the stream is on the page, which follows it."""
    until("the samples", lambda: screen.debug()["page"]["map"]["end"] > seconds * RATE)


def drawn(screen: Screen, start_s: float, stop_s: float) -> list[bool]:
    """For each pixel column of the moment between two times whether the first lead is drawn in it."""
    told = screen.debug()["page"]["map"]
    image = moment(screen)
    height = (image.shape[0] - AXIS - BEATS_LINE) // len(told["lanes"])
    rows = trace_rows(image[BEATS_LINE : BEATS_LINE + height], GREEN, 0.55)
    first, last = ((at * RATE - told["start"]) / told["samples_per_px"] for at in (start_s, stop_s))
    return [row is not None for row in rows[round(first) : round(last)]]


def test_a_hole_that_is_filled_later_is_drawn_on_the_patient_page(
    center: Serving, wearing: Wearing, open_page: Any
) -> None:
    enrolled = center.enroll(RATE, "II,V1", patient="Filled, Fay")
    # Farther back than anything that comes over the live socket.
    hand = wearing.by_hand(enrolled.key, heart(RATE, 11), 150)
    hole = hand.withhold(60, 62)
    screen = open_page(center.url, f"/patient/{enrolled.stream}")
    reached(screen, 150)
    until("the hole", lambda: screen.debug()["page"]["map"]["holes"] == 1)
    go_to(screen, 61 * RATE)
    assert not any(drawn(screen, 60.1, 61.9))
    assert all(drawn(screen, 58.5, 59.9))
    hand.release(hole)
    until("no hole", lambda: screen.debug()["page"]["map"]["holes"] == 0)
    until("the samples of the hole", lambda: all(drawn(screen, 59, 63)))


def test_another_center_at_the_same_address_shows_its_own_patients(
    tmp_path: Path, wearing: Wearing, open_page: Any
) -> None:
    first = Serving(tmp_path / "first").start()
    second = Serving(tmp_path / "second", first.port, first.link_port)
    try:
        was = first.enroll(RATE, "II,V1", patient="First, Flo")
        worn = wearing.by_hand(was.key, heart(RATE, 12), 15)
        wall, page = open_page(first.url), open_page(first.url, f"/patient/{was.stream}")
        wall.painted(was.stream, 4)
        reached(page, 10)
        wall.outages = page.outages = True
        wearing.call(worn.stop)
        first.stop()
        second.start()
        now = second.enroll(RATE, "II", patient="Second, Sid")
        assert now.stream == was.stream
        expect(wall.page.locator(".tile .patient")).to_have_text(["Second, Sid"])
        expect(page.page.get_by_role("heading", level=1)).to_have_text("Second, Sid")
        expect(page.page.get_by_role("heading", name="No samples yet")).to_be_visible()
        tile = wall.tile(now.stream)
        assert tile is not None
        assert tile["leads"] == []
        # Asked before anybody was enrolled there, the browser itself complains of the 404.
        for screen in (wall, page):
            screen.complaints[:] = [text for text in screen.complaints if "404" not in text]
    finally:
        first.stop()
        second.stop()


def sheets(screen: Screen) -> int:
    """Pages of paper that the browser would print."""
    return len(re.findall(rb"/Type\s*/Page\b", screen.page.pdf(prefer_css_page_size=True)))


@pytest.mark.parametrize(
    ("leads", "pages"), [("II", 1), ("II,V1", 1), ("I,II,III,aVR,aVL,aVF,V1", 2)], ids=["1", "2", "7"]
)
def test_a_sheet_is_a_page_and_every_page_carries_the_name(
    center: Serving, wearing: Wearing, open_page: Any, leads: str, pages: int
) -> None:
    enrolled = center.enroll(RATE, leads, patient=f"Printed, {leads}")
    worn = wearing.wear(enrolled.key, heart(RATE, 13, tuple(leads.split(","))), frame_s=0.5)
    screen = open_page(center.url, f"/patient/{enrolled.stream}", SMALL)
    page = screen.page
    page.add_init_script("window.print = () => { window.printed = true; };")
    page.reload()
    reached(screen, 6)
    page.keyboard.press("Home")
    page.keyboard.press("Shift+P")
    until("the print dialog", lambda: page.evaluate("window.printed === true"))
    headers = page.locator("#paper header")
    expect(headers).to_have_count(pages)
    for number in range(pages):
        expect(headers.nth(number)).to_contain_text(f"Printed, {leads}")
    expect(page.locator("#paper .not-loaded")).to_have_count(0)
    expect(page.locator("#paper path.beat").first).to_be_attached()
    expect(page.locator("#paper text.beat")).to_have_count(0)
    assert sheets(screen) == pages
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#paper > *")).to_have_count(0)
    wearing.call(worn.stop)


def test_the_wall_prints_no_sheet_of_before(center: Serving, open_page: Any) -> None:
    screen = open_page(center.url)
    paper = screen.page.locator("#paper")
    screen.page.locator(".top").wait_for()
    screen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(paper).to_have_text(
        re.compile("nothing is printed from the wall. Open a patient's page and press P")
    )
    screen.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(paper.locator("*")).to_have_count(0)
    assert sheets(screen) == 1
