"""Bad signal and measurements on the patient page, as they are seen and by the keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect
from tests.browser.paper_center import RATE, PaperCenter
from tests.browser.screens import LARGE, SMALL, Screen
from tests.browser.test_painting import GREEN
from tests.e2e.processes import until

from einthoven.ecg.beats import FLAT, GOOD, LEAD_OFF, NOISY, SATURATED, UNUSABLE
from einthoven.testing.web import FakeFinding

pytestmark = pytest.mark.browser
ID = "s000017"
TEXTURE, FAINT = (0x5D, 0x6A, 0x6F), (0x8A, 0x97, 0xA6)
BOTH_GOOD = (GOOD, GOOD)


@pytest.fixture
def paper() -> Iterator[PaperCenter]:
    center = PaperCenter().start()
    yield center
    center.stop()


def still(screen: Screen) -> dict[str, Any]:
    """Stop following, and wait for the picture and its quality."""
    expect(screen.page.locator(".moment")).to_be_focused()
    screen.page.keyboard.press("l")

    def seen() -> dict[str, Any] | None:
        told: dict[str, Any] = screen.debug()["page"]["map"]
        return told if told["sharp"] and not told["following"] and told["quality"] else None

    return until("the quality of what is shown", seen)


def lit(screen: Screen, told: dict[str, Any], colour: tuple[int, int, int], lead: int) -> np.ndarray:
    """How many pixels of a colour there are in each pixel column of a lead's lane in the moment."""
    box = screen.page.locator(".moment").bounding_box()
    assert box is not None
    high = (box["height"] - 40) / 2
    top, left = round(box["y"] + 20 + lead * high), round(box["x"])
    lane = screen.image()[top + 4 : top + round(high) - 20, left : left + round(box["width"])]
    return (np.abs(lane - np.array(colour)).max(axis=2) < 16).sum(axis=0)


def columns(screen: Screen, told: dict[str, Any], colour: tuple[int, int, int], lead: int) -> np.ndarray:
    """Samples at the columns that have some of a colour."""
    return told["start"] + np.flatnonzero(lit(screen, told, colour, lead)) * told["samples_per_px"]


def textured(screen: Screen, told: dict[str, Any], lead: int, low: int, high: int) -> tuple[int, int]:
    """Pixels of texture in a stretch and in one as long before it: the trace's own edges have some."""
    count = lit(screen, told, TEXTURE, lead)
    edges = [round((at - told["start"]) / told["samples_per_px"]) for at in (2 * low - high, low, high)]
    before, within = (int(count[max(0, first) : last].sum()) for first, last in pairwise(edges))
    return within, before


@pytest.mark.parametrize("code", [UNUSABLE, LEAD_OFF, FLAT])
def test_a_stretch_that_cannot_be_read_is_grey_in_its_texture_and_the_other_lead_is_not(
    paper: PaperCenter, open_page: Any, code: int
) -> None:
    low, high = paper.now - 5 * RATE, paper.now - 3 * RATE
    paper.grade((0, BOTH_GOOD), (low, (code, GOOD)), (high, BOTH_GOOD))
    screen = open_page(paper.url, f"/patient/{ID}")
    told = still(screen)
    assert [(one["lead"], one["code"]) for one in told["quality"]] == [(0, code)]
    green = columns(screen, told, GREEN, 0)
    edge = 4 * told["samples_per_px"]
    assert not ((green > low + edge) & (green < high - edge)).any()
    assert (green < low).any()
    within, before = textured(screen, told, 0, low, high)
    assert within > before + 600, (within, before, "edges of a grey trace alone are fewer")
    other = columns(screen, told, (0x8F, 0xB8, 0xFF), 1)
    assert ((other > low + edge) & (other < high - edge)).any()


def test_noise_keeps_its_trace_and_is_dotted(paper: PaperCenter, open_page: Any) -> None:
    low, high = paper.now - 5 * RATE, paper.now - 3 * RATE
    paper.grade((0, BOTH_GOOD), (low, (NOISY, GOOD)), (high, BOTH_GOOD))
    screen = open_page(paper.url, f"/patient/{ID}")
    told = still(screen)
    green = columns(screen, told, GREEN, 0)
    assert ((green > low) & (green < high)).any()
    within, before = textured(screen, told, 0, low, high)
    assert within > 2 * before, (within, before)


