"""The page of the billing codes: found, chosen, dragged through time, as picture and as table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import barriers
from tests.browser.report_paper import ReportPaper
from tests.browser.screens import LARGE, SMALL, Screen

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def paper() -> Iterator[ReportPaper]:
    center = ReportPaper()
    center.start()
    yield center
    center.stop()


def opened(paper: ReportPaper, open_page: Any, path: str, size: tuple[int, int] = LARGE) -> Page:
    screen: Screen = open_page(paper.url, path, size)
    screen.outages = True  # signing in begins with a 401
    paper.sign_in(screen.page, "auditor")
    expect(screen.page.locator("svg.families")).to_be_visible()
    return screen.page


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_a_code_is_found_and_its_facts_are_there(
    paper: ReportPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, "/codes", size)
    page.keyboard.press("/")
    page.keyboard.type("93012")
    facts = page.get_by_role("region", name="93012")
    expect(facts).to_contain_text("Strips by telephone after a symptom")
    expect(facts.locator(".verdict")).to_contain_text("not valid")
    expect(facts).to_contain_text("it was deleted 2011-01-01")
    expect(page.get_by_role("option", name="93012, technical")).to_have_attribute("aria-selected", "true")
    assert page.locator("svg.families").evaluate("one => one.parentElement.scrollHeight") <= page.locator(
        ".codes-room"
    ).evaluate("one => one.clientHeight + 4")
    facts.get_by_role("button", name="93271").first.click()
    expect(page.get_by_role("region", name="93271")).to_be_visible()
    assert barriers(page) == []


def test_the_day_is_dragged_and_moved_by_keys(paper: ReportPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "/codes?code=93012&on=2012-06-15")
    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text("not valid on 15 Jun 2012")
    slider = page.get_by_role("slider", name="day of service")
    slider.focus()
    for _ in range(2):
        page.keyboard.press("PageDown")
    expect(verdict).to_contain_text("valid on 15 Jun 2010")
    expect(slider).to_have_attribute("aria-valuetext", "15 Jun 2010, 23 codes valid")
    page.keyboard.press("ArrowRight")
    expect(verdict).to_contain_text("15 Jul 2010")
    line = slider.locator("line").bounding_box()
    assert line is not None
    page.mouse.move(line["x"] + line["width"] / 2, line["y"] + 300)
    page.mouse.down()
    page.mouse.move(line["x"] + 200, line["y"] + 300, steps=4)
    page.mouse.up()
    expect(verdict).to_contain_text("not valid on")
    assert "on=201" in page.url
    page.locator("svg.families").focus()
    page.keyboard.press("t")
    expect(page).not_to_have_url("on=")


def test_the_table_says_the_same_and_pairs_are_asked(paper: ReportPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "/codes?code=93229&on=2016-01-01")
    page.keyboard.press("v")
    rows = page.get_by_role("table").locator("tbody tr:not(.event)")
    expect(rows).to_have_count(44)
    expect(rows.filter(has_text="93241")).to_contain_text("not valid")
    assert barriers(page) == []
    page.get_by_label("another code beside 93229").select_option("93226")
    expect(page.locator(".pair")).to_contain_text("not together on 1 Jan 2016")
    page.get_by_role("searchbox", name="Find").fill("I48.1")
    expect(page.get_by_role("region", name="diagnosis")).to_contain_text("from 2015-10-01")
    page.get_by_role("searchbox", name="Find").fill("nothing of it")
    expect(page.get_by_text("No code holds “nothing of it”.")).to_be_visible()
