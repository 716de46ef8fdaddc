"""Who is called, edited at the screen: faults at their fields, holes named, who would be called, saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.screens import LARGE, SMALL
from tests.browser.signing_paper import SigningPaper
from tests.center.test_ladder_page import plan

from einthoven.escalation.plans import set_plan

pytestmark = pytest.mark.browser


@pytest.fixture
def paper() -> Iterator[SigningPaper]:
    center = SigningPaper()
    center.start()
    center.commit(lambda books, now: set_plan(books.notify.plans, plan(), now, None, 1)[0])
    yield center
    center.stop()


def opened(paper: SigningPaper, open_page: Any, login: str, path: str, size: tuple[int, int] = LARGE) -> Page:
    page: Page = open_page(paper.url, path, size).page
    paper.sign_in(page, login)
    expect(page.get_by_role("region", name="plan")).to_be_visible()
    return page


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_a_contact_is_added_faults_stand_at_their_fields_and_it_is_saved(
    paper: SigningPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, "supervisor", "/ladder/practice/1", size)
    page.get_by_role("button", name="+ contact").click()
    page.locator("input[name='persons[2].name']").fill("Dr C. New")
    page.locator("input[name='persons[2].numbers[0].number']").fill("call me")
    number = page.locator("input[name='persons[2].numbers[0].number']")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".plan .problem")).to_have_count(1)
    page.locator("input[name='persons[2].numbers[0].hours']").fill("weekdays")
    expect(page.locator("input[name='persons[2].numbers[0].hours']")).to_have_attribute(
        "aria-invalid", "true"
    )
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".side")).to_contain_text("Not saved")
    number.fill("+1 555 010 0009")
    page.locator("input[name='persons[2].numbers[0].hours']").fill("mon-fri 8:00-17:00")
    expect(number).to_have_attribute("aria-invalid", "false")
    urgent = page.get_by_role("region", name="Urgent")
    urgent.get_by_role("button", name="another step, urgent").click()
    urgent.get_by_label("who, step 3").select_option(label="Dr C. New")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved as version 2")
    rungs = paper.signed.books.notify.plans.practices[1].ladders["urgent"].rungs
    assert [rung.who for rung in rungs] == ["cover", "oth", "p3"]


def test_holes_are_named_and_the_hour_decides_who_is_called(paper: SigningPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "supervisor", "/ladder/practice/1")
    holes = page.get_by_role("region", name="holes and overlaps")
    expect(holes).to_contain_text("02:00 to Sat")
    expect(holes).to_contain_text("nobody covers")
    would = page.get_by_role("region", name="who would be called")
    would.get_by_label("when something happens").fill(
        "2023-11-18T08:00"
    )  # UTC: 03:00 in New York, a Saturday
    expect(would.locator("ol").nth(1).locator("li").first).to_contain_text("Dr B. Other")
    would.get_by_label("when something happens").fill("2023-11-18T14:00")
    expect(would.locator("ol").nth(1).locator("li").first).to_contain_text("Dr A. Fib")
    page.locator("input[name='cover[1]']").fill("sat 0:00-6:00")
    expect(holes).to_contain_text("Somebody covers at every hour")
    page.locator("input[name='cover[1]']").fill("sat 0:00-7:00")
    page.locator("select[name='cover[1].person']").select_option(label="Dr B. Other")
    expect(holes).to_contain_text("Dr B. Other cover at once")
    expect(page.get_by_role("region", name="who is on when")).to_contain_text("Dr B. Other")


def test_a_patient_has_the_plan_of_the_practice_until_they_have_their_own(
    paper: SigningPaper, open_page: Any
) -> None:
    page = opened(paper, open_page, "physician", "/ladder/s000017")
    expect(page.locator(".side")).to_contain_text("The practice's plan")
    page.get_by_role("region", name="Emergent").get_by_role("button", name="step 2 earlier").click()
    would = page.get_by_role("region", name="who would be called")
    expect(would.locator("ol").first.locator("li").first).to_contain_text("Dr B. Other")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved as version 1")
    expect(page.locator(".side")).to_contain_text("A plan of its own")
    assert 17 in paper.signed.books.notify.plans.streams


def test_a_technician_reads(paper: SigningPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "technician", "/ladder/s000017")
    expect(page.locator("input[name='persons[0].name']")).to_be_disabled()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