@pytest.mark.parametrize(("code", "unbroken"), [(LEAD_OFF, False), (FLAT, True), (SATURATED, True)])
def test_on_the_wall_a_flat_lead_is_lined_and_one_that_is_off_is_dashed(
    paper: PaperCenter, open_page: Any, code: int, unbroken: bool
) -> None:
    paper.quality(code, GOOD)
    screen = open_page(paper.url)

    def lines() -> tuple[float, int] | None:
        """Share of the width that the fullest row of texture takes, once half of the lane has some."""
        tile = screen.tile(ID)
        board = screen.page.locator(".board").bounding_box()
        if tile is None or board is None:
            return None
        rect = tile["rect"]
        x, y = round(board["x"]) + rect["x"], round(board["y"]) + rect["y"]
        lane = screen.image()[y : y + rect["height"] // 2, x : x + rect["width"]]
        grey = np.abs(lane - np.array(TEXTURE)).max(axis=2) < 40
        columns = int(grey.any(axis=0).sum())
        return (float(grey.sum(axis=1).max()) / columns, columns) if columns > rect["width"] * 0.7 else None

    share, _ = until("the texture over most of the tile", lines)
    assert (share > 0.85) == unbroken, share


def test_the_pointer_tells_what_is_wrong(paper: PaperCenter, open_page: Any) -> None:
    paper.grade((0, (LEAD_OFF, NOISY)))
    screen = open_page(paper.url, f"/patient/{ID}")
    still(screen)
    screen.page.locator(".moment").hover()
    expect(screen.page.locator(".tip")).to_have_text("II lead off, V1 noisy")


def test_paper_shows_bad_signal_too(paper: PaperCenter, open_page: Any) -> None:
    low, high = paper.now - 5 * RATE, paper.now - 3 * RATE
    paper.grade((0, BOTH_GOOD), (low, (LEAD_OFF, NOISY)), (high, BOTH_GOOD))
    screen = open_page(paper.url, f"/patient/{ID}", SMALL)
    page = screen.page
    page.evaluate("window.print = () => { window.printed = true; }")
    still(screen)
    page.keyboard.press("Shift+P")
    until("the print dialog", lambda: page.evaluate("window.printed === true"))
    page.emulate_media(media="print")
    strip = page.locator("#paper svg.strip").first
    expect(strip.get_by_text("lead off")).to_have_count(1)
    expect(strip.get_by_text("noisy")).to_have_count(1)
    read, unread = (strip.locator(f"path.{name}").first.get_attribute("d") for name in ("ecg", "unread"))
    assert unread, "what cannot be read is drawn apart"
    assert read
    assert strip.locator("path.unread").nth(1).get_attribute("d") == "", "noise can be read"
    page.emulate_media(media="screen")


def test_measurements_are_a_table_for_the_keyboard(paper: PaperCenter, open_page: Any) -> None:
    paper.grade((0, BOTH_GOOD))
    paper.say(FakeFinding(kind="pause", words="Pause", start=2500, end=3250, state="closed"))
    screen = open_page(paper.url, f"/patient/{ID}", SMALL)
    page = screen.page
    expect(page.locator(".moment")).to_be_focused()
    page.keyboard.press("d")
    table = page.locator(".figures .scroll")
    expect(table).to_be_focused()
    expect(table.get_by_role("row", name="of 8 beats")).to_contain_text("60")
    expect(table.get_by_role("row", name="AF burden")).to_have_text(re.compile(r"AF burden\s+%\s*0\s*0"))
    expect(table.get_by_role("row", name="Pause")).to_contain_text("3 s")
    expect(page.locator(".figures .source")).to_contain_text("from 8")
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(table.locator("td.chosen")).to_contain_text("1000")
    before = screen.debug()["page"]["map"]
    page.keyboard.press("Enter")
    until("the map went there", lambda: screen.debug()["page"]["map"]["start"] < before["start"] - RATE)
    page.keyboard.press("Escape")
    expect(page.locator(".moment")).to_be_focused()


def test_what_is_not_measured_says_why(paper: PaperCenter, open_page: Any) -> None:
    screen = open_page(paper.url, f"/patient/{ID}", LARGE)
    page = screen.page
    page.get_by_role("button", name="Measurements").click()
    now = page.locator(".figures").get_by_role("row", name="SDNN").locator("td").first
    expect(now).to_have_text("–")
    now.click()
    expect(page.locator(".figures .source")).to_contain_text("Not measured: ")
    assert now.get_attribute("title")


def test_measurements_that_cannot_be_fetched_say_so_and_come_when_they_can(
    paper: PaperCenter, open_page: Any
) -> None:
    paper.grade((0, BOTH_GOOD))
    screen = open_page(paper.url, f"/patient/{ID}", LARGE)
    screen.outages = True
    page = screen.page
    expect(page.locator(".moment")).to_be_focused()
    paper.broken = True
    page.keyboard.press("d")
    expect(page.locator(".figures .failed")).to_contain_text(
        "Measurements cannot be fetched: the center answered 503"
    )
    paper.broken = False
    expect(page.locator(".figures").get_by_role("row", name="of 8 beats")).to_contain_text("60")
    expect(page.locator(".figures .failed")).to_have_count(0)
    # The browser itself complains of the answer 503.
    screen.complaints[:] = [text for text in screen.complaints if "503" not in text]


def test_the_list_of_events_is_one_key_away_from_the_measurements(paper: PaperCenter, open_page: Any) -> None:
    paper.say(FakeFinding(state="closed", end=2000))
    screen = open_page(paper.url, f"/patient/{ID}", LARGE)
    page = screen.page
    expect(page.locator(".moment")).to_be_focused()
    page.keyboard.press("d")
    expect(page.locator(".event-list")).to_have_count(0)
    page.keyboard.press("e")
    expect(page.locator(".event-list")).to_be_focused()
    expect(page.get_by_role("button", name="Events")).to_have_attribute("aria-pressed", "true")


def test_events_that_come_late_still_get_the_focus_asked_for(paper: PaperCenter, open_page: Any) -> None:
    paper.say(FakeFinding(state="closed", end=2000))
    paper.broken = True
    screen = open_page(paper.url, f"/patient/{ID}", LARGE)
    screen.outages = True
    page = screen.page
    expect(page.locator(".moment")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator(".events .failed")).to_contain_text("Events cannot be fetched")
    expect(page.locator(".event-list")).to_be_hidden()
    paper.broken = False
    expect(page.locator(".event-list")).to_be_focused()
    screen.complaints[:] = [text for text in screen.complaints if "503" not in text]


def test_events_that_come_late_leave_a_focus_that_went_elsewhere(paper: PaperCenter, open_page: Any) -> None:
    paper.say(FakeFinding(state="closed", end=2000))
    paper.broken = True
    screen = open_page(paper.url, f"/patient/{ID}", LARGE)
    screen.outages = True
    page = screen.page
    expect(page.locator(".moment")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator(".events .failed")).to_be_visible()
    page.keyboard.press("/")
    paper.broken = False
    expect(page.locator(".event-list")).to_be_visible()
    expect(page.locator("input.goto")).to_be_focused()
    screen.complaints[:] = [text for text in screen.complaints if "503" not in text]
