"""What was found, as it is seen: beats in their colours, banners by priority, events with their strips."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect
from tests.browser.paper_center import RATE, PaperCenter
from tests.browser.screens import SMALL, Screen
from tests.browser.test_painting import GREEN
from tests.e2e.processes import until

from einthoven.center.found import Reason, Withdrawal
from einthoven.ecg.beats import NORMAL, SUPRAVENTRICULAR, VENTRICULAR
from einthoven.testing.web import FakeFinding

pytestmark = pytest.mark.browser
ID = "s000017"
ORCHID, SAND = (0xFF, 0x8F, 0xF2), (0xF0, 0xC0, 0x8A)
VT = FakeFinding(strip=(250, 3250), end=2000, state="closed")


@pytest.fixture
def paper() -> Iterator[PaperCenter]:
    center = PaperCenter().start()
    yield center
    center.stop()


def fourth(code: int) -> Any:
    """Every fourth beat is of a class, the others are normal."""
    return lambda sample: code if sample // RATE % 4 == 0 else NORMAL


def lettered(screen: Screen, letter: str, count: int) -> list[dict[str, Any]]:
    """Wait for so many beats with a letter on the tile."""

    def seen() -> list[dict[str, Any]] | None:
        tile = screen.tile(ID)
        beats = [] if tile is None else [beat for beat in tile["beats"] if beat["letter"] == letter]
        return beats if len(beats) >= count else None

    return until(f"beats marked {letter}", seen)


def coloured(screen: Screen, colour: tuple[int, int, int]) -> np.ndarray:
    """Columns of the tile's box that have some of a colour."""
    tile = screen.tile(ID)
    assert tile is not None
    board = screen.page.locator(".board").bounding_box()
    assert board is not None
    x, y = round(board["x"]) + tile["rect"]["x"], round(board["y"]) + tile["rect"]["y"]
    box = screen.image()[y : y + tile["rect"]["height"], x : x + tile["rect"]["width"]]
    return np.flatnonzero((np.abs(box - np.array(colour)).max(axis=2) < 40).any(axis=0))


def test_a_beat_has_the_letter_and_the_colour_of_its_class(paper: PaperCenter, open_page: Any) -> None:
    paper.code = fourth(VENTRICULAR)
    screen = open_page(paper.url)
    beats = lettered(screen, "V", 1)
    assert {beat["sample"] // RATE % 4 for beat in beats} == {0}
    until("orchid", lambda: coloured(screen, ORCHID).size > 0)
    # The sweep goes on while it is looked at: what was there before and what is there after.
    before, columns, tile = screen.tile(ID), coloured(screen, ORCHID), screen.tile(ID)
    assert before is not None
    assert tile is not None
    at = [beat["x"] - tile["rect"]["x"] for beat in [*before["beats"], *tile["beats"]]]
    reach = 0.13 * tile["px_per_second"] + 8
    assert all(min(abs(column - x) for x in at) <= reach for column in columns)
    assert len(coloured(screen, GREEN)) > tile["rect"]["width"] / 2


def test_a_class_that_comes_later_is_painted_over_and_nothing_else_is(
    paper: PaperCenter, open_page: Any
) -> None:
    screen = open_page(paper.url)
    tile = screen.painted(ID, 4)
    assert tile["beats"] == []
    paper.code = fourth(SUPRAVENTRICULAR)
    lettered(screen, "S", 1)
    until("sand", lambda: coloured(screen, SAND).size > 0)
    after = screen.tile(ID)
    assert after is not None
    assert after["repaints"] == tile["repaints"]


def test_a_finding_stands_on_its_tile_and_nothing_shifts(paper: PaperCenter, open_page: Any) -> None:
    screen = open_page(paper.url)
    page = screen.page
    element = screen.element(ID)
    banner = element.locator(".title .alarm")
    alarms = page.locator(".alarms .alarm")
    expect(alarms).to_have_text([re.compile(r"!!!\s*0"), re.compile(r"!!\s*0"), re.compile(r"!\s*0")])
    boxes = """() => [...document.querySelectorAll('.tile > *, .wave')]
               .map(one => one.getBoundingClientRect().toJSON())"""
    screen.painted(ID, 4)
    page.evaluate("document.fonts.ready.then(() => true)")
    before = page.evaluate(boxes)
    opened = replace(VT, start=paper.now - 5 * RATE, end=None, state="open")
    paper.say(opened)
    expect(banner).to_contain_text("Ventricular tachycardia")
    expect(banner).to_contain_text("!!!")
    expect(banner).to_contain_text("182")
    assert page.evaluate(boxes) == before
    assert banner.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 59, 59)"
    edge = element.locator(".edge")
    assert edge.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 59, 59)"
    expect(alarms.first).to_have_text(re.compile(r"!!!\s*1"))
    expect(page.locator("[aria-live=assertive]")).to_have_text(
        re.compile(r"Patient, 17: Ventricular tachycardia, high priority, since \d\d:\d\d:\d\d")
    )
    expect(page).to_have_title("einthoven · 1 high")
    expect(element).to_have_attribute("aria-label", re.compile("Ventricular tachycardia, high priority"))
    paper.say(replace(opened, end=paper.now, state="closed"))
    expect(element.locator(".title .alarm.ended")).to_contain_text("ago")
    expect(alarms.first).to_have_text(re.compile(r"!!!\s*0"))
    assert page.evaluate(boxes) == before


