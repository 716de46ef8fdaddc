"""A wall of sixteen on a small screen: what does not fit is told of, and nothing that presses is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from tests.browser.paper_center import PaperCenter

from einthoven.center.ports import StreamEvent
from einthoven.ecg.beats import GOOD, LEAD_OFF, NOISY, UNUSABLE
from einthoven.testing.web import FakeFinding, FakeRhythm, FakeVitals, facts_of, plain_layout

pytestmark = pytest.mark.browser
THREE = 31
NAME = "Wolkenstein-Trostburg zu Hohenfels, Maximiliane"
WALL = (1280, 720)
WHOLE = "one => getComputedStyle(one).display == 'inline' || one.scrollWidth <= one.clientWidth"


@pytest.fixture(scope="module")
def paper() -> Iterator[PaperCenter]:
    """Sixteen patients; one with three leads, a finding, a mark and a long name."""
    center = PaperCenter().start()
    layout = plain_layout(leads=3)

    def admit() -> None:
        center.center.ward.layouts[THREE] = center.center.reader.layouts[THREE] = layout
        center.center.census.admit(replace(facts_of(THREE, layout), patient=NAME))
        center.center.hub.admit(THREE, layout)
        center.center.findings.rhythms[THREE] = FakeRhythm(words="AV block III")
        center.worn.append(THREE)
        center.center.census.event(
            StreamEvent(THREE, 1, "mark", center.now, center.center.clock.wall(), {"symptom": "palpitations"})
        )

    center.quality(GOOD, GOOD, GOOD, stream=THREE)
    center.do(admit)
    center.admit(range(100, 113))
    center.say(
        *(
            FakeFinding(
                id=str(one), kind="third-degree-av-block", start=center.now - 500, end=None, state="open"
            )
            for one in range(4)
        ),
        stream=THREE,
    )
    yield center
    center.stop()


def tile(page: Any) -> Locator:
    found: Locator = page.locator(f'.tile[data-id="s{THREE:06d}"]')
    return found


def inside(one: Locator, of: Locator) -> bool:
    """Whether a box lies within another, to a pixel of rounding, both of one moment."""
    told: bool = one.evaluate(
        """(one, of) => {
            const small = one.getBoundingClientRect(), large = of.getBoundingClientRect();
            return small.left >= large.left - 1 && small.top >= large.top - 1
                && small.right <= large.right + 1 && small.bottom <= large.bottom + 1;
        }""",
        of.element_handle(),
    )
    return told


@pytest.mark.parametrize("beside", [False, True], ids=["wall", "panel"])
@pytest.mark.parametrize(
    ("codes", "lines"),
    [
        ((GOOD, GOOD, LEAD_OFF), ["V2 lead off", "II good +1"]),
        ((NOISY, UNUSABLE, LEAD_OFF), ["V2 lead off", "V1 unusable +1"]),
        ((LEAD_OFF, GOOD, LEAD_OFF), ["II lead off", "V2 lead off +1"]),
    ],
    ids=["third", "all", "two"],
)
def test_a_third_lead_that_is_off_is_told_of_whole(
    paper: PaperCenter, open_page: Any, codes: tuple[int, ...], lines: list[str], beside: bool
) -> None:
    paper.do(lambda: paper.center.ward.signs.__setitem__(THREE, FakeVitals(60.0, codes)))
    page = open_page(paper.url, "/", WALL).page
    if beside:
        tile(page).dblclick()
        expect(page.locator(".who")).to_be_visible()
    expect(tile(page).locator(".quality li")).to_have_text(lines, use_inner_text=True)
    for at in range(2):
        line = tile(page).locator(".quality li").nth(at)
        assert inside(line, tile(page).locator(".facts"))
        assert line.evaluate(WHOLE)
        assert line.locator(".word").evaluate(WHOLE)


def test_the_smallest_tiles_say_one_word_for_all_that_are_good(paper: PaperCenter, open_page: Any) -> None:
    paper.quality(GOOD, GOOD, GOOD, stream=THREE)
    page = open_page(paper.url, "/", (640, 480)).page
    expect(page.locator('.tiles[data-size="xs"]')).to_be_visible()
    expect(tile(page).locator(".quality li")).to_have_text(["all good"], use_inner_text=True)
    paper.quality(GOOD, UNUSABLE, LEAD_OFF, stream=THREE)
    words = tile(page).locator(".quality .word")
    expect(words).to_have_text(["lead off", "unusable"], use_inner_text=True)
    expect(tile(page).locator(".quality .rest")).to_have_text("+1")
    assert all(words.nth(at).evaluate(WHOLE) for at in range(2))


@pytest.mark.parametrize("size", [WALL, (640, 480)], ids=lambda size: str(size[0]))
def test_beside_a_finding_the_patients_mark_is_still_flagged(
    paper: PaperCenter, open_page: Any, size: tuple[int, int]
) -> None:
    page = open_page(paper.url, "/", size).page
    flag = tile(page).locator(".mark")
    expect(tile(page).locator(".title .alarm")).to_be_visible()
    expect(flag).to_be_visible()
    expect(flag).to_have_text("⚑", use_inner_text=True)
    expect(flag).to_have_attribute("title", re.compile("^palpitations .* ago, marked by the patient$"))
    expect(tile(page)).to_have_attribute("aria-label", re.compile("marked palpitations .* ago$"))
    assert inside(flag, tile(page).locator(".title"))


@pytest.mark.parametrize(
    "size", [WALL, (1366, 768), (1600, 900), (1920, 1080)], ids=lambda size: str(size[0])
)
def test_the_head_of_the_panel_beside_the_wall_is_whole(
    paper: PaperCenter, open_page: Any, size: tuple[int, int]
) -> None:
    paper.quality(GOOD, GOOD, GOOD, stream=THREE)
    page = open_page(paper.url, "/", size).page
    tile(page).dblclick()
    head = page.locator(".who")
    expect(head.locator(".rate .figure")).to_have_text("60")
    parts = ["h1", ".now", ".alarm .what", ".alarm .at", ".alarm .when", ".alarm .more", ".rate", ".rhythm"]
    for part in [*parts, ".open-page", "button"]:
        expect(head.locator(part)).to_be_visible()
        assert inside(head.locator(part), head), part
        assert head.locator(part).evaluate(WHOLE), part
    assert inside(head, page.locator("body"))
    expect(head.locator(".alarm .at")).to_have_text(re.compile(r"182"))
    head.get_by_role("button", name="close").click()
    expect(head).to_have_count(0)
