"""Wrong patient at the screen: said by enrollment, confirmed by a supervisor, followed up to the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import barriers
from tests.browser.report_paper import ReportPaper
from tests.browser.screens import LARGE, SMALL, Screen

from einthoven.base.instants import DAY, HOUR
from einthoven.bootstrap.desk import Cards
from einthoven.center.correction_desk import CorrectionDesk
from einthoven.center.enroll import end_service, enroll
from einthoven.testing.facts import MemoryFacts
from einthoven.testing.facts_suite import request

pytestmark = pytest.mark.browser
WHY = "the kits of two patients were mixed up at the counter"


class Paper(ReportPaper):
    """Patient 17 is Doe; Poe, whose period is over, is the right one."""

    def __init__(self) -> None:
        super().__init__()
        now, kept = self.signed.clock.wall(), MemoryFacts()
        physician = {"name": "Dr. Weber", "npi": "1234567893", "telephone": "+1 555 0100"}
        for number in range(1, 19):
            name = {17: "Doe, Jane", 18: "Poe, Pat"}.get(number, f"Other, {number}")
            enroll(
                kept, request(f"T-{number}", name, birth_date="1951-02-03", physician=physician), now - DAY
            )
        end_service(kept, 18, now - HOUR)
        books, cards = self.signed.books, Cards(kept)
        books.card = cards
        desk = self.signed.room.desk
        self.corrections = CorrectionDesk(
            desk,
            kept,
            self.signed.house.facts.journal,
            lambda streams: [cards.forget(one) for one in streams] and None,
        )
        books.people, books.correcting = kept, self.corrections.troubles

    def carry_out(self) -> None:
        """What the task beside the desk does, on the center's loop."""

        def act() -> None:
            while (job := self.corrections.next(self.signed.clock.wall())) is not None:
                job[1]()(self.corrections, self.signed.clock.wall())

        self.do(act)


@pytest.fixture
def paper() -> Iterator[Paper]:
    center = Paper()
    center.start()
    yield center
    center.stop()


def opened(paper: Paper, open_page: Any, login: str, path: str, size: tuple[int, int]) -> Page:
    screen: Screen = open_page(paper.url, path, size)
    screen.outages = True  # what is refused is a 401 or 409 on the console, and no defect of the page
    paper.sign_in(screen.page, login)
    return screen.page


def pictured(page: Page, name: str) -> None:
    """For whoever wants to look: EINTHOVEN_LOOK names a folder."""
    folder = os.environ.get("EINTHOVEN_LOOK")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)  # type: ignore[index]


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_from_the_mistake_to_the_last_item(paper: Paper, open_page: Any, size: tuple[int, int]) -> None:
    page = opened(paper, open_page, "enrollment", "/corrections", size)
    expect(page.get_by_text("No period was ever on record for the wrong person.")).to_be_visible()
    page.get_by_label("Stream").fill("s000017")
    page.get_by_role("button", name="Say what is wrong").click()
    expect(page.get_by_role("region", name="what is wrong")).to_contain_text("Doe, Jane")
    ask = page.get_by_role("button", name="Ask for confirmation")
    expect(ask).to_be_disabled()
    page.get_by_label("What happened").fill(WHY)
    page.get_by_label("Find").fill("poe")
    page.get_by_role("button", name="Poe, Pat").click()
    expect(ask).to_be_enabled()
    expect(page.get_by_role("region", name="what went out")).to_contain_text("order of the period")
    pictured(page, "form")
    assert barriers(page) == []
    ask.click()
    expect(page.get_by_text("you proposed it: a second person confirms it")).to_be_visible()
    expect(page.get_by_role("button", name="Confirm: it is Poe, Pat")).to_be_disabled()

    other = opened(paper, open_page, "supervisor", "/corrections", size)
    other.get_by_role("link", name="s000017").click()
    pictured(other, "proposed")
    other.get_by_role("button", name="Confirm: it is Poe, Pat").click()
    expect(other.get_by_role("status")).to_contain_text("Confirmed")
    paper.carry_out()
    rows = other.get_by_role("region", name="what is to be followed up").locator("tbody tr")
    expect(rows.first).to_contain_text("criteria of the right person", timeout=20_000)
    expect(other.get_by_text("was on record as")).to_contain_text("Doe, Jane")
    count = rows.count()
    for place in range(count):
        rows.nth(place).get_by_role("checkbox").check()
    pictured(other, "chosen")
    other.get_by_label("How").fill("all told by telephone; the privacy officer has the file")
    other.get_by_role("button", name="It is done").click()
    expect(other.get_by_text("all is done")).to_be_visible()
    pictured(other, "done")
    assert barriers(other) == []


def test_who_may_not_read_it_is_told_so(paper: Paper, open_page: Any) -> None:
    page = opened(paper, open_page, "technician", "/corrections", LARGE)
    expect(page.locator("body")).to_contain_text("not for the role")