def test_the_highest_priority_is_on_the_tile_and_a_key_goes_to_it(paper: PaperCenter, open_page: Any) -> None:
    paper.admit(range(101, 131))
    screen = open_page(paper.url)
    page = screen.page
    expect(page.locator(".tile")).to_have_count(16)
    paper.say(replace(VT, id="1", priority="low", words="Ventricular couplet", end=None, state="open"))
    paper.say(
        replace(VT, id="2", priority="medium", words="Atrial fibrillation", kind="atrial-fibrillation",
                end=None, state="open"),
    )  # fmt: skip
    expect(screen.element(ID).locator(".title .alarm")).to_contain_text("Atrial fibrillation")
    expect(screen.element(ID).locator(".title .more")).to_have_text("+1")
    paper.say(replace(VT, end=None, state="open"), stream=130)
    expect(page.locator("footer.bottom")).to_contain_text("open on other pages: 1 high")
    page.keyboard.press("n")
    selected = page.locator(".tile[aria-current=true]")
    expect(selected).to_have_attribute("data-id", "s000130")
    expect(selected).to_be_focused()
    page.keyboard.press("n")
    expect(selected).to_have_attribute("data-id", ID)


def test_noise_is_shown_as_noise(paper: PaperCenter, open_page: Any) -> None:
    screen = open_page(paper.url)
    screen.painted(ID, 4)
    paper.quality(2, 2)
    element = screen.element(ID)
    expect(element.locator(".figure")).to_have_text("––")
    expect(element.locator(".quality")).to_contain_text("unusable")
    # A sweep later nothing of the trace is in the colours of one that can be read.
    until("a grey trace", lambda: len(coloured(screen, GREEN)) == 0)
    expect(element.locator(".alarm")).to_have_count(0)


def events(screen: Screen) -> Any:
    return screen.page.get_by_role("listbox", name="events, newest first")


def test_events_are_read_by_keys_each_with_its_strip_and_its_values(
    paper: PaperCenter, open_page: Any
) -> None:
    couplet = replace(
        VT, id="2", kind="ventricular-couplet", words="Ventricular couplet", priority="low",
        start=6000, end=6200, strip=(5250, 7450), values={"rr_ms": 340.0},
    )  # fmt: skip
    paper.say(replace(VT, told_as=["Ventricular run"]), couplet)
    screen = open_page(paper.url, f"/patient/{ID}")
    page = screen.page
    listed = events(screen)
    expect(listed.get_by_role("option")).to_have_text(
        [re.compile("Ventricular couplet"), re.compile("Ventricular tachycardia")]
    )
    page.keyboard.press("e")
    expect(listed).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(listed.get_by_role("option", selected=True)).to_contain_text("Ventricular couplet")
    page.keyboard.press("ArrowDown")
    chosen = listed.get_by_role("option", selected=True)
    expect(chosen).to_contain_text("Ventricular tachycardia")
    expect(chosen.get_by_role("row", name=re.compile(r"rate\s+182.4 bpm"))).to_be_visible()
    expect(chosen).to_contain_text("rule vt, version 1")
    expect(chosen).to_contain_text("first told as Ventricular run")
    strip = chosen.get_by_role("img", name=re.compile("Ventricular tachycardia at .*25 mm"))
    expect(strip).to_be_visible()
    assert strip.evaluate("one => one.clientWidth") == pytest.approx(12 * 25 * 96 / 25.4, abs=1)
    page.keyboard.press("Enter")

    def there() -> bool:
        told = screen.debug()["page"]["map"]
        width = page.evaluate("document.querySelector('canvas.moment').clientWidth")
        return bool(abs(told["start"] + told["samples_per_px"] * width / 2 - VT.start) < RATE)

    until("the map at the finding", there)
    page.keyboard.press("Escape")
    expect(page.locator("canvas.moment")).to_be_focused()
    page.get_by_role("button", name="high priority").click()
    expect(listed.get_by_role("option")).to_have_text([re.compile("Ventricular couplet")])
    page.get_by_role("button", name="low priority").click()
    expect(page.locator(".events")).to_contain_text("No event of these priorities and this kind")


