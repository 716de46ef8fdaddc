"""The center's written plans and its supervising physician, as the page of administration keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.axe import barriers
from tests.browser.screens import LARGE, SMALL, Screen
from tests.browser.signing_paper import SigningPaper

pytestmark = pytest.mark.browser


@pytest.fixture
def paper() -> Iterator[SigningPaper]:
    center = SigningPaper()
    center.start()
    yield center
    center.stop()


def opened(
    paper: SigningPaper, open_page: Any, login: str, size: tuple[int, int] = LARGE, refused: bool = False
) -> Page:
    """Signed in at the tab, which stands in the hash of the address."""
    screen: Screen = open_page(paper.url, "/administration#plans", size, before=clock_of(paper))
    screen.outages = True  # what is asked before signing in is a 401
    paper.sign_in(screen.page, login)
    expect(screen.page.get_by_role("heading", name="Emergency procedures")).to_be_visible()
    screen.complaints.clear()
    screen.outages = refused
    return screen.page


def clock_of(paper: SigningPaper) -> str:
    """The browser's day is the center's: what is proposed in a form is a day of today."""
    late = f"{paper.center.clock.wall() // 1_000_000} - Date.now()"
    return (
        f"(() => {{ const late = {late}, real = Date.now.bind(Date); Date.now = () => real() + late; }})();"
    )


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def today(paper: SigningPaper, days: int = 0) -> str:
    now = datetime.fromtimestamp(paper.center.clock.wall() / 1e9, UTC)
    return (now + timedelta(days=days)).date().isoformat()


def adopt(page: Page, text: str, since: str) -> None:
    """Fill the open form in, and send it by keys."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Plan").fill(text)
    dialog.get_by_label("In force from").fill(since)
    dialog.get_by_label("Why").fill("as the office agreed")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_a_plan_is_written_and_another_version_follows_on_its_day(
    paper: SigningPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, "administrator", size)
    plan = part(page, "Emergency procedures")
    expect(plan).to_contain_text("No plan is in force")
    assert barriers(page) == []
    plan.get_by_role("button", name="write it, from the template").focus()
    page.keyboard.press("Enter")
    text = page.get_by_role("dialog").get_by_label("Plan")
    expect(text).to_be_focused()
    assert "[[" in text.input_value()
    assert barriers(page) == []
    page.get_by_role("dialog").get_by_role("button", name="adopt it").click()
    expect(page.get_by_role("dialog")).to_contain_text("a blank of the template is not filled in")
    adopt(page, "Call 911, then the first contact.", today(paper, -30))
    expect(page.get_by_role("dialog")).to_have_count(0)
    versions = plan.get_by_role("listitem")
    expect(versions).to_have_count(1)
    expect(versions.first).to_contain_text(f"from {today(paper, -30)}")
    expect(versions.first).to_contain_text("in force")

    plan.get_by_role("button", name="another version").click()
    expect(page.get_by_role("dialog").get_by_label("Plan")).to_have_value("Call 911, then the first contact.")
    adopt(page, "Call 911, stay on the line.", today(paper, 3))
    expect(versions).to_have_count(2)
    # What is to come is not in force, and what was stays so until then.
    expect(versions.first).to_contain_text("not yet")
    expect(versions.last).to_contain_text("in force")
    plan.get_by_role("button", name="version 2").click()
    expect(plan).to_contain_text("stay on the line")
    assert barriers(page) == []


def test_a_plan_of_before_yesterday_is_not_overwritten(paper: SigningPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "administrator", refused=True)
    plan = part(page, "Emergency procedures")
    plan.get_by_role("button", name="write it, from the template").click()
    adopt(page, "Call 911.", today(paper, -30))
    expect(plan.get_by_role("listitem")).to_have_count(1)
    plan.get_by_role("button", name="another version").click()
    page.get_by_role("dialog").get_by_label("Plan").fill("Call somebody.")
    page.get_by_role("dialog").get_by_label("In force from").fill(today(paper, -20))
    with page.expect_response(lambda answer: answer.url.endswith("/plan.set")) as told:
        page.get_by_role("dialog").get_by_role("button", name="adopt it").click()
    assert not told.value.ok
    said = page.get_by_role("dialog").get_by_role("alert").filter(visible=True)
    expect(said).to_have_text(f"{today(paper, -20)}: what was in force then stays so; say a day from now on")
    expect(page.get_by_role("dialog").get_by_label("In force from")).to_have_attribute("aria-invalid", "true")
    assert len(said.inner_text().splitlines()) == 1
    page.keyboard.press("Escape")
    expect(plan.get_by_role("listitem")).to_have_count(1)


def test_who_supervises_is_said_and_a_reader_changes_nothing(paper: SigningPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "administrator")
    physician = part(page, "Supervising physician")
    physician.get_by_role("button", name="say who").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Or by name").fill("Dr. Bo Smith")
    dialog.get_by_label("Specialty").select_option("cardiology")
    dialog.get_by_label("From").fill(today(paper))
    dialog.get_by_role("button", name="keep it").click()
    expect(physician).to_contain_text("Dr. Bo Smith")
    expect(physician).to_contain_text("supervises")
    other = opened(paper, open_page, "supervisor")
    expect(part(other, "Supervising physician")).to_contain_text("Dr. Bo Smith")
