"""A patient's name stays whole and readable, whatever else there is to say."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.paper_center import STREAM, PaperCenter
from tests.browser.screens import LARGE, boxes

from einthoven.testing.web import FakeFinding, facts_of, plain_layout

UNSAVED = "Findings cannot be saved"
pytestmark = pytest.mark.browser
NAMES = (
    "Doe, Jane",
    "Wolkenstein-Trostburg zu Hohenfels, Maximiliane Theodora Annunziata",
    "Krungthepmahanakhonamonrattanakosinmahintharayutthaya, Somchai-Phongsathorn",
)
STREAMS = (31, 32, 33)
NARROW = (390, 844)
SIZES = [LARGE, (1280, 720), NARROW]


@pytest.fixture(scope="module")
def paper() -> Iterator[PaperCenter]:
    center = PaperCenter().start()

    def admit() -> None:
        for stream, name in zip(STREAMS, NAMES, strict=True):
            center.center.ward.layouts[stream] = plain_layout()
            center.center.census.admit(replace(facts_of(stream), patient=name))
            center.center.hub.admit(stream, plain_layout())

    center.do(admit)
    since = center.center.clock.wall() - 90_000_000_000
    center.do(lambda: center.center.census.keeping(since, 1234))
    for stream in (STREAM, *STREAMS):
        center.say(FakeFinding(start=center.now - 500, end=None, state="open"), stream=stream)
    yield center
    center.stop()


def covers(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two boxes have a pixel in common."""
    apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    return not apart


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
@pytest.mark.parametrize(
    ("stream", "name"), list(zip(STREAMS, NAMES, strict=True)), ids=["short", "long", "longest"]
)
def test_nothing_stands_over_a_name_and_it_is_whole(
    paper: PaperCenter, open_page: Any, stream: int, name: str, size: tuple[int, int]
) -> None:
    page = open_page(paper.url, f"/patient/s{stream:06d}", size).page
    banner, title = page.locator("[role=alert] .banner", has_text=UNSAVED), page.locator(".who h1")
    expect(banner).to_be_visible()
    expect(page.locator(".who .alarm")).to_be_visible()
    expect(title).to_have_text(name)
    expect(title).to_have_attribute("title", name)
    assert title.evaluate(
        "one => one.scrollHeight <= one.clientHeight + 1 && one.scrollWidth <= one.clientWidth"
    )
    parts = boxes(page, ".who h1", ".who .banners", ".who .alarm", ".who .rate")
    assert not any(covers(one, other) for at, one in enumerate(parts) for other in parts[:at])
    assert all(left >= 0 and right <= size[0] for left, _, right, _ in parts)
    assert banner.evaluate(
        "one => one.scrollHeight <= one.clientHeight + 1 && one.scrollWidth <= one.clientWidth"
    )


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_a_tile_too_small_for_a_name_tells_it_whole_to_whoever_asks(
    paper: PaperCenter, open_page: Any, size: tuple[int, int]
) -> None:
    page = open_page(paper.url, "/", size).page
    for stream, name in zip(STREAMS, NAMES, strict=True):
        tile = page.locator(f'.tile[data-id="s{stream:06d}"]')
        expect(tile.locator(".patient")).to_have_attribute("title", name)
        expect(tile).to_have_attribute("aria-label", re.compile("^" + re.escape(name)))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_on_the_wall_what_is_wrong_covers_no_count_of_findings(
    paper: PaperCenter, open_page: Any, size: tuple[int, int]
) -> None:
    page = open_page(paper.url, "/", size).page
    banner, alarms = page.locator("[role=alert] .banner", has_text=UNSAVED), page.locator(".top .alarms")
    expect(banner).to_be_visible()
    expect(alarms.locator(".alarm").first).to_contain_text("4")
    assert not covers(*boxes(page, "[role=alert] .banner", ".top .alarms"))
    assert banner.evaluate(
        "one => one.scrollHeight <= one.clientHeight + 1 && one.scrollWidth <= one.clientWidth"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_narrow_screen_panes_and_lists_stand_under_one_another(
    paper: PaperCenter, open_page: Any
) -> None:
    page = open_page(paper.url, f"/patient/s{STREAM:06d}", NARROW).page
    expect(page.locator(".events")).to_be_visible()
    order = boxes(page, ".overview", ".lines", ".controls", ".moment", ".facts-list")
    assert all(above[3] <= below[1] + 1 for above, below in itertools.pairwise(order))
    assert all(left >= 0 and right <= NARROW[0] for left, _, right, _ in order)