def test_what_was_seen_and_does_not_hold_stays_struck_out_with_its_reason(
    paper: PaperCenter, open_page: Any
) -> None:
    opened = replace(VT, start=paper.now - 5 * RATE, end=None, state="open")
    paper.say(opened)
    wall, screen = open_page(paper.url), open_page(paper.url, f"/patient/{ID}", SMALL)
    alarms = wall.page.locator(".alarms .alarm").first
    expect(alarms).to_have_text(re.compile(r"!!!\s*1"))
    event = events(screen).get_by_role("option")
    expect(event).to_contain_text("open")
    gone = Withdrawal(Reason.RECLASSED, paper.now)
    paper.say(replace(opened, end=opened.start, state="withdrawn", withdrawal=gone))
    expect(alarms).to_have_text(re.compile(r"!!!\s*0"))
    expect(event).to_contain_text("withdrawn")
    what = event.locator(".what")
    assert "line-through" in what.evaluate("one => getComputedStyle(one).textDecoration")
    sign = event.locator(".alarm")
    assert sign.evaluate("one => getComputedStyle(one).backgroundColor") == "rgba(0, 0, 0, 0)"
    screen.page.keyboard.press("e")
    screen.page.keyboard.press("ArrowDown")
    expect(event.locator(".taken-back")).to_have_text(
        re.compile(r"Withdrawn at \d\d:\d\d:\d\d: the final classes of its beats do not bear it out\.")
    )
    expect(event.get_by_role("row", name=re.compile("rate"))).to_be_visible()


@pytest.mark.parametrize("size", [SMALL, (1920, 1080)], ids=["small", "large"])
def test_every_screen_says_while_findings_cannot_be_saved(
    paper: PaperCenter, open_page: Any, size: Any
) -> None:
    wall, patient = open_page(paper.url, "/", size), open_page(paper.url, f"/patient/{ID}", size)
    census = paper.center.census
    banner = [
        # Not the only one where two pages on a busy machine stand still for a moment.
        screen.page.get_by_role("alert").locator(".banner", has_text="Findings cannot be saved")
        for screen in (wall, patient)
    ]
    expect(wall.page.locator(".top .state")).to_have_text("live, stored")
    since = paper.center.clock.wall() - 90_000_000_000
    paper.do(lambda: census.keeping(since, 1234))
    for one in banner:
        expect(one).to_have_text(
            re.compile(r"Findings cannot be saved for 1 min 3\d s \(1234 changes\): shown, held in memory")
        )
        assert one.evaluate("one => one.scrollWidth <= one.clientWidth")
    expect(wall.page.locator(".top .state")).to_have_text("findings not saved")
    paper.do(lambda: census.keeping(None, 0))
    for one in banner:
        expect(one).to_have_count(0)
    expect(wall.page.locator(".top .state")).to_have_text("live, stored")


def test_a_new_finding_comes_into_the_list_by_itself(paper: PaperCenter, open_page: Any) -> None:
    screen = open_page(paper.url, f"/patient/{ID}", SMALL)
    expect(screen.page.locator(".events")).to_contain_text("Nothing was found since")
    paper.say(replace(VT, start=paper.now - RATE, end=None, state="open"))
    expect(events(screen).get_by_role("option")).to_have_text(
        [re.compile("Ventricular tachycardia.*open", re.S)]
    )
    expect(screen.page.locator(".who .alarm")).to_contain_text("Ventricular tachycardia")


def test_what_cannot_be_fetched_says_so_and_comes_when_it_can(paper: PaperCenter, open_page: Any) -> None:
    paper.say(VT)
    paper.broken = True
    screen = open_page(paper.url, f"/patient/{ID}")
    screen.outages = True
    expect(screen.page.locator(".events")).to_contain_text(
        "Events cannot be fetched: the center answered 503"
    )
    paper.broken = False
    expect(events(screen).get_by_role("option")).to_have_count(1)
    expect(screen.page.locator(".events .failed")).to_have_count(0)
    # The browser itself complains of the answer 503.
    screen.complaints[:] = [text for text in screen.complaints if "503" not in text]
